// SPDX-License-Identifier: Apache-2.0
/* lock: what a locked process cannot do any more, and what it still can. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lock.h"

/* In a child: 0, or the number of the first thing that is not as it should be. */
static int try_all(int open_before)
{
	char name[] = "true", *const argv[] = { name, NULL };
	bool has_files, has_calls;
	int fds[2], pair[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return 6;
	has_files = lock_away_files();
	has_calls = lock_away_calls();
	if (has_files && (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES))
		return 1;
	if (has_files && (open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0 || errno != EACCES))
		return 2;
	if (has_calls && (socket(AF_NETLINK, SOCK_RAW, 0) >= 0 || errno != EPERM))
		return 3;
	if (has_calls && (execv("/bin/true", argv) != -1 || errno != EPERM))
		return 4;
	if (read(open_before, &byte, 1) != 1 || pipe(fds) < 0)
		return 5;
	if (send(pair[0], "x", 1, 0) != 1 || recv(pair[1], &byte, 1, 0) != 1 ||
	    shutdown(pair[0], SHUT_RDWR) < 0)
		return 7;
	return has_files || has_calls ? 0 : 77;
}

static void locked_processes(void **state)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC), status;
	pid_t pid;

	(void)state;
	assert_true(fd >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(try_all(fd));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		print_message("did not run: neither Landlock nor seccomp here\n");
	else
		assert_int_equal(WEXITSTATUS(status), 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(locked_processes) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

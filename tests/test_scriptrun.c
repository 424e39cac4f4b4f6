// SPDX-License-Identifier: Apache-2.0
/* A run of a script on a machine that takes its time. */
#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scriptrun.h"

enum { PATIENCE_MS = 20000 };

pid_t __real_setsid(void);
pid_t __wrap_setsid(void);

/* The new process is not let run before its runner has given it up. */
pid_t __wrap_setsid(void)
{
	(void)sleep(2);
	return __real_setsid();
}

static void test_killed_before_it_has_a_group(void **state)
{
	const struct script_run run = {
		.name = "yes", /* which never ends */
		.path = "/usr/bin/yes",
		.timeout = 100 * NS_PER_MS,
		.directory = -1,
		.output = "",
	};
	struct script_report report;
	struct pollfd fds;
	int pipes[2], ready, has_subreapers;
	pid_t runner;

	(void)state;
	if (prctl(PR_GET_CHILD_SUBREAPER, &has_subreapers) < 0) {
		print_message("did not run: qemu knows no subreapers\n");
		skip();
	}
	assert_int_equal(pipe(pipes), 0);
	runner = fork();
	if (runner == 0)
		script_run(&run, pipes[1]);
	assert_true(runner > 0);
	close(pipes[1]);
	fds = (struct pollfd){ .fd = pipes[0], .events = POLLIN };
	ready = poll(&fds, 1, PATIENCE_MS);
	(void)kill(runner, SIGKILL);
	assert_int_equal(waitpid(runner, NULL, 0), runner);
	assert_int_equal(ready, 1);
	assert_int_equal(read(pipes[0], &report, sizeof(report)), sizeof(report));
	assert_true(report.is_timeout);
	assert_string_equal(report.failure, "it took longer than 0.1 s");
	close(pipes[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_before_it_has_a_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
#include "scriptexec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OOM_SCORE = 500 };

/* What a script finds in its environment, beside HOME and TMPDIR. */
#define PATH_OF_SCRIPTS "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* NAME=value as the service has it, or with this value where it has none. */
static char *inherit(const char *name, const char *value)
{
	const char *own = getenv(name);

	return xasprintf("%s=%s", name, own && *own ? own : value);
}

/* Everything back to what a new process expects. False where that fails. */
static bool settle(int out, int err)
{
	struct rlimit no_core = { 0, 0 };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		if (number != SIGKILL && number != SIGSTOP)
			(void)signal(number, SIG_DFL); /* a few belong to libc */
	sigemptyset(&none);
	(void)umask(022);
	(void)setrlimit(RLIMIT_CORE, &no_core); /* a sandbox may forbid it */
	return sigprocmask(SIG_SETMASK, &none, NULL) == 0 && setsid() >= 0 && chdir("/") == 0 &&
	       null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	       dup2(err, STDERR_FILENO) >= 0;
}

/* When memory runs out, a script goes before the service does. */
static void offer_to_oom_killer(void)
{
	CLEANUP(cleanup_fd) int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	/* Where it is not possible the kernel chooses by size, as it does anyway. */
	if (fd >= 0)
		(void)dprintf(fd, "%d", OOM_SCORE);
}

_Noreturn void script_exec(const char *path, const char *name, pid_t runner, int out, int err)
{
	char *argv[] = { xstrdup(name), NULL };
	char *env[] = { xstrdup("PATH=" PATH_OF_SCRIPTS), xstrdup("LANG=C"), inherit("HOME", "/"),
		        inherit("TMPDIR", "/tmp"), NULL };
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* cannot fail for SIGKILL */
	if (getppid() != runner)
		_exit(SCRIPT_STATUS_NOT_RUN);
	offer_to_oom_killer();
	if (settle(out, err))
		(void)execve(path, argv, env);
	r = errno;
	/* This goes the way of all that the script would say. */
	(void)dprintf(STDERR_FILENO, "cannot be executed: %s%s\n", error_text(r),
	              r == ENOEXEC ? " (does it begin with #! and an interpreter?)" : "");
	_exit(r == ENOENT ? SCRIPT_STATUS_NOT_FOUND : SCRIPT_STATUS_NOT_RUN);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The runner is a subreaper: a process whose parent has died becomes a child of the runner,
 * whatever group and session it is in. So all that a script has left is found among the runner's
 * children, and when there are none, nothing is left.
 */
#include "scriptrun.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buffer.h"
#include "log.h"
#include "promcheck.h"
#include "replace.h"
#include "scriptexec.h"
#include "strays.h"

#define REAP_PAUSE_NS (1 * NS_PER_MS)   /* from one look for who is left to the next, */
#define STUCK_PAUSE_NS (5 * NS_PER_SEC) /* and where that lasts */

enum {
	MARK_SIZE = sizeof(SCRIPT_MARK) - 1,
	LINE_LENGTH_MAX = 480,
	CHUNK = 64 << 10,
	DRAIN_CHUNKS_MAX = 16,
};

static struct {
	const struct script_run *run;
	struct script_report report;
	int signals;
	int out; /* -1: closed */
	int err;
	pid_t script; /* leads a process group and a session of that number */
	int64_t started;
	int64_t kill_at; /* 0: it may still go on */
	int status;      /* of waitpid() */
	bool is_stopped; /* nobody wants the result any more */
	bool is_too_much;
	struct buffer output;
	char line[LINE_LENGTH_MAX + 1]; /* of standard error, not yet whole */
	size_t line_used;
	bool is_line_cut; /* what comes is the rest of one that was too long */
} self;

/* ---- its beginning ---- */

/* 0 or a negative errno. */
static int start_script(void)
{
	pid_t runner = getpid();
	int out[2], err[2];

	if (pipe2(out, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(err, O_CLOEXEC) < 0)
		return -errno;
	self.script = fork();
	if (self.script == 0)
		script_exec(self.run->path, self.run->name, runner, out[1], err[1]);
	if (self.script < 0)
		return -errno;
	close(out[1]);
	close(err[1]);
	self.out = out[0];
	self.err = err[0];
	/* Neither can fail on a pipe of ours. */
	(void)fcntl(self.out, F_SETFL, O_NONBLOCK);
	(void)fcntl(self.err, F_SETFL, O_NONBLOCK);
	return 0;
}

/* ---- what it says ---- */

static void log_line(void)
{
	self.line[self.line_used] = '\0';
	self.line_used = 0;
	if (self.report.lines >= self.run->lines) {
		self.report.lines_left_out++;
		return;
	}
	self.report.lines++;
	log_at(LOG_INFO, "A script wrote to standard error", "script", self.run->name, "text",
	       self.line);
}

static void take_error_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		bool is_end = text[i] == '\n';

		if (is_end || self.line_used == LINE_LENGTH_MAX) {
			if (!self.is_line_cut)
				log_line();
			self.is_line_cut = !is_end;
			self.line_used = 0;
		}
		if (!is_end && !self.is_line_cut)
			self.line[self.line_used++] = text[i] ? text[i] : '?';
	}
}

/* Read what there is, at most a chunk. False when nothing is there now, or any more. */
static bool hear(int *fd, bool is_output)
{
	char chunk[CHUNK];
	ssize_t n;

	if (*fd < 0)
		return false;
	n = read(*fd, chunk, sizeof(chunk));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		close(*fd);
		*fd = -1;
		return false;
	}
	if (!is_output)
		take_error_text(chunk, (size_t)n);
	else if (self.output.used + (size_t)n > MARK_SIZE + SCRIPT_OUTPUT_MAX)
		self.is_too_much = true;
	else
		buffer_add(&self.output, chunk, (size_t)n);
	return true;
}

/* ---- its end ---- */

static void wait_for_signal(int64_t ns)
{
	struct pollfd fds = { .fd = self.signals, .events = POLLIN };
	struct signalfd_siginfo info;

	(void)poll(&fds, 1, (int)((ns + NS_PER_MS - 1) / NS_PER_MS));
	while (read(self.signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGTERM || self.is_stopped)
			continue;
		self.is_stopped = true;
		/* Its lock is for the next service to have, however long it takes from here. */
		close(self.run->directory);
	}
}

static bool has_script_ended(void)
{
	siginfo_t info = { .si_pid = 0 };

	/* It stays unreaped, so that the number of its group is nobody else's. */
	return waitid(P_PID, (id_t)self.script, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
	       info.si_pid != 0;
}

static void reap_script(void)
{
	(void)waitpid(self.script, &self.status, 0); /* it is ours, and has ended */
	self.report.exit_code = WIFSIGNALED(self.status)
	                                ? SCRIPT_STATUS_SIGNAL + WTERMSIG(self.status)
	                                : WEXITSTATUS(self.status);
}

/*
 * Kill whatever is left, and stay until it is gone: somebody who is stuck in the kernel may take
 * days, and the script is not run again before.
 */
static void end_everything(void)
{
	int64_t pause = REAP_PAUSE_NS;
	pid_t pid;

	for (;; pause = MIN(pause * 2, STUCK_PAUSE_NS)) {
		/* Nobody is left, mostly, or the script has not come to have a group yet. */
		(void)kill(-self.script, SIGKILL);
		if (has_script_ended())
			break;
		wait_for_signal(pause);
	}
	reap_script();
	pause = REAP_PAUSE_NS;
	while ((pid = waitpid(-1, NULL, WNOHANG)) >= 0) {
		if (pid > 0)
			continue;
		/* Where nobody was there to be killed, whoever was is about to be reaped. */
		(void)strays_kill(NULL, 0);
		wait_for_signal(pause);
		pause = MIN(pause * 2, STUCK_PAUSE_NS);
	}
}

/* ---- the run ---- */

/* Ask it to end; it has some time for that. */
static void terminate(int64_t grace)
{
	if (self.kill_at)
		return;
	self.kill_at = now_ns() + grace;
	(void)kill(-self.script, SIGTERM);
}

/* Until the script has ended or is to be killed. */
static void watch_script(void)
{
	int64_t deadline = self.started + self.run->timeout;

	while (!has_script_ended()) {
		struct pollfd fds[] = {
			{ .fd = self.signals, .events = POLLIN },
			{ .fd = self.out, .events = POLLIN },
			{ .fd = self.err, .events = POLLIN },
		};
		int64_t left = (self.kill_at ? self.kill_at : deadline) - now_ns();

		if (left <= 0 && self.kill_at)
			return;
		if (left <= 0) {
			self.report.is_timeout = true;
			terminate(SCRIPT_GRACE_NS);
			continue;
		}
		if (poll(fds, ARRAY_SIZE(fds),
		         (int)MIN((left + NS_PER_MS - 1) / NS_PER_MS, 60000)) < 0)
			continue;
		if (fds[1].revents)
			(void)hear(&self.out, true);
		if (fds[2].revents)
			(void)hear(&self.err, false);
		if (fds[0].revents)
			wait_for_signal(0);
		if (self.is_stopped)
			terminate(SCRIPT_STOP_NS);
		else if (self.is_too_much)
			terminate(0);
	}
}

/* What is still in the pipes. */
static void drain(void)
{
	while (!self.is_too_much && hear(&self.out, true))
		;
	/* Somebody else may have been handed the pipe, and go on and on. */
	for (int i = 0; i < DRAIN_CHUNKS_MAX && hear(&self.err, false); i++)
		;
	if (self.line_used > 0)
		log_line();
}

/* Note why the output is not taken; returns false. */
static bool PRINTF(1, 2) decline(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(self.report.failure, sizeof(self.report.failure), fmt, args);
	va_end(args);
	return false;
}

/* Whether the script ended as one should whose output counts. */
static bool has_ended_well(void)
{
	if (self.report.is_timeout)
		return decline("it took longer than %g s",
		               (double)self.run->timeout / (double)NS_PER_SEC);
	if (self.is_too_much)
		return decline("it printed more than %d MiB", SCRIPT_OUTPUT_MAX >> 20);
	if (WIFSIGNALED(self.status))
		return decline("it was ended by signal %d (%s)", WTERMSIG(self.status),
		               strsignal(WTERMSIG(self.status)));
	if (self.report.exit_code)
		return decline("it ended with status %d", self.report.exit_code);
	return true;
}

/* promcheck() calls it for each finding. */
static void note_error(void *context, const struct check_finding *finding)
{
	(void)context;
	if (finding->level == CHECK_ERROR && !self.report.failure[0])
		(void)decline("line %u, column %u of its output: %s", finding->line,
		              finding->column, finding->text);
}

bool script_may_replace(int directory, const char *name)
{
	char head[MARK_SIZE];
	CLEANUP(cleanup_fd)
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT;
	return read(fd, head, sizeof(head)) == (ssize_t)sizeof(head) &&
	       memcmp(head, SCRIPT_MARK, sizeof(head)) == 0;
}

static void put_in_place(void)
{
	const struct script_run *run = self.run;
	int r;

	if (promcheck(self.output.data + MARK_SIZE, self.output.used - MARK_SIZE, note_error, NULL)
	            .errors)
		return;
	if (!script_may_replace(run->directory, run->output)) {
		(void)decline("%s is there already, and not from here", run->output);
		return;
	}
	r = replace_file(run->directory, run->output, self.output.data, self.output.used);
	if (r < 0)
		(void)decline("%s could not be written: %s", run->output, error_text(r));
}

static int open_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

_Noreturn void script_run(const struct script_run *run, int report)
{
	int r;

	self.run = run;
	self.out = self.err = -1;
	self.signals = open_signals();
	self.started = now_ns();
	buffer_add_text(&self.output, SCRIPT_MARK);
	r = prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || self.signals < 0 ? -errno : start_script();
	if (r < 0) {
		self.report.exit_code = SCRIPT_STATUS_NOT_RUN;
		(void)decline("it could not be started: %s", error_text(r));
	} else {
		watch_script();
		self.report.duration = now_ns() - self.started;
		end_everything();
		drain();
		if (!self.is_stopped && has_ended_well())
			put_in_place();
	}
	/* It is less than PIPE_BUF, and whoever does not read it is dead. */
	if (!self.is_stopped)
		(void)!write(report, &self.report, sizeof(self.report));
	_exit(0);
}

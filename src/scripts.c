// SPDX-License-Identifier: Apache-2.0
/*
 * One process with a table of scripts and a clock; each run has a process of its own (scriptrun.h),
 * which does all that may block, crash or be killed.
 */
#include "scripts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "notify.h"
#include "scriptjobs.h"
#include "strays.h"
#include "text.h"

/* The first starts come within this time; from one SCRIPT_METRICS to the next it takes that. */
#define FIRST_SPREAD_NS (2 * NS_PER_SEC)
#define METRICS_PAUSE_NS (1 * NS_PER_SEC)
/* From one look for what is left at the end to the next. */
#define LAST_PAUSE_NS (10 * NS_PER_MS)
/* From one look for an output directory that is not there to the next. */
#define NO_OUTPUT_PAUSE_NS (1 * NS_PER_SEC)

/* Output is removed when it is so many intervals old. */
enum { AGE_MAX = 3 };

static struct {
	const struct scripts_options *options;
	struct script_table table;
	struct script_output output;
	int signals;
	int64_t scan_at;
	int64_t metrics_at; /* not before */
	bool is_metrics_due;
	bool has_ended;
	int64_t watchdog_interval; /* 0: none */
	int64_t watchdog_at;
} self;

/* ---- what is due ---- */

static void scan(int64_t now)
{
	struct script_table *t = &self.table;

	script_table_scan(t);
	if (script_output_open(&self.output))
		script_output_sweep(&self.output, t);
	for (size_t i = 0; i < t->count; i++) {
		struct script *s = t->items[i];
		int64_t spread = MIN(FIRST_SPREAD_NS, s->file.times.interval / 4);

		if (!s->next)
			s->next = now + (int64_t)(hash_text(0, s->name) % (uint64_t)spread);
		if (s->is_leaving && s->runner)
			(void)kill(s->runner, SIGTERM);
	}
	self.scan_at = now + (self.output.fd >= 0 ? self.options->rescan
	                                          : MIN(self.options->rescan, NO_OUTPUT_PAUSE_NS));
	self.is_metrics_due = true;
}

/* Where another script writes to the same file now, it is that one's. */
static void leave_output(struct script *s)
{
	for (size_t i = 0; i < self.table.count; i++) {
		struct script *heir = self.table.items[i];

		if (heir->is_leaving || strcmp(heir->output, s->output) != 0)
			continue;
		heir->output_at = MAX(heir->output_at, s->output_at);
		return;
	}
	script_output_remove(&self.output, s);
}

static void forget_leaving(void)
{
	struct script_table *t = &self.table;

	for (size_t i = t->count; i-- > 0;) {
		struct script *s = t->items[i];

		if (!s->is_leaving || s->runner)
			continue;
		leave_output(s);
		script_table_forget(t, s);
	}
}

static int64_t expiry(const struct script *s)
{
	return s->output_at ? s->output_at + AGE_MAX * s->file.times.interval : INT64_MAX;
}

/* Not while another one that is leaving may be about to write the same file. */
static bool may_start(const struct script *s)
{
	if (s->runner || s->is_leaving)
		return false;
	for (size_t i = 0; i < self.table.count; i++) {
		const struct script *other = self.table.items[i];

		if (other->runner && other->is_leaving && strcmp(other->output, s->output) == 0)
			return false;
	}
	return true;
}

/* Start whoever is due, the one that has waited longest first. */
static void start_due(int64_t now)
{
	while (self.output.fd >= 0 && (int64_t)script_jobs_running() < self.options->concurrency) {
		struct script *first = NULL;

		for (size_t i = 0; i < self.table.count; i++) {
			struct script *s = self.table.items[i];

			if (s->next <= now && (!first || s->next < first->next) && may_start(s))
				first = s;
		}
		if (!first)
			return;
		if (!script_job_start(first, now))
			self.scan_at = now;
	}
}

static void do_what_is_due(void)
{
	int64_t now = now_ns();

	if (now >= self.scan_at)
		scan(now);
	forget_leaving();
	script_jobs_kill_strays(now);
	for (size_t i = 0; i < self.table.count; i++) {
		struct script *s = self.table.items[i];

		if (s->runner && !s->is_stuck && now >= s->stuck_at) {
			script_job_give_up(s);
			self.is_metrics_due = true;
		}
		if (now >= expiry(s)) {
			log_at(LOG_WARN, "The output of a script is too old and is removed",
			       "script", s->name);
			script_output_remove(&self.output, s);
		}
	}
	start_due(now);
	if (self.is_metrics_due && now >= self.metrics_at && self.output.fd >= 0) {
		script_output_write_metrics(&self.output, &self.table);
		self.is_metrics_due = false;
		self.metrics_at = now + METRICS_PAUSE_NS;
	}
	if (self.watchdog_interval && now >= self.watchdog_at) {
		notify("WATCHDOG=1");
		self.watchdog_at = now + self.watchdog_interval;
	}
}

/* When something is due next. */
static int64_t next_event(void)
{
	bool has_room =
		(int64_t)script_jobs_running() < self.options->concurrency && self.output.fd >= 0;
	int64_t at = self.scan_at;

	for (size_t i = 0; i < self.table.count; i++) {
		const struct script *s = self.table.items[i];

		at = MIN(at, expiry(s));
		if (s->runner && !s->is_stuck)
			at = MIN(at, s->stuck_at);
		else if (has_room && may_start(s))
			at = MIN(at, s->next);
	}
	if (self.is_metrics_due && self.output.fd >= 0)
		at = MIN(at, self.metrics_at);
	if (self.watchdog_interval)
		at = MIN(at, self.watchdog_at);
	return MIN(at, script_jobs_strays_at());
}

static void take_signals(void)
{
	struct signalfd_siginfo info;

	while (read(self.signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			self.has_ended = true;
		else if (info.ssi_signo == SIGHUP)
			self.scan_at = 0;
	}
	/* SIGCHLD says that there is at least one. */
	self.is_metrics_due |= script_jobs_reap(self.has_ended);
}

/* Until something happens or the time has come. */
static void wait_until(int64_t time)
{
	struct pollfd fds = { .fd = self.signals, .events = POLLIN };
	int64_t left = MAX(time - now_ns(), 0);

	if (poll(&fds, 1, (int)MIN((left + NS_PER_MS - 1) / NS_PER_MS, 60000)) > 0)
		take_signals();
}

/* ---- begin and end ---- */

static void signal_runners(int number)
{
	for (size_t i = 0; i < self.table.count; i++)
		if (self.table.items[i]->runner)
			(void)kill(self.table.items[i]->runner, number);
}

/* Runners end their scripts; whoever does not is killed, and then what they leave. */
static void shut_down(void)
{
	int64_t until = now_ns() + SCRIPTS_STOP_NS;

	notify("STOPPING=1");
	signal_runners(SIGTERM);
	while (script_jobs_running() && now_ns() < until)
		wait_until(until);
	signal_runners(SIGKILL);
	until += SCRIPTS_STOP_NS / 4;
	while (waitpid(-1, NULL, WNOHANG) >= 0 && now_ns() < until) {
		(void)strays_kill(NULL, 0);
		wait_until(now_ns() + LAST_PAUSE_NS);
	}
}

static int open_signals(void)
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		sigaddset(&signals, wanted[i]);
	(void)signal(SIGPIPE, SIG_IGN);
	/* Whoever has started us may have ignored it, and then no child could be waited for. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Nothing that we were started with gets to scripts. */
static void close_others(void)
{
	CLEANUP(cleanup_dir) DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		uint64_t fd;

		/* Closing them now would confuse the reading of the directory. */
		if (parse_u64(entry->d_name, &fd) == 0 && fd > STDERR_FILENO)
			(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	}
}

int scripts_serve(const struct scripts_options *options)
{
	self.options = options;
	self.table.directory = options->directory;
	self.table.defaults = options->defaults;
	self.output.path = options->output;
	self.output.fd = -1;
	self.watchdog_interval = notify_watchdog_interval();
	close_others();
	self.signals = open_signals();
	script_jobs_open(&self.table, &self.output, self.signals);
	/* What a runner that was killed leaves behind comes to us. */
	if (self.signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
		log_at(LOG_ERROR, "Could not be set up", "err", error_text(errno));
		return 1;
	}
	log_at(LOG_INFO, "Starting nodegauge scripts", "version", PACKAGE_VERSION, "directory",
	       options->directory, "output", options->output);
	do_what_is_due();
	notify("READY=1");
	for (;;) {
		wait_until(next_event());
		if (self.has_ended)
			break;
		do_what_is_due();
	}
	shut_down();
	return 0;
}

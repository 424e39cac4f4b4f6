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
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "notify.h"
#include "script.h"
#include "scriptrun.h"
#include "strays.h"
#include "text.h"

/* The first starts come within this time; from one SCRIPT_METRICS to the next it takes that. */
#define FIRST_SPREAD_NS (2 * NS_PER_SEC)
#define METRICS_PAUSE_NS (1 * NS_PER_SEC)
/* A run that lasts so long beyond its time is stuck. */
#define STUCK_NS (5 * NS_PER_SEC)
/* For each line of standard error above LINES_AT_ONCE. */
#define LINE_PAUSE_NS (3 * NS_PER_SEC)
/* From one look for strays to the next, at first and in the end. */
#define STRAYS_PAUSE_NS (10 * NS_PER_MS)
#define STRAYS_PAUSE_MAX_NS (10 * NS_PER_SEC)
/* From one look for an output directory that is not there to the next. */
#define NO_OUTPUT_PAUSE_NS (1 * NS_PER_SEC)

/* Output is removed when it is so many intervals old. */
enum { AGE_MAX = 3, LINES_AT_ONCE = 20 };

static struct {
	const struct scripts_options *options;
	struct script_table table;
	struct script_output output;
	int signals;
	size_t n_running;
	int64_t scan_at;
	int64_t metrics_at; /* not before */
	bool is_metrics_due;
	int64_t strays_at; /* when to look for who was left by a runner that was killed; 0: never */
	int64_t strays_pause; /* to the look after that */
	bool has_ended;
	int64_t watchdog_interval; /* 0: none */
	int64_t watchdog_at;
} self;

/* ---- runs ---- */

/*
 * The start after one that was due at some time: they lie on a grid of the script's interval that
 * its name has shifted, so that scripts are spread and stay so.
 */
static int64_t start_after(const struct script *s, int64_t time)
{
	int64_t interval = s->file.times.interval;
	int64_t shift = (int64_t)(hash_text(0, s->name) % (uint64_t)interval);
	int64_t earliest = time + interval / 2;

	return earliest + (shift + interval - earliest % interval) % interval;
}

/* How much of its standard error may go to the log; where there is room, what did not is told. */
static unsigned allowed_lines(struct script *s, int64_t now)
{
	int64_t more = (now - s->lines_at) / LINE_PAUSE_NS;
	char count[24];

	s->lines = (unsigned)MIN(s->lines + more, (int64_t)LINES_AT_ONCE);
	s->lines_at += more * LINE_PAUSE_NS;
	if (s->lines && s->lines_left_out) {
		snprintf(count, sizeof(count), "%ju", (uintmax_t)s->lines_left_out);
		log_at(LOG_WARN, "Lines that a script wrote to standard error were left out",
		       "script", s->name, "lines", count);
		s->lines_left_out = 0;
		s->lines--;
	}
	return s->lines;
}

_Noreturn static void become_runner(const struct script *s, pid_t service, int report,
                                    unsigned lines)
{
	struct script_run run = {
		.name = s->name,
		.path = s->file.path,
		.timeout = s->file.times.timeout,
		.directory = self.output.fd,
		.output = s->output,
		.lines = lines,
	};

	/* It cannot fail for SIGTERM, and SIGTERM waits until the runner asks for it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != service)
		_exit(1);
	(void)prctl(PR_SET_NAME, "ng: script");
	close(self.signals);
	script_run(&run, report);
}

static void start(struct script *s, int64_t now)
{
	pid_t service = getpid(), pid;
	char reason[SCRIPT_REASON_MAX];
	int report[2], r;
	unsigned lines;

	s->next = start_after(s, now);
	/* It may have changed since the last look. */
	if (script_check_safe(s->file.path, reason) < 0) {
		self.scan_at = now;
		return;
	}
	lines = allowed_lines(s, now);
	r = pipe2(report, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
	pid = r < 0 ? -1 : fork();
	if (pid == 0)
		become_runner(s, service, report[1], lines);
	if (pid < 0) {
		script_note(&s->trouble, error_text(r < 0 ? r : errno),
		            "A script cannot be started", "script", s->name);
		if (r == 0) {
			close(report[0]);
			close(report[1]);
		}
		return;
	}
	close(report[1]);
	s->report = report[0];
	s->runner = pid;
	s->stuck_at = now + s->file.times.timeout + STUCK_NS;
	self.n_running++;
}

/* What the runner has said, or what is to be said where it could not. */
static void take_report(struct script *s, const struct script_report *report)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	s->has_run = true;
	s->ended_at = (double)now.tv_sec + (double)now.tv_nsec / (double)NS_PER_SEC;
	s->duration = (double)report->duration / (double)NS_PER_SEC;
	s->exit_code = report->exit_code;
	s->timeouts += report->is_timeout;
	s->lines -= MIN(report->lines, s->lines);
	s->lines_left_out += report->lines_left_out;
	s->is_good = !report->failure[0];
	if (s->is_good)
		s->output_at = now_ns();
	script_note(&s->trouble, s->is_good ? NULL : report->failure, "A script failed", "script",
	            s->name);
}

static void run_ended(struct script *s)
{
	struct script_report report;
	ssize_t n = read(s->report, &report, sizeof(report));

	close(s->report);
	s->report = -1;
	s->runner = 0;
	if (n == (ssize_t)sizeof(report)) {
		report.failure[sizeof(report.failure) - 1] = '\0';
	} else {
		report = (struct script_report){ .exit_code = SCRIPT_STATUS_SIGNAL + SIGKILL,
			                         .failure = "the process that watched it died" };
		self.strays_at = now_ns();
		self.strays_pause = STRAYS_PAUSE_NS;
	}
	/* Of those that are leaving nobody wants to know, of those that were stuck it was told. */
	if (!s->is_leaving && !s->is_stuck && !self.has_ended)
		take_report(s, &report);
	else if (!report.failure[0])
		s->output_at = now_ns();
	if (!s->is_stuck)
		self.n_running--;
	s->is_stuck = false;
	self.is_metrics_due = true;
}

/*
 * The script, or what it has started, is stuck in the kernel, and the runner stays with it. Others
 * need not wait for that.
 */
static void give_up(struct script *s)
{
	struct script_report report = { .duration = s->file.times.timeout + STUCK_NS,
		                        .exit_code = SCRIPT_STATUS_SIGNAL + SIGKILL,
		                        .is_timeout = true,
		                        .failure = "something of it cannot be killed" };

	s->is_stuck = true;
	self.n_running--;
	take_report(s, &report);
	self.is_metrics_due = true;
	/* A runner that somebody has stopped goes on. */
	(void)kill(s->runner, SIGCONT);
}

static void reap(void)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = 0; i < self.table.count; i++)
			if (self.table.items[i]->runner == pid)
				run_ended(self.table.items[i]);
}

/* Kill whoever runners that died have left to us. */
static void kill_strays(int64_t now)
{
	pid_t runners[SCRIPTS_MAX];
	size_t count = 0;

	if (!self.strays_at || now < self.strays_at)
		return;
	for (size_t i = 0; i < self.table.count; i++)
		if (self.table.items[i]->runner)
			runners[count++] = self.table.items[i]->runner;
	/* Those killed now may leave children, and may be stuck themselves. */
	self.strays_at = strays_kill(runners, count) ? now + self.strays_pause : 0;
	self.strays_pause = MIN(self.strays_pause * 2, STRAYS_PAUSE_MAX_NS);
}

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

/* Start whoever is due, the one that has waited longest first. */
static void start_due(int64_t now)
{
	while (self.output.fd >= 0 && (int64_t)self.n_running < self.options->concurrency) {
		struct script *first = NULL;

		for (size_t i = 0; i < self.table.count; i++) {
			struct script *s = self.table.items[i];

			if (!s->runner && !s->is_leaving && s->next <= now &&
			    (!first || s->next < first->next))
				first = s;
		}
		if (!first)
			return;
		start(first, now);
	}
}

static void do_what_is_due(void)
{
	int64_t now = now_ns();

	if (now >= self.scan_at)
		scan(now);
	forget_leaving();
	kill_strays(now);
	for (size_t i = 0; i < self.table.count; i++) {
		struct script *s = self.table.items[i];

		if (s->runner && !s->is_stuck && now >= s->stuck_at)
			give_up(s);
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
	bool has_room = (int64_t)self.n_running < self.options->concurrency && self.output.fd >= 0;
	int64_t at = self.scan_at;

	for (size_t i = 0; i < self.table.count; i++) {
		const struct script *s = self.table.items[i];

		at = MIN(at, expiry(s));
		if (s->runner && !s->is_stuck)
			at = MIN(at, s->stuck_at);
		else if (!s->runner && has_room)
			at = MIN(at, s->next);
	}
	if (self.is_metrics_due && self.output.fd >= 0)
		at = MIN(at, self.metrics_at);
	if (self.watchdog_interval)
		at = MIN(at, self.watchdog_at);
	if (self.strays_at)
		at = MIN(at, self.strays_at);
	return at;
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
	reap();
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
	while (self.n_running && now_ns() < until)
		wait_until(until);
	signal_runners(SIGKILL);
	until += SCRIPTS_STOP_NS / 4;
	while (waitpid(-1, NULL, WNOHANG) >= 0 && now_ns() < until) {
		(void)strays_kill(NULL, 0);
		wait_until(now_ns() + STRAYS_PAUSE_NS);
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

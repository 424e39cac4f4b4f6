// SPDX-License-Identifier: Apache-2.0
#include "scriptjobs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "scriptrun.h"
#include "strays.h"

/* A run that lasts so long beyond its time is stuck. */
#define STUCK_NS (5 * NS_PER_SEC)
/* For each line of standard error above LINES_AT_ONCE. */
#define LINE_PAUSE_NS (3 * NS_PER_SEC)
/* From one look for strays to the next, at first and in the end. */
#define STRAYS_PAUSE_NS (10 * NS_PER_MS)
#define STRAYS_PAUSE_MAX_NS (10 * NS_PER_SEC)

enum { LINES_AT_ONCE = 20 };

static struct {
	const struct script_table *table;
	const struct script_output *output;
	int signals;
	size_t n_running;
	int64_t strays_at; /* when to look for who was left by a runner that was killed; 0: never */
	int64_t strays_pause; /* to the look after that */
} self;

void script_jobs_open(const struct script_table *table, const struct script_output *output,
                      int signals)
{
	self.table = table;
	self.output = output;
	self.signals = signals;
}

size_t script_jobs_running(void)
{
	return self.n_running;
}

int64_t script_jobs_strays_at(void)
{
	return self.strays_at ? self.strays_at : INT64_MAX;
}

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
		.directory = self.output->fd,
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

bool script_job_start(struct script *s, int64_t now)
{
	pid_t service = getpid(), pid;
	char reason[SCRIPT_REASON_MAX];
	int report[2], r;
	unsigned lines;

	s->next = start_after(s, now);
	/* It may have changed since the last look. */
	if (script_check_safe(s->file.path, reason) < 0)
		return false;
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
		return true;
	}
	close(report[1]);
	s->report = report[0];
	s->runner = pid;
	s->stuck_at = now + s->file.times.timeout + STUCK_NS;
	self.n_running++;
	return true;
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

static void run_ended(struct script *s, bool is_ending)
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
	if (!s->is_leaving && !s->is_stuck && !is_ending)
		take_report(s, &report);
	else if (!report.failure[0])
		s->output_at = now_ns();
	if (!s->is_stuck)
		self.n_running--;
	s->is_stuck = false;
}

void script_job_give_up(struct script *s)
{
	struct script_report report = { .duration = s->file.times.timeout + STUCK_NS,
		                        .exit_code = SCRIPT_STATUS_SIGNAL + SIGKILL,
		                        .is_timeout = true,
		                        .failure = "something of it cannot be killed" };

	s->is_stuck = true;
	self.n_running--;
	take_report(s, &report);
	/* A runner that somebody has stopped goes on. */
	(void)kill(s->runner, SIGCONT);
}

bool script_jobs_reap(bool is_ending)
{
	bool has_ended = false;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		for (size_t i = 0; i < self.table->count; i++) {
			if (self.table->items[i]->runner != pid)
				continue;
			run_ended(self.table->items[i], is_ending);
			has_ended = true;
		}
	}
	return has_ended;
}

void script_jobs_kill_strays(int64_t now)
{
	pid_t runners[SCRIPTS_MAX];
	size_t count = 0;

	if (!self.strays_at || now < self.strays_at)
		return;
	for (size_t i = 0; i < self.table->count; i++)
		if (self.table->items[i]->runner)
			runners[count++] = self.table->items[i]->runner;
	/* Those killed now may leave children, and may be stuck themselves. */
	self.strays_at = strays_kill(runners, count) ? now + self.strays_pause : 0;
	self.strays_pause = MIN(self.strays_pause * 2, STRAYS_PAUSE_MAX_NS);
}

// SPDX-License-Identifier: Apache-2.0
/* nodegauge scripts DIR */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "flag_parse.h"
#include "log.h"
#include "manual.h"
#include "scripts.h"

enum { CONCURRENCY_MIN = 2 };

static struct {
	struct scripts_options options;
	const char *log_level;
	const char *log_format;
	bool is_help_wanted;
} self;

#define CHOICES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct flag flags[] = {
	{ .name = "help",
	  .target = &self.is_help_wanted,
	  .help = "Show this help.",
	  .letter = 'h' },
	{ .name = "help-man",
	  .target = &self.is_help_wanted,
	  .help = "Write the manual page, in troff.",
	  .hidden = true },
	{ .name = "concurrency",
	  .type = FLAG_INT,
	  .target = &self.options.concurrency,
	  .value = "0",
	  .help = "How many scripts run at once, at most; 0 is for the number of CPUs, but two at "
	          "least." },
	{ .name = "interval",
	  .type = FLAG_DURATION,
	  .target = &self.options.defaults.interval,
	  .value = "60s",
	  .help = "From start to start of a script that does not say otherwise." },
	{ .name = "log.format",
	  .type = FLAG_ENUM,
	  .target = &self.log_format,
	  .value = "logfmt",
	  .choices = CHOICES("logfmt", "json"),
	  .help = "How records of the log are written." },
	{ .name = "log.level",
	  .type = FLAG_ENUM,
	  .target = &self.log_level,
	  .value = "info",
	  .choices = CHOICES("debug", "info", "warn", "error"),
	  .help = "Leave out records of the log that matter less than this." },
	{ .name = "output-directory",
	  .type = FLAG_STRING,
	  .target = &self.options.output,
	  .value = "/run/nodegauge-scripts",
	  .variable = "RUNTIME_DIRECTORY",
	  .help = "Where to put text files, for the exporter's "
	          "--collector.textfile.directory." },
	{ .name = "rescan",
	  .type = FLAG_DURATION,
	  .target = &self.options.rescan,
	  .value = "10s",
	  .help = "From one look for new, changed and removed scripts to the next; SIGHUP makes it "
	          "look at once." },
	{ .name = "timeout",
	  .type = FLAG_DURATION,
	  .target = &self.options.defaults.timeout,
	  .value = "10s",
	  .help = "After what time a script is ended that does not say otherwise." },
	{ 0 },
};

static int check_time(struct flag_set *set, const char *name, int64_t time)
{
	if (time >= SCRIPT_TIME_MIN && time <= SCRIPT_TIME_MAX)
		return 0;
	return flag_fail(set, "--%s: expected a duration from 100ms to 30d", name);
}

static int check(struct flag_set *set)
{
	if (self.options.concurrency < 0)
		return flag_fail(set, "--concurrency=%lld: expected 0 or more",
		                 (long long)self.options.concurrency);
	if (check_time(set, "interval", self.options.defaults.interval) < 0 ||
	    check_time(set, "rescan", self.options.rescan) < 0 ||
	    check_time(set, "timeout", self.options.defaults.timeout) < 0)
		return -1;
	if (!set->given_argument || !*set->given_argument)
		return flag_fail(set, "expected the directory of the scripts");
	if (!*self.options.output)
		return flag_fail(set, "--output-directory=: expected a directory");
	return 0;
}

/* The exit status where the command line only asks for information, else -1. */
static int answer(struct flag_set *set)
{
	if (set->error)
		return -1;
	if (flag_find(set, "help")->uses > 0)
		flag_help(set, stdout, flag_width());
	else if (flag_find(set, "help-man")->uses > 0)
		manual_print_scripts(set, stdout);
	else
		return -1;
	return fflush(stdout) == 0 ? 0 : 1;
}

void complete_scripts(char *const *words, size_t count)
{
	struct flag_set set = { .programme = "nodegauge scripts" };

	flag_add(&set, "Scripts", flags);
	flag_complete(&set, stdout, words, count);
	flag_free(&set);
}

int command_scripts(int argc, char **argv)
{
	struct flag_set set = { .programme = "nodegauge scripts", .argument = "DIR" };
	int r, status;

	flag_add(&set, "Scripts", flags);
	r = flag_scan(&set, argc, argv);
	status = answer(&set);
	if (status < 0 && (r < 0 || flag_apply_defaults(&set) < 0 || flag_apply_uses(&set) < 0 ||
	                   check(&set) < 0)) {
		(void)fprintf(stderr, "%s: error: %s, try --help\n", set.programme, set.error);
		status = 1;
	}
	if (status < 0) {
		self.options.directory = set.given_argument;
		if (!self.options.concurrency)
			self.options.concurrency =
				MAX(sysconf(_SC_NPROCESSORS_ONLN), CONCURRENCY_MIN);
		log_open(self.log_level, self.log_format);
		status = scripts_serve(&self.options);
	}
	flag_free(&set);
	return status;
}

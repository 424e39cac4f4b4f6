// SPDX-License-Identifier: Apache-2.0
/* One run of a script, by a process of its own that stays until nothing is left of the script. */
#pragma once

#include "util.h"

enum {
	SCRIPT_OUTPUT_MAX = 8 << 20, /* bytes that a script may print */
	SCRIPT_FAILURE_MAX = 400,
	SCRIPT_STATUS_SIGNAL = 128, /* + the number of the signal that ended it */
};

#define SCRIPT_GRACE_NS (500 * NS_PER_MS) /* from SIGTERM to SIGKILL, at the timeout */
#define SCRIPT_STOP_NS (200 * NS_PER_MS)  /* the same when the runner is told to end */

/*
 * What every file that is made here begins with. Others than these are neither replaced nor
 * removed, and these are removed when their script is gone.
 */
#define SCRIPT_MARK "# Written by \"nodegauge scripts\", which replaces and removes this file.\n"

struct script_run {
	const char *name; /* argv[0], and for the log */
	const char *path; /* what is executed */
	int64_t timeout;
	int directory;      /* where the output goes, */
	const char *output; /* and by which name */
	unsigned lines;     /* of its standard error that may go to the log */
};

/* How it went, from the runner to the service. */
struct script_report {
	int64_t duration; /* ns until the script ended or was killed */
	int exit_code;    /* see SCRIPT_STATUS_SIGNAL */
	bool is_timeout;
	unsigned lines; /* that went to the log */
	unsigned lines_left_out;
	char failure[SCRIPT_FAILURE_MAX]; /* why the output was not taken; "": it was */
};

/*
 * In a child of the service: run the script and end. Its output is checked and put in place where
 * it exits with 0. Whatever it has started is killed before that, also what has left its process
 * group or its session. The report is written to a pipe, unless SIGTERM, or the death of the
 * service, has ended it before; then the directory is closed at once, so that a lock on it does not
 * outlive the service. Log records go to standard error.
 */
_Noreturn void script_run(const struct script_run *run, int report);

/* Whether there is no file of that name in the directory, or one with our mark. */
bool script_may_replace(int directory, const char *name);

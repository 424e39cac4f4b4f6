// SPDX-License-Identifier: Apache-2.0
/* The scripts that there are, and where their output goes. */
#pragma once

#include <sys/types.h>

#include "buffer.h"
#include "scriptfile.h"

enum { SCRIPTS_MAX = 256 };

/* The file of metrics about the scripts. */
#define SCRIPT_METRICS "nodegauge_scripts.prom"

struct script {
	char *name;
	char *output; /* the name of its text file */
	struct script_file file;
	bool is_seen;      /* in the scan under way */
	bool is_leaving;   /* gone or refused: to be forgotten when its run has ended */
	pid_t runner;      /* 0: it does not run */
	int report;        /* where the runner's report comes from */
	int64_t stuck_at;  /* when the run has taken too long even for one that had to be killed */
	bool is_stuck;     /* so it has, and is not counted among those that run */
	int64_t next;      /* when to start; 0: not settled yet */
	int64_t output_at; /* when its text file was written; 0: not known, or there is none */
	unsigned lines;    /* of its standard error that may be logged now, */
	int64_t lines_at;  /* as of then */
	uint64_t lines_left_out; /* of the log since that was told */
	char *trouble;           /* why its last run failed */
	bool has_run;            /* and so the rest is known */
	double ended_at;         /* seconds since 1970 */
	double duration;         /* seconds */
	int exit_code;
	bool is_good;      /* its output was taken */
	uint64_t timeouts; /* so far */
};

struct script_table {
	const char *directory;
	struct script_times defaults;
	size_t count;
	struct script *items[SCRIPTS_MAX]; /* in order of name */
	size_t n_refused;                  /* by the last scan */
	uint64_t refusals[SCRIPTS_MAX];    /* hashes of what was logged of them */
	char *trouble;                     /* with the directory */
};

struct script_output {
	const char *path;
	int fd; /* -1: it cannot be used at present */
	struct stat st;
	char *trouble;         /* with the directory */
	char *metrics_trouble; /* with SCRIPT_METRICS */
	uint64_t metrics_hash; /* of what was written there; 0: nothing yet */
};

/*
 * Log what is wrong when that is not what was wrong already, with the subject under key; now is
 * NULL when all is well, which is logged when it was not.
 */
void script_note(char **trouble, const char *now, const char *message, const char *key,
                 const char *subject);

/*
 * Look for scripts that are new, changed or gone. New ones, and those whose file has changed, have
 * next set to 0. Those gone or refused are leaving. Two that would write the same file: the one
 * whose name comes first is taken. A directory that is not there has no scripts; of one that cannot
 * be read for the moment everything stays as it is.
 */
void script_table_scan(struct script_table *t);

void script_table_forget(struct script_table *t, struct script *s);

/*
 * Have the output directory open, locked against others of our kind and made, where it is missing.
 * True where it is another one than before, so that it is to be swept.
 */
bool script_output_open(struct script_output *o);

/*
 * Remove text files from here that belong to no script, and unfinished files; learn when those of
 * the scripts that there are were written.
 */
void script_output_sweep(const struct script_output *o, const struct script_table *t);

/* Remove the text file of a script, if it has one from here. */
void script_output_remove(const struct script_output *o, struct script *s);

/* Write SCRIPT_METRICS, unless it would be what was written last. */
void script_output_write_metrics(struct script_output *o, const struct script_table *t);

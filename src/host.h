// SPDX-License-Identifier: Apache-2.0
/*
 * The host at a glance: from each gathered run the few figures that the page shows, with those of
 * the run before for rates. What a run does not have stays as it was, with its age.
 */
#pragma once

#include "gather.h"

enum host_part {
	HOST_CPU,         /* a row for each mode: seconds, CPUs added up */
	HOST_MEMORY,      /* a row for each figure: bytes */
	HOST_LOAD,        /* 1, 5 and 15 minutes */
	HOST_PRESSURE,    /* a row for each kind: seconds */
	HOST_DISKS,       /* by device: enum host_disk */
	HOST_FILESYSTEMS, /* by mount point: enum host_filesystem */
	HOST_NETWORK,     /* by device: enum host_network */
	HOST_TEMPERATURES,
	HOST_BOOT,  /* its time */
	HOST_UNAME, /* names, in notes */
	HOST_OS,
	HOST_FILES,   /* by text file: enum host_file */
	HOST_SCRIPTS, /* by script: enum host_script */
	HOST_PARTS,
};
enum host_disk { DISK_READ_BYTES, DISK_WRITTEN_BYTES, DISK_READS, DISK_WRITES, DISK_BUSY };
enum host_filesystem { FS_BYTES, FS_AVAILABLE, FS_READONLY, FS_FAULT };
enum host_network { NET_RECEIVED, NET_SENT, NET_ERRORS };
enum host_file { FILE_MTIME, FILE_SAMPLES, FILE_AGE, FILE_ERROR };
enum host_script { SCRIPT_SUCCESS, SCRIPT_EXIT_CODE, SCRIPT_DURATION, SCRIPT_LAST_RUN };

enum { HOST_COLUMNS = 5, HOST_ROWS_MAX = 64, HOST_TEXT_MAX = 160 };

/* Figures that are not there are NaN. */
struct host_row {
	uint64_t key; /* hash of the whole name */
	bool is_seen;
	unsigned n_added; /* samples in the first figure */
	char name[HOST_TEXT_MAX];
	char note[HOST_TEXT_MAX];
	double now[HOST_COLUMNS];
	double before[HOST_COLUMNS];
};

struct host_table {
	int64_t at;        /* now_ns() of the run; 0: there was none */
	int64_t before_at; /* of the run before; 0: there was none */
	size_t n_rows;
	size_t n_more;                 /* that there was no room for, */
	size_t left_out[HOST_COLUMNS]; /* as the column has them that has most of these */
	struct host_row rows[HOST_ROWS_MAX];
};

/* Take from g, which is finished, what is there. */
void host_take(const struct gather *g, int64_t now);

const struct host_table *host_table(enum host_part part);

/* A row by name, or NULL; its first figure, or NaN. */
const struct host_row *host_find(enum host_part part, const char *name);
double host_figure(enum host_part part, const char *name);

/* How much a figure grew in a second between the two runs; NaN where that is not known. */
double host_rate(const struct host_table *t, const struct host_row *row, unsigned column);

/* now_ns() of the latest run that any figure was taken from; 0: there was none. */
int64_t host_latest(void);

/* Whether a collector has figures that change by the second. */
bool host_needs(const char *collector);

// SPDX-License-Identifier: Apache-2.0
/* Command-line flags: tables of them, and a parser with kingpin's forms. */
#pragma once

#include "util.h"

enum flag_type {
	FLAG_BOOL,     /* bool; --name and --no-name */
	FLAG_STRING,   /* const char * */
	FLAG_ENUM,     /* const char *, one of choices; upper and lower case are the same */
	FLAG_INT,      /* int64_t; floating syntax is taken and truncated */
	FLAG_DURATION, /* int64_t, nanoseconds; Go's syntax and d, w */
	FLAG_REGEX,    /* struct regex, Go's syntax */
	FLAG_LIST,     /* struct list; may be repeated, the first use replaces the default */
};

/* Values of a flag that may be repeated. */
struct list {
	size_t count;
	const char **items;
};

/* A table of flags ends with an empty one. Only name, type, target and help are needed. */
struct flag {
	const char *name; /* without the dashes */
	enum flag_type type;
	void *target;               /* of the type named above; set before start() runs */
	const char *value;          /* the default as one would type it; NULL: false, "", none */
	const char *help;           /* one sentence with a full stop */
	const char *const *choices; /* FLAG_ENUM: ends with NULL */
	const char *variable;       /* environment variable that replaces the default */
	bool *given;                /* set when the command line has it; may be NULL */
	bool hidden;                /* works, but is not shown in --help */
	char letter;                /* its short form: 'h' is -h; 0: none */
};

/*
 * A duration in Go's syntax, and with d and w: "1.5h", "1m30s", "-2d", "0". 0 with ns in *ret,
 * -EINVAL, or -ERANGE.
 */
int flag_duration(const char *text, int64_t *ret) MUST_CHECK;

// SPDX-License-Identifier: Apache-2.0
/*
 * A text for the textfile collector, looked through: what the collector refuses, and what is better
 * done in another way.
 */
#pragma once

#include "util.h"

enum check_level {
	CHECK_ERROR,  /* the collector leaves out the file, or a part of it */
	CHECK_REMARK, /* it is exported, but against the conventions */
};

struct check_finding {
	enum check_level level;
	unsigned line; /* 1 for the first, as is column, which counts bytes */
	unsigned column;
	const char *text; /* what was expected and what was found, escaped, on one line */
	const char *hint; /* what to do about it, on one line; NULL where the text says it all */
};

struct check_counts {
	size_t errors;
	size_t remarks;
	size_t samples; /* that would be exported; 0 where there are errors */
};

/*
 * Look size bytes at text through, with the limits that the collector has by default, and report
 * every finding, errors before remarks. A finding and its texts live until report() returns. A line
 * with an error is passed over and the next one is looked at.
 */
struct check_counts promcheck(const char *text, size_t size,
                              void (*report)(void *context, const struct check_finding *finding),
                              void *context);

// SPDX-License-Identifier: Apache-2.0
/* Statistics of NFS in procfs net/rpc: lines of a name and numbers. */
#pragma once

#include "util.h"

struct scrape;

enum { RPCSTAT_NUMBERS = 64 };

/* What a line should look like. */
struct rpcstat_line {
	const char *key;
	size_t min;      /* how many numbers there must be, */
	size_t max;      /* and how many there may be */
	bool is_counted; /* a first number, which is not among those, says how many follow */
	bool is_open;    /* what follows the first max numbers is something else */
};

/* What was in a line: zeros behind its last number, and zeros only where there is no such line. */
struct rpcstat_numbers {
	bool is_bad; /* there is such a line, but it is not as it should be */
	uint64_t numbers[RPCSTAT_NUMBERS];
};

/*
 * The lines of text as described by count lines, in their order. What is not as described warn()
 * says, with name for the file. ret lives as long as s.
 */
void rpcstat_parse(struct scrape *s, const char *name, char *text, const struct rpcstat_line *lines,
                   size_t count, struct rpcstat_numbers **ret);

// SPDX-License-Identifier: Apache-2.0
/* What supervisord answers to getAllProcessInfo, in XML-RPC; read by libxml2, loaded for the first.
 */
#pragma once

#include "util.h"

struct scrape;

/* What was not there, or not of its type, is NULL or not in has. */
enum { SUPERVISOR_STATE = 1, SUPERVISOR_EXIT_STATUS = 2, SUPERVISOR_START = 4 };
struct supervisor_process {
	const char *name;
	const char *group;
	unsigned has;
	int64_t state; /* as supervisord numbers them */
	int64_t exit_status;
	int64_t start; /* seconds since 1970 */
};

/*
 * Visit each process of an answer, in its order; texts live until visit() returns. 0, or a negative
 * errno after fail(): then those before the fault have been visited.
 */
int supervisor_parse(struct scrape *s, const char *answer, size_t size,
                     void (*visit)(struct scrape *s, const struct supervisor_process *p))
	MUST_CHECK;

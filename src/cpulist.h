// SPDX-License-Identifier: Apache-2.0
/* Lists of CPUs as the kernel writes them, "0,2-5,9", or with a step, as in flags: "0-30:2". */
#pragma once

#include "util.h"

enum { CPULIST_MAX = 65536 };

/* A bit for each CPU. */
struct cpulist {
	uint64_t bits[CPULIST_MAX / 64];
};

/* Add what text, which is cut up, lists. -EINVAL with *ret_bad where one part, left out, is odd. */
int cpulist_add(struct cpulist *list, char *text, const char **ret_bad) MUST_CHECK;

static inline bool cpulist_has(const struct cpulist *list, uint64_t cpu)
{
	return cpu < CPULIST_MAX && (list->bits[cpu / 64] >> cpu % 64 & 1);
}

/* The first CPU listed from this one on; CPULIST_MAX when there is none. */
unsigned cpulist_next(const struct cpulist *list, unsigned cpu);

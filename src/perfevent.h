// SPDX-License-Identifier: Apache-2.0
/* Counters of perf_event_open(2) that count for one CPU, whatever runs there. */
#pragma once

#include "util.h"

enum { PERF_GROUP_MAX = 64 };

struct perf_event {
	uint32_t type;   /* PERF_TYPE_… */
	uint64_t config; /* which one of that type */
};

/* Events that are read by one call. Zeroed: one that was never opened. */
struct perf_group {
	size_t count;     /* of the events it was opened with */
	int *fds;         /* of each of them; -1: it could not be opened */
	uint64_t enabled; /* ns for which it counted, when it was read last */
};

/*
 * Open all of these events that can be; they count at once. 0 or, where one could not, the errno of
 * the first such. perf_close() ends it in either case.
 */
int perf_open(struct perf_group *g, unsigned cpu, const struct perf_event *events, size_t count)
	MUST_CHECK;
void perf_close(struct perf_group *g);

/*
 * What was counted, for each event with a descriptor; the others' places are left alone. Counts are
 * as they are, not scaled up where events had to take turns. -ESTALE where the CPU went, so
 * that nothing is counted any more even if it is back, or another negative errno.
 */
int perf_read(struct perf_group *g, uint64_t *values) MUST_CHECK;

/* The machine does not have that event, or that CPU not now: no error to speak of. */
bool perf_is_unsupported(int r);

// SPDX-License-Identifier: Apache-2.0
/* Which events perf counts: those that the kernel has numbers for, and tracepoints. */
#pragma once

#include "flag.h"
#include "metric.h"
#include "perfevent.h"

enum perf_kind {
	PERF_HARDWARE,
	PERF_SOFTWARE,
	PERF_CACHE,
	PERF_KINDS, /* how many there are */
};

enum { PERF_EVENTS_MAX = 128 };

/* Zeroed: without events. */
struct perf_set {
	struct perf_event events[PERF_EVENTS_MAX];
	const struct metric *metrics[PERF_EVENTS_MAX];
	size_t n_events;
	size_t groups[PERF_EVENTS_MAX + 1]; /* where each begins; and n_events behind the last */
	size_t n_groups;
	struct metric *traced; /* of the tracepoints */
	size_t n_traced;
};

/*
 * Add events of a kind: those that are named, or all of them where none of these names is known.
 * Unknown names are said by warn().
 */
void perf_add_profilers(struct scrape *s, struct perf_set *set, enum perf_kind kind,
                        const struct list *names);

/*
 * Add a group of tracepoints, named SYSTEM:EVENT. 0 or a negative errno after fail(); a set with a
 * part of them is to be freed then, too.
 */
int perf_add_tracepoints(struct scrape *s, struct perf_set *set, const struct list *names)
	MUST_CHECK;

void perf_free_set(struct perf_set *set);

// SPDX-License-Identifier: Apache-2.0
/*
 * The state of runs: which collectors are wanted until when, and what has become of them. Who runs
 * them is told in dispatch.h. Part of the server; knows nothing of HTTP.
 */
#pragma once

#include "outcome.h"
#include "registry.h"

/* What a collector may take before others are served without waiting for it. */
#define STALL_NS (500 * NS_PER_MS)

/* What is left of a stall limit at the first of two looks at who may be stuck. */
#define SECOND_LOOK(stall) ((stall) / 10)

struct request;

struct run {
	struct run *next;
	struct request *requests; /* that wait for it; the server's */
	int64_t created;
	int64_t deadline;
	int64_t stall;   /* ns that one hazard may take: STALL_NS, or less before a near deadline */
	uint64_t serial; /* never 0 */
	size_t n_pending;
	bool waiting[COLLECTORS_MAX]; /* those pending that no worker has */
	bool was_killed;              /* a worker of it, by someone outside */
	bool is_for_page;             /* no scrape has joined it */
	struct outcome outcomes[COLLECTORS_MAX];
};

/* The run under way (or waiting) that will have all wanted collectors, or NULL. */
struct run *run_covering(const bool wanted[static COLLECTORS_MAX]);

/* Begin a run whose answer is wanted by deadline; extend it for one more request. */
struct run *run_begin(const bool wanted[static COLLECTORS_MAX], int64_t deadline);
void run_extend(struct run *run, int64_t deadline);

/* Copy what has become of a collector, unless that is known already. */
void run_settle(struct run *run, unsigned id, const struct outcome *outcome);

/*
 * The collector has failed, in a run or (NULL) in none, for which words (NULL: none) say why;
 * the history learns of it.
 */
void run_fail(struct run *run, unsigned id, int code, int64_t duration, const char *words);

/* Take a run out of the list and free it. A worker that is still busy with it will be written off.
 */
void run_end(struct run *run);

/* The run with this serial, if it has not ended; else NULL. */
struct run *run_find(uint64_t serial);

/* All runs, the oldest first; how many of them are scrapes'. */
struct run *runs_first(void);
size_t runs_count(void);

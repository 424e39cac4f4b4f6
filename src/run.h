// SPDX-License-Identifier: Apache-2.0
/*
 * Runs: which collectors are wanted until when, which worker does them, and what becomes of workers
 * that get stuck, die or are slow. Part of the server; knows nothing of HTTP.
 */
#pragma once

#include "wire.h"

/* A set that stays the same for many runs, shared by all who need it. */
struct kept_set {
	unsigned shares;
	uint64_t generation;
	size_t size;
	_Alignas(8) unsigned char bytes[];
};

struct kept_set *kept_share(struct kept_set *kept); /* NULL stays NULL */
void kept_release(struct kept_set *kept);

/* What became of one collector in a run. */
struct outcome {
	enum { OUTCOME_UNWANTED, OUTCOME_PENDING, OUTCOME_DONE } state;
	int code;         /* 0, NO_DATA, or a negative errno */
	int64_t duration; /* ns */
	int64_t taken_at; /* now_ns() of a set that is not of this run; else 0 */
	bool is_full;
	void *set;
	size_t size;
	struct kept_set *kept; /* what belongs to it beside set; NULL: nothing */
};

struct request;

struct run {
	struct run *next;
	struct request *requests; /* that wait for it; the server's */
	int64_t created;
	int64_t deadline;
	int64_t stall; /* ns that one hazard may take */
	uint64_t serial;
	size_t n_pending;
	bool for_common[COLLECTORS_MAX]; /* to be done by a common worker */
	bool for_own[COLLECTORS_MAX];    /* to be done by a worker of its own */
	bool was_killed;                 /* a worker of it, by someone outside */
	bool is_for_page;                /* no scrape has joined it */
	struct outcome outcomes[COLLECTORS_MAX];
};

/* Begin; keeper is the channel to it, and worker channels are added to epoll with their run data.
 */
void runs_open(int keeper, int epoll);

/* The run under way (or waiting) that will have all wanted collectors, or NULL. */
struct run *run_covering(const bool wanted[static COLLECTORS_MAX]);

/* Begin a run whose answer is wanted by deadline; extend it for one more request. */
struct run *run_begin(const bool wanted[static COLLECTORS_MAX], int64_t deadline);
void run_extend(struct run *run, int64_t deadline);

/* Take in what its workers have finished so far, for an answer that goes out before the end. */
void run_take_finished(struct run *run);

/* Take a run out of the list and free it. Its workers are written off. */
void run_end(struct run *run);

/* All runs, the oldest first; how many of them are scrapes'. */
struct run *runs_first(void);
size_t runs_count(void);

/* A message of the keeper's about workers; fds came along with it. */
void runs_hear_keeper(const struct wire_message *m, const int fds[static 2]);

/* A worker's channel, as epoll's data pointer gave it, can be read. */
void runs_hear_worker(void *worker);

/* Do what is due, and say when to call again (now_ns() time; INT64_MAX: never). */
int64_t runs_tick(void);

/* Whether the first worker has started all collectors. */
bool runs_are_ready(void);

/* Whether a collector runs in a worker of its own, because it was slow or crashed. */
bool runs_have_aside(unsigned id);

/* For the exposition: the state of things. */
struct run_figures {
	size_t workers;
	size_t written_off;
};
struct run_figures runs_figures(void);

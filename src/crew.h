// SPDX-License-Identifier: Apache-2.0
/*
 * The worker processes that the server has: they come from the keeper, which is asked for them and
 * ends them. Part of the server.
 */
#pragma once

#include "wire.h"

/* What a worker is for: the id of one collector, or all of them. */
enum { PURPOSE_COMMON = -1 };

enum worker_state {
	WORKER_STARTING,
	WORKER_IDLE,
	WORKER_BUSY,
	WORKER_LOST,      /* written off to one collector; it may come back */
	WORKER_GIVEN_UP,  /* it took too long for that, and is killed */
	WORKER_DISMISSED, /* killed, too, because nothing is wanted of it any more */
};

/* At the last check: there was none, or all of its order was done. */
enum { SEEN_NOT = -1, SEEN_DONE = -2 };

struct worker {
	struct worker *next;
	pid_t pid;
	int channel; /* -1: it has closed its end */
	struct segment *segment;
	enum worker_state state;
	int purpose;

	/* Its order: see order.h. */
	uint64_t run; /* the serial of the run it is for; 0: off the scrape path */
	uint64_t serial;
	int64_t began;
	unsigned n_taken;
	struct kept_set *kept; /* that it was told of */
	bool ordered[COLLECTORS_MAX];
	bool jobs[COLLECTORS_MAX]; /* of those ordered, whose results are still expected */

	/* Its time limits: see fault.h. */
	int64_t check_at; /* when to see how it gets on; INT64_MAX: never */
	int64_t kill_at;  /* when to give it up altogether; INT64_MAX: never */
	int last_seen;    /* the collector it was in at the last check, or one of SEEN_… */
	int64_t doubted;  /* since when it is in what it may be stuck in; 0: nothing */
};

/* Begin; keeper is the channel to it, and workers' channels are added to epoll with their struct.
 */
void crew_open(int keeper, int epoll);

/* Have the keeper start a worker, unless there are too many or the last try has just failed. */
void crew_ask(int purpose);

/*
 * What the keeper answers, in the order of questions: fds are a worker's channel and segment, -1
 * where there was no room for them.
 */
void crew_take_on(pid_t pid, const int fds[static 2]);
void crew_none_came(void);

/* The worker has started all collectors; whether one ever did. */
void crew_started(struct worker *w);
bool crew_is_ready(void);

/* When the next one can be asked for, by now_ns(); it may be past. */
int64_t crew_retry_at(void);

/* All workers; that of a process, or NULL; one for this purpose that has nothing to do, or NULL. */
struct worker *crew_first(void);
struct worker *crew_find(pid_t pid);
struct worker *crew_find_idle(int purpose);

/* How many there are for this purpose that work or are ready to, and how many have been asked for.
 */
size_t crew_count(int purpose);
size_t crew_count_asked(int purpose);

/* Kill one that is lost; one that is not needed, or not trusted. The keeper says when it is gone.
 */
void crew_give_up(struct worker *w);
void crew_dismiss(struct worker *w);

/* It has ended: forget it. */
void crew_remove(struct worker *w);

/* For the exposition. */
struct crew_figures {
	size_t workers;
	size_t written_off;
};
struct crew_figures crew_figures(void);

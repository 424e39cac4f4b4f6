// SPDX-License-Identifier: Apache-2.0
/*
 * A worker's order: the collectors it is to run, for a run or off the scrape path, and what it has
 * made of them. What it writes is read once and checked; it is not trusted. Part of the server.
 */
#pragma once

#include "crew.h"
#include "run.h"

/* How long one may take off the scrape path, until its set is too old; but as long as a scrape. */
int64_t order_limit(void);

/* Give an idle worker its order: those of jobs, in the order of the registry. run may be NULL. */
void order_give(struct worker *w, struct run *run, const bool jobs[static COLLECTORS_MAX]);

/* Take in what a worker has finished of its order. -EBADMSG where it wrote nonsense. */
int order_take(struct worker *w) MUST_CHECK;

/* The collector a worker is in: what it says, if that can be, else the next; -1 where all is done.
 */
int order_current(const struct worker *w);

/* now_ns() when the hazard was announced that it is in; 0: it is in none. Not after now. */
int64_t order_hazard_since(const struct worker *w, int64_t now);

/* Nothing is expected of it any more, but for the job kept (-1: none): its run needs another. */
void order_hand_back(struct worker *w, int kept);

/* The order has been worked off: the worker is idle. */
void order_close(struct worker *w);

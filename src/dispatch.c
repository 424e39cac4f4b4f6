// SPDX-License-Identifier: Apache-2.0
#include "dispatch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "care.h"
#include "fault.h"
#include "options.h"
#include "order.h"

enum { COMMON_MAX = 4 };

/* --- From runs to workers --- */

static bool is_waited_for(const struct run *run)
{
	return memchr(run->waiting, true, sizeof(run->waiting)) != NULL;
}

static void give_one(struct worker *w, struct run *run, unsigned id)
{
	bool jobs[COLLECTORS_MAX] = { false };

	jobs[id] = true;
	order_give(w, run, jobs);
}

/* A collector that crashed: it is tried when its pause is over. */
static void feed_trial(struct run *run, unsigned id)
{
	struct worker *w;

	if (run->created < care_of(id)->not_before) {
		run_fail(run, id, -EAGAIN, 0, NULL);
		return;
	}
	w = crew_find_idle((int)id);
	if (w)
		give_one(w, run, id);
	else if (!crew_count((int)id) && !crew_count_asked((int)id))
		crew_ask((int)id);
}

/* A slow collector: a run has its last set, and the next one is got beside it. */
static void settle_slow(struct run *run, unsigned id)
{
	struct care *care = care_of(id);

	care->is_wanted = true;
	if (care->last.state == OUTCOME_DONE &&
	    run->created - care->last.taken_at < options.max_age)
		run_settle(run, id, &care->last);
	else
		run_fail(run, id, -ETIMEDOUT, 0, "too slow, and has no recent set");
}

/* What common workers do; after the stall limit it may be another one than those there are. */
static void feed_common(struct run *run, const bool jobs[static COLLECTORS_MAX], int64_t now)
{
	struct worker *w = crew_find_idle(PURPOSE_COMMON);
	size_t asked = crew_count_asked(PURPOSE_COMMON);
	size_t count = crew_count(PURPOSE_COMMON) + asked;
	bool is_coming = asked != 0;

	if (w) {
		order_give(w, run, jobs);
		return;
	}
	for (w = crew_first(); w; w = w->next)
		is_coming |= w->purpose == PURPOSE_COMMON && w->state == WORKER_STARTING;
	if (!count || (now >= run->created + run->stall && count < COMMON_MAX && !is_coming))
		crew_ask(PURPOSE_COMMON);
}

static void feed_run(struct run *run, int64_t now)
{
	bool common[COLLECTORS_MAX] = { false };
	bool has_common = false;

	for (unsigned id = 0; id < COLLECTORS_MAX; id++) {
		if (!run->waiting[id])
			continue;
		switch (care_of(id)->mode) {
		case CARE_COMMON:
			common[id] = has_common = true;
			break;
		case CARE_TRIAL:
			feed_trial(run, id);
			break;
		case CARE_SLOW:
			settle_slow(run, id);
			break;
		}
	}
	if (has_common)
		feed_common(run, common, now);
}

/* Off the scrape path. */
static void feed_slow(unsigned id, int64_t now)
{
	struct care *care = care_of(id);
	struct worker *w;

	if (care->mode != CARE_SLOW || !care->is_wanted || now < care->not_before)
		return;
	w = crew_find_idle((int)id);
	if (w) {
		care->is_wanted = false;
		give_one(w, NULL, id);
		return;
	}
	for (w = crew_first(); w; w = w->next)
		if (w->purpose == (int)id)
			return; /* busy, starting, or written off and perhaps on its way back */
	if (!crew_count_asked((int)id))
		crew_ask((int)id);
}

/* --- Events --- */

void dispatch_hear_keeper(const struct wire_message *m, const int fds[static 2])
{
	struct worker *w = m->kind == WIRE_EXITED ? crew_find(m->pid) : NULL;

	if (m->kind == WIRE_WORKER)
		crew_take_on(m->pid, fds);
	else if (m->kind == WIRE_NO_WORKER)
		crew_none_came();
	else if (w)
		fault_died(w, m->status);
}

/* A common worker too many has to go; one of a collector that is common again, too. */
static void retire(struct worker *w)
{
	bool is_needed = w->purpose == PURPOSE_COMMON
	                         ? crew_count(PURPOSE_COMMON) <= 1
	                         : care_of((unsigned)w->purpose)->mode != CARE_COMMON;

	if (!is_needed)
		crew_dismiss(w);
}

static void order_done(struct worker *w, uint64_t serial)
{
	if (serial != w->serial)
		return;
	if (w->state == WORKER_LOST) {
		fault_came_back(w);
	} else if (w->state == WORKER_BUSY && (order_take(w) < 0 || order_current(w) >= 0)) {
		fault_distrust(w);
	} else if (w->state == WORKER_BUSY) {
		order_close(w);
		if (w->purpose != PURPOSE_COMMON)
			care_done((unsigned)w->purpose, now_ns() - w->began);
		retire(w);
	}
}

void dispatch_hear_worker(void *worker)
{
	struct worker *w = worker;
	struct wire_message m;
	int n;

	while ((n = wire_receive(w->channel, &m, sizeof(m), NULL, 0)) == (int)sizeof(m)) {
		if (m.kind == WIRE_STARTED && w->state == WORKER_STARTING)
			crew_started(w);
		else if (m.kind == WIRE_DONE)
			order_done(w, m.serial);
	}
	if (n == -EAGAIN)
		return;
	/* It has ended, as the keeper will say, or speaks another language. */
	if (n > 0 && w->state <= WORKER_LOST)
		fault_distrust(w);
	close(w->channel);
	w->channel = -1;
}

int64_t dispatch_tick(void)
{
	int64_t now = now_ns(), next = INT64_MAX;
	bool is_short = !crew_is_ready();

	for (struct worker *w = crew_first(); w; w = w->next)
		fault_check(w, now);
	if (is_short && !crew_count(PURPOSE_COMMON) && !crew_count_asked(PURPOSE_COMMON))
		crew_ask(PURPOSE_COMMON);
	for (struct run *run = runs_first(); run; run = run->next) {
		next = MIN(next, run->deadline);
		if (is_waited_for(run))
			feed_run(run, now);
		if (!is_waited_for(run))
			continue;
		is_short = true;
		if (now < run->created + run->stall)
			next = MIN(next, run->created + run->stall);
	}
	for (unsigned id = 0; care_has_slow() && id < COLLECTORS_MAX; id++)
		feed_slow(id, now);
	for (struct worker *w = crew_first(); w; w = w->next)
		next = MIN(next, MIN(w->check_at, w->kill_at));
	return is_short && crew_retry_at() > now ? MIN(next, crew_retry_at()) : next;
}

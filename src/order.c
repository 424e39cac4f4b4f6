// SPDX-License-Identifier: Apache-2.0
#include "order.h"

#include <errno.h>
#include <string.h>

#include "care.h"
#include "history.h"
#include "options.h"
#include "shared.h"
#include "taken.h"

static struct {
	struct kept_set *kept; /* the latest one */
	uint64_t serial;
} self;

/* The hazards of a collector that other processes are stuck in. */
static void add_stuck(struct wire_order *order, unsigned id)
{
	for (size_t i = 0; i < STUCK_MAX; i++)
		if (ledger->stuck[i].pid && ledger->stuck[i].collector == id)
			order->stuck[order->n_stuck++] = ledger->stuck[i].hazard;
}

int64_t order_limit(void)
{
	return MAX(options.max_age, options.scrape_timeout);
}

void order_give(struct worker *w, struct run *run, const bool jobs[static COLLECTORS_MAX])
{
	struct wire_order order = { .serial = ++self.serial };
	int64_t until;

	for (unsigned id = 0; id < COLLECTORS_MAX; id++) {
		w->jobs[id] = w->ordered[id] = jobs[id];
		if (!jobs[id])
			continue;
		if (run)
			run->waiting[id] = false;
		order.collectors[order.n_collectors++] = (uint8_t)id;
		add_stuck(&order, id);
	}
	w->state = WORKER_BUSY;
	w->run = run ? run->serial : 0;
	w->serial = order.serial;
	w->n_taken = 0;
	w->last_seen = SEEN_NOT;
	w->began = now_ns();
	kept_release(w->kept);
	w->kept = kept_share(self.kept);
	order.has_kept = w->kept ? w->kept->generation : 0;
	taken_tell(&order);
	order.stall = run ? run->stall : STALL_NS;
	w->doubted = 0;
	w->check_at = run ? w->began + run->stall - SECOND_LOOK(run->stall) : INT64_MAX;
	w->kill_at = run ? INT64_MAX : w->began + order_limit();
	/* Off the scrape path, too: what hangs may be well again before that. */
	until = run ? run->deadline : w->began + options.scrape_timeout;
	order.wait_limit = until - MIN(STALL_NS, (until - w->began) / 4);
	/* Where it does not take it, its death is on the way. */
	(void)wire_send(w->channel, &order, sizeof(order), NULL, 0);
}

/* Read one result, once, and check it. */
static int read_result(const struct worker *w, unsigned i, struct wire_result *ret)
{
	*ret = w->segment->done[i];
	/* From here on the copy alone is looked at. */
	atomic_signal_fence(memory_order_seq_cst);
	if (ret->words > WORDS_MAX || ret->collector >= COLLECTORS_MAX ||
	    !w->ordered[ret->collector] || ret->offset < SEGMENT_DATA || ret->offset % 8 ||
	    ret->offset > SEGMENT_SIZE || ret->size > SEGMENT_SIZE - ret->offset ||
	    ret->words > SEGMENT_SIZE - ret->offset - ret->size || ret->kept_size % 8 ||
	    ret->kept_size > ret->offset - SEGMENT_DATA)
		return -EBADMSG;
	return 0;
}

/*
 * The kept set of a result: the one that the worker was told of, or a new one, which is then the
 * latest. NULL where there is none.
 */
static struct kept_set *take_kept(const struct worker *w, const struct wire_result *result)
{
	if (!result->kept)
		return NULL;
	if (w->kept && w->kept->generation == result->kept)
		return w->kept;
	kept_release(self.kept);
	self.kept = kept_new(result->kept,
	                     (unsigned char *)w->segment + result->offset - result->kept_size,
	                     result->kept_size);
	return self.kept;
}

static void take_result(struct worker *w, const struct wire_result *result)
{
	struct run *run = run_find(w->run);
	struct outcome outcome = {
		.code = result->code,
		.duration = MAX(result->duration, 0),
		.is_full = result->is_full,
		.set = (unsigned char *)w->segment + result->offset,
		.size = result->size,
		.kept = take_kept(w, result),
	};

	history_note(result->collector, result->code, outcome.duration,
	             (const char *)outcome.set + outcome.size, result->words);
	if (run)
		run_settle(run, result->collector, &outcome);
	if (w->purpose == (int)result->collector)
		care_keep(result->collector, &outcome);
}

int order_take(struct worker *w)
{
	unsigned n_done;

	if (atomic_load(&w->segment->serial) != w->serial)
		return 0;
	/* Only now: before that it may have been the last order's. */
	n_done = atomic_load_explicit(&w->segment->n_done, memory_order_acquire);
	for (; w->n_taken < MIN(n_done, COLLECTORS_MAX); w->n_taken++) {
		struct wire_result result;

		if (read_result(w, w->n_taken, &result) < 0)
			return -EBADMSG;
		/* Those that were handed on in the meantime are another's. */
		if (!w->jobs[result.collector])
			continue;
		w->jobs[result.collector] = false;
		take_result(w, &result);
	}
	return 0;
}

int order_current(const struct worker *w)
{
	unsigned running = atomic_load(&w->segment->running);

	if (running && running <= COLLECTORS_MAX && w->jobs[running - 1])
		return (int)running - 1;
	for (unsigned id = 0; id < COLLECTORS_MAX; id++)
		if (w->jobs[id])
			return (int)id;
	return -1;
}

int64_t order_hazard_since(const struct worker *w, int64_t now)
{
	int64_t since = atomic_load(&w->segment->hazard_since);

	return MIN(MAX(since, 0), now);
}

void order_hand_back(struct worker *w, int kept)
{
	struct run *run = run_find(w->run);

	for (unsigned id = 0; id < COLLECTORS_MAX; id++) {
		if (!w->jobs[id] || (int)id == kept)
			continue;
		w->jobs[id] = false;
		if (run && run->outcomes[id].state == OUTCOME_PENDING)
			run->waiting[id] = true;
	}
}

void order_close(struct worker *w)
{
	atomic_store(&w->segment->abandoned, 0);
	w->state = WORKER_IDLE;
	w->run = 0;
	w->check_at = w->kill_at = INT64_MAX;
}

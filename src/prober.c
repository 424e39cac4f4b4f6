// SPDX-License-Identifier: Apache-2.0
#include "prober.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "shared.h"

#define BURST_NS (20 * NS_PER_MS) /* without an answer: more probers */
#define IDLE_NS (60 * NS_PER_SEC)
#define LATE_NS (2 * NS_PER_SEC) /* an answer that nobody has taken by now is wanted by no one */

enum { PROBERS_MAX = PROBES_MAX };

static struct {
	int poke;
} self = { .poke = -1 };

void prober_set_poke(int fd)
{
	self.poke = fd;
}

static size_t count_probers(bool only_idle)
{
	size_t count = 0;

	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		struct process *p = &shared->processes[i];

		if (atomic_load(&p->pid) && atomic_load(&p->role) == ROLE_PROBER &&
		    !(only_idle && atomic_load(&p->is_busy)))
			count++;
	}
	return count;
}

size_t prober_wanted(void)
{
	size_t asked = 0, probers = count_probers(false), idle = count_probers(true);

	for (size_t i = 0; i < PROBES_MAX; i++)
		asked += atomic_load(&shared->probes[i].state) == PROBE_ASKED;
	if (asked <= idle && idle)
		return 0;
	atomic_store(&shared->last_burst, now_ns());
	return MIN(MIN(asked, MAX(probers, 1)), PROBERS_MAX - MIN(probers, PROBERS_MAX));
}

/* Take one question, answer it. False when there was none. */
static bool answer_one(struct process *me)
{
	for (size_t i = 0; i < PROBES_MAX; i++) {
		struct probe_slot *slot = &shared->probes[i];
		unsigned asked = PROBE_ASKED;

		if (!atomic_compare_exchange_strong(&slot->state, &asked, PROBE_BUSY))
			continue;
		atomic_store(&slot->pid, getpid());
		atomic_store(&me->is_busy, 1);
		slot->path[sizeof(slot->path) - 1] = '\0';
		slot->error = statfs(slot->path, &slot->result) < 0 ? -errno : 0;
		atomic_store(&me->is_busy, 0);
		atomic_store(&slot->state, PROBE_DONE);
		atomic_fetch_add(&shared->probes_answered, 1);
		futex_wake(&shared->probes_answered, INT_MAX);
		return true;
	}
	return false;
}

static struct process *find_me(void)
{
	for (;;) {
		for (size_t i = 0; i < PROCESSES_MAX; i++)
			if (atomic_load(&shared->processes[i].pid) == getpid())
				return &shared->processes[i];
		/* The keeper is about to write it down. */
		usleep(1000);
	}
}

void prober_main(void)
{
	struct process *me = find_me();

	for (;;) {
		unsigned asked = atomic_load(&shared->probes_asked);

		if (answer_one(me))
			continue;
		if (now_ns() - atomic_load(&shared->last_burst) > IDLE_NS &&
		    count_probers(true) > 1)
			_exit(0);
		futex_wait(&shared->probes_asked, asked, IDLE_NS);
	}
}

/* One mount's question during a call of prober_ask(). */
struct question {
	struct probe_slot *slot; /* NULL: not asked yet */
	bool is_settled;
};

static struct probe_slot *find_asked(uint64_t mount)
{
	for (size_t i = 0; i < PROBES_MAX; i++) {
		unsigned state = atomic_load(&shared->probes[i].state);

		if (shared->probes[i].mount == mount &&
		    (state == PROBE_ASKED || state == PROBE_BUSY))
			return &shared->probes[i];
	}
	return NULL;
}

/* A slot for a new question; late answers that nobody waits for any more make room. */
static struct probe_slot *take_slot(void)
{
	for (size_t i = 0; i < PROBES_MAX; i++) {
		struct probe_slot *slot = &shared->probes[i];
		unsigned state = atomic_load(&slot->state);

		if (state != PROBE_FREE &&
		    !(state == PROBE_DONE && now_ns() - atomic_load(&slot->asked_at) > LATE_NS))
			continue;
		if (!atomic_compare_exchange_strong(&slot->state, &state, PROBE_FILLING))
			continue;
		atomic_store(&slot->pid, getpid());
		return slot;
	}
	return NULL;
}

static bool ask(struct question *q, struct probe *p, int64_t now, int64_t limit)
{
	size_t length = strlen(p->path);

	q->slot = find_asked(p->mount);
	if (q->slot) {
		/* Asked by an earlier scrape, which gave up on it. */
		if (now - atomic_load(&q->slot->asked_at) > limit) {
			p->is_stuck = true;
			q->is_settled = true;
		}
		return false;
	}
	if (length >= sizeof(q->slot->path)) {
		p->error = -ENAMETOOLONG;
		q->is_settled = true;
		return false;
	}
	q->slot = take_slot();
	if (!q->slot)
		return false;
	q->slot->mount = p->mount;
	memcpy(q->slot->path, p->path, length + 1);
	atomic_store(&q->slot->asked_at, now);
	atomic_store(&q->slot->state, PROBE_ASKED);
	return true;
}

static void take_answer(struct question *q, struct probe *p)
{
	unsigned state = atomic_load(&q->slot->state);
	bool is_same = q->slot->mount == p->mount;

	if (is_same && (state == PROBE_ASKED || state == PROBE_BUSY))
		return;
	if (is_same && state == PROBE_DONE) {
		p->error = q->slot->error;
		p->result = q->slot->result;
		q->is_settled = atomic_compare_exchange_strong(&q->slot->state, &state, PROBE_FREE);
	}
	/* Else another worker that waited for it, too, was quicker, or the prober has died. */
	q->slot = NULL;
}

/* Ask what is not asked, take what is answered; returns how many are not settled. */
static size_t go_round(struct question *questions, struct probe *probes, size_t count, int64_t now,
                       int64_t limit)
{
	size_t open = 0, asked = 0;

	for (size_t i = 0; i < count; i++) {
		struct question *q = &questions[i];

		if (!q->is_settled && q->slot)
			take_answer(q, &probes[i]);
		if (!q->is_settled && !q->slot)
			asked += ask(q, &probes[i], now, limit);
		open += !q->is_settled;
	}
	if (asked) {
		atomic_fetch_add(&shared->probes_asked, 1);
		futex_wake(&shared->probes_asked, (int)asked);
	}
	return open;
}

static void poke_keeper(void)
{
	/* A full pipe says the same. */
	(void)!write(self.poke, "", 1);
}

/* Give up on what has no answer: it is stuck, or, where no prober took it, never asked. */
static void give_up(struct question *q, struct probe *p)
{
	unsigned asked = PROBE_ASKED;

	if (q->is_settled)
		return;
	p->is_stuck = true;
	if (q->slot && q->slot->mount == p->mount)
		(void)atomic_compare_exchange_strong(&q->slot->state, &asked, PROBE_FREE);
}

void prober_ask(struct probe *probes, size_t count, int64_t limit)
{
	int64_t began = now_ns(), now = began, progress = began, last = MIN(BURST_NS, limit / 2);
	CLEANUP(cleanup_free) struct question *questions = NULL;
	size_t open, before = count + 1;
	int64_t end = 0; /* when to look for the last time; 0: not soon */

	questions = xcalloc(count, sizeof(*questions));
	for (size_t i = 0; i < count; i++) {
		probes[i].is_stuck = false;
		probes[i].error = 0;
	}
	for (;;) {
		unsigned answered = atomic_load(&shared->probes_answered);

		open = go_round(questions, probes, count, now, limit);
		if (!open || (end && now >= end))
			break;
		/* One look is not enough, as for that of fault.c. */
		if (!end && now - began >= limit - last)
			end = now + last;
		if (open < before)
			progress = now;
		before = open;
		if (!count_probers(true) || now - progress >= BURST_NS) {
			poke_keeper();
			progress = now;
		}
		futex_wait(&shared->probes_answered, answered,
		           MIN(BURST_NS, (end ? end : began + limit - last) - now));
		now = now_ns();
	}
	for (size_t i = 0; i < count; i++)
		give_up(&questions[i], &probes[i]);
}

// SPDX-License-Identifier: Apache-2.0
#include "fault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "care.h"
#include "log.h"
#include "order.h"
#include "shared.h"

#define OVERRUN_MIN_NS (30 * NS_PER_SEC) /* for a collector that overran outside of hazards */
#define PAUSE_MAX_NS (300 * NS_PER_SEC)  /* after one that had to be given up */

/* Enter the hazard that a worker is stuck in. False where there is no room. */
static bool note_stuck(const struct worker *w, unsigned id, const char *item)
{
	for (size_t i = 0; i < STUCK_MAX; i++) {
		struct stuck *stuck = &ledger->stuck[i];

		if (stuck->pid)
			continue;
		*stuck = (struct stuck){ .pid = w->pid,
			                 .collector = id,
			                 .hazard = atomic_load(&w->segment->hazard),
			                 .since = w->began };
		snprintf(stuck->item, sizeof(stuck->item), "%s", item);
		return true;
	}
	return false;
}

static void forget_stuck(pid_t pid)
{
	for (size_t i = 0; i < STUCK_MAX; i++)
		if (ledger->stuck[i].pid == pid)
			ledger->stuck[i].pid = 0;
}

/* It is stuck in a hazard, or its run has ended: do not wait for it any longer. */
static void write_off(struct worker *w, int64_t now)
{
	unsigned id = (unsigned)order_current(w);
	int64_t took = now - w->began;
	bool in_hazard = order_hazard_since(w, now) != 0;
	char item[HAZARD_MAX] = "none announced";

	if (in_hazard)
		memcpy(item, w->segment->hazard_item, sizeof(item) - 1);
	item[sizeof(item) - 1] = '\0';
	ledger->workers_written_off++;
	log_at(LOG_WARN, "A collector does not come back; going on without it", "collector",
	       collector_name(id), "item", item);
	atomic_store(&w->segment->abandoned, 1);
	if (in_hazard && note_stuck(w, id, item)) {
		w->kill_at = now + order_limit();
	} else {
		w->kill_at = now + MAX(3 * took, OVERRUN_MIN_NS);
		care_treat(id, CARE_SLOW);
		run_fail(run_find(w->run), id, -ETIMEDOUT, took, "did not come back in time");
	}
	order_hand_back(w, -1);
	/* Should it come back after all it has this, for whoever asks next. */
	w->jobs[id] = true;
	w->purpose = (int)id;
	w->run = 0;
	w->state = WORKER_LOST;
	w->check_at = INT64_MAX;
}

/* The fault is that of the collector it is in, which has to wait for its next try. */
static void blame(struct worker *w, unsigned id, const char *words)
{
	care_punish(id, CARE_TRIAL, 0);
	run_fail(run_find(w->run), id, -ECHILD, now_ns() - w->began, words);
	w->jobs[id] = false;
}

void fault_distrust(struct worker *w)
{
	int id = order_current(w);

	log_at(LOG_ERROR, "A worker left nonsense behind", "collector",
	       id < 0 ? "none" : collector_name((unsigned)id));
	if (id >= 0)
		blame(w, (unsigned)id, "left nonsense behind");
	order_hand_back(w, -1);
	crew_dismiss(w);
}

void fault_came_back(struct worker *w)
{
	unsigned id = (unsigned)w->purpose;

	forget_stuck(w->pid);
	if (order_take(w) < 0) {
		fault_distrust(w);
		return;
	}
	if (crew_count(w->purpose) || crew_count_asked(w->purpose)) {
		crew_dismiss(w); /* another one has taken its place */
		return;
	}
	order_close(w);
	care_treat(id, CARE_SLOW);
	log_at(LOG_INFO, "A slow collector now runs aside from scrapes", "collector",
	       collector_name(id));
}

/* How a busy worker's end is told from a collector's fault. */
static bool was_killed_outside(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 0;
	return WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM ||
	       WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGHUP;
}

static void died_busy(struct worker *w, int status)
{
	struct run *run = run_find(w->run);
	bool is_nonsense = order_take(w) < 0;
	int id = order_current(w);
	char how[64], words[128];

	if (is_nonsense)
		log_at(LOG_ERROR, "A worker left nonsense behind");
	if (was_killed_outside(status) && (!run || !run->was_killed)) {
		if (run)
			run->was_killed = true;
		return;
	}
	if (id < 0)
		return;
	snprintf(how, sizeof(how), WIFSIGNALED(status) ? "signal %d" : "exit status %d",
	         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	log_at(LOG_ERROR, "A collector ended its process", "collector",
	       collector_name((unsigned)id), "by", how);
	snprintf(words, sizeof(words), "ended its process by %s", how);
	blame(w, (unsigned)id, words);
}

void fault_died(struct worker *w, int status)
{
	ledger->workers_died++;
	if (w->state == WORKER_BUSY)
		died_busy(w, status);
	/* Only now, as it may have taken long to die. */
	if (w->state == WORKER_GIVEN_UP && care_of((unsigned)w->purpose)->mode == CARE_SLOW)
		care_punish((unsigned)w->purpose, CARE_SLOW,
		            MIN(10 * (now_ns() - w->began), PAUSE_MAX_NS));
	order_hand_back(w, -1);
	crew_remove(w);
}

/* It takes its time over one collector: the others need not wait for that. */
static void check_progress(struct worker *w)
{
	int id = order_current(w);

	if (id == w->last_seen && w->purpose == PURPOSE_COMMON) {
		atomic_store(&w->segment->abandoned, 1);
		order_hand_back(w, id);
	}
	w->last_seen = id;
}

/*
 * It is stuck where it is in the same hazard at two looks, when the time for that is nearly over
 * and when it is. A single look may come after the whole machine has stood still, and nobody has
 * got on.
 */
static void look_at(struct worker *w, int64_t stall, int64_t now)
{
	int64_t since = order_hazard_since(w, now);

	if (!since || now - since < stall - SECOND_LOOK(stall)) {
		check_progress(w);
		w->check_at = (since ? since : now) + stall - SECOND_LOOK(stall);
	} else if (since != w->doubted) {
		w->doubted = since;
		w->check_at = MAX(since + stall, now + SECOND_LOOK(stall));
	} else {
		write_off(w, now);
	}
}

/*
 * It is about to say that it is done, unless it had just begun with what was then handed on, and
 * does not come back from that.
 */
static void check_done(struct worker *w, int64_t now)
{
	if (now < w->check_at)
		return;
	if (w->last_seen == SEEN_DONE)
		crew_dismiss(w);
	else
		w->check_at = now + STALL_NS;
	w->last_seen = SEEN_DONE;
}

/* A worker that is busy with a run. */
static void check_busy(struct worker *w, int64_t now)
{
	const struct run *run = run_find(w->run);

	if (order_current(w) < 0)
		check_done(w, now);
	else if (!run)
		write_off(w, now);
	else if (now >= w->check_at)
		look_at(w, run->stall, now);
}

void fault_check(struct worker *w, int64_t now)
{
	if (w->state == WORKER_BUSY && order_take(w) < 0)
		fault_distrust(w);
	if (w->state == WORKER_BUSY && w->run)
		check_busy(w, now);
	if (now >= w->kill_at && w->state == WORKER_LOST) {
		crew_give_up(w);
	} else if (now >= w->kill_at) {
		/* Off the scrape path. */
		care_punish((unsigned)w->purpose, CARE_SLOW, 0);
		order_hand_back(w, -1);
		crew_dismiss(w);
	}
}

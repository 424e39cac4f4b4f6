// SPDX-License-Identifier: Apache-2.0
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "history.h"
#include "log.h"
#include "options.h"
#include "shared.h"
#include "taken.h"

#define STALL_NS (500 * NS_PER_MS)
#define BACKOFF_MIN_NS (1 * NS_PER_SEC)
#define BACKOFF_MAX_NS (60 * NS_PER_SEC)
#define BACKOFF_RESET_NS \
	(600 * NS_PER_SEC)               /* a collector that was fine for so long starts anew \
	                                  */
#define OVERRUN_MIN_NS (30 * NS_PER_SEC) /* for a collector that overran outside of hazards */
#define RETRY_NS (200 * NS_PER_MS)       /* when no worker could be had */

enum { COMMON_MAX = 4, WORKERS_MAX = STUCK_MAX + 48, NOT_ONE = -1, GOOD_RUNS = 5 };

enum worker_state {
	WORKER_STARTING,
	WORKER_IDLE,
	WORKER_BUSY,
	WORKER_LOST, /* written off; it may come back */
};

struct worker {
	struct worker *next;
	pid_t pid;
	int channel;
	struct segment *segment;
	enum worker_state state;
	int only;        /* the collector it is for, or NOT_ONE: a common one */
	struct run *run; /* that its order is for; NULL: off the scrape path */
	uint64_t serial;
	int64_t began;
	int64_t check_at; /* when to look at its hazard next */
	int64_t kill_at;  /* when to give it up altogether */
	unsigned n_taken;
	struct kept_set *kept; /* that it was told of in its order */
	int last_seen;         /* the collector it was in at the last check, or NOT_ONE */
	bool ordered[COLLECTORS_MAX];
	bool jobs[COLLECTORS_MAX]; /* of those ordered, whose results are still expected */
	bool was_killed;           /* by us */
};

/* How a collector is treated. */
struct care {
	enum care_mode {
		CARE_COMMON,
		CARE_TRIAL, /* it crashed: in a worker of its own, when its time has come */
		CARE_SLOW,  /* in a worker of its own, off the scrape path */
	} mode;
	int64_t not_before;
	int64_t backoff;
	int64_t punished_at;
	bool is_wanted; /* CARE_SLOW: the next set should be got */
	unsigned good_runs;
	struct outcome last; /* CARE_SLOW: the last complete set */
};

static struct {
	int keeper;
	int epoll;
	struct run *runs;
	struct worker *workers;
	struct care cares[COLLECTORS_MAX];
	size_t n_slow;         /* of them */
	struct kept_set *kept; /* the latest one */
	uint64_t serial;
	/* What the workers that the keeper was asked for are meant for, in that order. */
	int spawning[WORKERS_MAX];
	size_t n_spawning;
	int64_t retry_at;
	bool is_ready;
} self;

struct kept_set *kept_share(struct kept_set *kept)
{
	if (kept)
		kept->shares++;
	return kept;
}

void kept_release(struct kept_set *kept)
{
	if (kept && !--kept->shares)
		free(kept);
}

void runs_open(int keeper, int epoll)
{
	self.keeper = keeper;
	self.epoll = epoll;
}

bool runs_are_ready(void)
{
	return self.is_ready;
}

struct run *runs_first(void)
{
	return self.runs;
}

size_t runs_count(void)
{
	size_t count = 0;

	for (struct run *run = self.runs; run; run = run->next)
		count += !run->is_for_page;
	return count;
}

bool runs_have_aside(unsigned id)
{
	return self.cares[id].mode != CARE_COMMON;
}

struct run_figures runs_figures(void)
{
	struct run_figures f = { 0 };

	for (struct worker *w = self.workers; w; w = w->next) {
		f.workers++;
		f.written_off += w->state == WORKER_LOST;
	}
	return f;
}

static const char *name_of(unsigned id)
{
	return id == SELF_ID ? "self" : collectors[id]->name;
}

/* --- Workers: asking for them, killing them --- */

static void tell_keeper(enum wire_kind kind, pid_t pid)
{
	struct wire_message m = { .kind = kind, .pid = pid };

	/* Where the keeper does not listen the server has no future either. */
	(void)wire_send(self.keeper, &m, sizeof(m), NULL, 0);
}

static void kill_worker(struct worker *w)
{
	w->was_killed = true;
	tell_keeper(WIRE_KILL, w->pid);
}

static size_t count_workers(int only, bool with_spawning)
{
	size_t count = 0;

	for (struct worker *w = self.workers; w; w = w->next)
		count += w->only == only && w->state != WORKER_LOST && !w->was_killed;
	for (size_t i = 0; with_spawning && i < self.n_spawning; i++)
		count += self.spawning[i] == only;
	return count;
}

/* Whether there will be a worker for this soon, without another one being asked for. */
static bool is_coming(int only)
{
	for (struct worker *w = self.workers; w; w = w->next)
		if (w->only == only && w->state == WORKER_STARTING)
			return true;
	for (size_t i = 0; i < self.n_spawning; i++)
		if (self.spawning[i] == only)
			return true;
	return false;
}

static void spawn(int only)
{
	size_t all = self.n_spawning;

	for (struct worker *w = self.workers; w; w = w->next)
		all++;
	if (all >= WORKERS_MAX || now_ns() < self.retry_at)
		return;
	self.spawning[self.n_spawning++] = only;
	tell_keeper(WIRE_SPAWN, 0);
}

static struct worker *find_idle(int only)
{
	for (struct worker *w = self.workers; w; w = w->next)
		if (w->state == WORKER_IDLE && w->only == only && !w->was_killed)
			return w;
	return NULL;
}

static void remove_worker(struct worker *w)
{
	for (struct worker **at = &self.workers; *at; at = &(*at)->next) {
		if (*at != w)
			continue;
		*at = w->next;
		break;
	}
	if (w->channel >= 0)
		close(w->channel);
	segment_unmap(w->segment);
	kept_release(w->kept);
	free(w);
}

static void forget_stuck(pid_t pid)
{
	for (size_t i = 0; i < STUCK_MAX; i++)
		if (ledger->stuck[i].pid == pid)
			ledger->stuck[i].pid = 0;
}

/* --- Outcomes --- */

static void settle(struct run *run, unsigned id, const struct outcome *outcome)
{
	struct outcome *to = &run->outcomes[id];

	if (to->state != OUTCOME_PENDING)
		return;
	*to = *outcome;
	to->state = OUTCOME_DONE;
	run->for_common[id] = run->for_own[id] = false;
	run->n_pending--;
	to->set = NULL;
	to->kept = kept_share(outcome->kept);
	if (outcome->size) {
		to->set = xmalloc(outcome->size);
		memcpy(to->set, outcome->set, outcome->size);
	}
}

static void settle_failed(struct run *run, unsigned id, int code, int64_t duration,
                          const char *words)
{
	struct outcome failed = { .code = code, .duration = duration };

	settle(run, id, &failed);
	history_note(id, code, duration, words, words ? strlen(words) : 0);
}

static void keep_last(struct care *care, const struct outcome *outcome)
{
	free(care->last.set);
	kept_release(care->last.kept);
	care->last = *outcome;
	care->last.kept = kept_share(outcome->kept);
	care->last.state = OUTCOME_DONE;
	care->last.taken_at = now_ns();
	care->last.set = xmalloc(outcome->size);
	if (outcome->size)
		memcpy(care->last.set, outcome->set, outcome->size);
}

/* Read one result of a worker's, once, and check it. */
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
static struct kept_set *take_kept(struct worker *w, const struct wire_result *result)
{
	struct kept_set *kept;

	if (!result->kept)
		return NULL;
	if (w->kept && w->kept->generation == result->kept)
		return w->kept;
	kept = xmalloc(sizeof(*kept) + result->kept_size);
	kept->shares = 1;
	kept->generation = result->kept;
	kept->size = result->kept_size;
	memcpy(kept->bytes, (unsigned char *)w->segment + result->offset - result->kept_size,
	       kept->size);
	kept_release(self.kept);
	self.kept = kept;
	return kept;
}

/* What a worker has finished of its order. -EBADMSG where it wrote nonsense. */
static int take_results(struct worker *w)
{
	unsigned n_done = atomic_load_explicit(&w->segment->n_done, memory_order_acquire);

	if (atomic_load(&w->segment->serial) != w->serial)
		return 0;
	for (; w->n_taken < MIN(n_done, COLLECTORS_MAX); w->n_taken++) {
		struct wire_result result;
		struct outcome outcome;

		if (read_result(w, w->n_taken, &result) < 0)
			return -EBADMSG;
		/* Those that were handed on in the meantime are another's. */
		if (!w->jobs[result.collector])
			continue;
		w->jobs[result.collector] = false;
		outcome = (struct outcome){
			.code = result.code,
			.duration = MAX(result.duration, 0),
			.is_full = result.is_full,
			.set = (unsigned char *)w->segment + result.offset,
			.size = result.size,
			.kept = take_kept(w, &result),
		};
		history_note(result.collector, result.code, outcome.duration,
		             (const char *)outcome.set + outcome.size, result.words);
		if (w->run)
			settle(w->run, result.collector, &outcome);
		if (w->only == (int)result.collector)
			keep_last(&self.cares[result.collector], &outcome);
	}
	return 0;
}

/* The collector a worker is in: what it says, if that can be; else the next of its order. */
static unsigned collector_in(const struct worker *w)
{
	unsigned running = atomic_load(&w->segment->running);

	if (running && running <= COLLECTORS_MAX && w->jobs[running - 1])
		return running - 1;
	for (unsigned id = 0; id < COLLECTORS_MAX; id++)
		if (w->jobs[id])
			return id;
	return SELF_ID;
}

/* Jobs that a worker leaves undone, but for the one it keeps, go back to its run. */
static void hand_back(struct worker *w, int but)
{
	for (unsigned id = 0; w->run && id < COLLECTORS_MAX; id++) {
		if (!w->jobs[id] || (int)id == but)
			continue;
		w->jobs[id] = false;
		if (w->run->outcomes[id].state != OUTCOME_PENDING)
			continue;
		if (w->only == NOT_ONE)
			w->run->for_common[id] = true;
		else
			w->run->for_own[id] = true;
	}
}

/* --- Misbehaviour --- */

static void treat(unsigned id, enum care_mode mode)
{
	struct care *care = &self.cares[id];

	self.n_slow += (mode == CARE_SLOW) - (care->mode == CARE_SLOW);
	care->mode = mode;
	care->good_runs = 0;
}

static void punish(unsigned id, enum care_mode mode, int64_t at_least)
{
	struct care *care = &self.cares[id];
	int64_t now = now_ns();

	if (now - care->punished_at > BACKOFF_RESET_NS)
		care->backoff = 0;
	care->backoff = MIN(MAX(care->backoff * 2, BACKOFF_MIN_NS), BACKOFF_MAX_NS);
	care->punished_at = now;
	care->not_before = now + MAX(care->backoff, at_least);
	treat(id, mode);
}

static bool note_stuck(const struct worker *w, unsigned id, uint64_t hazard, const char *item)
{
	for (size_t i = 0; i < STUCK_MAX; i++) {
		if (ledger->stuck[i].pid)
			continue;
		ledger->stuck[i] = (struct stuck){
			.pid = w->pid, .collector = id, .hazard = hazard, .since = w->began
		};
		snprintf(ledger->stuck[i].item, HAZARD_MAX, "%s", item);
		return true;
	}
	return false;
}

/* It is stuck in a hazard, or the deadline is past: do not wait for it any longer. */
static void write_off(struct worker *w)
{
	struct run *run = w->run;
	int64_t now = now_ns(), took = now - w->began;
	bool in_hazard;
	unsigned id;
	char item[HAZARD_MAX];

	if (take_results(w) < 0) {
		kill_worker(w);
		hand_back(w, NOT_ONE);
		w->run = NULL;
		return;
	}
	id = collector_in(w);
	in_hazard = atomic_load(&w->segment->hazard_since) != 0;
	memcpy(item, w->segment->hazard_item, sizeof(item));
	item[sizeof(item) - 1] = '\0';
	ledger->workers_written_off++;
	log_at(LOG_WARN, "A collector does not come back; going on without it", "collector",
	       name_of(id), "item", in_hazard ? item : "none announced");
	atomic_store(&w->segment->abandoned, 1);
	w->state = WORKER_LOST;
	if (in_hazard && note_stuck(w, id, atomic_load(&w->segment->hazard), item)) {
		w->kill_at = now + options.max_age;
	} else {
		w->kill_at = now + MAX(3 * took, OVERRUN_MIN_NS);
		treat(id, CARE_SLOW);
		if (run)
			settle_failed(run, id, -ETIMEDOUT, took, "did not come back in time");
	}
	if (run && run->outcomes[id].state == OUTCOME_PENDING && w->only == NOT_ONE)
		run->for_common[id] = true;
	else if (run && run->outcomes[id].state == OUTCOME_PENDING)
		run->for_own[id] = true;
	hand_back(w, (int)id);
	w->run = NULL;
	if (w->only == NOT_ONE)
		w->only = (int)id;
}

/* A worker that was written off has finished after all: its collector is slow. */
static void welcome_back(struct worker *w)
{
	unsigned id = (unsigned)w->only;

	forget_stuck(w->pid);
	atomic_store(&w->segment->abandoned, 0);
	if (take_results(w) < 0 || count_workers(w->only, true)) {
		kill_worker(w);
		return;
	}
	w->state = WORKER_IDLE;
	treat(id, CARE_SLOW);
	log_at(LOG_INFO, "A slow collector now runs aside from scrapes", "collector", name_of(id));
}

/* How a busy worker's end is told from a collector's fault. */
static bool was_killed_outside(const struct worker *w, int status)
{
	if (w->was_killed)
		return false;
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == 0;
	return WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM ||
	       WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGHUP;
}

static void blame(struct worker *w, int status)
{
	struct run *run = w->run;
	unsigned id = collector_in(w);
	char how[64], words[128];

	snprintf(how, sizeof(how), WIFSIGNALED(status) ? "signal %d" : "exit status %d",
	         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	log_at(LOG_ERROR, "A collector ended its process", "collector", name_of(id), "by", how);
	snprintf(words, sizeof(words), "ended its process by %s", how);
	punish(id, CARE_TRIAL, 0);
	if (run)
		settle_failed(run, id, -ECHILD, now_ns() - w->began, words);
	w->jobs[id] = false;
}

static void worker_died(struct worker *w, int status)
{
	bool was_busy = w->state == WORKER_BUSY;

	forget_stuck(w->pid);
	ledger->workers_died++;
	if (w->state == WORKER_STARTING)
		self.retry_at = now_ns() + RETRY_NS;
	if (was_busy && take_results(w) < 0)
		log_at(LOG_ERROR, "A worker left nonsense behind");
	if (was_busy && !w->was_killed) {
		bool outside = was_killed_outside(w, status);

		if (outside && w->run && !w->run->was_killed)
			w->run->was_killed = true;
		else if (!outside || w->run)
			blame(w, status);
	}
	if (w->state == WORKER_LOST && self.cares[w->only].mode == CARE_SLOW && w->was_killed)
		punish((unsigned)w->only, CARE_SLOW,
		       MIN(10 * (now_ns() - w->began), 300 * NS_PER_SEC));
	hand_back(w, NOT_ONE);
	remove_worker(w);
}

/* --- Orders --- */

static void add_stuck(struct wire_order *order, unsigned id)
{
	for (size_t i = 0; i < STUCK_MAX; i++)
		if (ledger->stuck[i].pid && ledger->stuck[i].collector == id)
			order->stuck[order->n_stuck++] = ledger->stuck[i].hazard;
}

/* Give a worker its order: those of jobs, in the order of the registry. */
static void give_order(struct worker *w, struct run *run, bool jobs[static COLLECTORS_MAX])
{
	struct wire_order order = { .serial = ++self.serial };
	int64_t until;

	for (unsigned id = 0; id < COLLECTORS_MAX; id++) {
		w->jobs[id] = w->ordered[id] = jobs[id];
		if (!jobs[id])
			continue;
		jobs[id] = false;
		order.collectors[order.n_collectors++] = (uint8_t)id;
		add_stuck(&order, id);
	}
	w->state = WORKER_BUSY;
	w->run = run;
	w->serial = order.serial;
	w->n_taken = 0;
	w->last_seen = NOT_ONE;
	w->began = now_ns();
	kept_release(w->kept);
	w->kept = kept_share(self.kept);
	order.has_kept = w->kept ? w->kept->generation : 0;
	taken_tell(&order);
	order.stall = run ? run->stall : STALL_NS;
	w->check_at = run ? w->began + run->stall : INT64_MAX;
	w->kill_at = run ? INT64_MAX : w->began + options.max_age;
	/* Off the scrape path, too: what hangs may be well again before max_age. */
	until = run ? run->deadline : w->began + MIN(options.scrape_timeout, options.max_age);
	order.wait_limit = until - MIN(STALL_NS, (until - w->began) / 4);
	/* Where it does not take it, its death is on the way. */
	(void)wire_send(w->channel, &order, sizeof(order), NULL, 0);
}

static bool has_any(const bool jobs[static COLLECTORS_MAX])
{
	return memchr(jobs, true, COLLECTORS_MAX * sizeof(*jobs)) != NULL;
}

static void feed_common(struct run *run, int64_t now)
{
	struct worker *w;
	size_t count;

	if (!has_any(run->for_common))
		return;
	w = find_idle(NOT_ONE);
	if (w) {
		give_order(w, run, run->for_common);
		return;
	}
	count = count_workers(NOT_ONE, true);
	if (!count ||
	    (now >= run->created + run->stall && count < COMMON_MAX && !is_coming(NOT_ONE)))
		spawn(NOT_ONE);
}

static void feed_own(struct run *run, unsigned id)
{
	bool jobs[COLLECTORS_MAX] = { false };
	struct worker *w = find_idle((int)id);

	if (w) {
		jobs[id] = true;
		run->for_own[id] = false;
		give_order(w, run, jobs);
	} else if (!count_workers((int)id, true)) {
		spawn((int)id);
	}
}

static void feed_slow(unsigned id, int64_t now)
{
	bool jobs[COLLECTORS_MAX] = { false };
	struct care *care = &self.cares[id];
	struct worker *w;

	if (care->mode != CARE_SLOW || !care->is_wanted || now < care->not_before)
		return;
	w = find_idle((int)id);
	if (w) {
		jobs[id] = true;
		care->is_wanted = false;
		give_order(w, NULL, jobs);
		return;
	}
	for (w = self.workers; w; w = w->next)
		if (w->only == (int)id)
			return; /* busy, starting, or written off and perhaps on its way back */
	if (!count_workers((int)id, true))
		spawn((int)id);
}

static void feed(void)
{
	int64_t now = now_ns();

	for (struct run *run = self.runs; run; run = run->next) {
		feed_common(run, now);
		for (unsigned id = 0; has_any(run->for_own) && id < COLLECTORS_MAX; id++)
			if (run->for_own[id])
				feed_own(run, id);
	}
	for (unsigned id = 0; self.n_slow && id < COLLECTORS_MAX; id++)
		feed_slow(id, now);
}

/* --- Runs --- */

static void place(struct run *run, unsigned id)
{
	struct care *care = &self.cares[id];
	bool has_set = care->last.state == OUTCOME_DONE &&
	               run->created - care->last.taken_at < options.max_age;

	switch (care->mode) {
	case CARE_COMMON:
		run->for_common[id] = true;
		return;
	case CARE_TRIAL:
		if (run->created >= care->not_before)
			run->for_own[id] = true;
		else
			settle_failed(run, id, -EAGAIN, 0, NULL);
		return;
	case CARE_SLOW:
		care->is_wanted = true;
		if (has_set)
			settle(run, id, &care->last);
		else
			settle_failed(run, id, -ETIMEDOUT, 0, "too slow, and has no recent set");
		return;
	}
}

struct run *run_begin(const bool wanted[static COLLECTORS_MAX], int64_t deadline)
{
	struct run *run = xcalloc(1, sizeof(*run)), **end = &self.runs;

	run->created = now_ns();
	run->deadline = deadline;
	run->stall = MIN(STALL_NS, MAX((deadline - run->created) / 4, NS_PER_MS));
	run->serial = ++self.serial;
	for (unsigned id = 0; id < COLLECTORS_MAX; id++) {
		if (!wanted[id])
			continue;
		run->outcomes[id].state = OUTCOME_PENDING;
		run->n_pending++;
	}
	for (unsigned id = 0; id < COLLECTORS_MAX; id++)
		if (wanted[id])
			place(run, id);
	while (*end)
		end = &(*end)->next;
	*end = run;
	ledger->runs++;
	feed();
	return run;
}

void run_take_finished(struct run *run)
{
	for (struct worker *w = self.workers; w; w = w->next)
		if (w->run == run && w->state == WORKER_BUSY)
			(void)!take_results(w); /* nonsense is dealt with when the order ends */
}

void run_extend(struct run *run, int64_t deadline)
{
	run->deadline = MAX(run->deadline, deadline);
}

struct run *run_covering(const bool wanted[static COLLECTORS_MAX])
{
	for (struct run *run = self.runs; run; run = run->next) {
		bool covers = run->n_pending != 0;

		for (unsigned id = 0; covers && id < COLLECTORS_MAX; id++)
			covers = !wanted[id] || run->outcomes[id].state != OUTCOME_UNWANTED;
		if (covers)
			return run;
	}
	return NULL;
}

void run_end(struct run *run)
{
	for (struct worker *w = self.workers; w; w = w->next) {
		if (w->run != run)
			continue;
		if (run->n_pending && w->state == WORKER_BUSY)
			write_off(w);
		w->run = NULL;
	}
	for (struct run **at = &self.runs; *at; at = &(*at)->next) {
		if (*at != run)
			continue;
		*at = run->next;
		break;
	}
	for (unsigned id = 0; id < COLLECTORS_MAX; id++) {
		free(run->outcomes[id].set);
		kept_release(run->outcomes[id].kept);
	}
	free(run);
}

/* --- Events --- */

static void add_worker(const struct wire_message *m, const int fds[static 2], int only)
{
	struct worker *w = xcalloc(1, sizeof(*w));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = w };

	w->pid = m->pid;
	w->only = only;
	w->channel = fds[0];
	w->check_at = w->kill_at = INT64_MAX;
	w->segment = segment_map(fds[1]);
	close(fds[1]);
	if (!w->segment || fcntl(w->channel, F_SETFL, O_NONBLOCK) < 0 ||
	    epoll_ctl(self.epoll, EPOLL_CTL_ADD, w->channel, &event) < 0) {
		log_at(LOG_ERROR, "A worker could not be taken on", "err", error_text(errno));
		tell_keeper(WIRE_KILL, w->pid);
		close(w->channel);
		segment_unmap(w->segment);
		free(w);
		self.retry_at = now_ns() + RETRY_NS;
		return;
	}
	w->next = self.workers;
	self.workers = w;
}

static int next_purpose(void)
{
	int only = self.n_spawning ? self.spawning[0] : NOT_ONE;

	if (self.n_spawning)
		memmove(self.spawning, self.spawning + 1,
		        --self.n_spawning * sizeof(*self.spawning));
	return only;
}

void runs_hear_keeper(const struct wire_message *m, const int fds[static 2])
{
	if (m->kind == WIRE_WORKER && fds[0] >= 0 && fds[1] >= 0) {
		add_worker(m, fds, next_purpose());
	} else if (m->kind == WIRE_NO_WORKER) {
		(void)next_purpose();
		self.retry_at = now_ns() + RETRY_NS;
	} else if (m->kind == WIRE_EXITED) {
		for (struct worker *w = self.workers; w; w = w->next) {
			if (w->pid != m->pid)
				continue;
			worker_died(w, m->status);
			break;
		}
	}
	feed();
}

/* A common worker too many has to go; one of a collector that is common again, too. */
static void retire(struct worker *w)
{
	if (w->only == NOT_ONE && count_workers(NOT_ONE, false) > 1)
		kill_worker(w);
	else if (w->only != NOT_ONE && self.cares[w->only].mode == CARE_COMMON)
		kill_worker(w);
}

/* A worker of one collector has done its order. */
static void own_done(struct worker *w)
{
	struct care *care = &self.cares[w->only];
	bool is_quick = now_ns() - w->began < STALL_NS / 4;

	care->good_runs = is_quick ? care->good_runs + 1 : 0;
	if (care->mode == CARE_TRIAL || (care->mode == CARE_SLOW && care->good_runs >= GOOD_RUNS)) {
		treat((unsigned)w->only, CARE_COMMON);
		log_at(LOG_INFO, "A collector runs with the others again", "collector",
		       name_of((unsigned)w->only));
	}
}

static void order_done(struct worker *w, uint64_t serial)
{
	if (serial != w->serial)
		return;
	if (w->state == WORKER_LOST) {
		welcome_back(w);
		return;
	}
	if (w->state != WORKER_BUSY)
		return;
	if (take_results(w) < 0 || has_any(w->jobs)) {
		/* It says that it is done and has not done it all: it cannot be trusted. */
		blame(w, SIGABRT);
		kill_worker(w);
		hand_back(w, NOT_ONE);
		w->run = NULL;
		w->state = WORKER_LOST;
		return;
	}
	atomic_store(&w->segment->abandoned, 0);
	w->state = WORKER_IDLE;
	w->run = NULL;
	w->check_at = w->kill_at = INT64_MAX;
	if (w->only != NOT_ONE)
		own_done(w);
	retire(w);
}

void runs_hear_worker(void *worker)
{
	struct worker *w = worker;
	struct wire_message m;
	int n;

	while ((n = wire_receive(w->channel, &m, sizeof(m), NULL, 0)) == (int)sizeof(m)) {
		if (m.kind == WIRE_STARTED && w->state == WORKER_STARTING) {
			w->state = WORKER_IDLE;
			self.is_ready = true;
		} else if (m.kind == WIRE_DONE) {
			order_done(w, m.serial);
		}
	}
	if (n != -EAGAIN) {
		/* It has ended, or speaks another language; the keeper says the rest. */
		if (n != 0)
			kill_worker(w);
		close(w->channel);
		w->channel = -1;
	}
	feed();
}

/* It takes its time over one collector: the others need not wait for that. */
static void check_progress(struct worker *w)
{
	int id;

	/* Nonsense is met again, and dealt with, when the order ends. */
	if (take_results(w) < 0)
		return;
	id = (int)collector_in(w);
	if (id == w->last_seen && w->only == NOT_ONE) {
		atomic_store(&w->segment->abandoned, 1);
		hand_back(w, id);
	}
	w->last_seen = id;
}

/* The time limits of one worker; returns when to look again. */
static int64_t check_worker(struct worker *w, int64_t now)
{
	if (w->state == WORKER_BUSY && w->run && now >= w->check_at) {
		int64_t since = atomic_load(&w->segment->hazard_since);

		if (since && now - since >= w->run->stall) {
			write_off(w);
		} else {
			check_progress(w);
			w->check_at = (since ? MIN(since, now) : now) + w->run->stall;
		}
	}
	if (now >= w->kill_at) {
		w->kill_at = INT64_MAX;
		kill_worker(w);
		if (w->state == WORKER_BUSY)
			punish((unsigned)w->only, CARE_SLOW, 0);
	}
	return MIN(w->state == WORKER_BUSY && w->run ? w->check_at : INT64_MAX, w->kill_at);
}

int64_t runs_tick(void)
{
	int64_t now = now_ns(), next = INT64_MAX;
	bool is_short = false;

	for (struct worker *w = self.workers; w; w = w->next)
		next = MIN(next, check_worker(w, now));
	if (!self.is_ready && !count_workers(NOT_ONE, true))
		spawn(NOT_ONE);
	feed();
	for (struct run *run = self.runs; run; run = run->next) {
		next = MIN(next, run->deadline);
		if (!has_any(run->for_common) && !has_any(run->for_own))
			continue;
		is_short = true;
		if (now < run->created + run->stall)
			next = MIN(next, run->created + run->stall);
	}
	if ((is_short || !self.is_ready) && self.retry_at > now)
		next = MIN(next, self.retry_at);
	return next;
}

// SPDX-License-Identifier: Apache-2.0
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "devices.h"
#include "kept.h"
#include "log.h"
#include "options.h"
#include "prober.h"
#include "scrape.h"
#include "self.h"
#include "shared.h"
#include "trim.h"

/* What collectors may allocate, all together; more is a bug, and ends the process. */
#define DATA_MAX ((rlim_t)512 << 20)
#define SAID_NS (3600 * NS_PER_SEC) /* a warning that has not been met for so long is news */

enum { SEGMENT_KEEP = 1 << 20, SAID_TRIES = 16 };

static struct {
	struct segment *segment;
	int segment_fd;
	int channel;
	struct scrape scrape;
	struct wire_order order;
	bool started[COLLECTORS_MAX];
	size_t used;           /* of the segment, by this order */
	size_t high_water;     /* of the segment, by any order */
	char words[WORDS_MAX]; /* of the collector that runs: why, and what was left out */
	size_t words_used;
} self;

static const struct collector *collector_of(unsigned id)
{
	if (id == SELF_ID)
		return &self_collector;
	return id < registry_count() ? collectors[id] : NULL;
}

/* Whether this warning is news; it is marked as said. A full table keeps quiet. */
static bool is_news(uint64_t hash)
{
	int64_t now = now_ns();

	for (size_t i = 0; i < SAID_TRIES; i++) {
		size_t at = (hash + i) % SAID_MAX;
		uint64_t there = atomic_load(&shared->said[at].hash);
		int64_t met_at = atomic_load(&shared->said[at].met_at);
		bool is_old = !there || now - met_at > SAID_NS;

		if (there != hash && !is_old)
			continue;
		atomic_store(&shared->said[at].hash, hash);
		atomic_store(&shared->said[at].met_at, now);
		return is_old;
	}
	return false;
}

/* One more line for the page, if it fits. */
static void add_words(const char *text)
{
	size_t length = strlen(text), line_end = self.words_used > 0;

	if (length + line_end > sizeof(self.words) - self.words_used)
		return;
	if (line_end)
		self.words[self.words_used++] = '\n';
	memcpy(self.words + self.words_used, text, length);
	self.words_used += length;
}

static void worker_warn(struct scrape *s, const char *text)
{
	uint64_t hash = hash_text(hash_text(0, s->collector->name), text);

	add_words(text);
	if (is_news(hash_bytes(hash, &s->version, sizeof(s->version))))
		log_at(LOG_WARN, "Collector warns", "collector", s->collector->name, "what", text);
}

static bool worker_hazard(struct scrape *s, const char *item)
{
	unsigned id = atomic_load_explicit(&self.segment->running, memory_order_relaxed) - 1;
	uint64_t hash = item ? wire_hazard(id, item) : 0;

	(void)s;
	if (!item) {
		atomic_store(&self.segment->hazard_since, 0);
		return true;
	}
	for (size_t i = 0; i < self.order.n_stuck; i++)
		if (self.order.stuck[i] == hash)
			return false;
	atomic_store(&self.segment->hazard_since, 0);
	snprintf(self.segment->hazard_item, HAZARD_MAX, "%s", item);
	atomic_store(&self.segment->hazard, hash);
	atomic_store(&self.segment->hazard_since, now_ns());
	return true;
}

static void *worker_keep(struct scrape *s, size_t size)
{
	unsigned id = atomic_load_explicit(&self.segment->running, memory_order_relaxed) - 1;
	unsigned rounded = (unsigned)((size + 63) & ~(size_t)63), offset;

	(void)s;
	if (size > KEPT_SIZE)
		return NULL;
	if (atomic_load(&shared->keeps[id].size) == size) {
		offset = atomic_load(&shared->keeps[id].offset);
		return offset <= KEPT_SIZE - rounded ? shared->kept + offset : NULL;
	}
	offset = atomic_fetch_add(&shared->kept_used, rounded);
	if (offset > KEPT_SIZE - rounded) {
		atomic_fetch_sub(&shared->kept_used, rounded);
		return NULL;
	}
	atomic_store(&shared->keeps[id].offset, offset);
	atomic_store(&shared->keeps[id].size, (unsigned)size);
	return shared->kept + offset;
}

static void worker_probe(struct scrape *s, struct probe *probes, size_t count)
{
	(void)s;
	/* It has a time limit of its own. */
	atomic_store(&self.segment->hazard_since, 0);
	prober_ask(probes, count, self.order.stall);
}

static const struct scrape_hooks hooks = {
	.warn = worker_warn,
	.hazard = worker_hazard,
	.keep = worker_keep,
	.probe = worker_probe,
};

/* A failure is logged when it begins or changes, "no data" only for those who debug. */
static void log_outcome(unsigned id, int r, int64_t duration)
{
	const struct collector *c = collector_of(id);
	const char *reason = r < 0 ? failure(&self.scrape, r) : NULL;
	uint64_t before, hash = reason ? hash_text(0, reason) : 0;
	char seconds[32] = "";

	before = atomic_exchange(&shared->failed[id], hash);
	if (hash != before || is_logged(LOG_DEBUG))
		snprintf(seconds, sizeof(seconds), "%.6f", (double)duration / 1e9);
	if (r < 0 && hash != before)
		log_at(LOG_ERROR, "collector failed", "name", c->name, "duration_seconds", seconds,
		       "err", reason);
	else if (r == 0 && before)
		log_at(LOG_INFO, "collector recovered", "name", c->name);
	else if (r == NO_DATA && is_logged(LOG_DEBUG))
		log_at(LOG_DEBUG, "collector returned no data", "name", c->name, "duration_seconds",
		       seconds, "err",
		       self.scrape.failure ? self.scrape.failure : "nothing of the kind here");
	else if (r == 0 && is_logged(LOG_DEBUG))
		log_at(LOG_DEBUG, "collector succeeded", "name", c->name, "duration_seconds",
		       seconds);
}

/* Put the words behind the set; the bytes that they take. */
static size_t leave_words(int r, unsigned char *end, size_t room)
{
	if (r < 0)
		add_words(failure(&self.scrape, r));
	else if (r == NO_DATA && self.scrape.failure)
		add_words(self.scrape.failure);
	if (self.words_used > room)
		return 0;
	memcpy(end, self.words, self.words_used);
	return self.words_used;
}

/* start() where it has not run yet in this process. */
static int start_collector(unsigned id)
{
	int r;

	if (self.started[id])
		return 0;
	r = scrape_start(&self.scrape, collector_of(id));
	self.started[id] = r >= 0;
	return r < 0 ? r : 0;
}

static void run_collector(unsigned id)
{
	struct segment *segment = self.segment;
	unsigned n_done = atomic_load_explicit(&segment->n_done, memory_order_relaxed);
	struct wire_result *result = &segment->done[n_done];
	size_t offset = SEGMENT_DATA + self.used;
	int64_t began = now_ns();
	size_t end;
	int r;

	self.words_used = 0;
	atomic_store(&segment->hazard_since, 0);
	atomic_store(&segment->running, id + 1);
	r = start_collector(id);
	self.scrape.known_generation = self.order.has_kept;
	if (r == 0) {
		r = scrape_run(&self.scrape, collector_of(id), (unsigned char *)segment + offset,
		               SEGMENT_SIZE - offset);
	} else {
		self.scrape.set.used = 0;
		self.scrape.set.is_full = false;
	}
	atomic_store(&segment->hazard_since, 0);
	end = offset + self.scrape.kept.size + self.scrape.set.used;
	*result = (struct wire_result){
		.collector = id,
		.code = r,
		.duration = now_ns() - began,
		.offset = offset + self.scrape.kept.size,
		.size = self.scrape.set.used,
		.kept = self.scrape.kept.generation,
		.kept_size = self.scrape.kept.size,
		.is_full = self.scrape.set.is_full || self.scrape.kept.is_full,
		.words = (uint32_t)leave_words(r, (unsigned char *)segment + end,
		                               SEGMENT_SIZE - end),
	};
	log_outcome(id, r, result->duration);
	self.used +=
		(self.scrape.kept.size + self.scrape.set.used + result->words + 63) & ~(size_t)63;
	atomic_store(&segment->running, 0);
	atomic_store_explicit(&segment->n_done, n_done + 1, memory_order_release);
}

/* After an order that was far larger than this one its pages go back to the kernel. */
static void give_back(void)
{
	size_t used = SEGMENT_DATA + self.used;

	self.high_water = MAX(self.high_water, used);
	if (self.high_water < used * 4 || self.high_water < SEGMENT_KEEP)
		return;
	used = (used + 4095) & ~(size_t)4095;
	if (fallocate(self.segment_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)used,
	              (off_t)(SEGMENT_SIZE - used)) == 0)
		self.high_water = used;
}

static void obey(const struct wire_order *order)
{
	struct segment *segment = self.segment;

	self.used = 0;
	self.scrape.run++;
	self.scrape.wait_limit = order->wait_limit;
	self.scrape.taken = order->taken;
	self.scrape.n_taken = order->n_taken;
	tree_begin_run();
	devices_hear();
	atomic_store(&segment->n_done, 0);
	atomic_store(&segment->serial, order->serial);
	for (size_t i = 0; i < MIN(order->n_collectors, COLLECTORS_MAX); i++) {
		if (atomic_load(&segment->abandoned))
			break;
		if (collector_of(order->collectors[i]))
			run_collector(order->collectors[i]);
	}
	give_back();
}

static void send_to_server(enum wire_kind kind, uint64_t serial)
{
	struct wire_message m = { .kind = kind, .serial = serial };

	if (wire_send(self.channel, &m, sizeof(m), NULL, 0) < 0)
		_exit(0);
}

static void listen_for_devices(void)
{
	int r = tree_is_live(TREE_SYS) ? devices_listen() : -EXDEV;

	if (r < 0 && is_logged(LOG_DEBUG))
		log_at(LOG_DEBUG, "Devices are looked for at each scrape", "err", error_text(r));
}

static void start_all(void)
{
	for (unsigned id = 0; id < registry_count(); id++) {
		int r;

		if (!collector_switches[id].is_on)
			continue;
		atomic_store(&self.segment->running, id + 1);
		r = start_collector(id);
		atomic_store(&self.segment->running, 0);
		if (r == 0)
			continue;
		log_at(LOG_ERROR, "Collector could not be started", "name", collectors[id]->name,
		       "err", failure(&self.scrape, r));
		_exit(WORKER_EXIT_START);
	}
}

/* A collector that leaks ends its process before it ends the machine. */
static void limit_memory(void)
{
#ifndef SANITIZED
	struct rlimit data = { .rlim_cur = DATA_MAX, .rlim_max = DATA_MAX };

	/* A limit that is lower already stays. */
	(void)setrlimit(RLIMIT_DATA, &data);
#endif
}

void worker_main(int channel, int segment_fd, bool is_first)
{
	struct rlimit files;

	self.channel = channel;
	self.segment_fd = segment_fd;
	self.segment = segment_map(segment_fd);
	if (!self.segment) {
		log_at(LOG_ERROR, "A worker could not map its segment", "err", error_text(errno));
		_exit(1);
	}
	ledger_close();
	limit_memory();
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		kept_set_limit(MIN((size_t)files.rlim_cur / 2, 512));
	self.scrape.hooks = &hooks;
	listen_for_devices();
	if (is_first)
		start_all();
	send_to_server(WIRE_STARTED, 0);
	for (;;) {
		if (wire_receive(channel, &self.order, sizeof(self.order), NULL, 0) !=
		    (int)sizeof(self.order))
			_exit(0);
		self.order.n_stuck = MIN(self.order.n_stuck, STUCK_MAX);
		self.order.n_taken = MIN(self.order.n_taken, TAKEN_MAX);
		obey(&self.order);
		send_to_server(WIRE_DONE, self.order.serial);
		if (self.scrape.run == 1)
			trim_code();
	}
}

// SPDX-License-Identifier: Apache-2.0
/* What a collector's run consists of, for those who run collectors: the worker and tests. */
#pragma once

#include "arena.h"
#include "collector.h"
#include "sampleset.h"

struct probe;
struct scrape_hooks;

struct scrape {
	const struct collector *collector; /* the one that runs */
	unsigned run; /* counts this process' runs of collectors; 0: nobody says when one begins */
	struct arena arena;
	struct set_writer set;
	int64_t wait_limit; /* now_ns() when to give up what can be polled; 0: ten seconds from now
	                     */
	int failure_code;   /* what the last fail() was about */
	const char *failure;
	const struct scrape_hooks *hooks;
	uint64_t version;          /* of what a warning is about; 0: it has none */
	uint64_t known_generation; /* of the kept set that the receiver has; 0: none */
	const uint64_t *taken;     /* hashes of names, for is_name_taken() */
	size_t n_taken;
	struct scrape_kept {
		uint64_t generation; /* 0: the collector has none */
		size_t size;         /* of the kept set, which lies before the ordinary one */
		bool is_full;
	} kept;
};

/* What the surroundings do for a run; each may be NULL. */
struct scrape_hooks {
	void (*warn)(struct scrape *s, const char *text); /* s->version: of what it is about */
	bool (*hazard)(struct scrape *s, const char *item);
	void *(*keep)(struct scrape *s, size_t size);
	void (*probe)(struct scrape *s, struct probe *probes, size_t count);
};

/*
 * Run one collector's collect() into size bytes at base: s->kept.size bytes of its kept set, then
 * s->set. Returns what it returned; s->failure then is the reason, if it gave one for that very
 * code.
 */
int scrape_run(struct scrape *s, const struct collector *c, void *base, size_t size);

/* The same for start(). */
int scrape_start(struct scrape *s, const struct collector *c);

/* Everything s holds. */
void scrape_free(struct scrape *s);

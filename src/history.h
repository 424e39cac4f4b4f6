// SPDX-License-Identifier: Apache-2.0
/* What became of collectors lately, and who came for metrics. Part of the server, and bounded. */
#pragma once

#include "gather.h"
#include "registry.h"

enum { HISTORY_DURATIONS = 60, SCRAPERS_MAX = 64, AGENT_MAX = 96, ADDRESS_MAX = 64 };

struct history {
	int64_t at;  /* now_ns() when it was run last; 0: never */
	int code;    /* 0, NO_DATA or a negative errno */
	char *words; /* why, and what was left out, a line each; NULL: nothing was said */
	size_t n_series;
	bool is_counted;    /* n_series is of that run */
	size_t n_durations; /* all of them; the last HISTORY_DURATIONS are kept */
	uint32_t durations[HISTORY_DURATIONS]; /* µs; a ring */
};

/* A collector has run, or was given up. words (NULL: none) are copied; -EAGAIN leaves them. */
void history_note(unsigned id, int code, int64_t duration, const char *words, size_t size);

/* Count the series of each collector that is in g. */
void history_count(const struct gather *g);

const struct history *history_of(unsigned id);

/* The i-th of the last durations, the oldest first, in µs; history_kept() says how many. */
size_t history_kept(const struct history *h);
uint32_t history_duration(const struct history *h, size_t i);

/* Who came for an exposition: one address with one agent. */
struct scraper {
	int64_t at;       /* now_ns() of the last one; 0: free */
	int64_t interval; /* ns since the one before; 0: there was none */
	int64_t duration; /* ns from its request's beginning to its answer's end */
	int64_t deadline; /* ns that it gave; 0: it gave none */
	uint64_t count;
	uint64_t bytes; /* of the body; 0: it was streamed */
	unsigned status;
	bool is_gzip;
	char address[ADDRESS_MAX];
	char agent[AGENT_MAX];
	char format[ADDRESS_MAX];
};

/* Enter one, in the place of whoever was not here for the longest time if need be. */
void scraper_note(const struct scraper *s);

/* SCRAPERS_MAX of them, some free. */
const struct scraper *scrapers(void);

// SPDX-License-Identifier: Apache-2.0
#include "history.h"

#include <errno.h>
#include <string.h>

#include "wire.h"

static struct {
	struct history collectors[COLLECTORS_MAX];
	struct scraper scrapers[SCRAPERS_MAX];
} self;

void history_note(unsigned id, int code, int64_t duration, const char *words, size_t size)
{
	struct history *h = &self.collectors[id];

	h->at = now_ns();
	h->code = code;
	h->is_counted = false;
	if (duration > 0)
		h->durations[h->n_durations++ % HISTORY_DURATIONS] =
			(uint32_t)MIN(duration / 1000, UINT32_MAX);
	if (code)
		h->n_series = 0;
	if (code == -EAGAIN)
		return;
	free(h->words);
	h->words = NULL;
	if (!words || !size)
		return;
	h->words = xmalloc(size + 1);
	memcpy(h->words, words, size);
	h->words[size] = '\0';
}

void history_count(const struct gather *g)
{
	size_t counts[COLLECTORS_MAX] = { 0 };
	const char *source = NULL;
	int id = -1;

	/* Forms are in order of name, so that those of several collectors take turns. */
	for (size_t i = 0; i < g->n_forms; i++) {
		const struct gather_form *form = g->forms[i];

		if (form->source != source)
			id = registry_find(form->source);
		source = form->source;
		if (id >= 0 && !form->fault)
			counts[id] += form->n_samples;
	}
	/* Some are not in it; of those that have run since the last time none at all is news, too.
	 */
	for (size_t i = 0; i < COLLECTORS_MAX; i++) {
		struct history *h = &self.collectors[i];

		if (!counts[i] && h->is_counted)
			continue;
		h->n_series = counts[i];
		h->is_counted = true;
	}
}

const struct history *history_of(unsigned id)
{
	return &self.collectors[id];
}

size_t history_kept(const struct history *h)
{
	return MIN(h->n_durations, HISTORY_DURATIONS);
}

uint32_t history_duration(const struct history *h, size_t i)
{
	size_t first = h->n_durations - history_kept(h);

	return h->durations[(first + i) % HISTORY_DURATIONS];
}

void scraper_note(const struct scraper *s)
{
	struct scraper *to = &self.scrapers[0];
	uint64_t count = 0;
	int64_t last = 0;

	for (size_t i = 0; i < SCRAPERS_MAX; i++) {
		struct scraper *other = &self.scrapers[i];

		if (other->at && strcmp(other->address, s->address) == 0 &&
		    strcmp(other->agent, s->agent) == 0) {
			to = other;
			count = to->count;
			last = to->at;
			break;
		}
		if (other->at < to->at)
			to = other;
	}
	*to = *s;
	to->count = count + 1;
	to->interval = last ? s->at - last : 0;
}

const struct scraper *scrapers(void)
{
	return self.scrapers;
}

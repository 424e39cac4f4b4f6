// SPDX-License-Identifier: Apache-2.0
#include "page_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "care.h"
#include "options.h"
#include "shared.h"

const char *const page_state_words[] = {
	[PAGE_FAILED] = "failed", [PAGE_STUCK] = "stuck",          [PAGE_ASIDE] = "runs aside",
	[PAGE_OK] = "ok",         [PAGE_NO_DATA] = "nothing here", [PAGE_WAITING] = "not run yet",
	[PAGE_OFF] = "off",
};

const char *page_stuck(unsigned id, size_t n, int64_t *ret_for)
{
	for (size_t i = 0; i < STUCK_MAX; i++) {
		if (!ledger->stuck[i].pid || ledger->stuck[i].collector != id || n--)
			continue;
		*ret_for = now_ns() - ledger->stuck[i].since;
		return ledger->stuck[i].item;
	}
	return NULL;
}

enum page_state page_state(unsigned id)
{
	const struct history *h = history_of(id);
	int64_t since;

	if (!collector_switches[id].is_on)
		return PAGE_OFF;
	if (page_stuck(id, 0, &since))
		return PAGE_STUCK;
	if (!h->at)
		return PAGE_WAITING;
	if (h->code < 0)
		return PAGE_FAILED;
	if (care_of(id)->mode != CARE_COMMON)
		return PAGE_ASIDE;
	return h->code == NO_DATA || !h->n_series ? PAGE_NO_DATA : PAGE_OK;
}

const char *page_switch(unsigned id, char text[static PAGE_FLAG_MAX])
{
	const struct collector_switch *s = &collector_switches[id];

	if (s->is_given)
		snprintf(text, PAGE_FLAG_MAX, "--%scollector.%s", s->is_on ? "" : "no-",
		         collectors[id]->name);
	else if (options.disable_defaults && collectors[id]->default_on)
		snprintf(text, PAGE_FLAG_MAX, "--collector.disable-defaults");
	else
		snprintf(text, PAGE_FLAG_MAX, "by default");
	return text;
}

double page_age(int64_t at)
{
	return at ? (double)(now_ns() - at) / 1e9 : NAN;
}

double page_uptime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec - host_figure(HOST_BOOT, "boot");
}

static int compare_shown(const void *one, const void *other)
{
	unsigned a = *(const unsigned *)one, b = *(const unsigned *)other;
	enum page_state x = page_state(a), y = page_state(b);

	if (x != y)
		return x < y ? -1 : 1;
	return strcmp(collectors[a]->name, collectors[b]->name);
}

size_t page_order(unsigned ids[static COLLECTORS_MAX])
{
	size_t count = registry_count();

	for (unsigned i = 0; i < count; i++)
		ids[i] = i;
	qsort(ids, count, sizeof(*ids), compare_shown);
	return count;
}

// SPDX-License-Identifier: Apache-2.0
#include "run.h"

#include <string.h>

#include "history.h"
#include "shared.h"

static struct {
	struct run *runs;
	uint64_t serial;
} self;

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

struct run *run_find(uint64_t serial)
{
	for (struct run *run = self.runs; run; run = run->next)
		if (run->serial == serial)
			return run;
	return NULL;
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
		run->waiting[id] = true;
		run->n_pending++;
	}
	while (*end)
		end = &(*end)->next;
	*end = run;
	ledger->runs++;
	return run;
}

void run_extend(struct run *run, int64_t deadline)
{
	run->deadline = MAX(run->deadline, deadline);
}

void run_settle(struct run *run, unsigned id, const struct outcome *outcome)
{
	if (run->outcomes[id].state != OUTCOME_PENDING)
		return;
	run->outcomes[id] = outcome_copy(outcome);
	run->waiting[id] = false;
	run->n_pending--;
}

void run_fail(struct run *run, unsigned id, int code, int64_t duration, const char *words)
{
	struct outcome failed = { .code = code, .duration = duration };

	if (run)
		run_settle(run, id, &failed);
	history_note(id, code, duration, words, words ? strlen(words) : 0);
}

void run_end(struct run *run)
{
	for (struct run **at = &self.runs; *at; at = &(*at)->next) {
		if (*at != run)
			continue;
		*at = run->next;
		break;
	}
	for (unsigned id = 0; id < COLLECTORS_MAX; id++)
		outcome_free(&run->outcomes[id]);
	free(run);
}

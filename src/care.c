// SPDX-License-Identifier: Apache-2.0
#include "care.h"

#include "log.h"
#include "run.h"
#include "wire.h"

#define BACKOFF_MIN_NS (1 * NS_PER_SEC)
#define BACKOFF_MAX_NS (60 * NS_PER_SEC)
#define BACKOFF_RESET_NS (600 * NS_PER_SEC)
#define QUICK_NS (STALL_NS / 4)

enum { GOOD_RUNS = 5 };

static struct {
	struct care cares[COLLECTORS_MAX];
	size_t n_slow; /* of them */
} self;

struct care *care_of(unsigned id)
{
	return &self.cares[id];
}

bool care_has_slow(void)
{
	return self.n_slow != 0;
}

void care_treat(unsigned id, enum care_mode mode)
{
	struct care *care = &self.cares[id];

	self.n_slow += (mode == CARE_SLOW) - (care->mode == CARE_SLOW);
	care->mode = mode;
	care->good_runs = 0;
}

void care_punish(unsigned id, enum care_mode mode, int64_t at_least)
{
	struct care *care = &self.cares[id];
	int64_t now = now_ns();

	if (now - care->punished_at > BACKOFF_RESET_NS)
		care->backoff = 0;
	care->backoff = MIN(MAX(care->backoff * 2, BACKOFF_MIN_NS), BACKOFF_MAX_NS);
	care->punished_at = now;
	care->not_before = now + MAX(care->backoff, at_least);
	care_treat(id, mode);
}

void care_keep(unsigned id, const struct outcome *outcome)
{
	struct care *care = &self.cares[id];

	outcome_free(&care->last);
	care->last = outcome_copy(outcome);
	care->last.taken_at = now_ns();
}

void care_done(unsigned id, int64_t took)
{
	struct care *care = &self.cares[id];

	care->good_runs = took < QUICK_NS ? care->good_runs + 1 : 0;
	if (care->mode == CARE_COMMON || (care->mode == CARE_SLOW && care->good_runs < GOOD_RUNS))
		return;
	care_treat(id, CARE_COMMON);
	log_at(LOG_INFO, "A collector runs with the others again", "collector", collector_name(id));
}

// SPDX-License-Identifier: Apache-2.0
/*
 * How each collector is treated: with the others, or, because it crashed or was slow, in a worker
 * of its own. Part of the server.
 */
#pragma once

#include "outcome.h"

struct care {
	enum care_mode {
		CARE_COMMON,
		CARE_TRIAL, /* it crashed: in a worker of its own, when its time has come */
		CARE_SLOW,  /* in a worker of its own, off the scrape path */
	} mode;
	int64_t not_before; /* now_ns() of its next try */
	int64_t backoff;
	int64_t punished_at;
	unsigned good_runs;  /* CARE_SLOW: in a row */
	bool is_wanted;      /* CARE_SLOW: the next set should be got */
	struct outcome last; /* CARE_SLOW: the last complete set; OUTCOME_UNWANTED: none yet */
};

struct care *care_of(unsigned id);
bool care_has_slow(void); /* whether any collector is CARE_SLOW */

void care_treat(unsigned id, enum care_mode mode);

/*
 * The same after a fault, with a pause: of 1 s, 2 s, … 60 s, or at_least ns, before the next try.
 * A collector that was fine for ten minutes begins anew.
 */
void care_punish(unsigned id, enum care_mode mode, int64_t at_least);

/* Copy the outcome of a collector that has a worker of its own. */
void care_keep(unsigned id, const struct outcome *outcome);

/* Such a worker has done its order, which took so long: its collector may be with the others again.
 */
void care_done(unsigned id, int64_t took);

// SPDX-License-Identifier: Apache-2.0
/* A run's outcome as an exposition: collectors' sets and what the server itself has to say. */
#pragma once

#include "expo.h"
#include "run.h"

/* A gathered run, shared by all answers made of it. */
struct answer;

/* What the server knows about itself at that moment. */
struct answer_facts {
	size_t in_flight; /* requests for expositions */
	bool is_for_page; /* no exposition: what is wrong with it is neither counted nor logged */
};

/*
 * Gather what is there. With takes_sets the answer takes the run's sets over and may outlive it;
 * otherwise it must be released first.
 */
struct answer *answer_new(struct run *run, bool takes_sets, const struct answer_facts *facts);
struct answer *answer_share(struct answer *a);
void answer_release(struct answer *a);

/* With names in this scheme. */
const struct gather *answer_gather(struct answer *a, enum escaping escaping);

/* How many of the collectors failed ("no data" is no failure). */
size_t answer_failures(const struct answer *a);

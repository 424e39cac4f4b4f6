// SPDX-License-Identifier: Apache-2.0
/* What became of one collector, and the sets that it left. Part of the server. */
#pragma once

#include "util.h"

/* A set that stays the same for many runs, shared by all who need it. */
struct kept_set {
	unsigned shares;
	uint64_t generation;
	size_t size;
	_Alignas(8) unsigned char bytes[];
};

struct kept_set *kept_new(uint64_t generation, const void *bytes, size_t size);
struct kept_set *kept_share(struct kept_set *kept); /* NULL stays NULL */
void kept_release(struct kept_set *kept);

struct outcome {
	enum { OUTCOME_UNWANTED, OUTCOME_PENDING, OUTCOME_DONE } state;
	int code;         /* 0, NO_DATA, or a negative errno */
	int64_t duration; /* ns */
	int64_t taken_at; /* now_ns() of a set that is not of this run; else 0 */
	bool is_full;
	void *set; /* NULL where size is 0 */
	size_t size;
	struct kept_set *kept; /* what belongs to it beside set; NULL: nothing */
};

/* A copy that is done, with a set of its own and a share of the kept one. */
struct outcome outcome_copy(const struct outcome *outcome);

/* Free what it holds. */
void outcome_free(struct outcome *outcome);

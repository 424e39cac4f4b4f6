// SPDX-License-Identifier: Apache-2.0
#include "outcome.h"

#include <string.h>

struct kept_set *kept_new(uint64_t generation, const void *bytes, size_t size)
{
	struct kept_set *kept = xmalloc(sizeof(*kept) + size);

	kept->shares = 1;
	kept->generation = generation;
	kept->size = size;
	memcpy(kept->bytes, bytes, size);
	return kept;
}

struct kept_set *kept_share(struct kept_set *kept)
{
	if (kept)
		kept->shares++;
	return kept;
}

void kept_release(struct kept_set *kept)
{
	if (kept && !--kept->shares)
		free(kept);
}

struct outcome outcome_copy(const struct outcome *outcome)
{
	struct outcome copy = *outcome;

	copy.state = OUTCOME_DONE;
	copy.set = NULL;
	kept_share(copy.kept);
	if (copy.size) {
		copy.set = xmalloc(copy.size);
		memcpy(copy.set, outcome->set, copy.size);
	}
	return copy;
}

void outcome_free(struct outcome *outcome)
{
	free(outcome->set);
	kept_release(outcome->kept);
}

// SPDX-License-Identifier: Apache-2.0
/* Metrics for the statistics of network drivers, which have whatever names they like. */
#pragma once

#include "filter.h"
#include "metric.h"

struct ethnames {
	size_t count;           /* of the statistics */
	struct metric *metrics; /* for each of them; those without a name are not exported */
	uint64_t hash;          /* of the drivers' names */
	bool was_used;          /* since ethnames_prune() */
	struct ethnames *next;
};

/*
 * The metrics for count names of size bytes each, which need not end with a NUL. Kept in *list, as
 * drivers hardly ever change them and many devices have the same. Not exported are: what is empty
 * or what include does not match after sanitize(); of equal names all but the last; names that
 * differ, but give the same metric.
 */
const struct ethnames *ethnames_find(struct scrape *s, struct ethnames **list, const char *names,
                                     size_t count, size_t size, const struct regex *include);

/* Forget those that nobody asked for since the last call. */
void ethnames_prune(struct ethnames **list);
void ethnames_free(struct ethnames **list);

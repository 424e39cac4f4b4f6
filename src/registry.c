// SPDX-License-Identifier: Apache-2.0
#include "registry.h"

#include <string.h>

/* Another list of collectors, for tests. */
#ifndef REGISTRY_DEF
#define REGISTRY_DEF "registry.def"
#endif

#define COLLECTOR_ENTRY(NAME) extern const struct collector NAME##_collector;
#include REGISTRY_DEF
#undef COLLECTOR_ENTRY

static const struct collector *const built_in[] = {
#define COLLECTOR_ENTRY(NAME) &NAME##_collector,
#include REGISTRY_DEF
#undef COLLECTOR_ENTRY
};
/* The last identity is not a collector's: see wire.h. */
_Static_assert(ARRAY_SIZE(built_in) < COLLECTORS_MAX, "COLLECTORS_MAX is too small");

const struct collector *collectors[COLLECTORS_MAX + 1];
struct collector_switch collector_switches[COLLECTORS_MAX];

static int compare(const void *one, const void *other)
{
	const struct collector *const *a = one, *const *b = other;

	if ((*a)->may_block != (*b)->may_block)
		return (*a)->may_block ? 1 : -1;
	return strcmp((*a)->name, (*b)->name);
}

void registry_open(void)
{
	memcpy(collectors, built_in, sizeof(built_in));
	qsort(collectors, ARRAY_SIZE(built_in), sizeof(collectors[0]), compare);
}

size_t registry_count(void)
{
	return ARRAY_SIZE(built_in);
}

int registry_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(built_in); i++)
		if (strcmp(collectors[i]->name, name) == 0)
			return (int)i;
	return -1;
}

bool is_collector_on(const char *name)
{
	int i = registry_find(name);

	return i >= 0 && collector_switches[i].is_on;
}

// SPDX-License-Identifier: Apache-2.0
#include "known.h"

#include <string.h>

struct known *known_find(struct known_list *list, const char *key)
{
	for (size_t i = 0; i < list->count; i++) {
		size_t at = (list->hint + i) % list->count;

		if (strcmp(list->items[at].key, key) != 0)
			continue;
		list->hint = at + 1;
		return &list->items[at];
	}
	return NULL;
}

struct known *known_add(struct known_list *list, const char *key, const struct metric *form,
                        char *name)
{
	struct known *k;

	if (list->count == KNOWN_MAX) {
		free(name);
		return NULL;
	}
	/* All at once: sets of samples have pointers to the metrics in there. */
	if (!list->items)
		list->items = xcalloc(KNOWN_MAX, sizeof(*list->items));
	k = &list->items[list->count++];
	k->key = xstrdup(key);
	k->is_wanted = name;
	k->metric = *form;
	k->metric.name = name;
	list->hint = list->count;
	return k;
}

void known_free(struct known_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].key);
		free((char *)(uintptr_t)list->items[i].metric.name);
	}
	free(list->items);
	*list = (struct known_list){ 0 };
}

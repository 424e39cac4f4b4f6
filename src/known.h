// SPDX-License-Identifier: Apache-2.0
/* Figures exported under the kernel's own names, whichever there are: learnt as they are met. */
#pragma once

#include "metric.h"

enum { KNOWN_MAX = 1024 };

struct known {
	char *key; /* the kernel's name */
	bool is_wanted;
	struct metric metric; /* of the wanted ones */
};

/* Zeroed: the empty list. */
struct known_list {
	struct known *items; /* in the order in which they came at first */
	size_t count;
	size_t hint; /* the one behind the last that was looked up, mostly the next one */
};

/* The entry for key; NULL: known_add() it. */
struct known *known_find(struct known_list *list, const char *key);

/*
 * A new entry, with all of form but its name. The name, from malloc(), becomes the list's; NULL: it
 * is not wanted. NULL, with name freed, when there are far more than kernels have.
 */
struct known *known_add(struct known_list *list, const char *key, const struct metric *form,
                        char *name);

void known_free(struct known_list *list);

// SPDX-License-Identifier: Apache-2.0
/* Files of procfs and sysfs that stay open between scrapes, by their names. */
#pragma once

#include "tree.h"

struct kept {
	uint64_t key; /* hash of tree and name */
	enum tree tree;
	int fd;            /* -1: a directory, of which only the identity is known */
	uint64_t identity; /* of a directory */
	uint32_t size;     /* how long it was last, and one more; 0: it was never read */
	unsigned run;      /* when it was read last */
	bool was_used;     /* since room was made, or kept_close_unused(), came by last */
	bool is_shared;    /* read by several collectors in one run */
	char *text;        /* of a shared one, as read in that run */
	size_t text_size;
	char name[];
};

/* How many there may be; those that there are are closed. 0: none are to be kept. */
void kept_set_limit(size_t limit);
bool kept_is_possible(void);

/* The one of that name, which counts as used, or NULL. */
struct kept *kept_find(enum tree tree, const char *name);

/* A new one, where kept_find() found none. It owns fd. Another one may have to go. */
struct kept *kept_add(enum tree tree, const char *name, int fd);

/* Close it, all below a directory, or those that were not used since this was done last. */
void kept_drop(struct kept *k);
void kept_drop_below(enum tree tree, const char *directory);
void kept_close_unused(void);

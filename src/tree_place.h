// SPDX-License-Identifier: Apache-2.0
/* Files below the roots of tree.h, and what is remembered of them. */
#pragma once

#include <limits.h>
#include <stdarg.h>

#include "memo.h"
#include "tree.h"

struct place {
	enum tree tree;
	const char *name; /* the part of path behind the root */
	char path[PATH_MAX];
};

/*
 * The place that fmt and the arguments behind it name, in a function that has them. 0, or
 * -ENAMETOOLONG after place_fail().
 */
#define PLACE(s, p, tree, fmt) \
	({ \
		va_list args_; \
		int r_; \
		va_start(args_, fmt); \
		r_ = place_find(s, p, tree, fmt, args_); \
		va_end(args_); \
		r_; \
	})
int place_find(struct scrape *s, struct place *p, enum tree tree, const char *fmt, va_list args)
	PRINTF(4, 0) MUST_CHECK;

/* fail() with the file's name in front; nothing is said where s is NULL. Returns r. */
int place_fail(struct scrape *s, const struct place *p, int r);

/* The name of a tree in messages: "procfs". */
const char *place_tree_name(const struct place *p);

/*
 * What is remembered of a place, or NULL. Else, where *ret_generation is not 0, what is found there
 * may be remembered with it.
 */
const struct memo *place_recall(const struct place *p, enum memo_kind kind,
                                uint64_t *ret_generation);

/* Whether it is remembered that there is nothing; remember it, where r says so, and return r. */
bool place_is_absent(const struct place *p);
int place_note_absence(const struct place *p, int r);

/* Whether files of a tree stay open between scrapes: in a live procfs or sysfs. */
bool tree_keeps(enum tree tree);

// SPDX-License-Identifier: Apache-2.0
/*
 * A translation under way: what has been read and written, and the items, groups and repeats that a
 * pattern is made of. Functions that return int return 0, or -EINVAL after re2_refuse().
 */
#pragma once

#include "re2.h"
#include "re2_class.h"

/* Modes of a pattern: (?i), (?m), (?s). (?U) makes no difference to whether there is a match. */
enum { RE2_FOLD = 1, RE2_MULTILINE = 2, RE2_DOT_ALL = 4 };

/* An open group, or the pattern itself. */
struct re2_scope {
	unsigned modes;   /* what the pattern says at this point */
	unsigned written; /* what of it was written */
	unsigned repeats; /* the largest product of nested counted repeats in it */
	size_t start;     /* in the output */
	size_t position;  /* in the pattern */
};

struct re2_translation {
	struct re2_reader in;
	struct buffer out;
	struct re2_scope scopes[RE2_NESTING_MAX + 1];
	size_t depth;

	/* The item a repeat would apply to. */
	bool has_item;
	bool is_wrapped; /* a group is needed before it can be repeated */
	size_t item;     /* where it begins in the output */
	unsigned repeats;

	const char *last_repeat; /* the operator, when one came just before */
};

/* Begin an item, which can be repeated; leave it, so that its repeats count for its group. */
void re2_begin_item(struct re2_translation *t);
void re2_count_item(struct re2_translation *t);

/* A character; ^, $, \A and the like, which PCRE2 does not repeat. */
void re2_put_char(struct re2_translation *t, uint32_t c);
void re2_put_assertion(struct re2_translation *t, const char *text);

/* ( has been read, at start; ) is next; (?i), (?s-m), (?i:…) or (?P<name>…) are next. */
int re2_open_group(struct re2_translation *t, const char *start);
int re2_close_group(struct re2_translation *t);
int re2_perl_group(struct re2_translation *t);

/* *, + or ? is next, up to end; what looks like {n}, {n,} or {n,m} is next, or only a {. */
int re2_repeat(struct re2_translation *t, const char *end);
int re2_counts(struct re2_translation *t);

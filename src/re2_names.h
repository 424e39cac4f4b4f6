// SPDX-License-Identifier: Apache-2.0
/* Sets of characters that Go's regular expressions know by name. */
#pragma once

#include "buffer.h"

/*
 * The set "alpha" of [[:alpha:]] and the like, or "\d", "\s" and "\w": what would stand between
 * brackets. NULL when there is none of that name.
 */
const char *re2_find_set(const char *name, size_t size);

/*
 * Add Unicode's property of that name, as in \p{Greek}, or all but its characters, in the same
 * form; folds: under (?i). False when Go knows none.
 */
bool re2_add_property(struct buffer *b, const char *name, size_t size, bool is_negated, bool folds);

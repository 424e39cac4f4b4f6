// SPDX-License-Identifier: Apache-2.0
/* Names and paths that match a pattern, as Go's filepath has them. Results live in the arena. */
#pragma once

#include "arena.h"
#include "flag.h"

enum { GLOB_NAMES_MAX = 65536 }; /* in one directory */

/* Whether text has any of *, ?, [ and \, and so may stand for other paths than itself. */
bool glob_is_pattern(const char *text);

/*
 * The names in a directory that match the pattern, hidden ones too, in order. 0 or a negative
 * errno, -EFBIG for too many; as many as could be read are in *ret all the same.
 */
int glob_names(struct arena *a, const char *directory, const char *pattern, struct list *ret);

/*
 * The paths that match the pattern, in order; the pattern itself where none does. What cannot be
 * listed has no matches.
 */
struct list glob_paths(struct arena *a, const char *pattern);

/*
 * The path of a name in a directory, made shorter by the letters alone as filepath.Join does: no
 * "//", no ".", no name with ".." behind it.
 */
char *glob_join(struct arena *a, const char *directory, const char *name);

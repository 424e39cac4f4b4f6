// SPDX-License-Identifier: Apache-2.0
/* The sample sets of one run merged into families, sorted, and cleared of what contradicts. */
#pragma once

#include "buffer.h"
#include "sampleset.h"

struct gather;

struct gather *gather_new(void);
void gather_free(struct gather *g);

/*
 * Take in one set, which must stay as it is until gather_free(). source names it in messages (a
 * collector's name). Sets added as secondary (textfile) lose every conflict with the others,
 * whatever the order. -EBADMSG, with nothing added, when the bytes are no sample set.
 */
int gather_add(struct gather *g, const char *source, const void *set, size_t size,
               bool is_secondary) MUST_CHECK;

/*
 * Merge and sort, once all is added. Dropped, counted and named by gather_problem(): a family whose
 * type or help differs from the first one of its name; a series that is there already; invalid
 * metric or label names; label values that are not UTF-8; families named like a summary's or
 * histogram's parts (NAME_sum, NAME_count, NAME_bucket); a secondary family of a name that a
 * primary set has.
 */
void gather_finish(struct gather *g);

size_t gather_samples(const struct gather *g); /* that are left */
size_t gather_dropped(const struct gather *g);

/* What was dropped first, in words for the log; NULL when nothing was. */
const char *gather_problem(const struct gather *g);

// SPDX-License-Identifier: Apache-2.0
/* Attributes of devices in sysfs, each of which may be missing without harm to the others. */
#pragma once

#include "util.h"

struct scrape;

/*
 * What these have in common: the file is named below sysfs; the result is 0 or a negative errno,
 * and *ret is written only where it is 0. What is odd has been said by warn(); a device that does
 * not have the attribute, does not know its value now or does not show it to us is not odd
 * (attr_is_quiet()).
 *
 * attr_text: at most 128 bytes, white space at both ends taken off.
 */
int attr_text(struct scrape *s, char **ret, const char *fmt, ...) PRINTF(3, 4) MUST_CHECK;

/* The same of one that changes only when the kernel says so: a name, a model, a serial number. */
int attr_fact(struct scrape *s, char **ret, const char *fmt, ...) PRINTF(3, 4) MUST_CHECK;

/* A decimal number, without a sign or with a '-'. */
int attr_u64(struct scrape *s, uint64_t *ret, const char *fmt, ...) PRINTF(3, 4) MUST_CHECK;
int attr_i64(struct scrape *s, int64_t *ret, const char *fmt, ...) PRINTF(3, 4) MUST_CHECK;

/* A number whose prefix says its base, as for parse_i64_any(). */
int attr_i64_any(struct scrape *s, int64_t *ret, const char *fmt, ...) PRINTF(3, 4) MUST_CHECK;

/* ENOENT, ENODEV, ENXIO, ENODATA, EOPNOTSUPP, EAGAIN, EACCES, EPERM. */
bool attr_is_quiet(int r);

/* As tree_list(). NULL, after warn() where that is odd, when the directory cannot be read. */
char **attr_list(struct scrape *s, const char *fmt, ...) PRINTF(2, 3);

/* hazard() with "KIND PATH", of whose path the end counts where it is too long. */
bool attr_hazard(struct scrape *s, const char *kind, const char *path);

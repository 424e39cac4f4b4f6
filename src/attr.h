// SPDX-License-Identifier: Apache-2.0
/* Attributes of devices in sysfs, each of which may be missing without harm to the others. */
#pragma once

#include "metric.h" /* scrape_printf() */
#include "text.h"

/*
 * What these have in common: the name of the file, below sysfs, is given as to printf(); the result
 * is 0 or a negative errno, and *ret is written only where it is 0. What is odd has been said by
 * warn(); a device that does not have the attribute, does not know its value now or does not show
 * it to us is not odd (attr_is_quiet()).
 *
 * attr_text: char *; at most 128 bytes, white space at both ends taken off.
 */
#define attr_text(s, ret, ...) attr_read_text((s), (ret), scrape_printf((s), __VA_ARGS__))

/* The same of one that changes only when the kernel says so: a name, a model, a serial number. */
#define attr_fact(s, ret, ...) attr_read_fact((s), (ret), scrape_printf((s), __VA_ARGS__))

/* uint64_t and int64_t: a decimal number, without a sign or with a '-'. */
#define attr_u64(s, ret, ...) attr_read_u64((s), (ret), scrape_printf((s), __VA_ARGS__))
#define attr_i64(s, ret, ...) attr_read_i64((s), (ret), parse_i64, scrape_printf((s), __VA_ARGS__))

/* int64_t: a number whose prefix says its base, as for parse_i64_any(). */
#define attr_i64_any(s, ret, ...) \
	attr_read_i64((s), (ret), parse_i64_any, scrape_printf((s), __VA_ARGS__))

int attr_read_text(struct scrape *s, char **ret, const char *name) MUST_CHECK;
int attr_read_fact(struct scrape *s, char **ret, const char *name) MUST_CHECK;
int attr_read_u64(struct scrape *s, uint64_t *ret, const char *name) MUST_CHECK;
int attr_read_i64(struct scrape *s, int64_t *ret, int (*parse)(const char *text, int64_t *ret),
                  const char *name) MUST_CHECK;

/* ENOENT, ENODEV, ENXIO, ENODATA, EOPNOTSUPP, EAGAIN, EACCES, EPERM. */
bool attr_is_quiet(int r);

/* As tree_list(). NULL, after warn() where that is odd, when the directory cannot be read. */
#define attr_list(s, ...) attr_read_list((s), scrape_printf((s), __VA_ARGS__))
char **attr_read_list(struct scrape *s, const char *name) MUST_CHECK;

/* hazard() with "KIND PATH", of whose path the end counts where it is too long. */
bool attr_hazard(struct scrape *s, const char *kind, const char *path);

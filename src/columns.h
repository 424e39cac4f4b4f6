// SPDX-License-Identifier: Apache-2.0
/* Lines that are columns of numbers. */
#pragma once

#include "util.h"

struct scrape;

/*
 * The fields of line as numbers, by parse_u64() or another of text.h: how many there are before the
 * end or before one that is none, which is *bad then, and NULL else. Those beyond room are counted,
 * but not stored.
 */
size_t columns_parse(char *line, int (*parse)(const char *text, uint64_t *ret), uint64_t *ret,
                     size_t room, const char **bad);

/*
 * The next count fields of *line as numbers with or without a '-', false after warn(): they are
 * field first and those behind it, in line number of a file in procfs.
 */
bool columns_signed(struct scrape *s, const char *file, size_t number, char **line, size_t first,
                    int64_t *ret, size_t count) MUST_CHECK;

enum columns_line {
	LINE_BAD, /* warn() has said why */
	LINE_GOOD,
	LINE_PASSED, /* a heading, or whatever counts for nothing */
};

/*
 * Have visit() take all lines of a file in procfs, whose numbers begin with 1. 0, or a negative
 * errno after fail(): it cannot be read, or it has lines, but not one that is good.
 */
int columns_visit(struct scrape *s, const char *file,
                  enum columns_line (*visit)(struct scrape *s, char *line, size_t number))
	MUST_CHECK;

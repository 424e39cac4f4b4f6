// SPDX-License-Identifier: Apache-2.0
/* Lines that are columns of numbers. */
#pragma once

#include "util.h"

/*
 * The fields of line as numbers, by parse_u64() or another of text.h: how many there are before the
 * end or before one that is none, which is *bad then, and NULL else. Those beyond room are counted,
 * but not stored.
 */
size_t columns_parse(char *line, int (*parse)(const char *text, uint64_t *ret), uint64_t *ret,
                     size_t room, const char **bad);

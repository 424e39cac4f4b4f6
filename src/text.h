// SPDX-License-Identifier: Apache-2.0
/*
 * Text of the kernel taken apart: lines, fields, numbers. The cutting functions write NULs into
 * the text they are given; none of them allocates.
 */
#pragma once

#include "util.h"

/*
 * Cut the next line off *text: without its newline and without a carriage return before that.
 * The last line need not end with one. NULL when nothing is left.
 */
char *next_line(char **text);

/* Cut the next field, as separated by any number of blanks and tabs. NULL when none is left. */
char *next_field(char **line);

/* Cut the part up to the next sep, which may be empty. NULL when nothing is left. */
char *next_part(char **text, char sep);

/* text without white space at both ends (what isspace() says in the C locale). */
char *trim(char *text);

bool starts_with(const char *text, const char *prefix);
bool ends_with(const char *text, const char *suffix);

/*
 * Numbers: the whole string must be one; no leading blank, no sign but a '-' where the type has
 * one. 0, -EINVAL when it is not a number, -ERANGE when it does not fit; *ret is written only on
 * success. parse_hex takes digits with or without 0x; parse_u64_any takes what Go's base 0 does:
 * 0x…, 0o… or 0…, 0b…, else decimal, with underscores between digits; parse_i64_any also has a '-'
 * or a '+' before that.
 */
int parse_u64(const char *text, uint64_t *ret) MUST_CHECK;
int parse_i64(const char *text, int64_t *ret) MUST_CHECK;
int parse_hex(const char *text, uint64_t *ret) MUST_CHECK;
int parse_u64_any(const char *text, uint64_t *ret) MUST_CHECK;
int parse_i64_any(const char *text, int64_t *ret) MUST_CHECK;

/*
 * Decimal floating point as the kernel and tools write it: digits, a point, an exponent, a sign;
 * also "NaN", "Inf", "+Inf", "-Inf" and "infinity" in any case. Correctly rounded; locale has no
 * say. Too large is -ERANGE, too small is 0.
 */
int parse_double(const char *text, double *ret) MUST_CHECK;

/* Length of the UTF-8 character at text, which has size bytes (RFC 3629); 0: none, or not valid. */
size_t utf8_character(const char *text, size_t size);

/* Length of the longest valid UTF-8 prefix of size bytes (RFC 3629: no surrogates, no overlong). */
size_t utf8_prefix(const char *text, size_t size);

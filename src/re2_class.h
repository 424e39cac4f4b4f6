// SPDX-License-Identifier: Apache-2.0
/* What stands for one character in Go's regular expressions: [a-z], [[:alpha:]], \d, \pL, \x7f. */
#pragma once

#include "buffer.h"

struct re2_reader {
	const char *pattern; /* valid UTF-8 */
	const char *at;      /* what is read next */
	char *error;         /* what re2_refuse() said, to be freed */
};

/* Note what is wrong at a place in the pattern; returns -EINVAL. */
int re2_refuse(struct re2_reader *in, const char *at, const char *fmt, ...) PRINTF(3, 4);

/* The character at *at, which is valid UTF-8, and go past it; 0 at the end. */
uint32_t re2_next_char(const char **at);

/* Add a character to what is written for PCRE2. */
void re2_write_char(struct buffer *b, uint32_t c);

/*
 * Read a class in brackets, or what begins with a backslash, and add to *ret what PCRE2 needs to
 * be told for it; folds: under (?i). What is added can be repeated as it is. 0 or -EINVAL after
 * re2_refuse().
 */
int re2_class(struct re2_reader *in, bool folds, struct buffer *ret) MUST_CHECK;
int re2_escape(struct re2_reader *in, bool folds, struct buffer *ret) MUST_CHECK;

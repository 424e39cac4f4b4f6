// SPDX-License-Identifier: Apache-2.0
/* The pieces of a line in the format of promtext.h: words, names, quoted texts, numbers. */
#pragma once

#include "promtext.h"

struct span {
	const char *text;
	size_t length;
};

/* A line that is being read. */
struct lex {
	const char *begin;
	const char *at;
	const char *end; /* the newline */
	unsigned number; /* 1 for the first */
	/*
	 * Where strings go. The size of the text and 16 are enough: names and values are shorter
	 * than what stands for them in the line, NULs included.
	 */
	char *pool;
	struct prom_error *error;
};

/* Note what is wrong at a place in the line; returns -EINVAL. lex_fail() is for faults of syntax.
 */
int lex_fault(struct lex *l, const char *at, enum prom_fault fault, const char *fmt, ...)
	PRINTF(4, 5);
#define lex_fail(l, at, ...) lex_fault((l), (at), PROM_SYNTAX, __VA_ARGS__)

/* Refuse what stands there, size bytes or, if that is 0, the next character; returns -EINVAL. */
int lex_refuse(struct lex *l, const char *at, size_t size, const char *expected);

/* Blanks and tabs. */
bool lex_is_blank(char c);
void lex_skip_blanks(struct lex *l);

/* What there is up to the next blank, maybe nothing. */
struct span lex_word(struct lex *l);

/* Whether a word is this one, in any case. */
bool lex_is_word(struct span word, const char *text);

/*
 * Decode into the pool at to, up to the closing character or the end of the line, which is left
 * unread. The length goes to *ret, a NUL is put behind.
 */
int lex_decode(struct lex *l, char closing, char *to, size_t *ret) MUST_CHECK;

/* Step over the quote that ends what has been decoded. */
int lex_close_quote(struct lex *l) MUST_CHECK;

/*
 * Cut off a name; none at all is empty and no error. It may be in quotes, wholly or from some
 * character on, and is not checked further. With quotes it lies in the pool until that is used for
 * something else.
 */
int lex_name(struct lex *l, bool may_have_colon, struct span *ret) MUST_CHECK;

/* Whether name is one by the rules of old, which expfmt calls legacy names. */
bool lex_is_name(struct span name, bool may_have_colon);

/*
 * Floating point as expfmt takes it: decimal or one of NaN, Inf and Infinity in any case, with a
 * sign but for NaN; not more than a double can hold. A byte that cannot be part of it must follow.
 * 0, -EINVAL or, where it does not fit, -ERANGE; nothing is noted.
 */
int lex_number(struct span text, double *ret) MUST_CHECK;

/* An integer of 64 bits. */
bool lex_is_timestamp(struct span text);

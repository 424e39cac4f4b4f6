// SPDX-License-Identifier: Apache-2.0
#include "lex.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int lex_fault(struct lex *l, const char *at, enum prom_fault fault, const char *fmt, ...)
{
	va_list args;

	l->error->fault = fault;
	l->error->line = l->number;
	l->error->column = (unsigned)(at - l->begin) + 1;
	va_start(args, fmt);
	/* Cut where it is too long. */
	(void)vsnprintf(l->error->text, sizeof(l->error->text), fmt, args);
	va_end(args);
	return -EINVAL;
}

/* size bytes at text in quotes, escaped, and cut to what fits into *ret. */
static const char *quote(char (*ret)[64], const char *text, size_t size)
{
	char *to = *ret;
	size_t i;

	*to++ = '"';
	for (i = 0; i < size && to - *ret < 52; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\') {
			*to++ = '\\';
			*to++ = (char)c;
		} else if (c >= ' ' && c < 0x7f) {
			*to++ = (char)c;
		} else {
			to += snprintf(to, 5, "\\x%02x", c);
		}
	}
	if (i < size) {
		memcpy(to, "...", 3);
		to += 3;
	}
	memcpy(to, "\"", sizeof("\""));
	return *ret;
}

int lex_refuse(struct lex *l, const char *at, size_t size, const char *expected)
{
	char found[64];

	if (at == l->end)
		return lex_fail(l, at, "expected %s, found the end of the line", expected);
	return lex_fail(l, at, "expected %s, found %s", expected,
	                quote(&found, at, size ? size : 1));
}

bool lex_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

void lex_skip_blanks(struct lex *l)
{
	while (l->at < l->end && lex_is_blank(*l->at))
		l->at++;
}

struct span lex_word(struct lex *l)
{
	struct span word = { .text = l->at };

	while (l->at < l->end && !lex_is_blank(*l->at))
		l->at++;
	word.length = (size_t)(l->at - word.text);
	return word;
}

bool lex_is_word(struct span word, const char *text)
{
	return word.length == strlen(text) && !strncasecmp(word.text, text, word.length);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool lex_is_name(struct span name, bool may_have_colon)
{
	for (size_t i = 0; i < name.length; i++)
		if (!is_letter(name.text[i]) && (!i || !is_digit(name.text[i])) &&
		    (!may_have_colon || name.text[i] != ':'))
			return false;
	return name.length;
}

int lex_decode(struct lex *l, char closing, char *to, size_t *ret)
{
	char *begin = to;

	while (l->at < l->end && *l->at != closing) {
		char c = *l->at;

		if (c == '\\') {
			c = l->at[1]; /* the newline at most */
			if (c != '\\' && c != '"' && c != 'n')
				return lex_refuse(l, l->at, l->at + 1 < l->end ? 2 : 1,
				                  "one of \\\\, \\\" and \\n");
			c = c == 'n' ? '\n' : c;
			l->at++;
		}
		l->at++;
		*to++ = c;
	}
	*to = '\0';
	*ret = (size_t)(to - begin);
	return 0;
}

int lex_close_quote(struct lex *l)
{
	if (l->at == l->end)
		return lex_refuse(l, l->at, 0, "the closing quote '\"'");
	l->at++;
	return 0;
}

int lex_name(struct lex *l, bool may_have_colon, struct span *ret)
{
	struct span name = { .text = l->at };
	size_t length;
	int r;

	while (l->at < l->end && (is_letter(*l->at) || (may_have_colon && *l->at == ':') ||
	                          (is_digit(*l->at) && l->at > name.text)))
		l->at++;
	name.length = (size_t)(l->at - name.text);
	if (l->at < l->end && *l->at == '"') {
		memcpy(l->pool, name.text, name.length);
		l->at++;
		r = lex_decode(l, '"', l->pool + name.length, &length);
		if (r < 0)
			return r;
		r = lex_close_quote(l);
		if (r < 0)
			return r;
		name = (struct span){ .text = l->pool, .length = name.length + length };
	}
	*ret = name;
	return 0;
}

/* Whether text is Go's decimal floating point, without underscores. */
static bool is_decimal(struct span text)
{
	const char *at = text.text, *end = at + text.length, *digits;
	size_t n_digits;

	if (at < end && (*at == '+' || *at == '-'))
		at++;
	for (digits = at; at < end && is_digit(*at); at++)
		;
	n_digits = (size_t)(at - digits);
	if (at < end && *at == '.') {
		for (digits = ++at; at < end && is_digit(*at); at++)
			;
		n_digits += (size_t)(at - digits);
	}
	if (!n_digits)
		return false;
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		for (digits = at; at < end && is_digit(*at); at++)
			;
		if (at == digits)
			return false;
	}
	return at == end;
}

int lex_number(struct span text, double *ret)
{
	bool is_signed = text.length && (*text.text == '+' || *text.text == '-');
	struct span word = { text.text + is_signed, text.length - is_signed };
	double value;

	if (is_decimal(text)) {
		value = strtod(text.text, NULL);
		if (isinf(value))
			return -ERANGE;
	} else if (lex_is_word(text, "nan")) {
		value = NAN;
	} else if (lex_is_word(word, "inf") || lex_is_word(word, "infinity")) {
		value = *text.text == '-' ? -INFINITY : INFINITY;
	} else {
		return -EINVAL;
	}
	*ret = value;
	return 0;
}

bool lex_is_timestamp(struct span text)
{
	uint64_t limit = INT64_MAX, value = 0;

	if (text.length && (*text.text == '+' || *text.text == '-')) {
		limit += *text.text == '-';
		text.text++;
		text.length--;
	}
	for (size_t i = 0; i < text.length; i++) {
		uint64_t digit = (uint64_t)(text.text[i] - '0');

		if (!is_digit(text.text[i]) || value > (limit - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	return text.length;
}

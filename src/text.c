// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	DIGIT_NONE = 99,
	EXACT_DIGITS = 15, /* as many make an integer that is a double, */
	EXACT_POWER = 22,  /* as are the powers of ten up to this one */
	EXPONENT_HUGE = 100000,
};

static const double tens[EXACT_POWER + 1] = {
	1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

char *next_line(char **text)
{
	char *line = *text;
	char *end;

	if (!*line)
		return NULL;
	end = strchrnul(line, '\n');
	*text = *end ? end + 1 : end;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	return line;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

char *next_field(char **line)
{
	char *field = *line;
	char *end;

	while (is_blank(*field))
		field++;
	for (end = field; *end && !is_blank(*end); end++)
		;
	*line = end;
	if (end == field)
		return NULL;
	if (*end) {
		*end = '\0';
		*line = end + 1;
	}
	return field;
}

char *next_part(char **text, char sep)
{
	char *part = *text;
	char *end;

	if (!*part)
		return NULL;
	end = strchrnul(part, sep);
	*text = *end ? end + 1 : end;
	*end = '\0';
	return part;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *trim(char *text)
{
	char *end;

	while (is_space(*text))
		text++;
	end = text + strlen(text);
	while (end > text && is_space(end[-1]))
		end--;
	*end = '\0';
	return text;
}

bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text);
	size_t wanted = strlen(suffix);

	return length >= wanted && memcmp(text + length - wanted, suffix, wanted) == 0;
}

/* What c stands for in bases up to 16, or DIGIT_NONE. */
static unsigned digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return DIGIT_NONE;
}

/*
 * The whole of text is digits of base, at least one; where is_split, single underscores may stand
 * between them.
 */
static int parse_digits(const char *text, unsigned base, bool is_split, uint64_t *ret)
{
	uint64_t value = 0;
	bool fits = true;
	const char *at;

	for (at = text; *at; at++) {
		unsigned digit = digit_of(*at);

		if (is_split && *at == '_' && at > text && digit_of(at[1]) < base)
			continue;
		if (digit >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			fits = false;
	}
	if (at == text)
		return -EINVAL;
	if (!fits)
		return -ERANGE;
	*ret = value;
	return 0;
}

int parse_u64(const char *text, uint64_t *ret)
{
	uint64_t value = 0;
	unsigned digit;
	const char *at;

	/* Numbers that cannot overflow, as nearly all are, take the short way. */
	for (at = text; (digit = (unsigned)*at - '0') <= 9; at++) {
		if (value > (UINT64_MAX - 9) / 10)
			return parse_digits(text, 10, false, ret);
		value = value * 10 + digit;
	}
	if (at == text || *at)
		return -EINVAL;
	*ret = value;
	return 0;
}

/* A number of this size and sign. */
static int with_sign(uint64_t size, bool is_negative, int64_t *ret)
{
	if (size > (uint64_t)INT64_MAX + is_negative)
		return -ERANGE;
	*ret = (int64_t)(is_negative ? -size : size);
	return 0;
}

int parse_i64(const char *text, int64_t *ret)
{
	const bool is_negative = *text == '-';
	uint64_t size;
	int r;

	r = parse_u64(text + is_negative, &size);
	return r < 0 ? r : with_sign(size, is_negative, ret);
}

int parse_hex(const char *text, uint64_t *ret)
{
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	return parse_digits(text, 16, false, ret);
}

int parse_u64_any(const char *text, uint64_t *ret)
{
	unsigned base;

	if (text[0] != '0')
		return parse_digits(text, 10, true, ret);
	switch (text[1]) {
	case 'x':
	case 'X':
		base = 16;
		break;
	case 'o':
	case 'O':
		base = 8;
		break;
	case 'b':
	case 'B':
		base = 2;
		break;
	default:
		return parse_digits(text, 8, true, ret);
	}
	/* The prefix counts as a digit: an underscore may follow it. */
	text += text[2] == '_' ? 3 : 2;
	return parse_digits(text, base, true, ret);
}

int parse_i64_any(const char *text, int64_t *ret)
{
	const bool is_negative = *text == '-';
	uint64_t size;
	int r;

	r = parse_u64_any(text + (is_negative || *text == '+'), &size);
	return r < 0 ? r : with_sign(size, is_negative, ret);
}

/* What a decimal comes to: digits * 10^exponent, unless there are more digits than EXACT_DIGITS. */
struct decimal {
	uint64_t digits;
	size_t n_digits;
	long exponent;
};

static const char *scan_digits(const char *at, struct decimal *d)
{
	for (; *at >= '0' && *at <= '9'; at++, d->n_digits++)
		d->digits = d->digits * 10 + (uint64_t)(*at - '0');
	return at;
}

/* The e and what follows; NULL where no digit does. */
static const char *scan_exponent(const char *at, struct decimal *d)
{
	const bool is_negative = at[1] == '-';
	long exponent = 0;

	at += at[1] == '-' || at[1] == '+' ? 2 : 1;
	if (*at < '0' || *at > '9')
		return NULL;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (exponent < EXPONENT_HUGE)
			exponent = exponent * 10 + (*at - '0');
	}
	d->exponent += is_negative ? -exponent : exponent;
	return at;
}

/* Whether the whole of text, which is what follows a sign, is a number in figures. */
static bool scan_decimal(const char *text, struct decimal *d)
{
	const char *at = scan_digits(text, d);

	if (*at == '.') {
		const char *fraction = at + 1;

		at = scan_digits(fraction, d);
		d->exponent = -(long)(at - fraction);
	}
	if (d->n_digits == 0)
		return false;
	if (*at == 'e' || *at == 'E')
		at = scan_exponent(at, d);
	return at && !*at;
}

static int parse_word(const char *text, double *ret)
{
	const bool is_signed = *text == '-' || *text == '+';

	if (strcasecmp(text, "nan") == 0)
		*ret = NAN;
	else if (strcasecmp(text + is_signed, "inf") == 0 ||
	         strcasecmp(text + is_signed, "infinity") == 0)
		*ret = *text == '-' ? -INFINITY : INFINITY;
	else
		return -EINVAL;
	return 0;
}

int parse_double(const char *text, double *ret)
{
	const bool is_negative = *text == '-';
	struct decimal d = { 0 };
	double value;
	char *end;

	if (!scan_decimal(text + (is_negative || *text == '+'), &d))
		return parse_word(text, ret);

	/* One operation on two exact numbers is rounded once, so it is right. */
	if (FLT_EVAL_METHOD == 0 && d.n_digits <= EXACT_DIGITS && labs(d.exponent) <= EXACT_POWER) {
		value = (double)d.digits;
		value = d.exponent < 0 ? value / tens[-d.exponent] : value * tens[d.exponent];
		*ret = is_negative ? -value : value;
		return 0;
	}

	value = strtod(text, &end);
	if (*end)
		return -EINVAL;
	if (isinf(value))
		return -ERANGE;
	*ret = value;
	return 0;
}

size_t utf8_character(const char *text, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	unsigned char lowest = 0x80;
	unsigned char highest = 0xbf;
	size_t length;

	if (!size)
		return 0;
	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (length > size)
		return 0;

	if (at[0] == 0xe0)
		lowest = 0xa0; /* less would be overlong */
	else if (at[0] == 0xed)
		highest = 0x9f; /* surrogates follow */
	else if (at[0] == 0xf0)
		lowest = 0x90; /* overlong again */
	else if (at[0] == 0xf4)
		highest = 0x8f; /* U+10FFFF */
	if (at[1] < lowest || at[1] > highest)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

size_t utf8_prefix(const char *text, size_t size)
{
	size_t length;

	for (size_t at = 0; at < size; at += length) {
		uint64_t eight;

		length = 8;
		if (size - at >= sizeof(eight)) {
			memcpy(&eight, text + at, sizeof(eight));
			if (!(eight & UINT64_C(0x8080808080808080)))
				continue;
		}
		length = utf8_character(text + at, size - at);
		if (!length)
			return at;
	}
	return size;
}

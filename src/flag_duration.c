// SPDX-License-Identifier: Apache-2.0
/* Durations in Go's syntax, and with days and weeks. */
#include "flag.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

static const struct unit {
	const char *name;
	int64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\u00b5s", 1000 }, /* the micro sign */
	{ "\u03bcs", 1000 }, /* the Greek letter */
	{ "ms", NS_PER_MS },
	{ "s", NS_PER_SEC },
	{ "m", 60 * NS_PER_SEC },
	{ "h", 3600 * NS_PER_SEC },
	{ "d", 24 * 3600 * NS_PER_SEC },
	{ "w", 7 * 24 * 3600 * NS_PER_SEC },
};

/* "1", "1.5", ".5" or "1.": the digits before and after the point. */
static int parse_decimal(const char **text, int64_t *ret_whole, double *ret_fraction)
{
	const char *at = *text;
	size_t digits = 0;
	int64_t whole = 0;
	double fraction = 0, scale = 1;

	for (; isdigit((unsigned char)*at); at++, digits++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, *at - '0', &whole))
			return -ERANGE;
	if (*at == '.') {
		for (at++; isdigit((unsigned char)*at); at++, digits++) {
			scale /= 10;
			fraction += (*at - '0') * scale;
		}
	}
	if (digits == 0)
		return -EINVAL;
	*text = at;
	*ret_whole = whole;
	*ret_fraction = fraction;
	return 0;
}

int flag_duration(const char *text, int64_t *ret)
{
	bool is_negative = text[0] == '-';
	int64_t sum = 0, whole;
	double fraction;
	int r;

	if (text[0] == '-' || text[0] == '+')
		text++;
	if (strcmp(text, "0") == 0) {
		*ret = 0;
		return 0;
	}
	if (!*text)
		return -EINVAL;
	while (*text) {
		const struct unit *unit = NULL;
		size_t length;

		r = parse_decimal(&text, &whole, &fraction);
		if (r < 0)
			return r;
		length = strcspn(text, ".0123456789");
		for (size_t i = 0; i < ARRAY_SIZE(units) && !unit; i++)
			if (strlen(units[i].name) == length &&
			    memcmp(units[i].name, text, length) == 0)
				unit = &units[i];
		if (!unit)
			return -EINVAL;
		if (__builtin_mul_overflow(whole, unit->ns, &whole) ||
		    __builtin_add_overflow(whole, llrint(fraction * (double)unit->ns), &whole) ||
		    __builtin_add_overflow(sum, whole, &sum))
			return -ERANGE;
		text += length;
	}
	*ret = is_negative ? -sum : sum;
	return 0;
}

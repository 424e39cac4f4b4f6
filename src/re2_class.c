// SPDX-License-Identifier: Apache-2.0
#include "re2_class.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "re2_names.h"

int re2_refuse(struct re2_reader *in, const char *at, const char *fmt, ...)
{
	char *reason = NULL;
	va_list args;
	int length;

	va_start(args, fmt);
	length = vasprintf(&reason, fmt, args);
	va_end(args);
	in->error = xasprintf("at %td: %s", at - in->pattern + 1, length < 0 ? "?" : reason);
	if (length >= 0)
		free(reason);
	return -EINVAL;
}

uint32_t re2_next_char(const char **at)
{
	const unsigned char *byte = (const unsigned char *)*at;
	unsigned more = byte[0] < 0xc0 ? 0 : byte[0] < 0xe0 ? 1 : byte[0] < 0xf0 ? 2 : 3;
	uint32_t c = more == 0 ? byte[0] : byte[0] & (0x3fu >> more);

	for (unsigned i = 1; i <= more; i++)
		c = c << 6 | (byte[i] & 0x3fu);
	if (byte[0])
		*at += more + 1;
	return c;
}

static size_t char_size(const char *at)
{
	const char *end = at;

	(void)re2_next_char(&end); /* only how far it goes is of interest */
	return (size_t)(end - at);
}

void re2_write_char(struct buffer *b, uint32_t c)
{
	char text[16];

	if (c < 0x80 && isalnum((int)c))
		snprintf(text, sizeof(text), "%c", (char)c);
	else
		snprintf(text, sizeof(text), "\\x{%x}", c);
	buffer_add_text(b, text);
}

/* A class that is being read. */
struct char_class {
	bool folds;           /* whatever is read: without regard to case */
	struct buffer set;    /* what is in it */
	struct buffer others; /* "|[^...]" for each set all but which is in it */
	const char *other;    /* the last of those sets, and how many there were */
	size_t n_others;
};

/* \pL, \p{Greek}, \P{^Lu}, … */
static int read_property(struct re2_reader *in, struct char_class *class)
{
	const char *start = in->at, *name = start + 2, *end;
	bool is_negated = start[1] == 'P', is_braced = *name == '{';

	end = is_braced ? strchr(name, '}') : name + char_size(name);
	if (!end || end == name)
		return re2_refuse(in, start, "\\%c needs a name in braces", start[1]);
	in->at = end + is_braced;
	name += is_braced;
	if (*name == '^') {
		is_negated = !is_negated;
		name++;
	}
	if (!re2_add_property(&class->set, name, (size_t)(end - name), is_negated, class->folds))
		return re2_refuse(in, start, "no such character class: %.*s", (int)(in->at - start),
		                  start);
	return 0;
}

/* The digits after \x. */
static int read_hex(struct re2_reader *in, const char *start, uint32_t *ret)
{
	bool in_braces = *in->at == '{';
	size_t n = 0;
	uint32_t c = 0;

	in->at += in_braces;
	for (; isxdigit((unsigned char)*in->at) && (in_braces || n < 2); n++, in->at++) {
		char digit = (char)tolower((unsigned char)*in->at);

		c = c * 16 + (uint32_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
		if (c > 0x10ffff)
			return re2_refuse(in, start, "there is no such character");
	}
	if (n == 0 || (!in_braces && n != 2) || (in_braces && *in->at != '}'))
		return re2_refuse(in, start, "\\x needs two hexadecimal digits, or some in braces");
	in->at += in_braces;
	*ret = c;
	return 0;
}

/* An escape that stands for one character. */
static int read_escape(struct re2_reader *in, uint32_t *ret)
{
	static const char letters[] = "afnrtv", meant[] = "\a\f\n\r\t\v";
	const char *start = in->at++, *letter;
	char c = *in->at;

	if (!c)
		return re2_refuse(in, start, "there is nothing after the backslash");
	if (c == 'x') {
		in->at++;
		return read_hex(in, start, ret);
	}
	if (c == '0' || (c >= '1' && c <= '7' && in->at[1] >= '0' && in->at[1] <= '7')) {
		uint32_t value = 0;

		for (unsigned i = 0; i < 3 && *in->at >= '0' && *in->at <= '7'; i++)
			value = value * 8 + (uint32_t)(*in->at++ - '0');
		*ret = value;
		return 0;
	}
	letter = strchr(letters, c);
	if (letter) {
		in->at++;
		*ret = (unsigned char)meant[letter - letters];
		return 0;
	}
	if (isdigit((unsigned char)c))
		return re2_refuse(in, start, "a reference to a group (\\%c) is not supported", c);
	if (isalpha((unsigned char)c) || (unsigned char)c >= 0x80)
		return re2_refuse(in, start, "\\%.*s is not supported", (int)char_size(in->at),
		                  in->at);
	*ret = (unsigned char)*in->at++;
	return 0;
}

/* [:alpha:], \d, \pL in a class. 1 when it was one of those, 0 when not, or -EINVAL. */
static int read_named(struct re2_reader *in, struct char_class *class)
{
	const char *start = in->at, *end = NULL, *name = start, *set;
	bool is_negated = false;

	if (start[0] == '[' && start[1] == ':') {
		end = strstr(start + 2, ":]");
		if (!end)
			return 0;
		is_negated = start[2] == '^';
		name = start + 2 + is_negated;
		set = re2_find_set(name, (size_t)(end - name));
		end += 2;
	} else if (start[0] == '\\' && start[1] && strchr("dswDSW", start[1])) {
		is_negated = isupper((unsigned char)start[1]);
		set = re2_find_set((char[]){ '\\', (char)tolower((unsigned char)start[1]) }, 2);
		end = start + 2;
	} else if (start[0] == '\\' && (start[1] == 'p' || start[1] == 'P')) {
		return read_property(in, class) < 0 ? -EINVAL : 1;
	} else {
		return 0;
	}
	if (!set)
		return re2_refuse(in, start, "no such character class: %.*s", (int)(end - start),
		                  start);
	in->at = end;
	if (is_negated) {
		buffer_add_text(&class->others, "|[^");
		buffer_add_text(&class->others, set);
		buffer_add_text(&class->others, "]");
		class->other = set;
		class->n_others++;
	} else {
		buffer_add_text(&class->set, set);
	}
	return 1;
}

static int read_class_char(struct re2_reader *in, uint32_t *ret)
{
	if (*in->at == '\\')
		return read_escape(in, ret);
	*ret = re2_next_char(&in->at);
	return 0;
}

static int read_class_part(struct re2_reader *in, struct char_class *class)
{
	const char *start = in->at;
	uint32_t low, high;
	int r;

	r = read_named(in, class);
	if (r != 0)
		return r;
	r = read_class_char(in, &low);
	if (r < 0)
		return r;
	high = low;
	if (in->at[0] == '-' && in->at[1] != ']' && in->at[1]) {
		in->at++;
		r = read_class_char(in, &high);
		if (r < 0)
			return r;
	}
	if (high < low)
		return re2_refuse(in, start, "the range %.*s goes backwards", (int)(in->at - start),
		                  start);
	re2_write_char(&class->set, low);
	if (high > low) {
		buffer_add_text(&class->set, "-");
		re2_write_char(&class->set, high);
	}
	return 0;
}

static void write_set(struct buffer *b, bool is_negated, const char *set, size_t size)
{
	buffer_add_text(b, is_negated ? "[^" : "[");
	buffer_add(b, set, size);
	buffer_add_text(b, "]");
}

/*
 * PCRE2 lets a class have a negated set in it, but does not fold its case as Go does; hence
 * [a\W] is written as (?:[a]|[^0-9A-Za-z_]), and its opposite by means of a lookahead.
 */
static void write_class(struct buffer *b, const struct char_class *class, bool is_negated)
{
	const struct buffer *others = &class->others;

	if (class->n_others == 0) {
		write_set(b, is_negated, class->set.data, class->set.used);
		return;
	}
	if (class->n_others == 1 && class->set.used == 0) {
		write_set(b, !is_negated, class->other, strlen(class->other));
		return;
	}
	buffer_add_text(b, is_negated ? "(?:(?!" : "(?:");
	if (class->set.used > 0) {
		write_set(b, false, class->set.data, class->set.used);
		buffer_add(b, others->data, others->used);
	} else {
		buffer_add(b, others->data + 1, others->used - 1);
	}
	buffer_add_text(b, is_negated ? ")\\p{Any})" : ")");
}

int re2_class(struct re2_reader *in, bool folds, struct buffer *ret)
{
	struct char_class class = { .folds = folds };
	const char *start = in->at++;
	bool is_negated = *in->at == '^', is_first = true;
	int r = 0;

	in->at += is_negated;
	while (r >= 0 && *in->at && (is_first || *in->at != ']')) {
		is_first = false;
		r = read_class_part(in, &class);
	}
	if (r >= 0 && !*in->at)
		r = re2_refuse(in, start, "missing closing ]");
	if (r >= 0) {
		in->at++;
		write_class(ret, &class, is_negated);
	}
	buffer_free(&class.set);
	buffer_free(&class.others);
	return r < 0 ? r : 0;
}

int re2_escape(struct re2_reader *in, bool folds, struct buffer *ret)
{
	struct char_class class = { .folds = folds };
	uint32_t c;
	int r;

	r = read_named(in, &class);
	if (r > 0)
		write_class(ret, &class, false);
	buffer_free(&class.set);
	buffer_free(&class.others);
	if (r != 0)
		return r < 0 ? r : 0;
	r = read_escape(in, &c);
	if (r == 0)
		re2_write_char(ret, c);
	return r;
}

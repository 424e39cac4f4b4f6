// SPDX-License-Identifier: Apache-2.0
/*
 * The grammar is golang.org/s/re2syntax, the flags are those of regexp.Compile. Nothing is written
 * that Go and PCRE2 understand in different ways, so what Go refuses never gets to PCRE2.
 */
#include "re2.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "re2_class.h"
#include "text.h"

enum { REPEAT_MAX = 1000 }; /* as in Go */

/* Modes of a pattern: (?i), (?m), (?s). (?U) makes no difference to whether there is a match. */
enum { FOLD = 1, MULTILINE = 2, DOT_ALL = 4 };

/* An open group, or the pattern itself. */
struct scope {
	unsigned modes;   /* what the pattern says at this point */
	unsigned written; /* what of it was written */
	unsigned repeats; /* the largest product of nested counted repeats in it */
	size_t start;     /* in the output */
	size_t position;  /* in the pattern */
};

struct translation {
	struct re2_reader in;
	struct buffer out;
	struct scope scopes[RE2_NESTING_MAX + 1];
	size_t depth;

	/* The item a repeat would apply to. */
	bool has_item;
	bool is_wrapped; /* a group is needed before it can be repeated */
	size_t item;     /* where it begins in the output */
	unsigned repeats;

	const char *last_repeat; /* the operator, when one came just before */
};

/* What follows is something that can be repeated. */
static void begin_item(struct translation *t)
{
	static const char letters[] = "ims";
	struct scope *scope = &t->scopes[t->depth];
	char on[4] = "", off[5] = "-", text[16];
	size_t n_on = 0, n_off = 1;

	for (unsigned i = 0; i < 3; i++) {
		unsigned mode = 1u << i;

		if ((scope->modes & mode) && !(scope->written & mode))
			on[n_on++] = letters[i];
		if (!(scope->modes & mode) && (scope->written & mode))
			off[n_off++] = letters[i];
	}
	on[n_on] = '\0';
	off[n_off == 1 ? 0 : n_off] = '\0';
	if (scope->modes != scope->written) {
		snprintf(text, sizeof(text), "(?%s%s)", on, off);
		buffer_add_text(&t->out, text);
	}
	scope->written = scope->modes;
	t->has_item = true;
	t->is_wrapped = false;
	t->item = t->out.used;
	t->repeats = 1;
}

static void put_char(struct translation *t, uint32_t c)
{
	begin_item(t);
	re2_write_char(&t->out, c);
}

/* ^, $, \A and the like, which PCRE2 does not repeat. */
static void put_assertion(struct translation *t, const char *text)
{
	begin_item(t);
	buffer_add_text(&t->out, text);
	t->is_wrapped = true;
}

static void count_item(struct translation *t)
{
	struct scope *scope = &t->scopes[t->depth];

	if (t->has_item)
		scope->repeats = MAX(scope->repeats, t->repeats);
}

/* ---- groups ---- */

static int open_group(struct translation *t, const char *start)
{
	const struct scope *outer = &t->scopes[t->depth];

	if (t->depth == RE2_NESTING_MAX)
		return re2_refuse(&t->in, start, "groups are nested too deeply");
	begin_item(t);
	t->scopes[t->depth + 1] = (struct scope){
		.modes = outer->modes,
		.written = outer->written,
		.repeats = 1,
		.start = t->out.used,
		.position = (size_t)(start - t->in.pattern),
	};
	t->depth++;
	buffer_add_text(&t->out, "(");
	t->has_item = false;
	return 0;
}

static int close_group(struct translation *t)
{
	const struct scope *inner = &t->scopes[t->depth];

	if (t->depth == 0)
		return re2_refuse(&t->in, t->in.at, "unexpected )");
	count_item(t);
	buffer_add_text(&t->out, ")");
	t->has_item = true;
	t->is_wrapped = false;
	t->item = inner->start;
	t->repeats = inner->repeats;
	t->depth--;
	t->in.at++;
	return 0;
}

/* (?P<name>…) and (?<name>…), whose names are checked and forgotten. */
static int open_named_group(struct translation *t, const char *start)
{
	const char *name = strchr(t->in.at, '<') + 1, *end = name;

	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	if (end == name || *end != '>')
		return re2_refuse(&t->in, start, "a group's name is made of letters, digits and _");
	t->in.at = end + 1;
	return open_group(t, start);
}

/* What is wrong with (?X, in the words of those who use it elsewhere. */
static int refuse_group(struct translation *t, const char *start)
{
	static const struct {
		const char *text;
		const char *what;
	} unsupported[] = {
		{ "(?=", "lookahead" },
		{ "(?!", "lookahead" },
		{ "(?<=", "lookbehind" },
		{ "(?<!", "lookbehind" },
		{ "(?>", "an atomic group" },
		{ "(?#", "a comment" },
		{ "(?|", "a branch reset" },
		{ "(?(", "a condition" },
		{ "(?P=", "a reference to a group" },
		{ "(?P>", "recursion" },
		{ "(?&", "recursion" },
		{ "(?R", "recursion" },
		{ "(?x", "the mode x" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(unsupported); i++)
		if (starts_with(start, unsupported[i].text))
			return re2_refuse(&t->in, start, "%s is not supported",
			                  unsupported[i].what);
	return re2_refuse(&t->in, start,
	                  "(? must be followed by :, by modes out of i, m, s and U, or by "
	                  "P<name>");
}

static unsigned mode_of(char letter)
{
	return letter == 'i' ? FOLD : letter == 'm' ? MULTILINE : letter == 's' ? DOT_ALL : 0;
}

/* (?i), (?s-m), (?i:…), (?P<name>…). */
static int translate_perl_group(struct translation *t)
{
	const char *start = t->in.at;
	struct scope *scope = &t->scopes[t->depth];
	unsigned modes = scope->modes, mode;
	bool is_off = false, has_letter = false;
	int r;

	if (starts_with(start, "(?P<") ||
	    (starts_with(start, "(?<") && start[3] != '=' && start[3] != '!'))
		return open_named_group(t, start);
	for (t->in.at += 2; *t->in.at != ')' && *t->in.at != ':'; t->in.at++) {
		if (*t->in.at == '-' && !is_off) {
			is_off = true;
			has_letter = false;
			continue;
		}
		if (!*t->in.at || !strchr("imsU", *t->in.at))
			return refuse_group(t, start);
		has_letter = true;
		mode = mode_of(*t->in.at);
		modes = is_off ? modes & ~mode : modes | mode;
	}
	if (is_off && !has_letter)
		return refuse_group(t, start);
	if (*t->in.at++ == ')') {
		scope->modes = modes;
		return 0;
	}
	r = open_group(t, start);
	if (r == 0)
		t->scopes[t->depth].modes = modes;
	return r;
}

/* ---- repeats ---- */

/* A number without a leading zero, or -1 where there is none; REPEAT_MAX + 1 for all above. */
static int repeat_count(const char **at)
{
	const char *start = *at;
	int count = 0;

	if (!isdigit((unsigned char)start[0]) ||
	    (start[0] == '0' && isdigit((unsigned char)start[1])))
		return -1;
	for (; isdigit((unsigned char)**at); (*at)++)
		count = MIN(count * 10 + (**at - '0'), REPEAT_MAX + 1);
	return count;
}

/* {n}, {n,} and {n,m}; what looks otherwise is no operator. max is -1 where there is none. */
static bool read_counts(const char **at, int *ret_min, int *ret_max)
{
	const char *next = *at + 1;
	int min, max;

	min = repeat_count(&next);
	if (min < 0)
		return false;
	max = min;
	if (*next == ',') {
		next++;
		max = *next == '}' ? -1 : repeat_count(&next);
		if (max < 0 && *next != '}')
			return false;
	}
	if (*next != '}')
		return false;
	*at = next + 1;
	*ret_min = min;
	*ret_max = max;
	return true;
}

/* An operator from t->in.at to end: what it applies to must be there, and must not be one. */
static int repeat_item(struct translation *t, const char *end)
{
	const char *start = t->in.at, *lazy = end + (*end == '?');
	struct buffer *out = &t->out;

	if (!t->has_item)
		return re2_refuse(&t->in, start, "nothing to repeat before %.*s",
		                  (int)(end - start), start);
	if (t->last_repeat)
		return re2_refuse(&t->in, t->last_repeat, "a repeat of a repeat: %.*s",
		                  (int)(lazy - t->last_repeat), t->last_repeat);
	if (t->is_wrapped) {
		buffer_add(out, "(?:", 3);
		memmove(out->data + t->item + 3, out->data + t->item, out->used - t->item - 3);
		memcpy(out->data + t->item, "(?:", 3);
		buffer_add_text(out, ")");
	}
	buffer_add(out, start, (size_t)(end - start));
	t->is_wrapped = true;
	t->last_repeat = start;
	t->in.at = lazy;
	return 0;
}

static int translate_counts(struct translation *t)
{
	const char *start = t->in.at, *end = start;
	int min, max, r;
	unsigned factor;

	if (!read_counts(&end, &min, &max)) {
		count_item(t);
		put_char(t, '{');
		t->in.at++;
		t->last_repeat = NULL;
		return 0;
	}
	if (min > REPEAT_MAX || max > REPEAT_MAX || (max >= 0 && min > max))
		return re2_refuse(&t->in, start, "%.*s must go up, to %d at most",
		                  (int)(end - start), start, REPEAT_MAX);
	r = repeat_item(t, end);
	if (r < 0)
		return r;
	factor = (unsigned)MAX(max < 0 ? min : max, 1);
	t->repeats = max == 0 ? 1 : t->repeats * factor;
	if (t->repeats > REPEAT_MAX)
		return re2_refuse(&t->in, start, "repeats within repeats come to more than %d",
		                  REPEAT_MAX);
	return 0;
}

/* ---- the whole ---- */

static bool does_fold(const struct translation *t)
{
	return t->scopes[t->depth].modes & FOLD;
}

static int translate_backslash(struct translation *t)
{
	const char *end;

	switch (t->in.at[1]) {
	case 'A':
	case 'b':
	case 'B':
	case 'z':
		put_assertion(t, (char[]){ '\\', t->in.at[1], '\0' });
		t->in.at += 2;
		return 0;
	case 'Q':
		t->in.at += 2;
		end = strstr(t->in.at, "\\E");
		while (*t->in.at && t->in.at != end)
			put_char(t, re2_next_char(&t->in.at));
		t->in.at += end ? 2 : 0;
		return 0;
	default:
		begin_item(t);
		return re2_escape(&t->in, does_fold(t), &t->out);
	}
}

static int translate_next(struct translation *t)
{
	char text[2] = { *t->in.at, '\0' };

	switch (*t->in.at) {
	case '(':
		if (t->in.at[1] == '?')
			return translate_perl_group(t);
		return open_group(t, t->in.at++);
	case ')':
		return close_group(t);
	case '|':
		count_item(t);
		buffer_add_text(&t->out, "|");
		t->has_item = false;
		t->in.at++;
		return 0;
	case '^':
	case '$':
		put_assertion(t, text);
		t->in.at++;
		return 0;
	case '.':
		begin_item(t);
		buffer_add_text(&t->out, ".");
		t->in.at++;
		return 0;
	case '[':
		begin_item(t);
		return re2_class(&t->in, does_fold(t), &t->out);
	case '\\':
		return translate_backslash(t);
	default:
		put_char(t, re2_next_char(&t->in.at));
		return 0;
	}
}

static int translate(struct translation *t)
{
	size_t valid = utf8_prefix(t->in.pattern, strlen(t->in.pattern));
	int r = 0;

	if (t->in.pattern[valid])
		return re2_refuse(&t->in, t->in.pattern + valid, "this is not UTF-8");
	while (*t->in.at && r == 0) {
		if (*t->in.at == '*' || *t->in.at == '+' || *t->in.at == '?') {
			r = repeat_item(t, t->in.at + 1);
		} else if (*t->in.at == '{') {
			r = translate_counts(t);
		} else {
			count_item(t);
			r = translate_next(t);
			t->last_repeat = NULL;
		}
	}
	if (r == 0 && t->depth > 0)
		r = re2_refuse(&t->in, t->in.pattern + t->scopes[t->depth].position,
		               "missing closing )");
	return r;
}

int re2_translate(const char *pattern, struct buffer *ret, char **error)
{
	struct translation *t = xcalloc(1, sizeof(*t));
	int r;

	t->in.pattern = t->in.at = pattern;
	t->scopes[0].repeats = 1;
	r = translate(t);
	if (r < 0) {
		*error = t->in.error;
		buffer_free(&t->out);
	} else {
		*ret = t->out;
	}
	free(t);
	return r;
}

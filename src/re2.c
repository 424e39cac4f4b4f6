// SPDX-License-Identifier: Apache-2.0
/*
 * The grammar is golang.org/s/re2syntax, the flags are those of regexp.Compile. Nothing is written
 * that Go and PCRE2 understand in different ways, so what Go refuses never gets to PCRE2.
 */
#include "re2.h"

#include <stdio.h>
#include <string.h>

#include "re2_item.h"
#include "text.h"

void re2_begin_item(struct re2_translation *t)
{
	static const char letters[] = "ims";
	struct re2_scope *scope = &t->scopes[t->depth];
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

void re2_put_char(struct re2_translation *t, uint32_t c)
{
	re2_begin_item(t);
	re2_write_char(&t->out, c);
}

void re2_put_assertion(struct re2_translation *t, const char *text)
{
	re2_begin_item(t);
	buffer_add_text(&t->out, text);
	t->is_wrapped = true;
}

void re2_count_item(struct re2_translation *t)
{
	struct re2_scope *scope = &t->scopes[t->depth];

	if (t->has_item)
		scope->repeats = MAX(scope->repeats, t->repeats);
}

static bool does_fold(const struct re2_translation *t)
{
	return t->scopes[t->depth].modes & RE2_FOLD;
}

static int translate_backslash(struct re2_translation *t)
{
	const char *end;

	switch (t->in.at[1]) {
	case 'A':
	case 'b':
	case 'B':
	case 'z':
		re2_put_assertion(t, (char[]){ '\\', t->in.at[1], '\0' });
		t->in.at += 2;
		return 0;
	case 'Q':
		t->in.at += 2;
		end = strstr(t->in.at, "\\E");
		while (*t->in.at && t->in.at != end)
			re2_put_char(t, re2_next_char(&t->in.at));
		t->in.at += end ? 2 : 0;
		return 0;
	default:
		re2_begin_item(t);
		return re2_escape(&t->in, does_fold(t), &t->out);
	}
}

static int translate_next(struct re2_translation *t)
{
	char text[2] = { *t->in.at, '\0' };

	switch (*t->in.at) {
	case '(':
		if (t->in.at[1] == '?')
			return re2_perl_group(t);
		return re2_open_group(t, t->in.at++);
	case ')':
		return re2_close_group(t);
	case '|':
		re2_count_item(t);
		buffer_add_text(&t->out, "|");
		t->has_item = false;
		t->in.at++;
		return 0;
	case '^':
	case '$':
		re2_put_assertion(t, text);
		t->in.at++;
		return 0;
	case '.':
		re2_begin_item(t);
		buffer_add_text(&t->out, ".");
		t->in.at++;
		return 0;
	case '[':
		re2_begin_item(t);
		return re2_class(&t->in, does_fold(t), &t->out);
	case '\\':
		return translate_backslash(t);
	default:
		re2_put_char(t, re2_next_char(&t->in.at));
		return 0;
	}
}

static int translate(struct re2_translation *t)
{
	size_t valid = utf8_prefix(t->in.pattern, strlen(t->in.pattern));
	int r = 0;

	if (t->in.pattern[valid])
		return re2_refuse(&t->in, t->in.pattern + valid, "this is not UTF-8");
	while (*t->in.at && r == 0) {
		if (*t->in.at == '*' || *t->in.at == '+' || *t->in.at == '?') {
			r = re2_repeat(t, t->in.at + 1);
		} else if (*t->in.at == '{') {
			r = re2_counts(t);
		} else {
			re2_count_item(t);
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
	struct re2_translation *t = xcalloc(1, sizeof(*t));
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

// SPDX-License-Identifier: Apache-2.0
/* Groups, and the modes that they carry. */
#include "re2_item.h"

#include <ctype.h>
#include <string.h>

#include "text.h"

int re2_open_group(struct re2_translation *t, const char *start)
{
	const struct re2_scope *outer = &t->scopes[t->depth];

	if (t->depth == RE2_NESTING_MAX)
		return re2_refuse(&t->in, start, "groups are nested too deeply");
	re2_begin_item(t);
	t->scopes[t->depth + 1] = (struct re2_scope){
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

int re2_close_group(struct re2_translation *t)
{
	const struct re2_scope *inner = &t->scopes[t->depth];

	if (t->depth == 0)
		return re2_refuse(&t->in, t->in.at, "unexpected )");
	re2_count_item(t);
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
static int open_named_group(struct re2_translation *t, const char *start)
{
	const char *name = strchr(t->in.at, '<') + 1, *end = name;

	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	if (end == name || *end != '>')
		return re2_refuse(&t->in, start, "a group's name is made of letters, digits and _");
	t->in.at = end + 1;
	return re2_open_group(t, start);
}

/* What is wrong with (?X, in the words of those who use it elsewhere. */
static int refuse_group(struct re2_translation *t, const char *start)
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
	return letter == 'i'   ? RE2_FOLD
	       : letter == 'm' ? RE2_MULTILINE
	       : letter == 's' ? RE2_DOT_ALL
	                       : 0;
}

int re2_perl_group(struct re2_translation *t)
{
	const char *start = t->in.at;
	struct re2_scope *scope = &t->scopes[t->depth];
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
	r = re2_open_group(t, start);
	if (r == 0)
		t->scopes[t->depth].modes = modes;
	return r;
}

// SPDX-License-Identifier: Apache-2.0
/* What the command line, the environment and defaults say becomes the values of flags. */
#include "flag_parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "filter.h"
#include "text.h"

static int parse_int(const char *text, int64_t *ret)
{
	double value;

	if (text[0] == '+' && isdigit((unsigned char)text[1]))
		text++;
	if (parse_i64(text, ret) == 0)
		return 0;
	if (parse_double(text, &value) < 0 || !isfinite(value))
		return -EINVAL;
	if (value >= 0x1p63 || value < -0x1p63)
		return -ERANGE;
	*ret = (int64_t)value;
	return 0;
}

/* The choice that text is, or NULL. */
static const char *find_choice(const struct flag *flag, const char *text)
{
	for (const char *const *choice = flag->choices; *choice; choice++)
		if (strcasecmp(*choice, text) == 0)
			return *choice;
	return NULL;
}

static char *join_choices(struct flag_set *set, const struct flag *flag)
{
	char *joined = arena_strdup(&set->arena, flag->choices[0]);

	for (const char *const *choice = flag->choices + 1; *choice; choice++)
		joined = arena_printf(&set->arena, "%s, %s", joined, *choice);
	return joined;
}

static void add_item(struct flag_set *set, struct list *list, const char *text)
{
	const char **items;

	if ((list->count & (list->count - 1)) == 0) {
		items = arena_alloc(&set->arena, MAX(list->count * 2, 1) * sizeof(*items));
		if (list->count > 0)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
	}
	list->items[list->count++] = text;
}

/* Assign text to the flag's target. given says how the text was given, for the message. */
static int assign(struct flag_set *set, const struct flag *flag, const char *text,
                  const char *given)
{
	const char *choice;
	char *error = NULL;
	int r = 0;

	switch (flag->type) {
	case FLAG_BOOL:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return flag_fail(set, "%s: expected true or false", given);
		*(bool *)flag->target = text[0] == 't';
		return 0;
	case FLAG_STRING:
		*(const char **)flag->target = text;
		return 0;
	case FLAG_ENUM:
		choice = find_choice(flag, text);
		if (!choice)
			return flag_fail(set, "%s: expected one of %s", given,
			                 join_choices(set, flag));
		*(const char **)flag->target = choice;
		return 0;
	case FLAG_INT:
		r = parse_int(text, flag->target);
		if (r < 0)
			return flag_fail(set, "%s: expected an integer%s", given,
			                 r == -ERANGE ? " of at most 64 bits" : "");
		return 0;
	case FLAG_DURATION:
		r = flag_duration(text, flag->target);
		if (r < 0)
			return flag_fail(set, "%s: expected a duration %s", given,
			                 r == -ERANGE ? "of at most 292 years"
			                              : "such as 500ms, 10s or 1m30s");
		return 0;
	case FLAG_REGEX:
		if (regex_compile(flag->target, text, &error) < 0) {
			(void)flag_fail(set, "%s: expected a regular expression: %s", given, error);
			free(error);
			return -EINVAL;
		}
		return 0;
	case FLAG_LIST:
		add_item(set, flag->target, text);
		return 0;
	}
	return flag_fail(set, "--%s: this flag has no type", flag->name);
}

void flag_clear(const struct flag *flag)
{
	if (flag->given)
		*flag->given = false;
	switch (flag->type) {
	case FLAG_BOOL:
		*(bool *)flag->target = false;
		break;
	case FLAG_STRING:
	case FLAG_ENUM:
		*(const char **)flag->target = "";
		break;
	case FLAG_INT:
	case FLAG_DURATION:
		*(int64_t *)flag->target = 0;
		break;
	case FLAG_REGEX:
		regex_free(flag->target);
		((struct regex *)flag->target)->given = false;
		break;
	case FLAG_LIST:
		*(struct list *)flag->target = (struct list){ 0 };
		break;
	}
}

int flag_apply_defaults(struct flag_set *set)
{
	for (size_t i = 0; i < set->n_entries; i++) {
		const struct flag_entry *entry = &set->entries[i];
		const struct flag *flag = entry->flag;
		const char *text = entry->value, *variable = NULL, *given;
		int r;

		flag_clear(flag);
		if (entry->uses > 0)
			continue;
		if (flag->variable)
			variable = getenv(flag->variable);
		if (variable && *variable)
			text = variable;
		if (!text)
			continue;
		given = text == variable
		                ? arena_printf(&set->arena, "%s=%.*s in the environment, for --%s",
		                               flag->variable, FLAG_SHOWN_MAX, text, flag->name)
		                : flag_text(set, flag->name, text);
		r = assign(set, flag, text, given);
		if (r < 0)
			return r;
	}
	return 0;
}

int flag_apply_uses(struct flag_set *set)
{
	for (size_t i = 0; i < set->n_uses; i++) {
		const struct flag_use *use = &set->uses[i];
		const struct flag *flag = use->entry->flag;
		int r;

		if (use->entry->uses > 1 && flag->type != FLAG_LIST)
			return flag_fail(set, "flag '%s' cannot be repeated: expected it once",
			                 flag->name);
		r = assign(set, flag, use->value, flag_text(set, flag->name, use->value));
		if (r < 0)
			return r;
		if (flag->given)
			*flag->given = true;
		if (flag->type == FLAG_REGEX)
			((struct regex *)flag->target)->given = true;
	}
	return 0;
}

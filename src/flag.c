// SPDX-License-Identifier: Apache-2.0
#include "flag_parse.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { MESSAGE_MAX = 1000 }; /* bytes of a message */

int flag_fail(struct flag_set *set, const char *fmt, ...)
{
	va_list args;

	if (set->error)
		return -EINVAL;
	va_start(args, fmt);
	set->error = arena_vprintf(&set->arena, fmt, args);
	va_end(args);
	if (strlen(set->error) > MESSAGE_MAX)
		set->error[MESSAGE_MAX] = '\0';
	for (char *c = set->error; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = '?';
	return -EINVAL;
}

char *flag_text(struct flag_set *set, const char *name, const char *value)
{
	const char *more = strlen(value) > FLAG_SHOWN_MAX ? "..." : "";

	return arena_printf(&set->arena, "--%s=%.*s%s", name, FLAG_SHOWN_MAX, value, more);
}

void flag_add(struct flag_set *set, const char *heading, const struct flag *table)
{
	for (; table->name; table++) {
		set->entries = xrealloc(set->entries, (set->n_entries + 1) * sizeof(*set->entries));
		set->entries[set->n_entries++] = (struct flag_entry){
			.flag = table,
			.value = table->value,
			.help = table->help,
			.heading = heading,
		};
	}
}

struct flag_entry *flag_find(const struct flag_set *set, const char *name)
{
	for (size_t i = 0; i < set->n_entries; i++)
		if (strcmp(set->entries[i].flag->name, name) == 0)
			return &set->entries[i];
	return NULL;
}

void flag_free(struct flag_set *set)
{
	for (size_t i = 0; i < set->n_entries; i++)
		flag_clear(set->entries[i].flag);
	free(set->entries);
	free(set->uses);
	arena_free(&set->arena);
	*set = (struct flag_set){ 0 };
}

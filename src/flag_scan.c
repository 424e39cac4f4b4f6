// SPDX-License-Identifier: Apache-2.0
/*
 * kingpin's command line: --name=value, --name value, --name and --no-name for booleans, -h,
 * @FILE for more arguments (one a line, # begins a comment), -- ends the flags. A flag that is no
 * list may be used once. No abbreviations; beside flags there is one argument at most.
 */
#include "flag_parse.h"

#include <errno.h>
#include <string.h>

#include "text.h"

enum { FILES_MAX = 16, FILE_SIZE_MAX = 1 << 20 };

struct scanner {
	struct flag_set *set;
	const char **args; /* with those of files in the place of @FILE */
	size_t n_args;
	size_t next;
	size_t n_files;
	bool only_arguments; /* after -- */
};

/* Put the lines of a file in the place of the argument that is next. */
static void insert_lines(struct scanner *scanner, char *text)
{
	const char **lines = NULL;
	size_t n_lines = 0, n_rest = scanner->n_args - scanner->next - 1;
	char *line;

	while ((line = next_line(&text))) {
		if (line[0] == '#' || line[strspn(line, " \t\v\f\r")] == '\0')
			continue;
		lines = xrealloc(lines, (n_lines + 1) * sizeof(*lines));
		lines[n_lines++] = line;
	}
	scanner->args = xrealloc(scanner->args, (scanner->n_args + n_lines) * sizeof(*lines));
	memmove(scanner->args + scanner->next + n_lines, scanner->args + scanner->next + 1,
	        n_rest * sizeof(*lines));
	if (n_lines > 0)
		memcpy(scanner->args + scanner->next, lines, n_lines * sizeof(*lines));
	scanner->n_args = scanner->next + n_lines + n_rest;
	free(lines);
}

static int expand_file(struct scanner *scanner, const char *name)
{
	struct flag_set *set = scanner->set;
	CLEANUP(cleanup_free) char *text = xmalloc(FILE_SIZE_MAX + 1);
	FILE *file;
	size_t size;
	int err;

	if (!*name)
		return flag_fail(set, "expected the name of a file of arguments after @");
	if (++scanner->n_files > FILES_MAX)
		return flag_fail(set, "@%s: expected at most %d files of arguments", name,
		                 FILES_MAX);
	file = fopen(name, "re");
	if (!file)
		return flag_fail(set, "@%s: expected a file of arguments: %s", name,
		                 error_text(errno));
	size = fread(text, 1, FILE_SIZE_MAX + 1, file);
	err = ferror(file) ? errno : 0;
	(void)fclose(file); /* nothing was written to it */
	if (err)
		return flag_fail(set, "@%s: expected a file of arguments: %s", name,
		                 error_text(err));
	if (size > FILE_SIZE_MAX || memchr(text, '\0', size))
		return flag_fail(set, "@%s: expected a file of arguments: %s", name,
		                 size > FILE_SIZE_MAX ? "it has more than 1 MiB" : "it has a NUL");
	insert_lines(scanner, arena_memdup(&set->arena, text, size));
	return 0;
}

/* The next argument, which stays the next one; NULL at the end, or with set->error. */
static const char *peek(struct scanner *scanner)
{
	while (scanner->next < scanner->n_args) {
		const char *arg = scanner->args[scanner->next];

		if (arg[0] != '@' || scanner->only_arguments)
			return arg;
		if (expand_file(scanner, arg + 1) < 0)
			return NULL;
	}
	return NULL;
}

static void add_use(struct flag_set *set, struct flag_entry *entry, const char *value)
{
	set->uses = xrealloc(set->uses, (set->n_uses + 1) * sizeof(*set->uses));
	set->uses[set->n_uses++] = (struct flag_use){ .entry = entry, .value = value };
	entry->uses++;
}

/* The value of a flag, if it is not in the same argument, is the next one. */
static int scan_value(struct scanner *scanner, struct flag_entry *entry, const char *value)
{
	struct flag_set *set = scanner->set;
	const char *name = entry->flag->name;

	if (!value) {
		value = peek(scanner);
		if (set->error)
			return -EINVAL;
		if (!value || (value[0] == '-' && value[1]))
			return flag_fail(set, "expected argument for flag '--%s'%s", name,
			                 value ? " (write --name=value when it begins with '-')"
			                       : "");
		scanner->next++;
	}
	add_use(set, entry, value);
	return 0;
}

static int scan_long(struct scanner *scanner, const char *arg)
{
	struct flag_set *set = scanner->set;
	const char *equals = strchr(arg, '='), *value = equals ? equals + 1 : NULL;
	size_t length = equals ? (size_t)(equals - arg) : strlen(arg);
	char *name = arena_printf(&set->arena, "%.*s", (int)length, arg);
	struct flag_entry *entry = flag_find(set, name);
	bool is_negated = false;

	if (!entry && starts_with(name, "no-")) {
		entry = flag_find(set, name + 3);
		is_negated = true;
	}
	if (!entry)
		return flag_fail(set, "unknown long flag '--%s'", name);
	if (entry->flag->type != FLAG_BOOL && is_negated)
		return flag_fail(set, "unknown long flag '--%s' (--%s takes a value)", name,
		                 name + 3);
	if (entry->flag->type != FLAG_BOOL)
		return scan_value(scanner, entry, value);
	add_use(set, entry, is_negated ? "false" : "true");
	if (value)
		return flag_fail(set, "%s: expected no value (it is --%s or --no-%s)",
		                 flag_text(set, name, value), entry->flag->name, entry->flag->name);
	return 0;
}

static struct flag_entry *find_letter(const struct flag_set *set, char letter)
{
	for (size_t i = 0; i < set->n_entries; i++)
		if (set->entries[i].flag->letter == letter)
			return &set->entries[i];
	return NULL;
}

/* -h, also among others as in -hx; a value may follow in the same argument. */
static int scan_short(struct scanner *scanner, const char *letters)
{
	struct flag_set *set = scanner->set;

	for (; *letters; letters++) {
		struct flag_entry *entry = find_letter(set, *letters);

		if (!entry)
			return flag_fail(set, "unknown short flag '-%s'", letters);
		if (entry->flag->type != FLAG_BOOL)
			return scan_value(scanner, entry, letters[1] ? letters + 1 : NULL);
		add_use(set, entry, "true");
	}
	return 0;
}

/* What is no flag. */
static int take_argument(struct flag_set *set, const char *arg)
{
	if (!set->argument)
		return flag_fail(set, "unexpected argument '%.*s': expected flags only",
		                 FLAG_SHOWN_MAX, arg);
	if (set->given_argument)
		return flag_fail(set, "unexpected argument '%.*s': expected one %s", FLAG_SHOWN_MAX,
		                 arg, set->argument);
	set->given_argument = arg;
	return 0;
}

int flag_scan(struct flag_set *set, int argc, char *const *argv)
{
	struct scanner scanner = { .set = set };
	const char *arg;
	int r = 0;

	scanner.args = xcalloc((size_t)MAX(argc, 1), sizeof(*scanner.args));
	for (int i = 1; i < argc; i++)
		scanner.args[scanner.n_args++] = argv[i];

	while (r == 0 && (arg = peek(&scanner))) {
		scanner.next++;
		if (scanner.only_arguments || arg[0] != '-' || !arg[1])
			r = take_argument(set, arg);
		else if (strcmp(arg, "--") == 0)
			scanner.only_arguments = true;
		else if (arg[1] == '-')
			r = scan_long(&scanner, arg + 2);
		else
			r = scan_short(&scanner, arg + 1);
	}
	free(scanner.args);
	return set->error ? -EINVAL : 0;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * kingpin's command line: --name=value, --name value, --name and --no-name for booleans, -h,
 * @FILE for more arguments (one a line, # begins a comment), -- ends the flags. A flag that is no
 * list may be used once. No abbreviations; beside flags there is one argument at most.
 */
#include "flag_parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "buffer.h"
#include "filter.h"
#include "text.h"

/* SHOWN_MAX bytes of a value are shown in a message, and MESSAGE_MAX bytes of that. */
enum { FILES_MAX = 16, FILE_SIZE_MAX = 1 << 20, SHOWN_MAX = 200, MESSAGE_MAX = 1000 };

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
	const char *more = strlen(value) > SHOWN_MAX ? "..." : "";

	return arena_printf(&set->arena, "--%s=%.*s%s", name, SHOWN_MAX, value, more);
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

static struct flag_entry *find_letter(const struct flag_set *set, char letter)
{
	for (size_t i = 0; i < set->n_entries; i++)
		if (set->entries[i].flag->letter == letter)
			return &set->entries[i];
	return NULL;
}

/* ---- from arguments to uses ---- */

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
		return flag_fail(set, "unexpected argument '%.*s': expected flags only", SHOWN_MAX,
		                 arg);
	if (set->given_argument)
		return flag_fail(set, "unexpected argument '%.*s': expected one %s", SHOWN_MAX, arg,
		                 set->argument);
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

/* ---- from text to values ---- */

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

/* What the target is before anything is said of it. */
static void clear(const struct flag *flag)
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

		clear(flag);
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
		                               flag->variable, SHOWN_MAX, text, flag->name)
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

void flag_free(struct flag_set *set)
{
	for (size_t i = 0; i < set->n_entries; i++)
		clear(set->entries[i].flag);
	free(set->entries);
	free(set->uses);
	arena_free(&set->arena);
	*set = (struct flag_set){ 0 };
}

// SPDX-License-Identifier: Apache-2.0
/* What is printed about flags: kingpin's --help, the list of a manual page, completions. */
#include <ctype.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "buffer.h"
#include "flag_parse.h"
#include "text.h"

/* COLUMN_MAX is kingpin's: a flag that needs as much has a line of its own. */
enum { INDENT = 2, COLUMN_MAX = 30, WIDTH_DEFAULT = 80, TEXT_WIDTH_MIN = 20 };
/* Room for what flag_troff() adds to a line. */
enum { MANUAL_WIDTH = 70 };

/* As Go's strconv.Quote has it, where all of UTF-8 is taken for printable. */
static char *quote(struct flag_set *set, const char *text)
{
	struct buffer quoted = { 0 };
	char escape[8], *result;

	buffer_add_text(&quoted, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			snprintf(escape, sizeof(escape), "\\%c", *text);
		else if (iscntrl((unsigned char)*text))
			snprintf(escape, sizeof(escape), "\\x%02x", (unsigned)(unsigned char)*text);
		else
			snprintf(escape, sizeof(escape), "%c", *text);
		buffer_add_text(&quoted, escape);
	}
	buffer_add_text(&quoted, "\"");
	result = arena_memdup(&set->arena, quoted.data, quoted.used);
	buffer_free(&quoted);
	return result;
}

/* What stands after "--name=": the default, or the name in capitals where there is none. */
static char *placeholder(struct flag_set *set, const struct flag_entry *entry)
{
	enum flag_type type = entry->flag->type;
	char *text;

	if (entry->value && (type == FLAG_STRING || type == FLAG_REGEX))
		return quote(set, entry->value);
	if (entry->value)
		return arena_strdup(&set->arena, entry->value);
	text = arena_strdup(&set->arena, entry->flag->name);
	for (char *c = text; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return text;
}

/* "-h, --[no-]help" */
static char *left_column(struct flag_set *set, const struct flag_entry *entry)
{
	const struct flag *flag = entry->flag;
	char letter[] = "-?, ";

	letter[1] = flag->letter;
	if (flag->type == FLAG_BOOL)
		return arena_printf(&set->arena, "%s--[no-]%s", flag->letter ? letter : "    ",
		                    flag->name);
	return arena_printf(&set->arena, "%s--%s=%s%s", flag->letter ? letter : "    ", flag->name,
	                    placeholder(set, entry), flag->type == FLAG_LIST ? " ..." : "");
}

static char *right_column(struct flag_set *set, const struct flag_entry *entry)
{
	const struct flag *flag = entry->flag;
	char *text = arena_strdup(&set->arena, entry->help);

	for (const char *const *choice = flag->choices; choice && *choice; choice++)
		text = arena_printf(&set->arena, "%s%s%s%s", text,
		                    choice == flag->choices ? " One of: " : ", ", *choice,
		                    choice[1] ? "" : ".");
	if (flag->variable)
		text = arena_printf(&set->arena, "%s ($%s)", text, flag->variable);
	return text;
}

/* Words in lines of at most width columns; lines but the first begin with indent blanks. */
static void print_wrapped(FILE *out, const char *text, size_t indent, size_t width)
{
	size_t used = 0;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (used > 0 && used + 1 + length > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			used = 0;
		}
		fprintf(out, "%s%.*s", used > 0 ? " " : "", (int)length, text);
		used += length + (used > 0);
		text += length + strspn(text + length, " ");
	}
	fputc('\n', out);
}

void flag_help(struct flag_set *set, FILE *out, size_t width)
{
	size_t column = 0, indent, text_width;

	for (size_t i = 0; i < set->n_entries; i++) {
		size_t length = strlen(left_column(set, &set->entries[i]));

		if (!set->entries[i].flag->hidden && length < COLUMN_MAX)
			column = MAX(column, length);
	}
	indent = INDENT + column + INDENT;
	text_width = width > indent + TEXT_WIDTH_MIN ? width - indent : TEXT_WIDTH_MIN;

	fprintf(out, "usage: %s [<flags>]%s%s\n\n\nFlags:\n", set->programme,
	        set->argument ? " " : "", set->argument ? set->argument : "");
	for (size_t i = 0; i < set->n_entries; i++) {
		const struct flag_entry *entry = &set->entries[i];
		const char *left = left_column(set, entry);

		if (entry->flag->hidden)
			continue;
		if (strlen(left) < COLUMN_MAX)
			fprintf(out, "  %-*s  ", (int)column, left);
		else
			fprintf(out, "  %s\n%*s", left, (int)indent, "");
		print_wrapped(out, right_column(set, entry), indent, text_width);
	}
	fputc('\n', out);
}

size_t flag_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { 0 };
	uint64_t width;

	if (columns && parse_u64(columns, &width) == 0 && width > 0 && width < 1000)
		return width;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return WIDTH_DEFAULT;
}

void flag_troff(FILE *out, const char *text)
{
	static const struct {
		char c;
		const char *escape;
	} escapes[] = {
		{ '\\', "\\e" },
		{ '-', "\\-" },
		{ '\'', "\\(aq" },
		{ '`', "\\(ga" },
		{ '^', "\\(ha" },
		{ '~', "\\(ti" },
		{ '"', "\\(dq" },
		/* Places where a long value may be broken. */
		{ '|', "|\\:" },
		{ ',', ",\\:" },
	};
	bool at_start = true;

	for (; *text; text++) {
		const char *escape = NULL;

		for (size_t i = 0; i < ARRAY_SIZE(escapes) && !escape; i++)
			if (escapes[i].c == *text)
				escape = escapes[i].escape;
		if (escape)
			fputs(escape, out);
		else
			fprintf(out, "%s%c", at_start && *text == '.' ? "\\&" : "", *text);
		at_start = *text == '\n';
	}
}

/* What kind of value a flag takes, for the manual. */
static const char *value_name(const struct flag *flag)
{
	switch (flag->type) {
	case FLAG_INT:
		return "number";
	case FLAG_DURATION:
		return "duration";
	case FLAG_REGEX:
		return "regexp";
	case FLAG_ENUM:
		return "word";
	case FLAG_STRING:
	case FLAG_LIST:
	case FLAG_BOOL:
		break;
	}
	return "text";
}

void flag_prose(struct arena *a, FILE *out, const char *text)
{
	size_t used = 0;
	bool is_end = false;

	while (*text) {
		size_t length = strcspn(text, " ");
		char *word = arena_printf(a, "%.*s", (int)length, text);

		if (used > 0)
			fputc(is_end || used + 1 + length > MANUAL_WIDTH ? '\n' : ' ', out);
		if (is_end || used + 1 + length > MANUAL_WIDTH)
			used = 0;
		flag_troff(out, word);
		used += length + 1;
		is_end = ends_with(word, ".");
		text += length + strspn(text + length, " ");
	}
	fputc('\n', out);
}

static void print_manual_entry(struct flag_set *set, FILE *out, const struct flag_entry *entry)
{
	const struct flag *flag = entry->flag;

	fputs(".TP\n", out);
	if (flag->letter)
		fprintf(out, "\\fB\\-%c\\fR, ", flag->letter);
	fprintf(out, "\\fB\\-\\-%s", flag->type == FLAG_BOOL ? "\\fR[\\fBno\\-\\fR]\\fB" : "");
	flag_troff(out, flag->name);
	if (flag->type != FLAG_BOOL)
		fprintf(out, "=\\fI%s\\fR%s", value_name(flag),
		        flag->type == FLAG_LIST ? " ..." : "");
	else
		fputs("\\fR", out);
	fputc('\n', out);
	flag_prose(&set->arena, out, entry->help);
	for (const char *const *choice = flag->choices; choice && *choice; choice++)
		fprintf(out, "%s\\fB%s\\fR%s", choice == flag->choices ? "One of " : ", ", *choice,
		        choice[1] ? "" : ".\n");
	if (flag->type == FLAG_LIST)
		fputs("May be given more than once.\n", out);
	if (flag->variable)
		fprintf(out, "The environment variable\n.B %s\nreplaces the default.\n",
		        flag->variable);
	if (flag->type == FLAG_BOOL || !entry->value || !*entry->value)
		return;
	fputs("Default:\n.B ", out);
	flag_troff(out, entry->value);
	fputc('\n', out);
}

void flag_manual(struct flag_set *set, FILE *out)
{
	for (size_t i = 0; i < set->n_entries; i++) {
		const char *heading = set->entries[i].heading;
		bool is_first = true;

		for (size_t j = 0; j < i && is_first; j++)
			is_first = strcmp(set->entries[j].heading, heading) != 0;
		if (!is_first)
			continue;
		fprintf(out, ".SS %s\n", heading);
		for (size_t j = i; j < set->n_entries; j++)
			if (strcmp(set->entries[j].heading, heading) == 0 &&
			    !set->entries[j].flag->hidden)
				print_manual_entry(set, out, &set->entries[j]);
	}
}

/* ---- completions ---- */

static void complete_choices(FILE *out, const struct flag *flag, const char *before,
                             const char *word)
{
	for (const char *const *choice = flag->choices; choice && *choice; choice++)
		if (starts_with(*choice, word))
			fprintf(out, "%s%s\n", before, *choice);
}

static void complete_names(const struct flag_set *set, FILE *out, const char *word)
{
	bool is_negated = starts_with(word, "--no-");

	for (size_t i = 0; i < set->n_entries; i++) {
		const struct flag *flag = set->entries[i].flag;

		if (flag->hidden || !(starts_with(word, "--") || starts_with("--", word)))
			continue;
		if (strlen(word) <= 2 || starts_with(flag->name, word + 2))
			fprintf(out, "--%s\n", flag->name);
		else if (is_negated && flag->type == FLAG_BOOL && starts_with(flag->name, word + 5))
			fprintf(out, "--no-%s\n", flag->name);
	}
}

/* The flag that takes a value, written as "--name" or "--name=…"; NULL where it is none. */
static const struct flag *value_flag(struct flag_set *set, const char *word)
{
	const struct flag_entry *entry;
	char *name;

	if (!starts_with(word, "--"))
		return NULL;
	name = arena_printf(&set->arena, "%.*s", (int)strcspn(word + 2, "="), word + 2);
	entry = flag_find(set, name);
	return entry && entry->flag->type != FLAG_BOOL ? entry->flag : NULL;
}

void flag_complete(struct flag_set *set, FILE *out, char *const *words, size_t count)
{
	const char *word = count > 0 ? words[count - 1] : "", *before = "", *equals;
	const struct flag *flag;

	/* bash takes "--name=value" for three words. */
	if (strcmp(word, "=") == 0)
		word = "";
	else if (count >= 2 && strcmp(words[count - 2], "=") == 0)
		count--;
	if (count >= 2)
		before = words[count - 2];

	flag = value_flag(set, before);
	if (flag && !strchr(before, '=')) {
		complete_choices(out, flag, "", word);
		return;
	}
	equals = strchr(word, '=');
	flag = value_flag(set, word);
	if (flag && equals)
		complete_choices(out, flag,
		                 arena_printf(&set->arena, "%.*s", (int)(equals - word) + 1, word),
		                 equals + 1);
	else
		complete_names(set, out, word);
}

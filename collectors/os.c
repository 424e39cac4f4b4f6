// SPDX-License-Identifier: Apache-2.0
/*
 * The operating system by its own words: etc/os-release or, without that, usr/lib/os-release below
 * the root, as os-release(5) has it:
 *
 *   NAME="Debian GNU/Linux"
 *   VERSION_ID="12"
 *   ID=debian # a comment
 */

#include <errno.h>
#include <string.h>
#include <time.h>

#include "collector.h"

static const struct metric info = {
	.name = "node_os_info",
	.help = "The operating system by its own words; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("build_id", "id", "id_like", "image_id", "image_version", "name",
	                 "pretty_name", "variant", "variant_id", "version", "version_codename",
	                 "version_id"),
};

static const struct metric version = {
	.name = "node_os_version",
	.help = "The first two parts of the operating system's version, as one number.",
	.type = METRIC_GAUGE,
	.labels = LABELS("id", "id_like", "name"),
};

static const struct metric support_end = {
	.name = "node_os_support_end_timestamp_seconds",
	.help = "When support for the operating system ends, in seconds since 1970.",
	.type = METRIC_GAUGE,
};

/* In the order of info's labels. */
enum { BUILD_ID, ID, ID_LIKE, IMAGE_ID, IMAGE_VERSION, NAME, VERSION_ID = 11, SUPPORT_END, KEYS };
static const char *const keys[KEYS] = {
	"BUILD_ID",    "ID",      "ID_LIKE",    "IMAGE_ID", "IMAGE_VERSION",    "NAME",
	"PRETTY_NAME", "VARIANT", "VARIANT_ID", "VERSION",  "VERSION_CODENAME", "VERSION_ID",
	"SUPPORT_END",
};

/* The character that a backslash and c stand for inside double quotes; 0: none. */
static char unescape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '"':
	case '\\':
	case '$':
	case '`':
		return c;
	default:
		return '\0';
	}
}

/*
 * Resolve quotes and escapes in place, and cut a comment off; a # begins one outside quotes
 * wherever it stands. False where a quote is not closed or a character should not be there.
 */
static bool unquote(char *value)
{
	char *to = value, *end = value; /* behind the last one that is no blank outside quotes */
	char quote = '\0';

	for (const char *from = value; *from; from++) {
		char c = *from;

		if ((unsigned char)c < ' ' && (c != '\t' || quote))
			return false;
		if (c == quote) {
			quote = '\0';
			continue;
		}
		if (!quote && (c == '"' || c == '\'')) {
			quote = c;
			continue;
		}
		if (!quote && c == '#')
			break;
		if (quote == '"' && c == '\\' && !(c = unescape(*++from)))
			return false;
		*to++ = c;
		if (quote || (c != ' ' && c != '\t'))
			end = to;
	}
	*end = '\0';
	return !quote;
}

static void read_line(struct scrape *s, const char *file, size_t number, char *line,
                      const char *values[KEYS])
{
	static const char export[] = "export ";
	char *value;

	line = trim(line);
	if (!*line || *line == '#')
		return;
	value = strchr(line, '=');
	if (!value) {
		warn(s, "rootfs %s: line %zu: expected KEY=VALUE", file, number);
		return;
	}
	*value++ = '\0';
	line = trim(line + (starts_with(line, export) ? strlen(export) : 0));
	value = trim(value);
	for (size_t i = 0; i < KEYS; i++) {
		if (strcmp(line, keys[i]) != 0)
			continue;
		if (unquote(value))
			values[i] = value;
		else
			warn(s,
			     "rootfs %s: line %zu: %s: a quote without an end, or an escape or a "
			     "character that should not be there",
			     file, number, keys[i]);
		return;
	}
}

/* The digits that text begins with, and those behind a point that follows. 0: none. */
static double leading_number(struct scrape *s, const char *text)
{
	size_t length = strspn(text, "0123456789");
	double number;

	if (length && text[length] == '.')
		length += 1 + strspn(text + length + 1, "0123456789");
	return length && parse_double(scrape_printf(s, "%.*s", (int)length, text), &number) == 0
	               ? number
	               : 0;
}

/* YYYY-MM-DD, and a day that there is. */
static bool parse_date(struct scrape *s, const char *text, int64_t *ret)
{
	static const char form[] = "0000-00-00";
	struct tm day = { 0 }, real;
	char *rest = scrape_printf(s, "%s", text);
	uint64_t parts[3];

	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const char *part = next_part(&rest, '-');

		if (!part || parse_u64(part, &parts[i]) < 0)
			return false;
	}
	day.tm_year = (int)parts[0] - 1900;
	day.tm_mon = (int)parts[1] - 1;
	day.tm_mday = (int)parts[2];
	real = day;
	*ret = timegm(&real);
	return real.tm_mon == day.tm_mon && real.tm_mday == day.tm_mday;
}

static void emit_values(struct scrape *s, const char *file, const char *const values[KEYS])
{
	const char *labels[SUPPORT_END + 1] = { 0 };
	double number = leading_number(s, values[VERSION_ID]);
	int64_t end;

	memcpy(labels, values, SUPPORT_END * sizeof(values[0]));
	emit_labels(s, &info, 1, labels);
	if (number > 0)
		emit(s, &version, number, values[ID], values[ID_LIKE], values[NAME]);
	if (!*values[SUPPORT_END])
		return;
	if (parse_date(s, values[SUPPORT_END], &end))
		emit(s, &support_end, (double)end);
	else
		warn(s, "rootfs %s: SUPPORT_END: expected a date as in 2030-06-30, found \"%.32s\"",
		     file, values[SUPPORT_END]);
}

static int os_collect(struct scrape *s)
{
	const char *values[KEYS], *file = "etc/os-release";
	size_t number = 0;
	char *text, *line;
	int r;

	r = tree_read(s, TREE_ROOT, &text, "%s", file);
	if (r == -ENOENT) {
		file = "usr/lib/os-release";
		r = tree_read(s, TREE_ROOT, &text, "%s", file);
	}
	if (r == -ENOENT)
		return NO_DATA;
	if (r < 0)
		return r;
	for (size_t i = 0; i < KEYS; i++)
		values[i] = "";
	while ((line = next_line(&text)))
		read_line(s, file, ++number, line, values);
	emit_values(s, file, values);
	return 0;
}

COLLECTOR(os, .help = "the operating system by its own words", .default_on = true,
          .collect = os_collect);

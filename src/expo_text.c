// SPDX-License-Identifier: Apache-2.0
/*
 * Text format 0.0.4: for each family "# HELP name text", "# TYPE name type" and the samples,
 * "name{label="value",…} number". OpenMetrics 1.0 is the same with other names of families,
 * "# UNIT name unit", numbers with a point and a last line "# EOF".
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expo.h"
#include "number.h"

#define COUNT_END 18446744073709551616.0 /* 2^64 */

/*
 * What becomes of one byte in quotes, what is around a label's name and value, and room for all
 * else of a line (suffix, "quantile", bound, number).
 */
enum { BYTE_MAX = 2, LABEL_FRAME_MAX = 8, LINE_FRAME_MAX = 64 + 2 * NUMBER_TEXT_MAX };

/* How families of a type and their parts are called. */
static const char *const type_names[METRIC_TYPES] = {
	[METRIC_COUNTER] = "counter",     [METRIC_GAUGE] = "gauge",
	[METRIC_UNTYPED] = "untyped",     [METRIC_SUMMARY] = "summary",
	[METRIC_HISTOGRAM] = "histogram",
};
static const char *const suffixes[METRIC_PARTS] = {
	[PART_VALUE] = "",   [PART_QUANTILE] = "",    [PART_BUCKET] = "_bucket",
	[PART_SUM] = "_sum", [PART_COUNT] = "_count",
};
static const char *const bound_labels[METRIC_PARTS] = {
	[PART_QUANTILE] = "quantile",
	[PART_BUCKET] = "le",
};

/* The put functions write at to, where there is room, and return where they ended. */
static char *put_bytes(char *to, const char *bytes, size_t size)
{
	memcpy(to, bytes, size);
	return to + size;
}

static char *put_text(char *to, const char *text)
{
	return put_bytes(to, text, strlen(text));
}

/* With backslashes before newlines (as 'n'), backslashes and, inside quotes, quotes. */
static char *put_escaped(char *to, const char *bytes, size_t size, bool is_quoted)
{
	for (size_t i = 0; i < size; i++) {
		char c = bytes[i];

		if (c == '\\' || c == '\n' || (c == '"' && is_quoted))
			*to++ = '\\';
		*to++ = c == '\n' ? 'n' : c;
	}
	return to;
}

/* A name that is not legacy stands in quotes. */
static inline char *put_name(char *to, const char *name, size_t length, bool is_legacy,
                             const char *suffix)
{
	if (is_legacy) {
		to = put_bytes(to, name, length);
		return *suffix ? put_text(to, suffix) : to;
	}
	*to++ = '"';
	to = put_escaped(to, name, length, true);
	to = put_text(to, suffix);
	*to++ = '"';
	return to;
}

static inline char *put_label(char *to, const struct gather_sample *s, size_t i)
{
	const struct gather_label *label = &s->form->labels[i];
	size_t length;
	const char *value = gather_value(s, i, &length);

	to = put_name(to, label->name, label->length, label->is_legacy, "");
	*to++ = '=';
	*to++ = '"';
	to = s->is_plain ? put_bytes(to, value, length) : put_escaped(to, value, length, true);
	*to++ = '"';
	return to;
}

/* A comment's keyword and name, of which there are length bytes. */
static char *put_comment(char *to, const char *keyword, const struct gather_family *f,
                         size_t length)
{
	to = put_text(to, keyword);
	to = put_name(to, f->name, length, f->is_legacy, "");
	*to++ = ' ';
	return to;
}

/* Room for the comments above a family. */
static char *reserve_header(const struct gather_family *f, struct buffer *b)
{
	buffer_reserve(b, 3 * f->name_length * BYTE_MAX + 2 * strlen(f->help) + LINE_FRAME_MAX);
	return b->data + b->used;
}

static void begin_text(const struct gather *g, const struct gather_family *f, struct buffer *b)
{
	size_t help_length = strlen(f->help);
	char *to = put_comment(reserve_header(f, b), "# HELP ", f, f->name_length);

	(void)g;
	to = f->is_help_plain ? put_bytes(to, f->help, help_length)
	                      : put_escaped(to, f->help, help_length, false);
	to = put_comment(to, "\n# TYPE ", f, f->name_length);
	to = put_text(to, type_names[f->type]);
	*to++ = '\n';
	b->used = (size_t)(to - b->data);
}

/* Room for a sample's line. */
static char *reserve_line(const struct gather_family *f, const struct gather_sample *s,
                          struct buffer *b)
{
	const struct gather_form *form = s->form;

	buffer_reserve(b, (f->name_length + form->names_size) * BYTE_MAX +
	                          form->n_labels * LABEL_FRAME_MAX + 2 * (size_t)s->values_size +
	                          LINE_FRAME_MAX);
	return b->data + b->used;
}

/* All of a sample's line that stands before the value; format writes the bound. */
static inline char *put_series(char *to, const struct gather_family *f,
                               const struct gather_sample *s,
                               size_t (*format)(double value, char *text))
{
	const char *bound_label = bound_labels[s->part];
	char separator = '{';

	if (!f->is_legacy) {
		*to++ = separator;
		separator = ',';
	}
	to = put_name(to, f->name, f->name_length, f->is_legacy, suffixes[s->part]);
	for (size_t i = 0; i < s->form->n_labels; i++) {
		*to++ = separator;
		separator = ',';
		to = put_label(to, s, i);
	}
	if (bound_label) {
		*to++ = separator;
		separator = ',';
		to = put_text(to, bound_label);
		to = put_text(to, "=\"");
		to += format(s->bound, to);
		*to++ = '"';
	}
	if (separator == ',')
		*to++ = '}';
	*to++ = ' ';
	return to;
}

static size_t add_text(const struct gather_family *f, size_t at, struct buffer *b)
{
	const struct gather_sample *s = f->samples[at];
	char *to = put_series(reserve_line(f, s, b), f, s, number_format);

	to += number_format(s->value, to);
	*to++ = '\n';
	b->used = (size_t)(to - b->data);
	return 1;
}

const struct expo_writer expo_text = { .begin = begin_text, .add = add_text, .end = "" };

/* --- OpenMetrics --- */

static const char total[] = "_total";
static const char created[] = "_created";

/* What is a unit where a name ends with it. */
static const char *const units[] = { "_amperes", "_bytes",  "_celsius", "_grams",
	                             "_hertz",   "_joules", "_meters",  "_ratio",
	                             "_seconds", "_volts",  "_watts" };

/* The length of a name without suffix; 0 where it has none, or is nothing else. */
static size_t stem_length(const char *name, size_t length, const char *suffix)
{
	size_t size = strlen(suffix);

	if (length <= size || memcmp(name + length - size, suffix, size) != 0)
		return 0;
	return length - size;
}

/* Whether a family of this name would be taken for a part of a summary or histogram. */
static bool is_part(const struct gather *g, const char *name, size_t length)
{
	static const char *const parts[] = { created, "_sum", "_count", "_bucket" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t stem = stem_length(name, length, parts[i]);
		const struct gather_family *f = stem ? gather_find(g, name, stem, "") : NULL;

		if (f && (f->type == METRIC_SUMMARY || f->type == METRIC_HISTOGRAM))
			return true;
	}
	return false;
}

/* "_sum" and the like are nobody's names here any more. */
static bool takes_open(const struct gather *g, const struct gather_family *f)
{
	return !is_part(g, f->name, f->name_length);
}

/* Whether no value is negative, or no number. */
static bool has_counts(const struct gather_family *f)
{
	for (size_t i = 0; i < f->n_samples; i++)
		if (!(f->samples[i]->value >= 0))
			return false;
	return true;
}

/*
 * The length of what the family is called. A counter has its "_total" in the names of samples only;
 * *ret_is_counter is false for one without, whose names would then be others', too, or which has
 * values that a counter cannot have.
 */
static size_t open_name(const struct gather *g, const struct gather_family *f, bool *ret_is_counter)
{
	size_t stem = f->type == METRIC_COUNTER ? stem_length(f->name, f->name_length, total) : 0;
	size_t begun = stem ? stem_length(f->name, stem, created) : 0;

	*ret_is_counter = stem && has_counts(f) && !gather_find(g, f->name, stem, "") &&
	                  !gather_find(g, f->name, stem, created) && !is_part(g, f->name, stem) &&
	                  !(begun && gather_find(g, f->name, begun, total));
	return *ret_is_counter ? stem : f->name_length;
}

static void begin_open(const struct gather *g, const struct gather_family *f, struct buffer *b)
{
	bool is_counter, is_unknown = f->type == METRIC_UNTYPED || f->type == METRIC_COUNTER;
	size_t length = open_name(g, f, &is_counter);
	char *to = put_comment(reserve_header(f, b), "# HELP ", f, length);

	to = put_escaped(to, f->help, strlen(f->help), true);
	to = put_comment(to, "\n# TYPE ", f, length);
	to = put_text(to, is_unknown && !is_counter ? "unknown" : type_names[f->type]);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!stem_length(f->name, length, units[i]))
			continue;
		to = put_comment(to, "\n# UNIT ", f, length);
		to = put_text(to, units[i] + 1);
	}
	*to++ = '\n';
	b->used = (size_t)(to - b->data);
}

/* With a point or an exponent. */
static size_t format_float(double value, char *to)
{
	size_t length = number_format(value, to);

	if (!isfinite(value) || memchr(to, '.', length) || memchr(to, 'e', length))
		return length;
	memcpy(to + length, ".0", 2);
	return length + 2;
}

/* Buckets and counts are whole numbers, unless a text file says otherwise. */
static char *put_count(char *to, double value)
{
	if (value >= 0 && value < COUNT_END && value == floor(value))
		return to + snprintf(to, NUMBER_TEXT_MAX, "%" PRIu64, (uint64_t)value);
	return to + format_float(value, to);
}

static size_t add_open(const struct gather_family *f, size_t at, struct buffer *b)
{
	const struct gather_sample *s = f->samples[at];
	char *to = put_series(reserve_line(f, s, b), f, s, format_float);

	if (s->part == PART_BUCKET || s->part == PART_COUNT)
		to = put_count(to, s->value);
	else
		to += format_float(s->value, to);
	*to++ = '\n';
	b->used = (size_t)(to - b->data);
	return 1;
}

const struct expo_writer expo_openmetrics = {
	.takes = takes_open,
	.begin = begin_open,
	.add = add_open,
	.end = "# EOF\n",
};

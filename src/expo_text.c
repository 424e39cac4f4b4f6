// SPDX-License-Identifier: Apache-2.0
/*
 * Text format 0.0.4: for each family "# HELP name text", "# TYPE name type" and the samples,
 * "name{label="value",…} number".
 */
#include <string.h>

#include "expo.h"
#include "number.h"

/*
 * Room for one byte of a name in any scheme ("_dot_"), for what a scheme puts around it
 * ("U__", quotes), and for all else of a sample's line (suffix, "quantile", bound, number).
 */
enum { NAME_BYTE_MAX = 5, NAME_FRAME_MAX = 8, LINE_FRAME_MAX = 64 + 2 * NUMBER_TEXT_MAX };

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

/* One character of valid UTF-8, of *ret_size bytes. */
static uint32_t decode(const char *text, size_t *ret_size)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t size = c[0] < 0x80 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	uint32_t rune = size == 1 ? c[0] : c[0] & (0x7fu >> size);

	for (size_t i = 1; i < size; i++)
		rune = rune << 6 | (c[i] & 0x3f);
	*ret_size = size;
	return rune;
}

static char *put_hex(char *to, uint32_t number)
{
	int shift = 28;

	while (shift && !(number >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*to++ = "0123456789abcdef"[number >> shift & 0xf];
	return to;
}

/* A name with each character that not every Prometheus takes there written in another way. */
static char *put_escaped_name(char *to, const char *name, size_t size, bool is_label,
                              enum expo_escaping escaping)
{
	size_t step;

	if (escaping == ESCAPING_VALUES)
		to = put_text(to, "U__");
	for (size_t i = 0; i < size; i += step) {
		uint32_t rune = decode(name + i, &step);
		bool is_legacy = (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z') ||
		                 rune == '_' || (rune >= '0' && rune <= '9' && i > 0) ||
		                 (rune == ':' && !is_label);

		if (escaping == ESCAPING_DOTS && rune == '.') {
			to = put_text(to, "_dot_");
		} else if (escaping != ESCAPING_UNDERSCORES && rune == '_') {
			to = put_text(to, "__");
		} else if (is_legacy) {
			*to++ = (char)rune;
		} else if (escaping == ESCAPING_VALUES) {
			*to++ = '_';
			to = put_hex(to, rune);
			*to++ = '_';
		} else {
			to = put_text(to, escaping == ESCAPING_DOTS ? "__" : "_");
		}
	}
	return to;
}

/* Whether the family's name stands in quotes, and in a sample inside the braces. */
static bool is_name_quoted(const struct expo *e, const struct gather_family *f)
{
	return !f->is_legacy && e->escaping == ESCAPING_UTF8;
}

static char *put_family_name(char *to, const struct expo *e, const struct gather_family *f,
                             const char *suffix)
{
	if (f->is_legacy) {
		to = put_bytes(to, f->name, f->name_length);
		return *suffix ? put_text(to, suffix) : to;
	}
	if (e->escaping != ESCAPING_UTF8) {
		to = put_escaped_name(to, f->name, f->name_length, false, e->escaping);
		return put_text(to, suffix);
	}
	*to++ = '"';
	to = put_escaped(to, f->name, f->name_length, true);
	to = put_text(to, suffix);
	*to++ = '"';
	return to;
}

static char *put_label(char *to, const struct expo *e, const struct gather_sample *s, size_t i)
{
	const struct gather_label *label = &s->form->labels[i];
	size_t length;
	const char *value = gather_value(s, i, &length);

	if (label->is_legacy) {
		to = put_bytes(to, label->name, label->length);
	} else if (e->escaping != ESCAPING_UTF8) {
		to = put_escaped_name(to, label->name, label->length, true, e->escaping);
	} else {
		*to++ = '"';
		to = put_escaped(to, label->name, label->length, true);
		*to++ = '"';
	}
	*to++ = '=';
	*to++ = '"';
	to = s->is_plain ? put_bytes(to, value, length) : put_escaped(to, value, length, true);
	*to++ = '"';
	return to;
}

static void add_header(const struct expo *e, const struct gather_family *f, struct buffer *b)
{
	size_t help_length = strlen(f->help);
	char *to;

	buffer_reserve(b, 2 * (f->name_length * NAME_BYTE_MAX + NAME_FRAME_MAX) + 2 * help_length +
	                          LINE_FRAME_MAX);
	to = put_text(b->data + b->used, "# HELP ");
	to = put_family_name(to, e, f, "");
	*to++ = ' ';
	to = f->is_help_plain ? put_bytes(to, f->help, help_length)
	                      : put_escaped(to, f->help, help_length, false);
	to = put_text(to, "\n# TYPE ");
	to = put_family_name(to, e, f, "");
	*to++ = ' ';
	to = put_text(to, type_names[f->type]);
	*to++ = '\n';
	b->used = (size_t)(to - b->data);
}

static void add_sample(const struct expo *e, const struct gather_family *f,
                       const struct gather_sample *s, struct buffer *b)
{
	const struct gather_form *form = s->form;
	const char *bound_label = bound_labels[s->part];
	char separator = '{';
	char *to;

	buffer_reserve(b, (f->name_length + form->names_size) * NAME_BYTE_MAX +
	                          (1 + form->n_labels) * NAME_FRAME_MAX +
	                          2 * (size_t)s->values_size + LINE_FRAME_MAX);
	to = b->data + b->used;
	if (is_name_quoted(e, f)) {
		*to++ = separator;
		separator = ',';
	}
	to = put_family_name(to, e, f, suffixes[s->part]);
	for (size_t i = 0; i < form->n_labels; i++) {
		*to++ = separator;
		separator = ',';
		to = put_label(to, e, s, i);
	}
	if (bound_label) {
		*to++ = separator;
		separator = ',';
		to = put_text(to, bound_label);
		to = put_text(to, "=\"");
		to += number_format(s->bound, to);
		*to++ = '"';
	}
	if (separator == ',')
		*to++ = '}';
	*to++ = ' ';
	to += number_format(s->value, to);
	*to++ = '\n';
	b->used = (size_t)(to - b->data);
}

static bool is_wanted(const struct expo *e, const struct gather_family *f)
{
	if (!e->names)
		return true;
	for (const char *const *name = e->names; *name; name++)
		if (!strcmp(*name, f->name))
			return true;
	return false;
}

bool expo_text(struct expo *e, struct buffer *b, size_t size)
{
	const struct gather *g = e->gather;
	size_t before = b->used;

	for (; e->family < g->n_families; e->family++, e->sample = 0) {
		const struct gather_family *f = &g->families[e->family];

		if (!e->sample && !is_wanted(e, f))
			continue;
		if (!e->sample)
			add_header(e, f, b);
		while (e->sample < f->n_samples) {
			add_sample(e, f, f->samples[e->sample++], b);
			if (b->used >= size)
				return true;
		}
	}
	return b->used > before;
}

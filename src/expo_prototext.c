// SPDX-License-Identifier: Apache-2.0
/*
 * Protobuf's text format, as Go writes it: field: value, field: { … }; by lines, indented by two
 * blanks, with an empty line behind each family, or a line for each family. (Go puts two blanks for
 * one in some builds, so that nobody relies on the bytes.) Fields as in expo_protobuf.c.
 */
#include "expo_protobuf.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "number.h"

/* Where a message is being written. */
struct printer {
	struct buffer *to;
	unsigned depth;
	bool is_compact;
	bool is_first; /* no field stands before it in its message */
};

static void add_name(struct printer *p, const char *field)
{
	for (unsigned i = 0; i < p->depth && !p->is_compact; i++)
		buffer_add_text(p->to, "  ");
	if (p->is_compact && !p->is_first)
		buffer_add_text(p->to, " ");
	p->is_first = false;
	buffer_add_text(p->to, field);
	buffer_add_text(p->to, p->is_compact ? ":" : ": ");
}

static void end_field(struct printer *p)
{
	if (!p->is_compact)
		buffer_add_text(p->to, "\n");
}

static void open_message(struct printer *p, const char *field)
{
	add_name(p, field);
	buffer_add_text(p->to, "{");
	end_field(p);
	p->depth++;
	p->is_first = true;
}

static void close_message(struct printer *p)
{
	p->depth--;
	p->is_first = false;
	for (unsigned i = 0; i < p->depth && !p->is_compact; i++)
		buffer_add_text(p->to, "  ");
	buffer_add_text(p->to, "}");
	end_field(p);
}

static void add_word(struct printer *p, const char *field, const char *word)
{
	add_name(p, field);
	buffer_add_text(p->to, word);
	end_field(p);
}

/* A string in quotes; control characters, also those of Unicode's second row, by their number. */
static void add_string(struct printer *p, const char *field, const char *bytes, size_t size)
{
	static const char plain[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
	char text[8];

	add_name(p, field);
	buffer_add_text(p->to, "\"");
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)bytes[i];
		const char *found = c ? strchr(plain, c) : NULL;

		if (found)
			snprintf(text, sizeof(text), "\\%c", letters[found - plain]);
		else if (c < ' ' || c == 0x7f)
			snprintf(text, sizeof(text), "\\x%02x", c);
		else if (c == 0xc2 && i + 1 < size && (unsigned char)bytes[i + 1] < 0xa0)
			snprintf(text, sizeof(text), "\\u%04x", (unsigned char)bytes[++i]);
		else
			snprintf(text, sizeof(text), "%c", c);
		buffer_add_text(p->to, text);
	}
	buffer_add_text(p->to, "\"");
	end_field(p);
}

static void add_double(struct printer *p, const char *field, double value)
{
	char text[NUMBER_TEXT_MAX + 1];

	if (isnan(value)) {
		add_word(p, field, "nan");
	} else if (isinf(value)) {
		add_word(p, field, value < 0 ? "-inf" : "inf");
	} else {
		text[number_format(value, text)] = '\0';
		/* Here a negative zero is one. */
		add_word(p, field, value == 0 && signbit(value) ? "-0" : text);
	}
}

/* Where it is a whole number; others come in another field, further on. */
static void add_count(struct printer *p, const char *field, double value)
{
	char text[NUMBER_TEXT_MAX];

	if (!proto_is_count(value))
		return;
	snprintf(text, sizeof(text), "%" PRIu64, (uint64_t)value);
	add_word(p, field, text);
}

static void add_bound(struct printer *p, const struct gather_sample *s)
{
	if (s->part == PART_QUANTILE) {
		open_message(p, "quantile");
		add_double(p, "quantile", s->bound);
		add_double(p, "value", s->value);
	} else {
		open_message(p, "bucket");
		add_count(p, "cumulative_count", s->value);
		add_double(p, "upper_bound", s->bound);
		if (!proto_is_count(s->value))
			add_double(p, "cumulative_count_float", s->value);
	}
	close_message(p);
}

static void add_value(struct printer *p, const struct proto_series *series)
{
	const struct gather_sample *count = series->count;

	if (series->first->part == PART_VALUE) {
		add_double(p, "value", series->first->value);
		return;
	}
	if (count)
		add_count(p, "sample_count", count->value);
	if (series->sum)
		add_double(p, "sample_sum", series->sum->value);
	for (size_t i = 0; i < series->n_bounds; i++)
		add_bound(p, series->bounds[i]);
	if (count && !proto_is_count(count->value))
		add_double(p, "sample_count_float", count->value);
}

static void begin(const struct gather_family *f, struct buffer *b, bool is_compact)
{
	struct printer p = { .to = b, .is_compact = is_compact, .is_first = true };

	add_string(&p, "name", f->name, f->name_length);
	add_string(&p, "help", f->help, strlen(f->help));
	add_word(&p, "type", proto_types[f->type].name);
}

static size_t add(const struct gather_family *f, size_t at, struct buffer *b, bool is_compact)
{
	const struct proto_series series = proto_series(f, at);
	const struct gather_form *form = series.first->form;
	struct printer p = { .to = b, .is_compact = is_compact };

	open_message(&p, "metric");
	for (size_t i = 0; i < form->n_labels; i++) {
		size_t length;
		const char *value = gather_value(series.first, i, &length);

		open_message(&p, "label");
		add_string(&p, "name", form->labels[i].name, form->labels[i].length);
		add_string(&p, "value", value, length);
		close_message(&p);
	}
	open_message(&p, proto_types[f->type].field);
	add_value(&p, &series);
	close_message(&p);
	close_message(&p);
	if (at + series.n_samples == f->n_samples)
		buffer_add_text(b, "\n");
	return series.n_samples;
}

static void begin_lines(const struct gather *g, const struct gather_family *f, struct buffer *b)
{
	(void)g;
	begin(f, b, false);
}

static size_t add_lines(const struct gather_family *f, size_t at, struct buffer *b)
{
	return add(f, at, b, false);
}

static void begin_compact(const struct gather *g, const struct gather_family *f, struct buffer *b)
{
	(void)g;
	begin(f, b, true);
}

static size_t add_compact(const struct gather_family *f, size_t at, struct buffer *b)
{
	return add(f, at, b, true);
}

const struct expo_writer expo_protobuf_text = {
	.begin = begin_lines,
	.add = add_lines,
	.end = "",
};
const struct expo_writer expo_protobuf_compact = {
	.begin = begin_compact,
	.add = add_compact,
	.end = "",
};

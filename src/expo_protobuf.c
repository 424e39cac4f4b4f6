// SPDX-License-Identifier: Apache-2.0
/*
 * Protobuf: messages io.prometheus.client.MetricFamily, each behind its length as a varint. A field
 * begins with its number and wire type (0: varint, 1: eight bytes, 2: bytes behind their length);
 * fields stand in order of number:
 *
 *   MetricFamily  1 name, 2 help, 3 type, 4 metric…
 *   Metric        1 label…, 2 gauge, 3 counter, 4 summary, 5 untyped, 7 histogram
 *   LabelPair     1 name, 2 value           Gauge, Counter, Untyped  1 value
 *   Summary       1 sample_count, 2 sample_sum, 3 quantile…   Quantile  1 quantile, 2 value
 *   Histogram     1 sample_count, 2 sample_sum, 3 bucket…, 4 sample_count_float
 *   Bucket        1 cumulative_count, 2 upper_bound, 4 cumulative_count_float
 *
 * Lengths come before what they count. So all is measured first, and a large family need not be in
 * memory as a whole.
 */
#include "expo_protobuf.h"

#include <endian.h>
#include <math.h>

#define COUNT_END 18446744073709551616.0      /* 2^64 */
#define NAN_BITS UINT64_C(0x7ff8000000000001) /* Prometheus' NaN; another one means "stale" */

enum wire_type { WIRE_VARINT, WIRE_DOUBLE, WIRE_BYTES };

enum {
	VARINT_MAX = 10,
	DOUBLE_SIZE = 1 + 8, /* with its tag */
	QUANTILE_SIZE = 2 * DOUBLE_SIZE,
};

const struct proto_type proto_types[METRIC_TYPES] = {
	[METRIC_COUNTER] = { "COUNTER", "counter", 0, 3 },
	[METRIC_GAUGE] = { "GAUGE", "gauge", 1, 2 },
	[METRIC_SUMMARY] = { "SUMMARY", "summary", 2, 4 },
	[METRIC_UNTYPED] = { "UNTYPED", "untyped", 3, 5 },
	[METRIC_HISTOGRAM] = { "HISTOGRAM", "histogram", 4, 7 },
};

bool proto_is_count(double value)
{
	return value >= 0 && value < COUNT_END && value == floor(value);
}

struct proto_series proto_series(const struct gather_family *f, size_t at)
{
	const struct gather_sample *const *samples = f->samples + at;
	struct proto_series series = { .n_samples = gather_series(f, at),
		                       .first = samples[0],
		                       .bounds = samples };

	for (size_t i = 0; i < series.n_samples; i++) {
		if (samples[i]->part == PART_SUM)
			series.sum = samples[i];
		else if (samples[i]->part == PART_COUNT)
			series.count = samples[i];
		else
			series.n_bounds++;
	}
	return series;
}

static size_t varint_size(uint64_t n)
{
	size_t size = 1;

	while (n >>= 7)
		size++;
	return size;
}

/* The size of a field whose value is size bytes. */
static size_t field_size(size_t size)
{
	return 1 + varint_size(size) + size;
}

/* A count is a varint, or a double in a field of its own. */
static size_t count_size(double value)
{
	return proto_is_count(value) ? 1 + varint_size((uint64_t)value) : DOUBLE_SIZE;
}

static size_t label_size(const struct gather_sample *s, size_t i)
{
	size_t length;

	(void)gather_value(s, i, &length);
	return field_size(s->form->labels[i].length) + field_size(length);
}

static size_t bound_size(const struct gather_sample *s)
{
	return s->part == PART_QUANTILE ? QUANTILE_SIZE : count_size(s->value) + DOUBLE_SIZE;
}

/* What a series' Gauge, Counter, Untyped, Summary or Histogram takes. */
static size_t value_size(const struct proto_series *series)
{
	size_t size = series->sum ? DOUBLE_SIZE : 0;

	if (series->first->part == PART_VALUE)
		return DOUBLE_SIZE;
	if (series->count)
		size += count_size(series->count->value);
	for (size_t i = 0; i < series->n_bounds; i++)
		size += field_size(bound_size(series->bounds[i]));
	return size;
}

static size_t metric_size(const struct proto_series *series)
{
	size_t size = field_size(value_size(series));

	for (size_t i = 0; i < series->first->form->n_labels; i++)
		size += field_size(label_size(series->first, i));
	return size;
}

/* The put functions write at to, where there is room, and return where they ended. */
static char *put_varint(char *to, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		*to++ = (char)(n | 0x80);
	*to++ = (char)n;
	return to;
}

static char *put_tag(char *to, unsigned field, enum wire_type type)
{
	*to++ = (char)(field << 3 | type);
	return to;
}

/* The beginning of a field of size bytes. */
static char *put_length(char *to, unsigned field, size_t size)
{
	return put_varint(put_tag(to, field, WIRE_BYTES), size);
}

static char *put_bytes(char *to, unsigned field, const char *bytes, size_t size)
{
	to = put_length(to, field, size);
	memcpy(to, bytes, size);
	return to + size;
}

static char *put_double(char *to, unsigned field, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	bits = htole64(isnan(value) ? NAN_BITS : bits);
	to = put_tag(to, field, WIRE_DOUBLE);
	memcpy(to, &bits, sizeof(bits));
	return to + sizeof(bits);
}

static char *put_bound(char *to, const struct gather_sample *s)
{
	to = put_length(to, PARTS_BOUND, bound_size(s));
	if (s->part == PART_QUANTILE) {
		to = put_double(to, QUANTILE_QUANTILE, s->bound);
		return put_double(to, QUANTILE_VALUE, s->value);
	}
	if (proto_is_count(s->value))
		to = put_varint(put_tag(to, BUCKET_COUNT, WIRE_VARINT), (uint64_t)s->value);
	to = put_double(to, BUCKET_BOUND, s->bound);
	if (!proto_is_count(s->value))
		to = put_double(to, BUCKET_COUNT_FLOAT, s->value);
	return to;
}

static char *put_value(char *to, const struct proto_series *series)
{
	const struct gather_sample *count = series->count;
	bool is_whole = count && proto_is_count(count->value);

	if (series->first->part == PART_VALUE)
		return put_double(to, VALUE_VALUE, series->first->value);
	if (is_whole)
		to = put_varint(put_tag(to, PARTS_COUNT, WIRE_VARINT), (uint64_t)count->value);
	if (series->sum)
		to = put_double(to, PARTS_SUM, series->sum->value);
	for (size_t i = 0; i < series->n_bounds; i++)
		to = put_bound(to, series->bounds[i]);
	if (count && !is_whole)
		to = put_double(to, PARTS_COUNT_FLOAT, count->value);
	return to;
}

static void begin_protobuf(const struct gather *g, const struct gather_family *f, struct buffer *b)
{
	size_t help_length = strlen(f->help);
	size_t size = field_size(f->name_length) + field_size(help_length) + 2;
	struct proto_series series;
	char *to;

	(void)g;
	for (size_t at = 0; at < f->n_samples; at += series.n_samples) {
		series = proto_series(f, at);
		size += field_size(metric_size(&series));
	}
	buffer_reserve(b, f->name_length + help_length + 4 * (1 + VARINT_MAX));
	to = put_varint(b->data + b->used, size);
	to = put_bytes(to, FAMILY_NAME, f->name, f->name_length);
	to = put_bytes(to, FAMILY_HELP, f->help, help_length);
	to = put_varint(put_tag(to, FAMILY_TYPE, WIRE_VARINT), proto_types[f->type].number);
	b->used = (size_t)(to - b->data);
}

static size_t add_protobuf(const struct gather_family *f, size_t at, struct buffer *b)
{
	const struct proto_series series = proto_series(f, at);
	const struct gather_form *form = series.first->form;
	size_t size = metric_size(&series);
	char *to;

	buffer_reserve(b, field_size(size));
	to = put_length(b->data + b->used, FAMILY_METRIC, size);
	for (size_t i = 0; i < form->n_labels; i++) {
		const struct gather_label *label = &form->labels[i];
		size_t length;
		const char *value = gather_value(series.first, i, &length);

		to = put_length(to, METRIC_LABEL, label_size(series.first, i));
		to = put_bytes(to, LABEL_NAME, label->name, label->length);
		to = put_bytes(to, LABEL_VALUE, value, length);
	}
	to = put_length(to, proto_types[f->type].field_number, value_size(&series));
	to = put_value(to, &series);
	b->used = (size_t)(to - b->data);
	return series.n_samples;
}

const struct expo_writer expo_protobuf = {
	.begin = begin_protobuf,
	.add = add_protobuf,
	.end = "",
};

// SPDX-License-Identifier: Apache-2.0
/* The same samples in each of the formats that are not text 0.0.4. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expo.h"

enum { SET_SIZE = 64 * 1024 };

struct sample {
	const struct metric *metric;
	enum metric_part part;
	double bound;
	double value;
	const char *labels[3];
};

/* A set in one format, in pieces of at least piece bytes; NUL-terminated. */
static char *write_set(const struct sample *samples, size_t count, enum expo_format format,
                       enum escaping escaping, const char *const *names, size_t piece,
                       size_t *ret_size)
{
	struct gather *g = gather_new(escaping);
	struct expo e = { .gather = g, .format = format, .names = names };
	struct set_writer set = { 0 };
	void *memory = xmalloc(SET_SIZE);
	struct buffer all = { 0 }, chunk = { 0 };

	set_begin(&set, memory, SET_SIZE);
	for (size_t i = 0; i < count; i++)
		set_add(&set, samples[i].metric, samples[i].part, samples[i].bound,
		        samples[i].value, samples[i].labels);
	assert_false(set.is_full);
	assert_int_equal(gather_add(g, "test", memory, set.used, false), 0);
	gather_finish(g);
	for (; expo_write(&e, &chunk, piece); chunk.used = 0)
		buffer_add(&all, chunk.data, chunk.used);
	assert_false(expo_write(&e, &chunk, piece));
	*ret_size = all.used;
	buffer_add(&all, "", 1);
	buffer_free(&chunk);
	gather_free(g);
	set_free(&set);
	free(memory);
	return all.data;
}

static const struct metric counter = { "a_seconds_total", "Says \"c\".", METRIC_COUNTER,
	                               LABELS("dev") };
static const struct metric odd_counter = { "b", "", METRIC_COUNTER, NULL };
static const struct metric gauge = { "c", "A\\B\n", METRIC_GAUGE, NULL };
static const struct metric untyped = { "d", "D", METRIC_UNTYPED, NULL };
static const struct metric histogram = { "h_bytes", "H", METRIC_HISTOGRAM, LABELS("x") };
static const struct metric summary = { "s", "S", METRIC_SUMMARY, NULL };

static const struct sample samples[] = {
	{ &counter, PART_VALUE, 0, 1, { "q\"\\\n\r\t\x01\x7f\xc2\x85\xc3\xa9" } },
	{ &counter, PART_VALUE, 0, 1e6, { "" } },
	{ &odd_counter, PART_VALUE, 0, NAN, { NULL } },
	{ &gauge, PART_VALUE, 0, -0.0, { NULL } },
	{ &untyped, PART_VALUE, 0, -INFINITY, { NULL } },
	{ &histogram, PART_BUCKET, 1, 0, { "y" } },
	{ &histogram, PART_BUCKET, INFINITY, 1e6, { "y" } },
	{ &histogram, PART_SUM, 0, 0.25, { "y" } },
	{ &histogram, PART_COUNT, 0, 1e6, { "y" } },
	{ &histogram, PART_BUCKET, INFINITY, 2.5, { "z" } },
	{ &histogram, PART_COUNT, 0, 2.5, { "z" } },
	{ &summary, PART_QUANTILE, 0.5, 3, { NULL } },
	{ &summary, PART_QUANTILE, 1, INFINITY, { NULL } },
	{ &summary, PART_SUM, 0, 10, { NULL } },
	{ &summary, PART_COUNT, 0, 300, { NULL } },
};

static const char open_text[] =
	"# HELP a_seconds Says \\\"c\\\".\n# TYPE a_seconds counter\n# UNIT a_seconds seconds\n"
	"a_seconds_total{dev=\"\"} 1e+06\n"
	"a_seconds_total{dev=\"q\\\"\\\\\\n\r\t\x01\x7f\xc2\x85\xc3\xa9\"} 1.0\n"
	"# HELP b \n# TYPE b unknown\nb NaN\n"
	"# HELP c A\\\\B\\n\n# TYPE c gauge\nc 0.0\n"
	"# HELP d D\n# TYPE d unknown\nd -Inf\n"
	"# HELP h_bytes H\n# TYPE h_bytes histogram\n# UNIT h_bytes bytes\n"
	"h_bytes_bucket{x=\"y\",le=\"1.0\"} 0\nh_bytes_bucket{x=\"y\",le=\"+Inf\"} 1000000\n"
	"h_bytes_sum{x=\"y\"} 0.25\nh_bytes_count{x=\"y\"} 1000000\n"
	"h_bytes_bucket{x=\"z\",le=\"+Inf\"} 2.5\nh_bytes_count{x=\"z\"} 2.5\n"
	"# HELP s S\n# TYPE s summary\ns{quantile=\"0.5\"} 3.0\ns{quantile=\"1.0\"} +Inf\n"
	"s_sum 10.0\ns_count 300\n"
	"# EOF\n";

static const char compact_text[] =
	"name:\"a_seconds_total\" help:\"Says \\\"c\\\".\" type:COUNTER "
	"metric:{label:{name:\"dev\" value:\"\"} counter:{value:1e+06}} "
	"metric:{label:{name:\"dev\" "
	"value:\"q\\\"\\\\\\n\\r\\t\\x01\\x7f\\u0085\xc3\xa9\"} counter:{value:1}}\n"
	"name:\"b\" help:\"\" type:COUNTER metric:{counter:{value:nan}}\n"
	"name:\"c\" help:\"A\\\\B\\n\" type:GAUGE metric:{gauge:{value:-0}}\n"
	"name:\"d\" help:\"D\" type:UNTYPED metric:{untyped:{value:-inf}}\n"
	"name:\"h_bytes\" help:\"H\" type:HISTOGRAM metric:{label:{name:\"x\" value:\"y\"} "
	"histogram:{sample_count:1000000 sample_sum:0.25 "
	"bucket:{cumulative_count:0 upper_bound:1} "
	"bucket:{cumulative_count:1000000 upper_bound:inf}}} "
	"metric:{label:{name:\"x\" value:\"z\"} "
	"histogram:{bucket:{upper_bound:inf cumulative_count_float:2.5} sample_count_float:2.5}}\n"
	"name:\"s\" help:\"S\" type:SUMMARY metric:{summary:{sample_count:300 sample_sum:10 "
	"quantile:{quantile:0.5 value:3} quantile:{quantile:1 value:inf}}}\n";

static const char lines_text[] = "name: \"s\"\n"
				 "help: \"S\"\n"
				 "type: SUMMARY\n"
				 "metric: {\n"
				 "  summary: {\n"
				 "    sample_count: 300\n"
				 "    sample_sum: 10\n"
				 "    quantile: {\n"
				 "      quantile: 0.5\n"
				 "      value: 3\n"
				 "    }\n"
				 "    quantile: {\n"
				 "      quantile: 1\n"
				 "      value: inf\n"
				 "    }\n"
				 "  }\n"
				 "}\n"
				 "\n";

/* Each field's name, and what it is, by its number: of wire type 0, 1 or 2, or a message. */
enum message { FAMILY, METRIC, LABEL, VALUE, SUMMARY, QUANTILE, HISTOGRAM, BUCKET, MESSAGES };
static const struct field {
	const char *name;
	unsigned wire_type;
	enum message message; /* FAMILY: none */
} schema[MESSAGES][8] = {
	[FAMILY] = { [1] = { "name", 2, FAMILY },
	             { "help", 2, FAMILY },
	             { "type", 0, FAMILY },
	             { "metric", 2, METRIC } },
	[METRIC] = { [1] = { "label", 2, LABEL },
	             { "gauge", 2, VALUE },
	             { "counter", 2, VALUE },
	             { "summary", 2, SUMMARY },
	             { "untyped", 2, VALUE },
	             [7] = { "histogram", 2, HISTOGRAM } },
	[LABEL] = { [1] = { "name", 2, FAMILY }, { "value", 2, FAMILY } },
	[VALUE] = { [1] = { "value", 1, FAMILY } },
	[SUMMARY] = { [1] = { "sample_count", 0, FAMILY },
	              { "sample_sum", 1, FAMILY },
	              { "quantile", 2, QUANTILE } },
	[QUANTILE] = { [1] = { "quantile", 1, FAMILY }, { "value", 1, FAMILY } },
	[HISTOGRAM] = { [1] = { "sample_count", 0, FAMILY },
	                { "sample_sum", 1, FAMILY },
	                { "bucket", 2, BUCKET },
	                { "sample_count_float", 1, FAMILY } },
	[BUCKET] = { [1] = { "cumulative_count", 0, FAMILY },
	             { "upper_bound", 1, FAMILY },
	             [4] = { "cumulative_count_float", 1, FAMILY } },
};

static uint64_t take_varint(const unsigned char **at, const unsigned char *end)
{
	uint64_t n = 0;

	for (unsigned shift = 0;; shift += 7) {
		assert_true(*at < end && shift < 64);
		n |= (uint64_t)(**at & 0x7f) << shift;
		if (!(*(*at)++ & 0x80))
			return n;
	}
}

static void print_string(const unsigned char *text, size_t size, struct buffer *to)
{
	static const char plain[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
	char piece[8];

	buffer_add_text(to, "\"");
	for (size_t i = 0; i < size; i++) {
		const char *found = memchr(plain, text[i], sizeof(plain) - 1);

		if (found)
			snprintf(piece, sizeof(piece), "\\%c", letters[found - plain]);
		else if (text[i] == 0xc2)
			snprintf(piece, sizeof(piece), "\\u00%02x", text[++i]);
		else
			snprintf(piece, sizeof(piece),
			         text[i] < 32 || text[i] == 127 ? "\\x%02x" : "%c", text[i]);
		buffer_add_text(to, piece);
	}
	buffer_add_text(to, "\"");
}

static void print_number(unsigned wire_type, bool is_type, uint64_t bits, struct buffer *to)
{
	static const char *const types[] = { "COUNTER", "GAUGE", "SUMMARY", "UNTYPED",
		                             "HISTOGRAM" };
	char text[32];
	double value;

	memcpy(&value, &bits, sizeof(value));
	if (is_type)
		assert_true(bits < ARRAY_SIZE(types));
	if (wire_type == 1)
		snprintf(text, sizeof(text), "%.15g", value);
	else
		snprintf(text, sizeof(text), "%llu", (unsigned long long)bits);
	buffer_add_text(to, strcmp(text, "1000000") == 0 && wire_type == 1 ? "1e+06"
	                    : is_type                                      ? types[bits]
	                                                                   : text);
}

/* A message as protobuf's compact text. */
static void print_message_text(enum message message, const unsigned char *at,
                               const unsigned char *end, struct buffer *to)
{
	const unsigned char *begin = at;
	unsigned last = 0;

	while (at < end) {
		uint64_t tag, n = 0;
		const struct field *field;

		if (at != begin)
			buffer_add_text(to, " ");
		tag = take_varint(&at, end);
		assert_in_range(tag >> 3, 1, 7);
		assert_true(tag >> 3 >= last);
		last = (unsigned)(tag >> 3);
		field = &schema[message][last];
		assert_non_null(field->name);
		assert_int_equal(tag & 7, field->wire_type);
		buffer_add_text(to, field->name);
		buffer_add_text(to, ":");
		if (field->wire_type == 1) {
			assert_true(end - at >= 8);
			for (unsigned i = 0; i < 8; i++)
				n |= (uint64_t)*at++ << (8 * i);
		} else {
			n = take_varint(&at, end);
		}
		if (field->wire_type != 2) {
			print_number(field->wire_type, message == FAMILY, n, to);
			continue;
		}
		assert_true(n <= (uint64_t)(end - at));
		if (field->message) {
			buffer_add_text(to, "{");
			print_message_text(field->message, at, at + n, to);
			buffer_add_text(to, "}");
		} else {
			print_string(at, n, to);
		}
		at += n;
	}
}

/* Families, each behind its length, as lines. */
static char *print_families(const char *bytes, size_t size)
{
	const unsigned char *at = (const unsigned char *)bytes, *end = at + size;
	struct buffer to = { 0 };

	while (at < end) {
		uint64_t length = take_varint(&at, end);

		assert_true(length <= (uint64_t)(end - at));
		print_message_text(FAMILY, at, at + length, &to);
		buffer_add_text(&to, "\n");
		at += length;
	}
	buffer_add(&to, "", 1);
	return to.data;
}

/* In pieces of all sizes. */
static void check(enum expo_format format, const char *const *names, const char *expected)
{
	for (size_t piece = 0; piece < 1500; piece += 97) {
		size_t size;
		CLEANUP(cleanup_free)
		char *text = write_set(samples, ARRAY_SIZE(samples), format, ESCAPING_UNDERSCORES,
		                       names, piece, &size);

		if (format == EXPO_PROTOBUF) {
			char *printed = print_families(text, size);

			assert_string_equal(printed, expected);
			free(printed);
			continue;
		}
		assert_string_equal(text, expected);
		assert_int_equal(size, strlen(expected));
	}
}

static void test_formats(void **state)
{
	static const char *const only_summary[] = { "s", NULL };
	static const char *const unknown[] = { "s_sum", NULL };

	(void)state;
	check(EXPO_OPENMETRICS, NULL, open_text);
	check(EXPO_OPENMETRICS, unknown, "# EOF\n");
	check(EXPO_PROTOBUF, NULL, compact_text);
	check(EXPO_PROTOBUF, unknown, "");
	check(EXPO_PROTOBUF, only_summary, strstr(compact_text, "name:\"s\""));
	check(EXPO_PROTOBUF_COMPACT, NULL, compact_text);
	check(EXPO_PROTOBUF_TEXT, only_summary, lines_text);
	check(EXPO_PROTOBUF_TEXT, unknown, "");
}

/* One message, byte by byte. */
static void test_bytes(void **state)
{
	static const struct sample one[] = {
		{ &counter, PART_VALUE, 0, 1, { "x" } },
		{ &odd_counter, PART_VALUE, 0, NAN, { NULL } },
	};
	static const char expected[] = "\x35"
				       "\x0a\x0f"
				       "a_seconds_total"
				       "\x12\x09"
				       "Says \"c\"."
				       "\x18\x00"
				       "\x22\x15"
				       "\x0a\x08\x0a\x03"
				       "dev"
				       "\x12\x01"
				       "x"
				       "\x1a\x09\x09\0\0\0\0\0\0\xf0\x3f"
				       "\x14"
				       "\x0a\x01"
				       "b"
				       "\x12\x00\x18\x00"
				       "\x22\x0b\x1a\x09\x09\x01\0\0\0\0\0\xf8\x7f";
	size_t size;
	char *bytes = write_set(one, ARRAY_SIZE(one), EXPO_PROTOBUF, ESCAPING_UTF8, NULL, SIZE_MAX,
	                        &size);

	(void)state;
	assert_int_equal(size, sizeof(expected) - 1);
	assert_memory_equal(bytes, expected, size);
	free(bytes);
}

/* Names of OpenMetrics' families that would be taken for others'. */
static void test_open_names(void **state)
{
	static const struct {
		const char *name;
		enum metric_type type;
		const char *expected; /* the family's line TYPE; NULL: it is left out */
		double value;
	} rows[] = {
		{ "a", METRIC_GAUGE, "a gauge", 0 },
		{ "a_total", METRIC_COUNTER, "a_total unknown", 0 },
		{ "b_created", METRIC_GAUGE, "b_created gauge", 0 },
		{ "b_total", METRIC_COUNTER, "b_total unknown", 0 },
		{ "c_total", METRIC_COUNTER, "c counter", 0 },
		{ "c_created_total", METRIC_COUNTER, "c_created_total unknown", 0 },
		{ "c_total_total", METRIC_COUNTER, "c_total_total unknown", 0 },
		{ "d", METRIC_SUMMARY, "d summary", 0 },
		{ "d_created", METRIC_GAUGE, NULL, 0 },
		{ "d_bucket_total", METRIC_COUNTER, "d_bucket_total unknown", 0 },
		{ "d_count_total", METRIC_COUNTER, "d_count_total unknown", 0 },
		{ "_total", METRIC_COUNTER, "_total unknown", 0 },
		{ "e_total", METRIC_GAUGE, "e_total gauge", 0 },
		{ "e.f_total", METRIC_COUNTER, "\"e.f\" counter", 0 },
		{ "g_total", METRIC_COUNTER, "g_total unknown", NAN },
		{ "h_total", METRIC_COUNTER, "h_total unknown", -1 },
		{ "seconds", METRIC_GAUGE, "seconds gauge", 0 },
	};
	struct metric metrics[ARRAY_SIZE(rows)];
	struct sample all[ARRAY_SIZE(rows)];
	size_t size;
	char *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		metrics[i] = (struct metric){ rows[i].name, "H", rows[i].type, NULL };
		all[i] = (struct sample){ .metric = &metrics[i], .value = rows[i].value };
		if (rows[i].type == METRIC_SUMMARY)
			all[i].part = PART_COUNT;
	}
	text = write_set(all, ARRAY_SIZE(all), EXPO_OPENMETRICS, ESCAPING_UTF8, NULL, SIZE_MAX,
	                 &size);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char line[64];

		snprintf(line, sizeof(line), "# TYPE %s\n",
		         rows[i].expected ? rows[i].expected : rows[i].name);
		if (rows[i].expected)
			assert_non_null(strstr(text, line));
		else
			assert_null(strstr(text, rows[i].name));
	}
	assert_non_null(strstr(text, "\n{\"e.f_total\"} 0.0\n"));
	assert_null(strstr(text, "UNIT"));
	free(text);
}

static const struct metric legacy = { "m_x", "H", METRIC_GAUGE, NULL };
static const struct metric alike = { "m.x", "H", METRIC_GAUGE, LABELS("l") };
static const struct metric twin = { "m-x", "H", METRIC_GAUGE, NULL };
static const struct metric other = { "m:x", "Other", METRIC_GAUGE, NULL };
static const struct metric other_type = { "m x", "H", METRIC_COUNTER, NULL };
static const struct metric labels = { "n", "H", METRIC_GAUGE, LABELS("a.b", "a_b") };
static const struct metric label = { "n", "H", METRIC_GAUGE, LABELS("a-b") };
static const struct metric same = { "n", "H", METRIC_GAUGE, LABELS("a/b") };

/* Names that are alike once escaped: what is the same is there once, what contradicts is not there.
 */
static void test_collisions(void **state)
{
	static const struct sample all[] = {
		{ &alike, PART_VALUE, 0, 1, { "v" } },
		{ &twin, PART_VALUE, 0, 2, { NULL } },
		{ &legacy, PART_VALUE, 0, 3, { NULL } },
		{ &other, PART_VALUE, 0, 4, { NULL } },
		{ &other_type, PART_VALUE, 0, 5, { NULL } },
		{ &labels, PART_VALUE, 0, 6, { "1", "2" } },
		{ &label, PART_VALUE, 0, 7, { "1" } },
		{ &same, PART_VALUE, 0, 8, { "1" } },
		{ &same, PART_VALUE, 0, 9, { "2" } },
	};
	static const char *const names[] = { "n", NULL };
	static const char whole[] = "# HELP m:x Other\n# TYPE m:x gauge\nm:x 4\n"
				    "# HELP m_x H\n# TYPE m_x gauge\nm_x 3\nm_x{l=\"v\"} 1\n";
	static const char n[] = "# HELP n H\n# TYPE n gauge\nn{a_b=\"1\"} 7\nn{a_b=\"2\"} 9\n";
	size_t size;
	char *text = write_set(all, ARRAY_SIZE(all), EXPO_TEXT, ESCAPING_UNDERSCORES, NULL,
	                       SIZE_MAX, &size);

	(void)state;
	assert_memory_equal(text, whole, strlen(whole));
	assert_string_equal(text + strlen(whole), n);
	free(text);
	text = write_set(all, ARRAY_SIZE(all), EXPO_TEXT, ESCAPING_UNDERSCORES, names, SIZE_MAX,
	                 &size);
	assert_string_equal(text, n);
	free(text);
	text = write_set(all, ARRAY_SIZE(all), EXPO_TEXT, ESCAPING_VALUES, NULL, SIZE_MAX, &size);
	assert_non_null(strstr(text, "\nU__m_2e_x{l=\"v\"} 1\n"));
	assert_non_null(strstr(text, "\nU__m_20_x 5\n"));
	assert_non_null(strstr(text, "\nn{U__a_2e_b=\"1\",a_b=\"2\"} 6\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_open_names),
		cmocka_unit_test(test_collisions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

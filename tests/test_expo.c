// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expo.h"

enum { SET_SIZE = 64 * 1024 };

/* One set, gathered. */
struct run {
	struct set_writer set;
	struct gather *gather;
};

static void begin(struct run *r)
{
	*r = (struct run){ .gather = gather_new(ESCAPING_UTF8) };
	set_begin(&r->set, xmalloc(SET_SIZE), SET_SIZE);
}

static void finish(struct run *r)
{
	assert_int_equal(gather_add(r->gather, "test", r->set.base, r->set.used, false), 0);
	gather_finish(r->gather);
	assert_null(gather_problem(r->gather));
}

static void end(struct run *r)
{
	gather_free(r->gather);
	free(r->set.base);
	set_free(&r->set);
}

/* The whole exposition, in chunks of at least size bytes, NUL-terminated. */
static char *text_of(const struct run *r, enum escaping escaping, const char *const *names,
                     size_t size)
{
	struct gather *g = gather_new(escaping);
	struct expo e = { .gather = g, .names = names };
	struct buffer all = { 0 }, chunk = { 0 };
	bool is_last = false;

	assert_int_equal(gather_add(g, "test", r->set.base, r->set.used, false), 0);
	gather_finish(g);
	assert_null(gather_problem(g));
	while (expo_write(&e, &chunk, size)) {
		assert_false(is_last);
		assert_true(chunk.used > 0 && chunk.data[chunk.used - 1] == '\n');
		is_last = chunk.used < size;
		buffer_add(&all, chunk.data, chunk.used);
		chunk.used = 0;
	}
	assert_int_equal(chunk.used, 0);
	assert_false(expo_write(&e, &chunk, size));
	buffer_free(&chunk);
	gather_free(g);
	buffer_add(&all, "", 1);
	return all.data;
}

static const struct metric counter = { "a_total", "Counts.", METRIC_COUNTER, LABELS("dev", "b") };
static const struct metric gauge = { "b", "", METRIC_GAUGE, NULL };
static const struct metric untyped = { "c:d", "Of no type.", METRIC_UNTYPED, NULL };
static const struct metric summary = { "s", "Sums up.", METRIC_SUMMARY, LABELS("x") };
static const struct metric histogram = { "h", "Counts in\nsteps.", METRIC_HISTOGRAM, NULL };

static const char types_text[] =
	"# HELP a_total Counts.\n# TYPE a_total counter\na_total{b=\"2\",dev=\"1\"} 7\n"
	"# HELP b \n# TYPE b gauge\nb -1.5\n"
	"# HELP c:d Of no type.\n# TYPE c:d untyped\nc:d NaN\n"
	"# HELP h Counts in\\nsteps.\n# TYPE h histogram\n"
	"h_bucket{le=\"1e-05\"} 1\nh_bucket{le=\"2.5\"} 2\nh_bucket{le=\"1e+06\"} 3\n"
	"h_bucket{le=\"+Inf\"} 1e+06\nh_sum 0.25\nh_count 1e+06\n"
	"# HELP s Sums up.\n# TYPE s summary\n"
	"s{x=\"y\",quantile=\"0\"} 0\ns{x=\"y\",quantile=\"0.25\"} +Inf\n"
	"s{x=\"y\",quantile=\"1\"} -Inf\ns_sum{x=\"y\"} 10\ns_count{x=\"y\"} 4\n";

static void emit_types(struct run *r)
{
	const char *const y[] = { "y", NULL };

	begin(r);
	set_add(&r->set, &summary, PART_COUNT, 0, 4, y);
	set_add(&r->set, &summary, PART_QUANTILE, 1, -INFINITY, y);
	set_add(&r->set, &summary, PART_QUANTILE, 0.25, INFINITY, y);
	set_add(&r->set, &summary, PART_QUANTILE, -0.0, -0.0, y);
	set_add(&r->set, &summary, PART_SUM, 0, 10, y);
	set_add(&r->set, &histogram, PART_SUM, 0, 0.25, NULL);
	set_add(&r->set, &histogram, PART_BUCKET, 0.00001, 1, NULL);
	set_add(&r->set, &histogram, PART_BUCKET, 2.5, 2, NULL);
	set_add(&r->set, &histogram, PART_BUCKET, 1e6, 3, NULL);
	set_add(&r->set, &histogram, PART_BUCKET, INFINITY, 1e6, NULL);
	set_add(&r->set, &histogram, PART_COUNT, 0, 1e6, NULL);
	set_add(&r->set, &untyped, PART_VALUE, 0, NAN, NULL);
	set_add(&r->set, &gauge, PART_VALUE, 0, -1.5, NULL);
	set_add(&r->set, &counter, PART_VALUE, 0, 7, (const char *[]){ "1", "2", NULL });
	finish(r);
}

static void test_types(void **state)
{
	struct run r;

	(void)state;
	emit_types(&r);
	for (int escaping = ESCAPING_UNDERSCORES; escaping <= ESCAPING_UTF8; escaping++) {
		CLEANUP(cleanup_free)
		char *text = text_of(&r, (enum escaping)escaping, NULL, SIZE_MAX);

		assert_string_equal(text, types_text);
	}
	end(&r);
}

static void test_chunks(void **state)
{
	struct run r;

	(void)state;
	emit_types(&r);
	for (size_t size = 0; size < sizeof(types_text) + 2; size++) {
		CLEANUP(cleanup_free) char *text = text_of(&r, ESCAPING_UNDERSCORES, NULL, size);

		assert_string_equal(text, types_text);
	}
	end(&r);
}

/* What is in the buffer before stays, and counts. */
static void test_append(void **state)
{
	struct buffer b = { 0 };
	struct expo e;
	struct run r;

	(void)state;
	emit_types(&r);
	e = (struct expo){ .gather = r.gather };
	buffer_add(&b, "0123456789", 10);
	assert_true(expo_write(&e, &b, 5));
	assert_memory_equal(b.data, "0123456789# HELP a_total Counts.\n", 33);
	assert_int_equal(b.data[b.used - 1], '\n');
	assert_int_equal(b.used, 10 + strlen("# HELP a_total Counts.\n# TYPE a_total counter\n"
	                                     "a_total{b=\"2\",dev=\"1\"} 7\n"));
	buffer_free(&b);
	end(&r);
}

static void test_nothing(void **state)
{
	struct run r;
	char *text;

	(void)state;
	begin(&r);
	finish(&r);
	text = text_of(&r, ESCAPING_UNDERSCORES, NULL, SIZE_MAX);
	assert_string_equal(text, "");
	free(text);
	end(&r);
}

static void test_names(void **state)
{
	static const struct {
		const char *names[4];
		const char *text;
	} rows[] = {
		{ { NULL }, "" },
		{ { "unknown", "", "a_tota" }, "" },
		{ { "h_sum" }, "" },
		{ { "c:d", "b", "b" },
		  "# HELP b \n# TYPE b gauge\nb -1.5\n"
		  "# HELP c:d Of no type.\n# TYPE c:d untyped\nc:d NaN\n" },
		{ { "b", "s", "a_total" }, NULL },
	};
	struct run r;

	(void)state;
	emit_types(&r);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t size = 1; size < 1000; size += 41) {
			CLEANUP(cleanup_free)
			char *text = text_of(&r, ESCAPING_UNDERSCORES, rows[i].names, size);

			if (rows[i].text) {
				assert_string_equal(text, rows[i].text);
				continue;
			}
			assert_non_null(strstr(text, "\ns_count{x=\"y\"} 4\n"));
			assert_non_null(strstr(text, "\na_total{"));
			assert_null(strstr(text, "h_"));
		}
	}
	end(&r);
}

static void test_values(void **state)
{
	static const struct {
		const char *value;
		const char *text;
	} rows[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "a\"b", "a\\\"b" },
		{ "a\\b", "a\\\\b" },
		{ "a\nb", "a\\nb" },
		{ "\\n\n\"\\", "\\\\n\\n\\\"\\\\" },
		{ "a\tb\rc", "a\tb\rc" },
		{ "long enough for more than one word\n", "long enough for more than one word\\n" },
		{ "1234567\"", "1234567\\\"" },
		{ "\"1234567", "\\\"1234567" },
		{ "123\"", "123\\\"" },
		{ "12\"", "12\\\"" },
		{ "1\"", "1\\\"" },
		{ "\"", "\\\"" },
		{ "1\\3", "1\\\\3" },
		{ "12345\n", "12345\\n" },
		{ "\x7f\x01", "\x7f\x01" },
		{ "!#[]\x0b\x09", "!#[]\x0b\x09" }, /* next to those that are escaped */
		{ "\xc3\xa9\"", "\xc3\xa9\\\"" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "caf\xe9", "caf\xef\xbf\xbd" }, /* set_add() has mended it */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char expected[256], *text;
		struct run r;

		begin(&r);
		set_add(&r.set, &summary, PART_SUM, 0, 1, (const char *[]){ rows[i].value, NULL });
		finish(&r);
		text = text_of(&r, ESCAPING_UNDERSCORES, NULL, SIZE_MAX);
		snprintf(expected, sizeof(expected),
		         "# HELP s Sums up.\n# TYPE s summary\ns_sum{x=\"%s\"} 1\n", rows[i].text);
		assert_string_equal(text, expected);
		free(text);
		end(&r);
	}
}

static void test_help(void **state)
{
	static const struct {
		const char *help;
		const char *text;
	} rows[] = {
		{ "", "" },
		{ "Says \"so\".", "Says \"so\"." },
		{ "a\\b\nc\\", "a\\\\b\\nc\\\\" },
		{ "\n", "\\n" },
		{ "Grad \xc2\xb0"
		  "C.",
		  "Grad \xc2\xb0"
		  "C." },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct metric m = { "m", rows[i].help, METRIC_GAUGE, NULL };
		char expected[256], *text;
		struct run r;

		begin(&r);
		set_add(&r.set, &m, PART_VALUE, 0, 1, NULL);
		finish(&r);
		text = text_of(&r, ESCAPING_UNDERSCORES, NULL, SIZE_MAX);
		snprintf(expected, sizeof(expected), "# HELP m %s\n# TYPE m gauge\nm 1\n",
		         rows[i].text);
		assert_string_equal(text, expected);
		free(text);
		end(&r);
	}
}

/* Names in the four schemes, as a metric's and as a label's. */
static void test_escaping(void **state)
{
	static const struct {
		const char *name;
		const char *metric[4];
		const char *label[4];
	} rows[] = {
		{ "ok_1", { "ok_1", "ok_1", "ok_1", "ok_1" }, { "ok_1", "ok_1", "ok_1", "ok_1" } },
		{ "a:b",
		  { "a:b", "a:b", "a:b", "a:b" },
		  { "a_b", "a__b", "U__a_3a_b", "\"a:b\"" } },
		{ "my.name_x",
		  { "my_name_x", "my_dot_name__x", "U__my_2e_name__x", "\"my.name_x\"" },
		  { "my_name_x", "my_dot_name__x", "U__my_2e_name__x", "\"my.name_x\"" } },
		{ "9 l\xc3\xa9",
		  { "__l_", "____l__", "U___39__20_l_e9_", "\"9 l\xc3\xa9\"" },
		  { "__l_", "____l__", "U___39__20_l_e9_", "\"9 l\xc3\xa9\"" } },
		{ "\xe2\x82\xac\xf0\x9f\x98\x80"
		  "1",
		  { "__1", "____1", "U___20ac__1f600_1",
		    "\"\xe2\x82\xac\xf0\x9f\x98\x80"
		    "1\"" },
		  { "__1", "____1", "U___20ac__1f600_1",
		    "\"\xe2\x82\xac\xf0\x9f\x98\x80"
		    "1\"" } },
		{ "q\"\\\n",
		  { "q___", "q______", "U__q_22__5c__a_", "\"q\\\"\\\\\\n\"" },
		  { "q___", "q______", "U__q_22__5c__a_", "\"q\\\"\\\\\\n\"" } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows) * 4; i++) {
		const char *name = rows[i / 4].name, *metric = rows[i / 4].metric[i % 4];
		const char *label = rows[i / 4].label[i % 4];
		const char *const labels[] = { name, NULL };
		struct metric named = { name, "H.", METRIC_GAUGE, NULL };
		struct metric labelled = { "m", "H.", METRIC_GAUGE, labels };
		char expected[512], *text;
		struct run r;

		begin(&r);
		set_add(&r.set, &named, PART_VALUE, 0, 1, NULL);
		finish(&r);
		text = text_of(&r, (enum escaping)(i % 4), NULL, SIZE_MAX);
		snprintf(expected, sizeof(expected), "# HELP %s H.\n# TYPE %s gauge\n%s%s%s 1\n",
		         metric, metric, metric[0] == '"' ? "{" : "", metric,
		         metric[0] == '"' ? "}" : "");
		assert_string_equal(text, expected);
		free(text);
		end(&r);

		begin(&r);
		set_add(&r.set, &labelled, PART_VALUE, 0, 1, (const char *[]){ "v", NULL });
		finish(&r);
		text = text_of(&r, (enum escaping)(i % 4), NULL, SIZE_MAX);
		snprintf(expected, sizeof(expected), "# HELP m H.\n# TYPE m gauge\nm{%s=\"v\"} 1\n",
		         label);
		assert_string_equal(text, expected);
		free(text);
		end(&r);
	}
}

static void test_quoted_parts(void **state)
{
	const struct metric m = { "my.h", "H.", METRIC_HISTOGRAM, LABELS("a.b", "c") };
	const char *const values[] = { "1", "2", NULL };
	struct run r;
	char *text;

	(void)state;
	begin(&r);
	set_add(&r.set, &m, PART_BUCKET, INFINITY, 1, values);
	set_add(&r.set, &m, PART_SUM, 0, 2, values);
	set_add(&r.set, &m, PART_COUNT, 0, 1, values);
	finish(&r);
	text = text_of(&r, ESCAPING_UTF8, NULL, SIZE_MAX);
	assert_string_equal(text, "# HELP \"my.h\" H.\n# TYPE \"my.h\" histogram\n"
	                          "{\"my.h_bucket\",\"a.b\"=\"1\",c=\"2\",le=\"+Inf\"} 1\n"
	                          "{\"my.h_sum\",\"a.b\"=\"1\",c=\"2\"} 2\n"
	                          "{\"my.h_count\",\"a.b\"=\"1\",c=\"2\"} 1\n");
	free(text);
	text = text_of(&r, ESCAPING_DOTS, (const char *[]){ "my.h", NULL }, SIZE_MAX);
	assert_string_equal(text, "# HELP my_dot_h H.\n# TYPE my_dot_h histogram\n"
	                          "my_dot_h_bucket{a_dot_b=\"1\",c=\"2\",le=\"+Inf\"} 1\n"
	                          "my_dot_h_sum{a_dot_b=\"1\",c=\"2\"} 2\n"
	                          "my_dot_h_count{a_dot_b=\"1\",c=\"2\"} 1\n");
	free(text);
	end(&r);
}

/* Names, values and help that need all the room a line may take. */
static void test_room(void **state)
{
	enum { LENGTH = 3000 };
	char dots[LENGTH + 1], quotes[LENGTH + 1];
	const char *const labels[] = { dots, "z", NULL };
	struct metric m = { dots, quotes, METRIC_HISTOGRAM, labels };

	(void)state;
	memset(dots, '.', LENGTH);
	memset(quotes, '\\', LENGTH);
	dots[LENGTH] = quotes[LENGTH] = '\0';
	for (int escaping = ESCAPING_UNDERSCORES; escaping <= ESCAPING_UTF8; escaping++) {
		static const size_t name_lengths[] = { 1, 5, 4, 1 };
		size_t name_length = name_lengths[escaping] * LENGTH, frame = 0, length;
		struct run r;
		char *text;

		if (escaping == ESCAPING_VALUES)
			frame = strlen("U__");
		if (escaping == ESCAPING_UTF8)
			frame = strlen("\"\"");
		begin(&r);
		set_add(&r.set, &m, PART_BUCKET, -1.7976931348623157e308, -2.2250738585072014e-308,
		        (const char *[]){ quotes, quotes, NULL });
		finish(&r);
		text = text_of(&r, (enum escaping)escaping, NULL, SIZE_MAX);
		length = 4 * (name_length + frame) + 6 * LENGTH +
		         strlen("# HELP  \n# TYPE  histogram\n") +
		         strlen("_bucket{=\"\",z=\"\",le=\"-1.7976931348623157e+308\"} "
		                "-2.2250738585072014e-308\n");
		if (escaping == ESCAPING_UTF8)
			length++; /* the comma behind the name */
		assert_int_equal(strlen(text), length);
		free(text);
		end(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),        cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_append),       cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_names),        cmocka_unit_test(test_values),
		cmocka_unit_test(test_help),         cmocka_unit_test(test_escaping),
		cmocka_unit_test(test_quoted_parts), cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expo.h"

enum { SETS = 4, SECONDARY = 2, SET_SIZE = 64 * 1024, SAMPLES_MAX = 10 };

static const char *const sources[SETS] = { "first", "second", "files", "more files" };

/* One set_add(): into the set of that number; sets from SECONDARY on are secondary. */
struct emitted {
	int set;
	const struct metric *metric;
	double value;
	const char *values[4];
	enum metric_part part;
	double bound;
};

struct row {
	const char *name;
	struct emitted emitted[SAMPLES_MAX];
	const char *text;
	size_t dropped;
	const char *problem;
};

static const struct metric plain = { "up", "Is up.", METRIC_GAUGE, NULL };
static const struct metric plain_again = { "up", "Is up.", METRIC_GAUGE, NULL };
static const struct metric counter = { "up", "Is up.", METRIC_COUNTER, NULL };
static const struct metric other_help = { "up", "Is it up?", METRIC_GAUGE, NULL };
static const struct metric labelled = { "up", "Is up.", METRIC_GAUGE, LABELS("device") };
static const struct metric labelled_b = { "up", "Is up.", METRIC_GAUGE, LABELS("bus") };
static const struct metric two = { "up", "Is up.", METRIC_GAUGE, LABELS("a", "b") };
static const struct metric swapped = { "up", "Is up.", METRIC_GAUGE, LABELS("b", "a") };
static const struct metric early = { "down", "Is down.", METRIC_UNTYPED, NULL };
static const struct metric late = { "zz", "Is late.", METRIC_COUNTER, LABELS("z", "m", "a") };
static const struct metric summary = { "t", "T.", METRIC_SUMMARY, LABELS("x") };
static const struct metric bare_summary = { "t", "T.", METRIC_SUMMARY, NULL };
static const struct metric histogram = { "t", "T.", METRIC_HISTOGRAM, NULL };
static const struct metric sum = { "t_sum", "S.", METRIC_GAUGE, NULL };
static const struct metric count = { "t_count", "C.", METRIC_GAUGE, NULL };
static const struct metric bucket = { "t_bucket", "B.", METRIC_GAUGE, NULL };
static const struct metric sums = { "t_sums", "S.", METRIC_GAUGE, NULL };
static const struct metric no_name = { "", "H.", METRIC_GAUGE, NULL };
static const struct metric bad_name = { "caf\xe9", "H.", METRIC_GAUGE, NULL };
static const struct metric bad_help = { "up", "caf\xe9", METRIC_GAUGE, NULL };
static const struct metric digit_name = { "9lives", "H.", METRIC_GAUGE, NULL };
static const struct metric no_label = { "up", "H.", METRIC_GAUGE, LABELS("") };
static const struct metric bad_label = { "up", "H.", METRIC_GAUGE, LABELS("a", "\xc3") };
static const struct metric twice = { "up", "H.", METRIC_GAUGE, LABELS("b", "a", "b") };
static const struct metric reserved = { "up", "H.", METRIC_GAUGE, LABELS("__name__") };
static const struct metric quantile = { "t", "H.", METRIC_SUMMARY, LABELS("quantile") };
static const struct metric le = { "t", "H.", METRIC_HISTOGRAM, LABELS("le") };
static const struct metric gauge_le = { "t", "H.", METRIC_GAUGE, LABELS("le", "quantile") };

static const struct metric numbers = { "n", "N.", METRIC_COUNTER, LABELS("z", "a") };

#define UP "# HELP up Is up.\n# TYPE up gauge\n"
#define TIMES(type) "# HELP t T.\n# TYPE t " type "\n"

/* A sample without and with a bound; quantiles, buckets, sums and counts. */
#define V(set_, metric_, value_, ...) \
	{ \
		.set = (set_), .metric = (metric_), .value = (value_), .values = { __VA_ARGS__ } \
	}
#define P(set_, metric_, value_, part_, bound_, ...) \
	{ \
		.set = (set_), .metric = (metric_), .value = (value_), .part = (part_), \
		.bound = (bound_), .values = { \
			__VA_ARGS__ \
		} \
	}
#define Q(set_, bound_, value_, ...) \
	P(set_, &summary, value_, PART_QUANTILE, bound_ __VA_OPT__(, ) __VA_ARGS__)
#define B(set_, bound_, value_) P(set_, &histogram, value_, PART_BUCKET, bound_)
#define S(set_, metric_, value_, ...) \
	P(set_, metric_, value_, PART_SUM, 0 __VA_OPT__(, ) __VA_ARGS__)
#define C(set_, metric_, value_, ...) \
	P(set_, metric_, value_, PART_COUNT, 0 __VA_OPT__(, ) __VA_ARGS__)

static const struct row rows[] = {
	{ "nothing", { { .set = 0 } }, "", 0, NULL },
	{ "families by name, labels by name",
	  { V(0, &late, 3, "1", "2", ""), V(0, &plain, 1), V(1, &early, 2) },
	  "# HELP down Is down.\n# TYPE down untyped\ndown 2\n" UP "up 1\n"
	  "# HELP zz Is late.\n# TYPE zz counter\nzz{a=\"\",m=\"2\",z=\"1\"} 3\n",
	  0,
	  NULL },
	{ "samples by values, bytewise and shorter first",
	  { V(0, &labelled, 1, "sdb"), V(0, &labelled, 2, "sda1"), V(0, &labelled, 3, "sda"),
	    V(0, &labelled, 4, "\xc3\xa9"), V(0, &labelled, 5, ""), V(0, &labelled, 6, "Z") },
	  UP "up{device=\"\"} 5\nup{device=\"Z\"} 6\nup{device=\"sda\"} 3\nup{device=\"sda1\"} 2\n"
	     "up{device=\"sdb\"} 1\nup{device=\"\xc3\xa9\"} 4\n",
	  0,
	  NULL },
	{ "values compared in order of label names",
	  { V(0, &late, 1, "1", "x", "b"), V(0, &late, 2, "2", "x", "a"),
	    V(0, &late, 3, "0", "y", "a") },
	  "# HELP zz Is late.\n# TYPE zz counter\nzz{a=\"a\",m=\"x\",z=\"2\"} 2\n"
	  "zz{a=\"a\",m=\"y\",z=\"0\"} 3\nzz{a=\"b\",m=\"x\",z=\"1\"} 1\n",
	  0,
	  NULL },
	{ "one family from two sets, fewer labels first",
	  { V(0, &two, 1, "0", "0"), V(1, &labelled, 2, "sda"), V(1, &plain, 3),
	    V(1, &labelled_b, 4, "sda"), V(0, &swapped, 5, "1", "0") },
	  UP "up 3\nup{bus=\"sda\"} 4\nup{device=\"sda\"} 2\nup{a=\"0\",b=\"0\"} 1\n"
	     "up{a=\"0\",b=\"1\"} 5\n",
	  0,
	  NULL },
	{ "same series, same descriptor",
	  { V(0, &labelled, 1, "sda"), V(0, &labelled, 2, "sda") },
	  UP "up{device=\"sda\"} 1\n",
	  1,
	  "first: up{device=\"sda\"}: this series is there already" },
	{ "same series, other set, among others",
	  { V(1, &labelled, 1, "sda"), V(0, &labelled, 2, "sdb"), V(0, &labelled, 3, "sda"),
	    V(1, &labelled, 4, "sdb") },
	  UP "up{device=\"sda\"} 3\nup{device=\"sdb\"} 2\n",
	  2,
	  "second: up{device=\"sda\"}: this series is there already" },
	{ "same series, three times, without labels",
	  { V(0, &plain, 1), V(1, &plain_again, 2), V(1, &plain, 3) },
	  UP "up 1\n",
	  2,
	  "second: up: this series is there already" },
	{ "same series, labels in another order",
	  { V(0, &two, 1, "x", "y"), V(0, &swapped, 2, "y", "x") },
	  UP "up{a=\"x\",b=\"y\"} 1\n",
	  1,
	  "first: up{a=\"x\",b=\"y\"}: this series is there already" },
	{ "other type",
	  { V(1, &counter, 1), V(0, &labelled, 2, "sda"), V(1, &plain, 3) },
	  UP "up 3\nup{device=\"sda\"} 2\n",
	  1,
	  "second: up: its type differs from that of the first family of this name" },
	{ "other help",
	  { V(0, &plain, 1), V(1, &other_help, 2) },
	  UP "up 1\n",
	  1,
	  "second: up: its help text differs from that of the first family of this name" },
	{ "secondary loses to one that is added later",
	  { V(2, &labelled, 1, "x"), V(2, &labelled, 2, "y"), V(0, &plain, 3) },
	  UP "up 3\n",
	  2,
	  "files: up{device=\"x\"}: a collector has a family of this name" },
	{ "secondaries merge and conflict among themselves",
	  { V(2, &labelled, 1, "x"), V(3, &labelled, 2, "y"), V(3, &counter, 3),
	    V(3, &labelled, 4, "x") },
	  UP "up{device=\"x\"} 1\nup{device=\"y\"} 2\n",
	  2,
	  "more files: up: its type differs from that of the first family of this name" },
	{ "summaries",
	  { C(0, &summary, 3, "b"), Q(0, 0.99, 2, "b"), S(0, &summary, 9, "b"), Q(0, 0.5, 1, "b"),
	    S(0, &summary, 8, "a"), C(0, &summary, 4, "a"), Q(0, NAN, 7, "b"), Q(0, 1, 6, "b") },
	  TIMES("summary") "t_sum{x=\"a\"} 8\nt_count{x=\"a\"} 4\n"
	                   "t{x=\"b\",quantile=\"0.5\"} 1\nt{x=\"b\",quantile=\"0.99\"} 2\n"
	                   "t{x=\"b\",quantile=\"1\"} 6\nt{x=\"b\",quantile=\"NaN\"} 7\n"
	                   "t_sum{x=\"b\"} 9\nt_count{x=\"b\"} 3\n",
	  0,
	  NULL },
	{ "histogram",
	  { B(0, INFINITY, 4), S(0, &histogram, 1.5), B(0, 2.5, 3), C(0, &histogram, 4),
	    B(0, -1, 1), B(0, 10, 4) },
	  TIMES("histogram") "t_bucket{le=\"-1\"} 1\nt_bucket{le=\"2.5\"} 3\n"
	                     "t_bucket{le=\"10\"} 4\nt_bucket{le=\"+Inf\"} 4\nt_sum 1.5\nt_count 4\n",
	  0,
	  NULL },
	{ "same parts",
	  { B(0, 0.0, 1), B(0, -0.0, 2), B(0, NAN, 3), B(0, NAN, 4), S(0, &histogram, 5),
	    S(0, &histogram, 6), C(0, &histogram, 7), C(0, &histogram, 8) },
	  TIMES("histogram") "t_bucket{le=\"0\"} 1\nt_bucket{le=\"NaN\"} 3\nt_sum 5\nt_count 7\n",
	  4,
	  "first: t: this series is there already" },
	{ "bounds of parts that have none",
	  { P(0, &plain, 1, PART_VALUE, NAN), P(0, &plain, 2, PART_VALUE, 7) },
	  UP "up 1\n",
	  1,
	  "first: up: this series is there already" },
	{ "parts of another type",
	  { P(0, &bare_summary, 1, PART_BUCKET, 1), C(0, &bare_summary, 2), V(0, &bare_summary, 3),
	    S(0, &plain, 4), C(1, &plain, 5), V(1, &plain, 6), P(1, &plain, 7, PART_QUANTILE, 0) },
	  TIMES("summary") "t_count 2\n" UP "up 6\n",
	  5,
	  "first: t: a sample that does not belong to the family's type" },
	{ "parts of a histogram",
	  { P(0, &histogram, 1, PART_QUANTILE, 1), V(0, &histogram, 1) },
	  "",
	  2,
	  "first: t: a sample that does not belong to the family's type" },
	{ "families called like parts of a summary",
	  { V(0, &sum, 1), V(0, &count, 2), V(0, &bucket, 3), V(0, &sums, 4),
	    C(1, &bare_summary, 5) },
	  TIMES("summary") "t_count 5\n# HELP t_bucket B.\n# TYPE t_bucket gauge\nt_bucket 3\n"
	                   "# HELP t_sums S.\n# TYPE t_sums gauge\nt_sums 4\n",
	  2,
	  "first: t_sum: it is called like a part of another family" },
	{ "families called like parts of a histogram",
	  { V(0, &sum, 1), V(2, &count, 2), V(0, &bucket, 3), B(0, INFINITY, 5) },
	  TIMES("histogram") "t_bucket{le=\"+Inf\"} 5\n",
	  3,
	  "first: t_sum: it is called like a part of another family" },
	{ "a secondary summary with a part that a collector has",
	  { C(2, &bare_summary, 1), S(2, &bare_summary, 2), V(2, &sum, 3), V(0, &count, 4) },
	  "# HELP t_count C.\n# TYPE t_count gauge\nt_count 4\n"
	  "# HELP t_sum S.\n# TYPE t_sum gauge\nt_sum 3\n",
	  2,
	  "files: t: a collector has a family called like a part of this one" },
	{ "no name",
	  { V(0, &no_name, 1) },
	  "",
	  1,
	  "first: : the metric's name is empty or not UTF-8" },
	{ "name not UTF-8",
	  { V(0, &bad_name, 1), V(0, &plain, 2) },
	  UP "up 2\n",
	  1,
	  "first: caf\xe9: the metric's name is empty or not UTF-8" },
	{ "help not UTF-8",
	  { V(0, &bad_help, 1), V(1, &plain, 2) },
	  UP "up 2\n",
	  1,
	  "first: up: the help text is not UTF-8" },
	{ "name outside the legacy set",
	  { V(0, &digit_name, 1) },
	  "# HELP \"9lives\" H.\n# TYPE \"9lives\" gauge\n{\"9lives\"} 1\n",
	  0,
	  NULL },
	{ "empty label name",
	  { V(0, &no_label, 1, "x") },
	  "",
	  1,
	  "first: up: a label's name is empty or not UTF-8" },
	{ "label name not UTF-8",
	  { V(0, &bad_label, 1, "x", "y") },
	  "",
	  1,
	  "first: up: a label's name is empty or not UTF-8" },
	{ "label name twice",
	  { V(0, &twice, 1, "x", "y", "x") },
	  "",
	  1,
	  "first: up: two labels have the same name" },
	{ "reserved label name",
	  { V(0, &reserved, 1, "x") },
	  "",
	  1,
	  "first: up: a label's name is a reserved one" },
	{ "a summary's reserved label",
	  { C(0, &quantile, 1, "x"), C(0, &quantile, 1, "y") },
	  "",
	  2,
	  "first: t: a label's name is a reserved one" },
	{ "a histogram's reserved label",
	  { C(0, &le, 1, "x") },
	  "",
	  1,
	  "first: t: a label's name is a reserved one" },
	{ "labels that are reserved elsewhere",
	  { V(0, &gauge_le, 1, "x", "y") },
	  "# HELP t H.\n# TYPE t gauge\nt{le=\"x\",quantile=\"y\"} 1\n",
	  0,
	  NULL },
};

static char *text_of(const struct gather *g)
{
	struct expo e = { .gather = g };
	struct buffer b = { 0 };

	while (expo_write(&e, &b, SIZE_MAX))
		;
	buffer_add(&b, "", 1);
	return b.data;
}

static void check(const struct row *row, const struct gather *g, size_t added)
{
	CLEANUP(cleanup_free) char *text = text_of(g);

	assert_string_equal(text, row->text);
	assert_int_equal(gather_dropped(g), row->dropped);
	assert_int_equal(gather_samples(g), added - row->dropped);
	if (row->problem)
		assert_string_equal(gather_problem(g), row->problem);
	else
		assert_null(gather_problem(g));
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct set_writer writers[SETS] = { 0 };
		struct gather *g = gather_new(ESCAPING_UTF8);
		size_t added = 0;

		print_message("%s\n", row->name);
		for (int k = 0; k < SETS; k++)
			set_begin(&writers[k], xmalloc(SET_SIZE), SET_SIZE);
		for (const struct emitted *e = row->emitted; e->metric; e++, added++)
			set_add(&writers[e->set], e->metric, e->part, e->bound, e->value,
			        e->values);
		for (int k = 0; k < SETS; k++)
			assert_int_equal(gather_add(g, sources[k], writers[k].base, writers[k].used,
			                            k >= SECONDARY),
			                 0);
		gather_finish(g);
		check(row, g, added);
		gather_free(g);
		for (int k = 0; k < SETS; k++) {
			free(writers[k].base);
			set_free(&writers[k]);
		}
	}
}

/* Secondary sets lose even when they are added first. */
static void test_order_of_adding(void **state)
{
	static const struct row row = {
		.text = UP "up 1\n",
		.dropped = 1,
		.problem = "files: up: a collector has a family of this name",
	};
	struct set_writer w = { 0 };
	struct gather *g = gather_new(ESCAPING_UTF8);
	unsigned char *base = xmalloc(SET_SIZE);
	size_t used;

	(void)state;
	set_begin(&w, base, SET_SIZE);
	set_add(&w, &plain, PART_VALUE, 0, 2, NULL);
	used = w.used;
	set_begin(&w, base + used, SET_SIZE - used);
	set_add(&w, &plain_again, PART_VALUE, 0, 1, NULL);
	assert_int_equal(gather_add(g, "files", base, used, true), 0);
	assert_int_equal(gather_add(g, "first", base + used, w.used, false), 0);
	gather_finish(g);
	check(&row, g, 2);
	gather_free(g);
	set_free(&w);
	free(base);
}

/* Bytes that set_add() would not have written. */
static void test_hostile_values(void **state)
{
	static const struct {
		const char *bytes; /* instead of "12345678" */
		bool is_dropped;
	} values[] = {
		{ "1234567\xff", true },
		{ "\x80"
		  "2345678",
		  true },
		{ "123456\xc3\xa9", false },
		{ "123456\xed\xa0", true },
		{ "12345\xe2\x82\xac", false },
		{ "12345\xed\xa0\x80", true },
		{ "\xf0\x9f\x98\x80"
		  "5678",
		  false },
		{ "12345\xc0\x80"
		  "8",
		  true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		struct set_writer w = { 0 };
		struct gather *g = gather_new(ESCAPING_UTF8);
		void *base = xmalloc(SET_SIZE);
		char *found;

		set_begin(&w, base, SET_SIZE);
		set_add(&w, &two, PART_VALUE, 0, 1, (const char *[]){ "12345678", "y", NULL });
		set_add(&w, &two, PART_VALUE, 0, 1, (const char *[]){ "x", "y", NULL });
		found = memmem(base, w.used, "12345678", 8);
		assert_non_null(found);
		memcpy(found, values[i].bytes, 8);
		assert_int_equal(gather_add(g, "first", base, w.used, false), 0);
		gather_finish(g);
		assert_int_equal(gather_dropped(g), values[i].is_dropped);
		assert_int_equal(gather_samples(g), 2 - values[i].is_dropped);
		if (values[i].is_dropped)
			assert_non_null(
				strstr(gather_problem(g), "\"}: a label's value is not UTF-8"));
		gather_free(g);
		set_free(&w);
		free(base);
	}
}

/* A set that is cut off anywhere between records is taken, else refused without a trace. */
static void test_broken_sets(void **state)
{
	struct set_writer good = { 0 }, w = { 0 };
	void *good_base = xmalloc(SET_SIZE);
	unsigned char *base = xmalloc(SET_SIZE);
	size_t refused = 0;

	(void)state;
	set_begin(&good, good_base, SET_SIZE);
	set_add(&good, &plain, PART_VALUE, 0, 1, NULL);
	set_begin(&w, base, SET_SIZE);
	set_add(&w, &counter, PART_VALUE, 0, 1, NULL);
	set_add(&w, &twice, PART_VALUE, 0, 1, (const char *[]){ "x", "y", "x", NULL });
	for (size_t size = 0; size <= w.used; size++) {
		struct gather *g = gather_new(ESCAPING_UTF8);
		int r = gather_add(g, "bad", base, size, false);

		assert_true(r == 0 || r == -EBADMSG);
		refused += r < 0;
		assert_int_equal(gather_add(g, "good", good_base, good.used, false), 0);
		gather_finish(g);
		assert_int_equal(g->n_families, 1);
		if (r < 0) {
			assert_int_equal(gather_samples(g), 1);
			assert_int_equal(gather_dropped(g), 0);
			assert_null(gather_problem(g));
			assert_int_equal(g->families[0].type, METRIC_GAUGE);
		}
		gather_free(g);
	}
	/* Whole: nothing, and behind each of the two families and two samples. */
	assert_int_equal(refused, w.used + 1 - 5);
	set_free(&w);
	set_free(&good);
	free(base);
	free(good_base);
}

/* Many samples in each of many orders come out the same. */
static void test_orders(void **state)
{
	enum { COUNT = 300, ORDERS = 7 };
	static const size_t strides[ORDERS] = { 1, 299, 7, 11, 101, 149, 293 };
	char *first = NULL;

	(void)state;
	for (size_t order = 0; order < ORDERS; order++) {
		struct set_writer w = { 0 };
		struct gather *g = gather_new(ESCAPING_UTF8);
		void *base = xmalloc(SET_SIZE);
		char *text;

		set_begin(&w, base, SET_SIZE);
		for (size_t i = 0; i < COUNT; i++) {
			size_t n = i * strides[order] % COUNT;
			char a[16], z[16];

			snprintf(a, sizeof(a), "%zu", n % 17);
			snprintf(z, sizeof(z), "%zu", n);
			set_add(&w, &numbers, PART_VALUE, 0, (double)n,
			        (const char *[]){ z, a, NULL });
		}
		assert_int_equal(gather_add(g, "first", base, w.used, false), 0);
		gather_finish(g);
		assert_int_equal(gather_samples(g), COUNT);
		text = text_of(g);
		if (first) {
			assert_string_equal(text, first);
			free(text);
		} else {
			first = text;
		}
		gather_free(g);
		set_free(&w);
		free(base);
	}
	free(first);
}

static void test_long_problem(void **state)
{
	struct set_writer w = { 0 };
	struct gather *g = gather_new(ESCAPING_UTF8);
	void *base = xmalloc(SET_SIZE);
	char value[4096];

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	set_begin(&w, base, SET_SIZE);
	set_add(&w, &labelled, PART_VALUE, 0, 1, (const char *[]){ value, NULL });
	set_add(&w, &labelled, PART_VALUE, 0, 1, (const char *[]){ value, NULL });
	assert_int_equal(gather_add(g, "first", base, w.used, false), 0);
	gather_finish(g);
	assert_int_equal(gather_dropped(g), 1);
	assert_in_range(strlen(gather_problem(g)), 120, 300);
	gather_free(g);
	set_free(&w);
	free(base);
	gather_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),           cmocka_unit_test(test_order_of_adding),
		cmocka_unit_test(test_hostile_values), cmocka_unit_test(test_broken_sets),
		cmocka_unit_test(test_orders),         cmocka_unit_test(test_long_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

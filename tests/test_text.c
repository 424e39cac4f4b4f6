// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

enum { PIECES_MAX = 6 };

/* A text cut until nothing is left. */
struct cut_case {
	const char *text;
	const char *pieces[PIECES_MAX + 1];
};

static const struct cut_case line_cases[] = {
	{ "", { NULL } },
	{ "\n", { "", NULL } },
	{ "\n\n", { "", "", NULL } },
	{ "a", { "a", NULL } },
	{ "a\n", { "a", NULL } },
	{ "a\nb", { "a", "b", NULL } },
	{ "a\n\nb\n", { "a", "", "b", NULL } },
	{ "a\r\nb\r\n", { "a", "b", NULL } },
	{ "\r\n", { "", NULL } },
	{ "a\r", { "a", NULL } },
	{ "a\r\r\n", { "a\r", NULL } },
	{ "a\rb\n", { "a\rb", NULL } },
	{ " a b \n\t\n", { " a b ", "\t", NULL } },
	{ "cpu  1 2 3\ncpu0 1 2", { "cpu  1 2 3", "cpu0 1 2", NULL } },
};

static const struct cut_case field_cases[] = {
	{ "", { NULL } },
	{ " ", { NULL } },
	{ " \t ", { NULL } },
	{ "a", { "a", NULL } },
	{ "a b", { "a", "b", NULL } },
	{ "  a  b  ", { "a", "b", NULL } },
	{ "\ta\t \tb", { "a", "b", NULL } },
	{ "a\nb c\r", { "a\nb", "c\r", NULL } },
	{ "a\vb", { "a\vb", NULL } },
	{ "eth0: 12 0 -7", { "eth0:", "12", "0", "-7", NULL } },
	{ "\xc3\xa9 \xff", { "\xc3\xa9", "\xff", NULL } },
};

static const struct cut_case part_cases[] = {
	{ "", { NULL } },
	{ ",", { "", NULL } },
	{ ",,", { "", "", NULL } },
	{ "a", { "a", NULL } },
	{ "a,", { "a", NULL } },
	{ ",a", { "", "a", NULL } },
	{ "a,b", { "a", "b", NULL } },
	{ "a,,b,", { "a", "", "b", NULL } },
	{ " a , b\n", { " a ", " b\n", NULL } },
};

static char *next_comma_part(char **text)
{
	return next_part(text, ',');
}

static void check_cuts(const struct cut_case *cases, size_t n_cases, char *(*next)(char **))
{
	for (size_t i = 0; i < n_cases; i++) {
		char *copy = xstrdup(cases[i].text);
		char *end = copy + strlen(copy);
		char *at = copy;

		for (size_t n = 0; cases[i].pieces[n]; n++) {
			char *piece = next(&at);

			assert_non_null(piece);
			assert_string_equal(piece, cases[i].pieces[n]);
		}
		/* Asking again is allowed and changes nothing. */
		assert_null(next(&at));
		assert_null(next(&at));
		assert_in_range((uintptr_t)at, (uintptr_t)copy, (uintptr_t)end);
		free(copy);
	}
}

static void test_next_line(void **state)
{
	(void)state;
	check_cuts(line_cases, ARRAY_SIZE(line_cases), next_line);
}

static void test_next_field(void **state)
{
	(void)state;
	check_cuts(field_cases, ARRAY_SIZE(field_cases), next_field);
}

static void test_next_part(void **state)
{
	(void)state;
	check_cuts(part_cases, ARRAY_SIZE(part_cases), next_comma_part);
}

/* A line such as those of /proc/interrupts on the largest machines: each field once, and no copy.
 */
static void test_many_fields(void **state)
{
	enum { CPUS = 4096, WIDTH = 11 };
	char *text = xmalloc(CPUS * WIDTH + 1), *line, *at = text, *field;
	size_t count = 0;
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < CPUS; i++)
		assert_int_equal(snprintf(text + i * WIDTH, WIDTH + 1, " %10zu", i), WIDTH);
	line = next_line(&at);
	while ((field = next_field(&line))) {
		assert_int_equal(parse_u64(field, &value), 0);
		assert_int_equal(value, count++);
	}
	assert_int_equal(count, CPUS);
	assert_null(next_line(&at));
	free(text);
}

/* What is left after a cut is still there for another kind of cut. */
static void test_mixed_cuts(void **state)
{
	char text[] = "eth0:  12 34\nlo";
	char *at = text;
	char *line = next_line(&at);

	(void)state;
	assert_non_null(line);
	assert_string_equal(next_part(&line, ':'), "eth0");
	assert_string_equal(line, "  12 34");
	assert_string_equal(next_field(&line), "12");
	assert_string_equal(line, "34");
	assert_string_equal(next_part(&line, ':'), "34");
	assert_string_equal(line, "");
	assert_string_equal(next_line(&at), "lo");
	assert_string_equal(at, "");
}

static void test_trim(void **state)
{
	static const struct {
		const char *text;
		const char *trimmed;
	} cases[] = {
		{ "", "" },
		{ " ", "" },
		{ " \t\n\v\f\r", "" },
		{ "a", "a" },
		{ "a\n", "a" },
		{ " \t\n\v\f\ra b\r\f\v\n\t ", "a b" },
		{ "\xc2\xa0 a \xa0", "\xc2\xa0 a \xa0" },
		{ "\x1f\x08 a", "\x1f\x08 a" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *copy = xstrdup(cases[i].text);

		assert_string_equal(trim(copy), cases[i].trimmed);
		free(copy);
	}
}

static void test_starts_and_ends(void **state)
{
	(void)state;
	assert_true(starts_with("", ""));
	assert_true(starts_with("a", ""));
	assert_true(starts_with("cpu0", "cpu"));
	assert_true(starts_with("cpu", "cpu"));
	assert_false(starts_with("cp", "cpu"));
	assert_false(starts_with("", "cpu"));
	assert_false(starts_with("xcpu", "cpu"));
	assert_true(ends_with("", ""));
	assert_true(ends_with("a", ""));
	assert_true(ends_with("x.prom", ".prom"));
	assert_true(ends_with(".prom", ".prom"));
	assert_false(ends_with("prom", ".prom"));
	assert_false(ends_with("", ".prom"));
	assert_false(ends_with("x.prom~", ".prom"));
}

struct u64_case {
	const char *text;
	int r;
	uint64_t value;
};

static const struct u64_case u64_cases[] = {
	{ "0", 0, 0 },
	{ "1", 0, 1 },
	{ "007", 0, 7 },
	{ "00000000000000000000000000000000000000001", 0, 1 },
	{ "1844674407370955160", 0, 1844674407370955160u },
	{ "1844674407370955161", 0, 1844674407370955161u },
	{ "1844674407370955162", 0, 1844674407370955162u },
	{ "9223372036854775808", 0, 9223372036854775808u },
	{ "9999999999999999999", 0, 9999999999999999999u },
	{ "10000000000000000000", 0, 10000000000000000000u },
	{ "18446744073709551609", 0, 18446744073709551609u },
	{ "18446744073709551610", 0, 18446744073709551610u },
	{ "18446744073709551614", 0, UINT64_MAX - 1 },
	{ "18446744073709551615", 0, UINT64_MAX },
	{ "018446744073709551615", 0, UINT64_MAX },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "18446744073709551620", -ERANGE, 0 },
	{ "18446744073709551619", -ERANGE, 0 },
	{ "20000000000000000000", -ERANGE, 0 },
	{ "99999999999999999999", -ERANGE, 0 },
	{ "184467440737095516150", -ERANGE, 0 },
	{ "999999999999999999999999999999999999999999", -ERANGE, 0 },
	{ "999999999999999999999999999999999999999999x", -EINVAL, 0 },
	{ "18446744073709551616 ", -EINVAL, 0 },
	{ "", -EINVAL, 0 },
	{ " ", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "1\n", -EINVAL, 0 },
	{ "\t1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "-0", -EINVAL, 0 },
	{ "1.0", -EINVAL, 0 },
	{ "1e3", -EINVAL, 0 },
	{ "0x1", -EINVAL, 0 },
	{ "1_000", -EINVAL, 0 },
	{ "12a", -EINVAL, 0 },
	{ "/", -EINVAL, 0 },
	{ ":", -EINVAL, 0 },
	{ "1\xb1", -EINVAL, 0 },
	{ "\xff", -EINVAL, 0 },
};

static const struct u64_case hex_cases[] = {
	{ "0", 0, 0 },
	{ "0x0", 0, 0 },
	{ "ff", 0, 255 },
	{ "FF", 0, 255 },
	{ "0xFf", 0, 255 },
	{ "0XfF", 0, 255 },
	{ "0123456789abcdef", 0, 0x0123456789abcdef },
	{ "ABCDEF", 0, 0xabcdef },
	{ "ffffffffffffffff", 0, UINT64_MAX },
	{ "0xffffffffffffffff", 0, UINT64_MAX },
	{ "0000000000ffffffffffffffff", 0, UINT64_MAX },
	{ "10000000000000000", -ERANGE, 0 },
	{ "0x10000000000000000", -ERANGE, 0 },
	{ "fffffffffffffffff", -ERANGE, 0 },
	{ "fffffffffffffffffg", -EINVAL, 0 },
	{ "", -EINVAL, 0 },
	{ "0x", -EINVAL, 0 },
	{ "x1", -EINVAL, 0 },
	{ "0x0x1", -EINVAL, 0 },
	{ "00x1", -EINVAL, 0 },
	{ "g", -EINVAL, 0 },
	{ "@", -EINVAL, 0 },
	{ "`", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ "0x-1", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "f_f", -EINVAL, 0 },
};

static const struct u64_case any_cases[] = {
	{ "0", 0, 0 },
	{ "00", 0, 0 },
	{ "10", 0, 10 },
	{ "010", 0, 8 },
	{ "0o10", 0, 8 },
	{ "0O10", 0, 8 },
	{ "0x10", 0, 16 },
	{ "0X1f", 0, 31 },
	{ "0b10", 0, 2 },
	{ "0B11", 0, 3 },
	{ "1_000", 0, 1000 },
	{ "1_0_0", 0, 100 },
	{ "0_7", 0, 7 },
	{ "0x_1f", 0, 31 },
	{ "0xf_f", 0, 255 },
	{ "0b_1_0", 0, 2 },
	{ "0o_17", 0, 15 },
	{ "18446744073709551615", 0, UINT64_MAX },
	{ "18_446_744_073_709_551_615", 0, UINT64_MAX },
	{ "18446744073709551616", -ERANGE, 0 },
	{ "0xffffffffffffffff", 0, UINT64_MAX },
	{ "0x1_0000_0000_0000_0000", -ERANGE, 0 },
	{ "01777777777777777777777", 0, UINT64_MAX },
	{ "02000000000000000000000", -ERANGE, 0 },
	{ "0b1111111111111111111111111111111111111111111111111111111111111111", 0, UINT64_MAX },
	{ "0b10000000000000000000000000000000000000000000000000000000000000000", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ "_", -EINVAL, 0 },
	{ "_1", -EINVAL, 0 },
	{ "1_", -EINVAL, 0 },
	{ "1__0", -EINVAL, 0 },
	{ "0_", -EINVAL, 0 },
	{ "_0x1", -EINVAL, 0 },
	{ "0_x1", -EINVAL, 0 },
	{ "0x", -EINVAL, 0 },
	{ "0x_", -EINVAL, 0 },
	{ "0x__1", -EINVAL, 0 },
	{ "0x1_", -EINVAL, 0 },
	{ "0b", -EINVAL, 0 },
	{ "0o", -EINVAL, 0 },
	{ "08", -EINVAL, 0 },
	{ "0o8", -EINVAL, 0 },
	{ "0b2", -EINVAL, 0 },
	{ "0xg", -EINVAL, 0 },
	{ "1a", -EINVAL, 0 },
	{ "1_a", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "0x+1", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1\n", -EINVAL, 0 },
};

static void check_u64(const struct u64_case *cases, size_t n_cases,
                      int (*parse)(const char *, uint64_t *))
{
	unsigned n_wrong = 0;

	for (size_t i = 0; i < n_cases; i++) {
		uint64_t untouched = UINT64_C(0x5ca1ab1e5ca1ab1e);
		uint64_t value = untouched;
		int r = parse(cases[i].text, &value);

		if (r != cases[i].r || value != (r < 0 ? untouched : cases[i].value)) {
			print_error("\"%s\" gives %d, %ju\n", cases[i].text, r, (uintmax_t)value);
			n_wrong++;
		}
	}
	assert_int_equal(n_wrong, 0);
}

static void test_parse_u64(void **state)
{
	(void)state;
	check_u64(u64_cases, ARRAY_SIZE(u64_cases), parse_u64);
}

static void test_parse_hex(void **state)
{
	(void)state;
	check_u64(hex_cases, ARRAY_SIZE(hex_cases), parse_hex);
}

static void test_parse_u64_any(void **state)
{
	(void)state;
	check_u64(any_cases, ARRAY_SIZE(any_cases), parse_u64_any);
}

struct i64_case {
	const char *text;
	int r;
	int64_t value;
};

static void check_i64(const struct i64_case *cases, size_t n_cases,
                      int (*parse)(const char *, int64_t *))
{
	unsigned n_wrong = 0;

	for (size_t i = 0; i < n_cases; i++) {
		int64_t value = 42;
		int r = parse(cases[i].text, &value);

		if (r != cases[i].r || value != (r < 0 ? 42 : cases[i].value)) {
			print_error("\"%s\" gives %d, %jd\n", cases[i].text, r, (intmax_t)value);
			n_wrong++;
		}
	}
	assert_int_equal(n_wrong, 0);
}

static void test_parse_i64_any(void **state)
{
	static const struct i64_case cases[] = {
		{ "0", 0, 0 },
		{ "-0", 0, 0 },
		{ "+5", 0, 5 },
		{ "-5", 0, -5 },
		{ "-0x10", 0, -16 },
		{ "+010", 0, 8 },
		{ "-0b11", 0, -3 },
		{ "-1_000", 0, -1000 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "-9223372036854775808", 0, INT64_MIN },
		{ "-0x8000000000000000", 0, INT64_MIN },
		{ "9223372036854775808", -ERANGE, 0 },
		{ "0x8000000000000000", -ERANGE, 0 },
		{ "-9223372036854775809", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "-", -EINVAL, 0 },
		{ "+", -EINVAL, 0 },
		{ "+-1", -EINVAL, 0 },
		{ "--1", -EINVAL, 0 },
		{ "0x-1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
	};

	(void)state;
	check_i64(cases, ARRAY_SIZE(cases), parse_i64_any);
}

static void test_parse_i64(void **state)
{
	static const struct i64_case cases[] = {
		{ "0", 0, 0 },
		{ "-0", 0, 0 },
		{ "1", 0, 1 },
		{ "-1", 0, -1 },
		{ "-007", 0, -7 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "-9223372036854775807", 0, -INT64_MAX },
		{ "-9223372036854775808", 0, INT64_MIN },
		{ "9223372036854775808", -ERANGE, 0 },
		{ "-9223372036854775809", -ERANGE, 0 },
		{ "18446744073709551615", -ERANGE, 0 },
		{ "-18446744073709551615", -ERANGE, 0 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "-99999999999999999999999", -ERANGE, 0 },
		{ "-99999999999999999999999-", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "-", -EINVAL, 0 },
		{ "--1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ "-+1", -EINVAL, 0 },
		{ "- 1", -EINVAL, 0 },
		{ " -1", -EINVAL, 0 },
		{ "-1 ", -EINVAL, 0 },
		{ "1-", -EINVAL, 0 },
		{ "-1.5", -EINVAL, 0 },
	};

	(void)state;
	check_i64(cases, ARRAY_SIZE(cases), parse_i64);
}

static const struct {
	const char *text;
	int r;
	double value;
} double_cases[] = {
	{ "0", 0, 0 },
	{ "-0", 0, -0.0 },
	{ "+0", 0, 0 },
	{ "0.21", 0, 0.21 },
	{ "1.", 0, 1 },
	{ ".5", 0, 0.5 },
	{ "-.5", 0, -0.5 },
	{ "+1.5", 0, 1.5 },
	{ "007.50", 0, 7.5 },
	{ "350735.47", 0, 350735.47 },
	{ "1e3", 0, 1000 },
	{ "1E3", 0, 1000 },
	{ "1e+3", 0, 1000 },
	{ "1.e-3", 0, 0.001 },
	{ "-1.025983e+06", 0, -1025983 },
	{ "123456789012345e22", 0, 123456789012345e22 },
	{ "123456789012345e23", 0, 123456789012345e23 },
	{ "1e22", 0, 1e22 },
	{ "1e23", 0, 1e23 },
	{ "1e-22", 0, 1e-22 },
	{ "1e-23", 0, 1e-23 },
	{ "9007199254740993", 0, 9007199254740992 }, /* halfway, to even */
	{ "9007199254740995", 0, 9007199254740996 },
	{ "9007199254740993.0000000000000000000000000000000000000000001", 0, 9007199254740994 },
	{ "18446744073709551615", 0, 18446744073709551616.0 },
	{ "9674453510995965e-18", 0, 9674453510995965e-18 },
	{ "9674453510995965e18", 0, 9674453510995965e18 },
	{ "0.000000000000000000000000000000000000000000000000001", 0, 1e-51 },
	{ "1000000000000000000000000000000000000000000000000000", 0, 1e51 },
	{ "0000000000000000000000000000000000000000000000000001.5", 0, 1.5 },
	{ "1.7976931348623157e308", 0, 1.7976931348623157e308 },
	{ "1.7976931348623158e308", 0, 1.7976931348623157e308 },
	{ "1.7976931348623159e308", -ERANGE, 0 },
	{ "-1e309", -ERANGE, 0 },
	{ "1e99999999999999999999", -ERANGE, 0 },
	{ "0e99999999999999999999", 0, 0 },
	{ "1e-99999999999999999999", 0, 0 },
	{ "-1e-400", 0, -0.0 },
	{ "5e-324", 0, 5e-324 },
	{ "2.4e-324", 0, 0 },
	{ "2.5e-324", 0, 5e-324 },
	{ "2.2250738585072011e-308", 0, 2.2250738585072011e-308 },
	{ "NaN", 0, NAN },
	{ "nan", 0, NAN },
	{ "NAN", 0, NAN },
	{ "Inf", 0, INFINITY },
	{ "+Inf", 0, INFINITY },
	{ "-Inf", 0, -INFINITY },
	{ "inf", 0, INFINITY },
	{ "infinity", 0, INFINITY },
	{ "-INFINITY", 0, -INFINITY },
	{ "+Infinity", 0, INFINITY },
	{ "", -EINVAL, 0 },
	{ ".", -EINVAL, 0 },
	{ "-", -EINVAL, 0 },
	{ "-.", -EINVAL, 0 },
	{ "e5", -EINVAL, 0 },
	{ ".e5", -EINVAL, 0 },
	{ "1e", -EINVAL, 0 },
	{ "1e+", -EINVAL, 0 },
	{ "1e-", -EINVAL, 0 },
	{ "1e+-5", -EINVAL, 0 },
	{ "1e5.0", -EINVAL, 0 },
	{ "1.2.3", -EINVAL, 0 },
	{ "1,5", -EINVAL, 0 },
	{ "1_0", -EINVAL, 0 },
	{ "--1", -EINVAL, 0 },
	{ "+-1", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "1\n", -EINVAL, 0 },
	{ "\f1", -EINVAL, 0 },
	{ "1f", -EINVAL, 0 },
	{ "0x1p3", -EINVAL, 0 },
	{ "0x10", -EINVAL, 0 },
	{ "-0x1", -EINVAL, 0 },
	{ "nan(1)", -EINVAL, 0 },
	{ "nanx", -EINVAL, 0 },
	{ "+nan", -EINVAL, 0 },
	{ "-nan", -EINVAL, 0 },
	{ "in", -EINVAL, 0 },
	{ "infinit", -EINVAL, 0 },
	{ "infinityx", -EINVAL, 0 },
	{ "--inf", -EINVAL, 0 },
	{ "1inf", -EINVAL, 0 },
};

static void test_parse_double(void **state)
{
	unsigned n_wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(double_cases); i++) {
		double expected = double_cases[i].r < 0 ? 42 : double_cases[i].value;
		double value = 42;
		int r = parse_double(double_cases[i].text, &value);
		bool is_same = isnan(expected)
		                       ? isnan(value)
		                       : value == expected && !signbit(value) == !signbit(expected);

		if (r != double_cases[i].r || !is_same) {
			print_error("\"%s\" gives %d, %a\n", double_cases[i].text, r, value);
			n_wrong++;
		}
	}
	assert_int_equal(n_wrong, 0);
}

static void test_parse_double_long(void **state)
{
	enum { ZEROS = 200000 };
	char *text = xmalloc(ZEROS + 16);
	double value;

	(void)state;
	/* 0.000…1 and 1000…0e-N */
	memset(text, '0', ZEROS);
	text[1] = '.';
	memcpy(text + ZEROS, "1", 2);
	assert_int_equal(parse_double(text, &value), 0);
	assert_true(value == 0);
	memset(text, '0', ZEROS);
	text[0] = '1';
	text[ZEROS] = '\0';
	assert_int_equal(parse_double(text, &value), -ERANGE);
	(void)snprintf(text + ZEROS, 16, "e-%d", ZEROS - 2);
	assert_int_equal(parse_double(text, &value), 0);
	assert_true(value == 10);
	free(text);
}

static const struct {
	const char *text;
	size_t size;
	size_t valid;
} utf8_cases[] = {
	{ "", 0, 0 },
	{ "a", 1, 1 },
	{ "\0a", 2, 2 },
	{ "\x7f", 1, 1 },
	{ "abcdefgh", 8, 8 },
	{ "abcdefghijklmnopq", 17, 17 },
	{ "abcdefg\x80", 8, 7 },
	{ "abcdefgh\xff", 9, 8 },
	{ "abcdefghijklmno\xc3\xa9pqrstuvw", 25, 25 },
	{ "abcdefg\xc3\xa9xyzabcde", 17, 17 },
	/* the ends of each length */
	{ "\xc2\x80\xdf\xbf", 4, 4 },
	{ "\xe0\xa0\x80\xed\x9f\xbf", 6, 6 },
	{ "\xee\x80\x80\xef\xbf\xbf", 6, 6 },
	{ "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8, 8 },
	{ "\xe1\x80\x80\xec\xbf\xbf\xf1\x80\x80\x80\xf3\xbf\xbf\xbf", 14, 14 },
	{ "\xef\xbb\xbf", 3, 3 },
	/* a continuation without a start */
	{ "\x80", 1, 0 },
	{ "\xbf", 1, 0 },
	{ "a\xc3\xa9\xa9", 4, 3 },
	/* overlong */
	{ "\xc0\x80", 2, 0 },
	{ "\xc1\xbf", 2, 0 },
	{ "\xe0\x80\x80", 3, 0 },
	{ "\xe0\x9f\xbf", 3, 0 },
	{ "\xf0\x80\x80\x80", 4, 0 },
	{ "\xf0\x8f\xbf\xbf", 4, 0 },
	/* surrogates */
	{ "\xed\xa0\x80", 3, 0 },
	{ "\xed\xbf\xbf", 3, 0 },
	{ "x\xed\xa0\x80\xed\xb0\x80", 7, 1 },
	/* above U+10FFFF */
	{ "\xf4\x90\x80\x80", 4, 0 },
	{ "\xf5\x80\x80\x80", 4, 0 },
	{ "\xf8\x88\x80\x80\x80", 5, 0 },
	{ "\xfc\x84\x80\x80\x80\x80", 6, 0 },
	{ "\xfe", 1, 0 },
	{ "\xff", 1, 0 },
	/* cut short, by the end or by another character */
	{ "\xc3", 1, 0 },
	{ "\xc3\xa9", 1, 0 },
	{ "\xe2\x82", 2, 0 },
	{ "\xe2\x82\xac", 2, 0 },
	{ "\xf0\x9f\x98", 3, 0 },
	{ "\xf0\x9f\x98\x80", 3, 0 },
	{ "\xc3z", 2, 0 },
	{ "\xe2\x82z", 3, 0 },
	{ "\xe2z\xac", 3, 0 },
	{ "\xf0\x9f\x98z", 4, 0 },
	{ "\xf0\x9fz\x80", 4, 0 },
	{ "\xf0\x9f\x98\xc0", 4, 0 },
	{ "\xe2\x82\xac\xe2\x82", 5, 3 },
	{ "\xc3\xc3\xa9", 3, 0 },
};

static void test_utf8_prefix(void **state)
{
	unsigned n_wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(utf8_cases); i++) {
		/* A copy of just that size, so that a sanitizer sees any byte read too many. */
		char *copy = xmalloc(utf8_cases[i].size);
		size_t valid;

		memcpy(copy, utf8_cases[i].text, utf8_cases[i].size);
		valid = utf8_prefix(copy, utf8_cases[i].size);
		free(copy);
		if (valid != utf8_cases[i].valid) {
			print_error("case %zu: %zu bytes, expected %zu\n", i, valid,
			            utf8_cases[i].valid);
			n_wrong++;
		}
	}
	assert_int_equal(n_wrong, 0);
}

/* Whatever the place of the first bad byte, be it in eight bytes looked at together or not. */
static void test_utf8_prefix_places(void **state)
{
	char text[24];

	(void)state;
	for (size_t at = 0; at < sizeof(text); at++) {
		memset(text, 'a', sizeof(text));
		text[at] = '\x80';
		assert_int_equal(utf8_prefix(text, sizeof(text)), at);
		assert_int_equal(utf8_prefix(text, at), at);
	}
}

/* Every string of up to three bytes: as many are one character as there are code points. */
static void test_utf8_prefix_all(void **state)
{
	unsigned n_valid[4] = { 0 };

	(void)state;
	for (uint32_t n = 0; n < 1u << 24; n++) {
		const char text[3] = { (char)(n >> 16), (char)(n >> 8), (char)n };

		n_valid[3] +=
			(text[0] & 0x80) && utf8_prefix(text, 3) == 3 && utf8_prefix(text, 2) == 0;
		n_valid[2] += n < 1u << 16 && (text[1] & 0x80) && utf8_prefix(text + 1, 2) == 2;
		n_valid[1] += n < 1u << 8 && utf8_prefix(text + 2, 1) == 1;
	}
	assert_int_equal(n_valid[1], 0x80);
	assert_int_equal(n_valid[2], 0x800 - 0x80);
	assert_int_equal(n_valid[3], 0x10000 - 0x800 - 0x800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_next_line),       cmocka_unit_test(test_next_field),
		cmocka_unit_test(test_next_part),       cmocka_unit_test(test_many_fields),
		cmocka_unit_test(test_mixed_cuts),      cmocka_unit_test(test_trim),
		cmocka_unit_test(test_starts_and_ends), cmocka_unit_test(test_parse_u64),
		cmocka_unit_test(test_parse_i64),       cmocka_unit_test(test_parse_hex),
		cmocka_unit_test(test_parse_u64_any),   cmocka_unit_test(test_parse_i64_any),
		cmocka_unit_test(test_parse_double),    cmocka_unit_test(test_parse_double_long),
		cmocka_unit_test(test_utf8_prefix),     cmocka_unit_test(test_utf8_prefix_places),
		cmocka_unit_test(test_utf8_prefix_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

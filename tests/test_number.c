// SPDX-License-Identifier: Apache-2.0
/* number_format() and parse_double() against the table that number_table.py makes. */
#include "unit.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "text.h"

enum { TABLE_LINES_MIN = 100000, COMPLAINTS_MAX = 20 };

static const struct {
	double value;
	const char *text;
} plain_cases[] = {
	{ 0.0, "0" },
	{ -0.0, "0" },
	{ 1.0, "1" },
	{ -1.0, "-1" },
	{ INFINITY, "+Inf" },
	{ -INFINITY, "-Inf" },
	{ NAN, "NaN" },
	{ -NAN, "NaN" },
	{ 999999, "999999" },
	{ -999999, "-999999" },
	{ 1000000, "1e+06" },
	{ 2097152, "2.097152e+06" },
	{ 12345678.5, "1.23456785e+07" },
	{ 999999.5, "999999.5" },
	{ 100000, "100000" },
	{ 120, "120" },
	{ 0.1, "0.1" },
	{ 0.0001, "0.0001" },
	{ 0.00001, "1e-05" },
	{ 0.00012345, "0.00012345" },
	{ -0.00012345678901234567, "-0.00012345678901234567" },
	{ 5e-324, "5e-324" },
	{ 1e-323, "1e-323" },
	{ DBL_MIN, "2.2250738585072014e-308" },
	{ DBL_MAX, "1.7976931348623157e+308" },
	{ -DBL_MAX, "-1.7976931348623157e+308" },
	{ 9007199254740991, "9.007199254740991e+15" },
	{ 9007199254740992, "9.007199254740992e+15" },
	{ 9007199254740994, "9.007199254740994e+15" },
	{ 18446744073709551615.0, "1.8446744073709552e+19" },
	{ 1e21, "1e+21" },
	{ 1e23, "1e+23" },
	{ 1e100, "1e+100" },
	{ 1709210096.123456789, "1.7092100961234567e+09" },
	{ 0.1 + 0.2, "0.30000000000000004" },
	{ 5.684341886080802e-14, "5.684341886080802e-14" }, /* a tie: ...8015 exactly */
};

static double from_bits(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static bool is_same(double a, double b)
{
	/* Both zeros have the text "0". */
	return (isnan(a) && isnan(b)) || a == b;
}

static bool check(double value, const char *expected)
{
	char text[NUMBER_TEXT_MAX];
	size_t length = number_format(value, text);
	double back;
	int r = parse_double(expected, &back);

	if (length != strlen(expected) || memcmp(text, expected, length) != 0) {
		print_error("%a: \"%.*s\", expected \"%s\"\n", value, (int)length, text, expected);
		return false;
	}
	if (r < 0 || !is_same(value, back)) {
		print_error("\"%s\": parsed as %a (%d), expected %a\n", expected, r ? 0 : back, r,
		            value);
		return false;
	}
	return true;
}

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(plain_cases); i++)
		assert_true(check(plain_cases[i].value, plain_cases[i].text));
}

static void test_table(void **state)
{
	const char *path = getenv("NUMBER_TABLE");
	unsigned long n_lines = 0;
	unsigned n_wrong = 0;
	char line[80];
	FILE *table;

	(void)state;
	if (!path)
		print_error("NUMBER_TABLE is not set: it names what number_table.py has printed\n");
	assert_non_null(path);
	table = fopen(path, "r");
	if (!table)
		print_error("NUMBER_TABLE: %s: %s\n", path, strerror(errno));
	assert_non_null(table);

	while (n_wrong < COMPLAINTS_MAX && fgets(line, sizeof(line), table)) {
		char *rest = line;
		char *all = next_line(&rest);
		char *bits_text = all ? next_field(&all) : NULL;
		char *text = bits_text ? next_field(&all) : NULL;
		uint64_t bits;

		n_lines++;
		if (!text || parse_hex(bits_text, &bits) < 0) {
			print_error("%s: line %lu is not \"bits text\"\n", path, n_lines);
			n_wrong++;
		} else {
			n_wrong += !check(from_bits(bits), text);
		}
	}
	assert_int_equal(fclose(table), 0);
	assert_int_equal(n_wrong, 0);
	assert_in_range(n_lines, TABLE_LINES_MIN, UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

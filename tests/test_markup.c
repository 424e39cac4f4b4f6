// SPDX-License-Identifier: Apache-2.0
/* markup: nothing that anybody sends gets out of its text. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "markup.h"

static struct buffer html(const char *text, size_t max)
{
	struct buffer b = { 0 };

	markup_html(&b, text, max);
	buffer_add(&b, "", 1);
	return b;
}

static void html_is_escaped(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *wanted;
	} cases[] = {
		{ "", 10, "" },
		{ "plain ü €", 20, "plain ü €" },
		{ "<script>alert(\"1\" + '&')</script>", 99,
		  "&lt;script&gt;alert(&quot;1&quot; + &#39;&amp;&#39;)&lt;/script&gt;" },
		{ "a\nb\tc", 10, "a b c" },
		{ "\x01\x1b[31m\x7f", 10, "\xef\xbf\xbd\xef\xbf\xbd[31m\xef\xbf\xbd" },
		/* Not UTF-8: a lone byte, an overlong '<', a surrogate, a character cut short. */
		{ "a\xff\x62", 10, "a\xef\xbf\xbd\x62" },
		{ "\xc0\xbc", 10, "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xed\xa0\x80", 10, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xe2\x82", 10, "\xef\xbf\xbd\xef\xbf\xbd" },
		/* What stands before such a byte is not touched. */
		{ "a\x80", 10, "a\xef\xbf\xbd" },
		{ "ü\x80\x80", 10, "ü\xef\xbf\xbd\xef\xbf\xbd" },
		{ "1234567890", 10, "1234567890" },
		{ "12345678901", 10, "1234567890…" },
		{ "12345678€", 10, "12345678…" },
		{ "<<<<", 2, "&lt;&lt;…" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buffer b = html(cases[i].text, cases[i].max);

		assert_string_equal(b.data, cases[i].wanted);
		buffer_free(&b);
	}
}

static void json_is_escaped(void **state)
{
	static const struct {
		const char *text;
		const char *wanted;
	} cases[] = {
		{ "", "\"\"" },
		{ "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
		{ "\n\x01\x7f", "\"\\u000a\\u0001\\u007f\"" },
		{ "</script>", "\"\\u003c/script>\"" },
		{ "ü\xff€", "\"ü\xef\xbf\xbd€\"" },
		{ "\xf0\x9f\x98\x80\xf0\x9f", "\"\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buffer b = { 0 };

		markup_json(&b, cases[i].text);
		buffer_add(&b, "", 1);
		assert_string_equal(b.data, cases[i].wanted);
		buffer_free(&b);
	}
}

static void numbers_are_json(void **state)
{
	struct buffer b = { 0 };

	(void)state;
	markup_json_number(&b, 1.5);
	markup_printf(&b, ",");
	markup_json_number(&b, NAN);
	markup_printf(&b, ",");
	markup_json_number(&b, -INFINITY);
	markup_printf(&b, ",%d,", 3);
	markup_json_number(&b, 1e21);
	buffer_add(&b, "", 1);
	assert_string_equal(b.data, "1.5,null,null,3,1e+21");
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_is_escaped),
		cmocka_unit_test(json_is_escaped),
		cmocka_unit_test(numbers_are_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

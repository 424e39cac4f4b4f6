// SPDX-License-Identifier: Apache-2.0
/* json: values, and texts that are none. */
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "scrape.h"

static void values_are_read(void **state)
{
	char text[] =
		" [ {\"a\" : 1.5e3, \"b\":\"x\\\"\\\\\\/\\n\\u00e9\\u20AC\\ud800y\", \"c\":[1,{\"d\":"
		"[\"]\"]},null]},\n{}, {\"a\":-2}]";
	struct json j = { .at = text };
	double sum = 0;
	size_t count = 0;

	(void)state;
	for (json_enter(&j, '['); json_has_next(&j, ']'); count++) {
		for (json_enter(&j, '{'); json_has_next(&j, '}');) {
			const char *name = json_name(&j);

			if (strcmp(name, "a") == 0)
				sum += json_number(&j);
			else if (strcmp(name, "b") == 0)
				assert_string_equal(json_text(&j),
				                    "x\"\\/\n\xc3\xa9\xe2\x82\xac\xef\xbf\xbdy");
			else
				json_skip(&j);
		}
	}
	assert_null(j.error);
	assert_int_equal(count, 3);
	assert_true(sum == 1498);
}

/* All that follows is wrong, and is read to its end without harm. */
static void errors_are_found(void **state)
{
	static const char *const wrong[] = {
		"",           "{",           "[",           "[1",
		"[1,",        "[1,]",        "[1 2]",       "[{\"a\"}",
		"[{\"a\":}]", "[{a:1}]",     "[{\"a\":1,}", "[\"a",
		"[\"a\\",     "[\"\\x\"]",   "[\"\\u12",    "[{\"a\":[}",
		"[{\"a\":[",  "[{\"a\":]}]", "[{\"a\":{\"", "[+-]",
		"[,]",        "[:]",         "[{]",         "[{\"a\"",
		"[{\"b\":",   "[{\"b\":\"",  "[{\"b\"1",    "[.]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		CLEANUP(cleanup_free) char *text = xstrdup(wrong[i]);
		struct json j = { .at = text };

		for (json_enter(&j, '['); json_has_next(&j, ']');) {
			if (text[1] != '{') {
				(void)(text[1] == '"' ? json_text(&j) : NULL);
				(void)(text[1] == '"' ? 0 : json_number(&j));
				continue;
			}
			for (json_enter(&j, '{'); json_has_next(&j, '}');) {
				assert_non_null(json_name(&j));
				json_skip(&j);
			}
		}
		if (!j.error)
			print_error("no error in %s\n", wrong[i]);
		assert_non_null(j.error);
		assert_string_equal(json_text(&j), "");
		assert_true(json_number(&j) == 0);
	}
}

static void files_are_opened(void **state)
{
	char path[] = "json.XXXXXX";
	struct scrape s = { 0 };
	struct json j;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "[]", 2), 2);
	assert_int_equal(json_open(&s, &j, path), 0);
	json_enter(&j, '[');
	assert_false(json_has_next(&j, ']'));
	assert_null(j.error);
	assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
	assert_int_equal(json_open(&s, &j, path), -EFBIG);
	close(fd);
	unlink(path);
	assert_int_equal(json_open(&s, &j, path), -ENOENT);
	assert_int_equal(json_open(&s, &j, "."), -EISDIR);
	scrape_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(errors_are_found),
		cmocka_unit_test(files_are_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

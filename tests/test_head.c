// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <string.h>

#include "head.h"
#include "text.h"

#define H "Host: x\n"

static const struct row {
	unsigned status;
	const char *method, *target, *version, *fields;
} rows[] = {
	{ 0, "GET", "/", "HTTP/1.1", H },
	{ 0, "GET", "/", "HTTP/1.0", "" },
	{ 0, "HEAD", "/a?b=c&d?%zz", "HTTP/1.1", H },
	{ 0, "OPTIONS", "/%2f", "HTTP/1.1", H },
	{ 0, "GET", "/", "HTTP/1.1", H "X:\nY: \t\nZ:a\nA: b \n" },
	{ 0, "GET", "/", "HTTP/1.1", H "X: :a:b: c\n" },
	{ 0, "GET", "/", "HTTP/1.1", H "Content-Length: 0\n" },
	{ 0, "GET", "/", "HTTP/1.1", "HOST:\n" },
	{ 0, "GET", "/", "HTTP/1.1", "Host: [::1]:9100\n" },
	{ 0, "GET", "/", "HTTP/1.1", H "Content-Length5: 0\n" },
	{ 0, "GET", "/", "HTTP/1.1", H "Transfer-Encodingx: y\n" },
	{ 400, "GET", "/", "HTTP/1.1", "" },
	{ 400, "GET", "/", "HTTP/1.1", H H },
	{ 400, "GET", "/", "HTTP/1.1", "Host: a b\n" },
	{ 400, "GET", "/", "HTTP/1.1", "Host: u@x\n" },
	{ 400, "GET", "", "HTTP/1.1", H },
	{ 400, "GET", "x", "HTTP/1.1", H },
	{ 400, "GET", "http://x/", "HTTP/1.1", H },
	{ 400, "GET", "/?a#b", "HTTP/1.1", H },
	{ 400, "GET", "/%2", "HTTP/1.1", H },
	{ 400, "GET", "/%gg", "HTTP/1.1", H },
	{ 400, "GET", "/\x7f", "HTTP/1.1", H },
	{ 400, "GET", "/\t", "HTTP/1.1", H },
	{ 400, "GET", "/a b", "HTTP/1.1", H },
	{ 400, "GET", "/", "HTTP/1.1", H ":\n" },
	{ 400, "GET", "/", "HTTP/1.1", H "X : y\n" },
	{ 400, "GET", "/", "HTTP/1.1", H "X: \x01\n" },
	{ 400, "GET", "/", "HTTP/1.1", H "X: a\rb\n" },
	{ 400, "GET", "/", "HTTP/1.1", H "X\xc3: a\n" },
	{ 400, "GET", "/", "HTTP/1.1", H "Content-Length: 5\n" },
	{ 400, "GET", "/", "HTTP/1.1", H "Content-Length: 00\n" },
	{ 400, "GET", "/", "HTTP/1.1", H "Content-Length: 0\ncontent-length: 0\n" },
	{ 400, "GET", "/", "HTTP/1.1", H "Transfer-Encoding: chunked\n" },
	{ 405, "POST", "/", "HTTP/1.1", H },
	{ 405, "get", "/", "HTTP/1.1", H },
	{ 417, "GET", "/", "HTTP/1.1", H "Expect: x\n" },
};

static unsigned judge(const struct row *row)
{
	char *copy = xstrdup(row->fields), *text = copy, *line;
	struct head head = { 0 };
	const char *why;

	while ((line = next_line(&text))) {
		char *value = strchr(line, ':') + 1;

		head_add(&head, line, (size_t)(value - 1 - line), value, strlen(value));
	}
	free(copy);
	return head_judge(&head, row->method, row->target, row->version, &why);
}

static void test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned status = judge(&rows[i]);

		if (status != rows[i].status)
			print_error("row %zu\n", i);
		assert_int_equal(status, rows[i].status);
	}
}

/* Texts that go on where they are not meant to. */
static void test_sizes(void **state)
{
	struct head head = { 0 };
	const char *why = NULL;
	char target[HEAD_TARGET_MAX + 2];

	(void)state;
	head_add(&head, "host", 4, " x\t", 3);
	head_add(&head, "Accepted", 6, "yes, but not this", 3);
	assert_int_equal(head_judge(&head, "GET", "/", "HTTP/1.1", &why), 0);
	assert_null(why);
	memset(target, 'a', sizeof(target));
	target[0] = '/';
	target[HEAD_TARGET_MAX + 1] = '\0';
	assert_int_equal(head_judge(&head, "GET", target, "HTTP/1.1", &why), 414);
	target[HEAD_TARGET_MAX] = '\0';
	assert_int_equal(head_judge(&head, "GET", target, "HTTP/1.1", &why), 0);
	for (size_t i = head.fields; i < HEAD_FIELDS_MAX; i++)
		head_add(&head, "X", 1, "", 0);
	assert_int_equal(head_judge(&head, "GET", "/", "HTTP/1.1", &why), 0);
	head_add(&head, "X", 1, "", 0);
	assert_int_equal(head_judge(&head, "GET", "/", "HTTP/1.1", &why), 431);
	assert_string_equal(why, "Request Header Fields Too Large\n");
}

static void test_malformed(void **state)
{
	struct head head = { .is_malformed = true };
	const char *why;

	(void)state;
	head_add(&head, "Host", 4, "x", 1);
	assert_int_equal(head_judge(&head, "GET", "/", "HTTP/1.1", &why), 400);
	assert_string_equal(why, "400 Bad Request: malformed header\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <string.h>

#include "lax.h"

#define H "Host: x\r\n"
#define GET "GET / HTTP/1.1\r\n" H

struct row {
	unsigned status;
	const char *text;
	size_t size; /* 0: up to its NUL */
};

#define RAW(status, text) \
	{ \
		(status), (text), sizeof(text) - 1 \
	}

static void check(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t size = rows[i].size ? rows[i].size : strlen(rows[i].text), begin, head;
		unsigned status = lax_judge(rows[i].text, size, &begin, &head);

		if (status != rows[i].status)
			print_error("row %zu: %u, expected %u\n", i, status, rows[i].status);
		assert_int_equal(status, rows[i].status);
	}
}

static void test_good(void **state)
{
	static const struct row rows[] = {
		{ 0, GET "\r\n", 0 },
		{ 0, "\r\n\n\r\n" GET "\r\n", 0 },
		{ 0, GET "\r\nGET / HTTP/1.1\r\n", 0 },
		{ 0, "GET / HTTP/1.0\r\n\r\n", 0 },
		{ 0, "GET / HTTP/1.0\n\n", 0 },
		{ 0, "HEAD /a?b=c&d?%zz HTTP/1.1\r\n" H "\r\n", 0 },
		{ 0, "GET /?a=%zz HTTP/1.1\nHost: x\nX: y\n\n", 0 },
		{ 0, GET "X:\r\nY: \t\r\nZ:a\r\nA: b \r\n\r\n", 0 },
		{ 0, GET "X: :a:b: c\r\n\r\n", 0 },
		{ 0, GET "Content-Length: 0\r\n\r\n", 0 },
		{ 0, "GET / HTTP/1.1\r\nHOST:\r\n\r\n", 0 },
		{ 0, "GET / HTTP/1.1\r\nHost: [::1]:9100\r\n\r\n", 0 },
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

static void test_refused(void **state)
{
	static const struct row rows[] = {
		{ 400, "GET / HTTP/1.1\r\n\r\n", 0 },
		{ 400, GET H "\r\n", 0 },
		{ 400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 0 },
		{ 400, "GET / HTTP/1.1\r\nHost: u@x\r\n\r\n", 0 },
		{ 400, "GET x HTTP/1.1\r\n" H "\r\n", 0 },
		{ 400, "GET http://x/ HTTP/1.1\r\n" H "\r\n", 0 },
		{ 400, "GET /?a#b HTTP/1.1\r\n" H "\r\n", 0 },
		{ 400, "GET /%2 HTTP/1.1\r\n" H "\r\n", 0 },
		{ 400, "GET /%gg HTTP/1.1\r\n" H "\r\n", 0 },
		{ 400, "GET /\x7f HTTP/1.1\r\n" H "\r\n", 0 },
		{ 400, "GET /\t HTTP/1.1\r\n" H "\r\n", 0 },
		{ 400, GET "X : y\r\n\r\n", 0 },
		{ 400, GET "X: \x01\r\n\r\n", 0 },
		{ 400, GET "X: a\rb\r\n\r\n", 0 },
		{ 400, GET "X\xc3: a\r\n\r\n", 0 },
		{ 400, GET "Content-Length: 5\r\n\r\n", 0 },
		{ 400, GET "Content-Length: 00\r\n\r\n", 0 },
		{ 400, GET "Content-Length: 0\r\ncontent-length: 0\r\n\r\n", 0 },
		{ 400, GET "Content-Length5: 0\r\n\r\n", 0 },
		{ 400, GET "Transfer-Encoding: chunked\r\n\r\n", 0 },
		{ 400, GET "Transfer-Encodingx: y\r\n\r\n", 0 },
		{ 405, "POST / HTTP/1.1\r\n" H "\r\n", 0 },
		{ 405, "get / HTTP/1.1\r\n" H "\r\n", 0 },
		{ 417, GET "Expect: x\r\n\r\n", 0 },
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

/* What the reader passes over. */
static void test_hidden(void **state)
{
	static const struct row rows[] = {
		RAW(400, GET "\0\r\n\r\n"),
		RAW(400, GET ":\r\n\r\n"),
		RAW(400, GET "\0X: a\r\n\r\n"),
		RAW(400, GET ": a\r\nGET / HTTP/1.1\r\n" H "\r\n"),
		RAW(400, GET "X: a\r\n:\r\n"),
		RAW(400, GET "X: a\r\n\0\0\r\n"),
		RAW(400, "GET / HTTP/1.1\r\n: a\r\n" H "\r\n"),
		RAW(400, GET "X: a\0b\r\n\r\n"),
		RAW(400, GET "X: a\0\r\n\r\n"),
		RAW(400, GET "X: \0a\r\nY: b\r\n\r\n"),
		RAW(400, GET "Content-Length: 0\0"
		             "5\r\n\r\n"),
		RAW(400, "GET /\0 HTTP/1.1\r\n" H "\r\n"),
		RAW(400, "GET  / HTTP/1.1\r\n" H "\r\n"),
		RAW(400, "GET /  HTTP/1.1\r\n" H "\r\n"),
		RAW(400, "GET\0 / HTTP/1.1\r\n" H "\r\n"),
		RAW(400, GET "X: a\r\n b\r\n\r\n"),
		RAW(400, GET "X: a\r\n\tb: c\r\nY: d\r\n\r\n"),
		RAW(400, GET "Content-Length:\r\n 5\r\n\r\n"),
		RAW(400, GET "\n"),
		RAW(400, GET "X: a\nY: b\r\n\r\n"),
		RAW(400, "GET / HTTP/1.1\n" H "\r\n"),
		RAW(400, "GET / HTTP/1.1\nHost: x\n\r\n"),
		RAW(400, "GET / HTTP/1.1\nHost: x\n:\n"),
		RAW(400, GET "X: a\n:a\n"),
		RAW(LAX_REFUSED, GET "X\0: a\r\n\r\n"),
		RAW(LAX_REFUSED, GET "no colon\r\n\r\n"),
		RAW(LAX_REFUSED, GET "X: a\r\n"),
	};

	(void)state;
	check(rows, ARRAY_SIZE(rows));
}

/* A reader that says nothing of where its texts lie. */
static void test_untraced(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_untraced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

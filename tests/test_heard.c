// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "heard.h"

#define GET "GET / HTTP/1.1\r\nHost: x\r\n"
#define GOOD GET "\r\n"
#define LF "GET / HTTP/1.1\nHost: x\n\n"

#define ROW(heads, text) \
	{ \
		(heads), sizeof(text) - 1, (text) \
	}

static const struct {
	unsigned heads;
	size_t size;
	const char *text;
} rows[] = {
	ROW(1, GOOD),
	ROW(1, LF),
	ROW(1, "GET / HTTP/1.0\r\n\r\n"),
	ROW(1, "GET / HTTP/1.0\n\n"),
	ROW(1, "\r\n\n\r\n" GOOD),
	ROW(1, "\n\r\n\n" LF "\r\n"),
	ROW(1, GET "X:\r\nY: \t\r\nZ:a\r\nA: b \r\nB: :b:c: d\r\n\r\n"),
	ROW(1, "GET /a b  c HTTP/1.1 \r\nno colon\r\n\r\n"),
	ROW(0, GET),
	ROW(0, GET "\r"),
	ROW(2, GOOD GOOD GET),
	ROW(3, LF GOOD "\r\n" LF "\n"),
	/* What some readers pass over, or end a head at. */
	ROW(0, GET "\0\r\n" GOOD),
	ROW(0, GET "\0X: a\r\n" GOOD),
	ROW(0, GET "X: a\r\n\0\0\r\n" GOOD),
	ROW(0, GET "X: a\0b\r\n\r\n"),
	ROW(0, GET "X: a\0\r\n\r\n"),
	ROW(0, GET "X\0: a\r\n\r\n"),
	ROW(0, "GET /\0 HTTP/1.1\r\n\r\n"),
	ROW(0, "GET\0 / HTTP/1.1\r\n\r\n"),
	ROW(0, "\0\r\n" GOOD),
	ROW(0, "\r\n\0\n" GOOD),
	ROW(0, GET ":\r\n\r\n"),
	ROW(0, GET ": a\r\n" GOOD),
	ROW(0, GET "X: a\n:\n" LF),
	ROW(0, "GET / HTTP/1.1\r\n: a\r\nHost: x\r\n\r\n"),
	ROW(0, ":" GOOD),
	ROW(0, "\t" GOOD),
	ROW(0, "\r\n " GOOD),
	ROW(0, GET "X: a\r\n b\r\n\r\n"),
	ROW(0, GET "X:\r\n\tb: c\r\n\r\n"),
	ROW(0, "GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
	ROW(0, GET "\n"),
	ROW(0, "GET / HTTP/1.0\r\n\n"),
	ROW(0, "GET / HTTP/1.0\n\r\n"),
	ROW(0, GET "X: a\nY: b\r\n\r\n"),
	ROW(0, "GET / HTTP/1.1\nHost: x\r\n\r\n"),
	ROW(0, "GET / HTTP/1.1\nHost: x\n\r\n"),
	ROW(0, GET "X: a\rb\r\n\r\n"),
	ROW(0, GET "\rX: a\r\n\r\n"),
	ROW(0, GET "\r\r\n"),
	ROW(0, "G\rET / HTTP/1.1\r\n\r\n"),
	ROW(0, "\r" GOOD),
	ROW(0, "GET  / HTTP/1.1\r\n\r\n"),
	/* The good that came before stays good; nothing that comes behind it is. */
	ROW(1, GOOD ":" GOOD GOOD),
	ROW(1, "\r\n\r\n" GOOD "\0\r\n" GOOD),
	ROW(2, LF LF " " GET ": a\n\n" LF),
	ROW(1, GOOD "\r\n\r" GOOD),
	ROW(2, GOOD GOOD GET "\n" GOOD),
};

/* Whatever comes at a time. */
static void test_heads(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t step = 1; step <= rows[i].size; step++) {
			struct heard h = { 0 };

			for (size_t at = 0; at < rows[i].size; at += step)
				heard_add(&h, rows[i].text + at, MIN(step, rows[i].size - at));
			if (h.heads != rows[i].heads)
				print_error("row %zu by %zu: expected %u\n", i, step,
				            rows[i].heads);
			assert_int_equal(h.heads, rows[i].heads);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_heads) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

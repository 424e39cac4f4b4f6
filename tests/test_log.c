// SPDX-License-Identifier: Apache-2.0
/* log: one line a record, whatever is in it, and never a wait. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"

static struct {
	int stderr_copy;
	int pipe[2];
} self;

static int redirect(void **state)
{
	(void)state;
	self.stderr_copy = dup(STDERR_FILENO);
	return self.stderr_copy < 0 || pipe2(self.pipe, O_CLOEXEC | O_NONBLOCK) < 0 ||
	       dup2(self.pipe[1], STDERR_FILENO) < 0;
}

static int restore(void **state)
{
	(void)state;
	close(self.pipe[0]);
	close(self.pipe[1]);
	return dup2(self.stderr_copy, STDERR_FILENO) < 0 || close(self.stderr_copy) < 0;
}

/* What is in the pipe, from "msg" on where there is one record. */
static char *read_back(char text[static 8192])
{
	ssize_t n = read(self.pipe[0], text, 8191);
	char *message;

	text[n > 0 ? n : 0] = '\0';
	message = strstr(text, "msg");
	return message ? message : text;
}

static void records_are_one_line(void **state)
{
	static const struct {
		const char *value;
		const char *logfmt;
		const char *json;
	} table[] = {
		{ "plain", "key=plain", "\"key\":\"plain\"" },
		{ "", "key=\"\"", "\"key\":\"\"" },
		{ "two words", "key=\"two words\"", "\"key\":\"two words\"" },
		{ "a=b", "key=\"a=b\"", "\"key\":\"a=b\"" },
		{ "a\"b\\c", "key=\"a\\\"b\\\\c\"", "\"key\":\"a\\\"b\\\\c\"" },
		{ "a\nb\rc\x1b[31m", "key=\"a\\nb\\u000dc\\u001b[31m\"",
		  "\"key\":\"a\\nb\\u000dc\\u001b[31m\"" },
		{ "gr\xc3\xbc\xc3\x9f", "key=gr\xc3\xbc\xc3\x9f",
		  "\"key\":\"gr\xc3\xbc\xc3\x9f\"" },
		/* What follows a character is looked at, too. */
		{ "\xc3\xbc\"\n\xe2\x82\xac\\", "key=\"\xc3\xbc\\\"\\n\xe2\x82\xac\\\\\"",
		  "\"key\":\"\xc3\xbc\\\"\\n\xe2\x82\xac\\\\\"" },
		{ "bad\xff", "key=bad\xef\xbf\xbd", "\"key\":\"bad\xef\xbf\xbd\"" },
		{ "\x7f", "key=\"\\u007f\"", "\"key\":\"\\u007f\"" },
	};
	char text[8192], expected[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		log_open("info", "logfmt");
		log_at(LOG_INFO, "hello", "key", table[i].value);
		snprintf(expected, sizeof(expected), "msg=hello %s\n", table[i].logfmt);
		assert_string_equal(read_back(text), expected);
		log_open("info", "json");
		log_at(LOG_INFO, "hello", "key", table[i].value);
		snprintf(expected, sizeof(expected), "msg\":\"hello\",%s}\n", table[i].json);
		assert_string_equal(read_back(text), expected);
		assert_memory_equal(text, "{\"time\":\"", 9);
	}
}

static void long_values_are_cut(void **state)
{
	char text[8192], value[5000], *back;
	size_t length;

	(void)state;
	memset(value, '\x01', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	log_open("info", "json");
	log_at(LOG_INFO, "hello", "one", value, "two", value, "three", value, "four", value);
	back = read_back(text);
	length = strlen(text);
	assert_true(length <= 2048);
	assert_string_equal(text + length - 3, "\"}\n");
	assert_null(strchr(back, '\x01'));
	assert_non_null(strstr(back, "…\""));

	memset(value, 'x', sizeof(value) - 1);
	log_at(LOG_INFO, "hello", "one", value);
	back = read_back(text);
	assert_int_equal(strspn(strstr(back, "xxx"), "x"), 512);
}

static void levels_are_kept(void **state)
{
	char text[8192];

	(void)state;
	log_open("warn", "logfmt");
	log_at(LOG_INFO, "not this");
	assert_string_equal(read_back(text), "");
	log_at(LOG_WARN, "this");
	assert_string_equal(read_back(text), "msg=this\n");
	assert_non_null(strstr(text, "level=WARN source=test_log.c:"));
	assert_false(is_logged(LOG_DEBUG));
}

/* stderr is a pipe that is full, then a socket whose other side does not read. */
static void nobody_is_waited_for(void **state)
{
	char text[8192], filler[4096] = { 0 };
	unsigned records = 0;
	int pair[2];

	(void)state;
	log_open("info", "logfmt");
	assert_true(fcntl(STDERR_FILENO, F_SETFL, 0) >= 0);
	for (; records < 5000; records++)
		log_at(LOG_INFO, "a record");
	while (read(self.pipe[0], filler, sizeof(filler)) > 0)
		;
	log_at(LOG_INFO, "after");
	(void)read_back(text);
	assert_non_null(strstr(text, "Log records were dropped"));
	assert_non_null(strstr(text, "msg=after\n"));

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_true(dup2(pair[0], STDERR_FILENO) >= 0);
	log_open("info", "logfmt");
	for (records = 0; records < 20000; records++)
		log_at(LOG_INFO, "a record");
	close(pair[1]);
	log_at(LOG_INFO, "the other side has gone");
	close(pair[0]);
	assert_true(dup2(self.pipe[1], STDERR_FILENO) >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_are_one_line, redirect, restore),
		cmocka_unit_test_setup_teardown(long_values_are_cut, redirect, restore),
		cmocka_unit_test_setup_teardown(levels_are_kept, redirect, restore),
		cmocka_unit_test_setup_teardown(nobody_is_waited_for, redirect, restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

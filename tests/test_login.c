// SPDX-License-Identifier: Apache-2.0
/* Authorization headers, and whose turn it is. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "basic.h"
#include "source.h"

static void parses(const char *value, const char *user, const char *password)
{
	char space[64];
	struct basic b;

	assert_true(strlen(value) <= sizeof(space));
	assert_true(basic_parse(value, space, &b));
	assert_int_equal(b.user_size, strlen(user));
	assert_memory_equal(b.user, user, b.user_size);
	assert_int_equal(b.password_size, strlen(password));
	assert_memory_equal(b.password, password, b.password_size);
}

static void test_good_headers(void **state)
{
	(void)state;
	parses("Basic Og==", "", "");
	parses("Basic YTo=", "a", "");
	parses("bAsIc OmI=", "", "b");
	parses("Basic YWI6Yzpk", "ab", "c:d");
	parses("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame");
	parses("Basic /zr+", "\xff", "\xfe");
	parses("Basic Zm9vOj8/Pg==", "foo", "\?\?>");
	/* Bits that no byte is made of are not looked at. */
	parses("Basic Oh==", "", "");
}

static void test_bad_headers(void **state)
{
	static const char *const bad[] = {
		"",
		"Basic",
		"Basic ",
		"BasicOg==",
		"Basic  Og==",
		"Basic\tOg==",
		"Bearer Og==",
		"Basic Og",
		"Basic Og=",
		"Basic Og===",
		"Basic Og==Og==",
		"Basic Og==\n",
		"Basic O===",
		"Basic ====",
		"Basic YWJj",
		"Basic YW-_",
		"Basic Og=g",
		"Basic YTo= ",
	};
	char space[64];
	struct basic b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (!basic_parse(bad[i], space, &b))
			continue;
		print_error("\"%s\" was taken\n", bad[i]);
		assert_true(false);
	}
}

static struct source *of(struct sources *sources, const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return source_find(sources, (const struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return source_find(sources, (const struct sockaddr *)&v6);
}

static void is_text(struct sources *sources, const char *address, const char *expected)
{
	char text[SOURCE_TEXT_MAX];

	assert_string_equal(source_text(of(sources, address), text), expected);
}

static void test_sources(void **state)
{
	struct sources *sources = xcalloc(1, sizeof(*sources));
	struct sockaddr local = { .sa_family = AF_UNIX };
	char text[SOURCE_TEXT_MAX];

	(void)state;
	assert_ptr_equal(of(sources, "192.0.2.1"), of(sources, "192.0.2.1"));
	assert_ptr_equal(of(sources, "192.0.2.1"), of(sources, "::ffff:192.0.2.1"));
	assert_ptr_not_equal(of(sources, "192.0.2.1"), of(sources, "192.0.2.2"));
	assert_ptr_equal(of(sources, "2001:db8::1"), of(sources, "2001:db8::ffff:1:2:3"));
	assert_ptr_not_equal(of(sources, "2001:db8::1"), of(sources, "2001:db8:0:1::1"));
	is_text(sources, "192.0.2.1", "192.0.2.1");
	is_text(sources, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64");
	assert_string_equal(source_text(source_find(sources, NULL), text), "?");
	assert_string_equal(source_text(source_find(sources, &local), text), "unix");
	free(sources);
}

static void test_debts(void **state)
{
	struct sources *sources = xcalloc(1, sizeof(*sources));
	struct source *s = of(sources, "192.0.2.1");
	int64_t now = 1000 * NS_PER_SEC;

	(void)state;
	assert_int_equal(source_debt(s, now), 0);
	source_failed(s, now);
	source_failed(s, now);
	assert_int_equal(source_debt(s, now), 20 * NS_PER_SEC);
	assert_int_equal(source_debt(s, now + 5 * NS_PER_SEC), 15 * NS_PER_SEC);
	assert_int_equal(source_debt(s, now + 500 * NS_PER_SEC), 0);
	for (int i = 0; i < 1000; i++)
		source_failed(s, now);
	assert_int_equal(source_debt(s, now), 3600 * NS_PER_SEC);
	source_succeeded(s);
	assert_int_equal(source_debt(s, now), 0);
	free(sources);
}

/* Those that owe, and those that wait, are remembered longest. */
static void test_many_sources(void **state)
{
	struct sources *sources = xcalloc(1, sizeof(*sources));
	struct source *owes, *waits;
	char address[32];

	(void)state;
	owes = of(sources, "192.0.2.1");
	source_failed(owes, 1);
	waits = of(sources, "192.0.2.2");
	waits->n_waiting = 1;
	for (int i = 0; i < 3 * SOURCES_MAX; i++) {
		(void)snprintf(address, sizeof(address), "10.0.%d.%d", i / 256, i % 256);
		(void)of(sources, address);
	}
	assert_ptr_equal(of(sources, "192.0.2.1"), owes);
	assert_true(owes->debt_until > 0);
	assert_ptr_equal(of(sources, "192.0.2.2"), waits);
	assert_int_equal(waits->n_waiting, 1);
	free(sources);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_headers), cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_sources),      cmocka_unit_test(test_debts),
		cmocka_unit_test(test_many_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

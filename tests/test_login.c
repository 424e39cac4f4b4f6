// SPDX-License-Identifier: Apache-2.0
/* Authorization headers, and whose turn it is. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "basic.h"
#include "login.h"
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

static struct {
	int process; /* the other end of the channel to the one that checks passwords */
} self;

static int open_login(void **state)
{
	static struct webconfig_user user = {
		"u", "$2b$04$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde"
	};
	static struct webconfig config = { .n_users = 1, .users = &user };
	struct wire_message m = { .kind = WIRE_AUTH, .pid = 1 };
	int ends[2], fds[2];

	(void)state;
	if (auth_hindrance())
		return 0;
	if (wire_pair(ends) < 0)
		return -1;
	fds[0] = ends[0];
	fds[1] = -1;
	self.process = ends[1];
	login_open(&config, -1, epoll_create1(EPOLL_CLOEXEC), NULL);
	return login_hear_keeper(&m, fds) ? 0 : -1;
}

/* A client of its own address, 10.0.x.y, with this password of "u". */
static enum login ask_from(unsigned client, unsigned password, struct check **ret)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
		                  .sin_addr.s_addr = htonl(0x0a000000 + client) };
	char header[32];

	/* "u:" and what five digits stand for. */
	(void)snprintf(header, sizeof(header), "Basic dTp%05u", password % 100000);
	return login_ask(header, (const struct sockaddr *)&v4, ret);
}

/* It waits, is checked, and was wrong. */
static void fail_from(unsigned client, unsigned password)
{
	struct auth_question question;
	struct auth_answer answer = { .is_good = false };
	struct check *check;

	assert_int_equal(ask_from(client, password, &check), LOGIN_WAITING);
	assert_ptr_equal(login_next(), check);
	login_begin(check);
	assert_int_equal(wire_receive(self.process, &question, sizeof(question), NULL, 0),
	                 sizeof(question));
	answer.serial = question.serial;
	assert_int_equal(wire_send(self.process, &answer, sizeof(answer), NULL, 0), 0);
	login_hear();
	assert_int_equal(check->login, LOGIN_BAD);
	login_end(check);
}

static size_t count_checks(enum login login)
{
	size_t count = 0;

	for (const struct check *c = login_first(); c; c = c->next)
		count += c->login == login;
	return count;
}

static void end_checks(void)
{
	while (login_first())
		login_end(login_first());
}

/*
 * All that comes in one turn, before those who are driven out have been told: where all is full,
 * who owes nothing drives out those who do, but none of its like.
 */
static void test_full(void **state)
{
	enum { FULL = 128, CROWD = 400 };
	struct check *check, *first = NULL;
	unsigned password = 0;

	(void)state;
	if (auth_hindrance())
		skip();
	for (unsigned i = 0; i < FULL; i++)
		fail_from(i, password++);
	for (unsigned i = 0; i < FULL; i++)
		assert_int_equal(ask_from(i, password++, &check), LOGIN_WAITING);
	for (unsigned i = 0; i < CROWD; i++) {
		assert_int_equal(ask_from(1000 + i, password++, &check),
		                 i < FULL ? LOGIN_WAITING : LOGIN_BUSY);
		first = i ? first : check;
	}
	assert_int_equal(count_checks(LOGIN_BUSY), FULL);
	assert_int_equal(count_checks(LOGIN_WAITING), FULL);
	assert_ptr_equal(login_next(), first);
	end_checks();
	assert_null(login_first());
}

/* Who has much waiting makes room for who has less; an address has 16 places at most. */
static void test_full_of_few(void **state)
{
	enum { CLIENTS = 8, EACH = 16 };
	struct check *check;
	unsigned password = 50000;

	(void)state;
	if (auth_hindrance())
		skip();
	for (unsigned i = 0; i < CLIENTS; i++)
		for (unsigned k = 0; k < EACH; k++)
			assert_int_equal(ask_from(2000 + i, password++, &check), LOGIN_WAITING);
	assert_int_equal(ask_from(2000, password++, &check), LOGIN_BUSY);
	assert_int_equal(ask_from(3000, password++, &check), LOGIN_WAITING);
	assert_int_equal(check->login, LOGIN_WAITING);
	assert_int_equal(count_checks(LOGIN_BUSY), 1);
	end_checks();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_headers), cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_sources),      cmocka_unit_test(test_debts),
		cmocka_unit_test(test_many_sources), cmocka_unit_test(test_full),
		cmocka_unit_test(test_full_of_few),
	};

	return cmocka_run_group_tests(tests, open_login, NULL);
}

// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "buffer.h"
#include "scrape.h"
#include "supervisor.h"

#define BEGIN "<methodResponse><params><param><value><array><data>"
#define END "</data></array></value></param></params></methodResponse>"
#define STRUCT(MEMBERS) "<value><struct>" MEMBERS "</struct></value>"
#define MEMBER(NAME, VALUE) "<member><name>" NAME "</name><value>" VALUE "</value></member>"

static struct buffer seen; /* a line for each process */

static void see(struct scrape *s, const struct supervisor_process *p)
{
	char *line = scrape_printf(s, "%s %s", p->name ? p->name : "-", p->group ? p->group : "-");

	buffer_add_text(&seen, line);
	if (p->has & SUPERVISOR_STATE)
		buffer_add_text(&seen, scrape_printf(s, " state=%lld", (long long)p->state));
	if (p->has & SUPERVISOR_EXIT_STATUS)
		buffer_add_text(&seen, scrape_printf(s, " exit=%lld", (long long)p->exit_status));
	if (p->has & SUPERVISOR_START)
		buffer_add_text(&seen, scrape_printf(s, " start=%lld", (long long)p->start));
	buffer_add_text(&seen, "\n");
}

static int parse(const char *text, size_t size)
{
	/* Behind the end nobody is to read. */
	char *copy = xmalloc(size + 1);
	struct scrape s = { 0 };
	int r;

	seen.used = 0;
	memcpy(copy, text, size);
	r = supervisor_parse(&s, copy, size, see);
	buffer_add(&seen, "", 1);
	scrape_free(&s);
	free(copy);
	return r;
}

static const struct {
	const char *answer;
	int result;
	const char *seen;
} rows[] = {
	{ BEGIN END, 0, "" },
	{ "<methodResponse><params><param><value><array/></value></param></params></methodResponse>",
	  0, "" },
	{ BEGIN "<value><struct/></value>" END, 0, "- -\n" },
	{ BEGIN STRUCT(MEMBER("name", "<string>a</string>") MEMBER("group", "b")
	                       MEMBER("state", "<int>20</int>")) END,
	  0, "a b state=20\n" },
	{ BEGIN STRUCT(MEMBER("state", "<i4>-5</i4>") MEMBER("exitstatus", "<i1>1</i1>")
	                       MEMBER("start", "<i8>5000000000</i8>")) END,
	  0, "- - state=-5 exit=1 start=5000000000\n" },
	{ BEGIN STRUCT(MEMBER("name", "a&amp;&#x62;<![CDATA[<c>]]>")) END, 0, "a&b<c> -\n" },
	{ BEGIN STRUCT(MEMBER("name", "\n <string>a</string>\n")
	                       MEMBER("state", "\n<i2> 7 </i2>\n")) END,
	  0, "a - state=7\n" },
	{ BEGIN STRUCT(MEMBER("name", "<string/>") MEMBER("group", "")) END, 0, " \n" },
	/* Nothing is left from one process to the next. */
	{ BEGIN STRUCT(MEMBER("name", "a") MEMBER("state", "<int>1</int>"))
	          STRUCT(MEMBER("group", "b")) END,
	  0, "a - state=1\n- b\n" },
	/* Of a type that it should not have. */
	{ BEGIN STRUCT(MEMBER("state", "20") MEMBER("start", "<double>1</double>") MEMBER(
		  "exitstatus", "<int>x</int>") MEMBER("name", "<int>1</int>")) END,
	  0, "- -\n" },
	{ BEGIN STRUCT(MEMBER("state", "<int>99999999999999999999</int>")) END, 0, "- -\n" },
	{ BEGIN STRUCT(MEMBER("name", "<array><data><value>a</value></data></array>")
	                       MEMBER("group", "g")) END,
	  0, "- g\n" },
	{ BEGIN STRUCT("<member><value>a</value></member><member/>" MEMBER("group", "g")) END, 0,
	  "- g\n" },
	{ BEGIN STRUCT(MEMBER("name", "a")) "<value><string>x</string></value>" END, -EBADMSG,
	  "a -\n" },
	{ BEGIN STRUCT(MEMBER("name", "a")) "<value>", -EBADMSG, "a -\n" },
	{ "<methodResponse><fault><value/></fault></methodResponse>", -EPROTO, "" },
	{ "<methodResponse/>", -EBADMSG, "" },
	{ "<!DOCTYPE a []>" BEGIN END, -EBADMSG, "" },
	{ BEGIN STRUCT(MEMBER("name", "&nbsp;")) END, -EBADMSG, "" },
	{ "", -EBADMSG, "" },
};

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(rows[i].answer, strlen(rows[i].answer)), rows[i].result);
		assert_string_equal(seen.data, rows[i].seen);
	}
}

/* Cut short, and with each byte spoiled: whatever comes of it, it comes to an end. */
static void test_spoiled(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t size = strlen(rows[i].answer);
		char *text = xstrdup(rows[i].answer);

		for (size_t at = 0; at < size; at++) {
			(void)!parse(text, at); /* some of them are whole */
			for (unsigned bit = 0; bit < 8; bit++) {
				text[at] = (char)(text[at] ^ (1 << bit));
				(void)!parse(text, size);
				text[at] = rows[i].answer[at];
			}
		}
		free(text);
	}
	buffer_free(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_spoiled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "http.h"
#include "text.h"

/* A list as "a|b|", "(null)" for NULL. */
static char *joined(struct arena *a, const char *const *list)
{
	char *text = arena_strdup(a, list ? "" : "(null)");

	for (size_t i = 0; list && list[i]; i++)
		text = arena_printf(a, "%s%s|", text, list[i]);
	return text;
}

#define NONE "(null)"

static void test_query(void **state)
{
	static const struct {
		const char *raw;
		const char *collect, *exclude, *names;
	} rows[] = {
		{ NULL, NONE, NONE, NONE },
		{ "", NONE, NONE, NONE },
		{ "&&&", NONE, NONE, NONE },
		{ "=", NONE, NONE, NONE },
		{ "collect[]=cpu", "cpu|", NONE, NONE },
		{ "collect%5B%5D=cpu&collect%5b%5d=arp", "cpu|arp|", NONE, NONE },
		{ "collect[]=cpu&exclude[]=arp&name[]=up&name[]=down", "cpu|", "arp|", "up|down|" },
		{ "name[]=b&name[]=a&name[]=b", NONE, NONE, "b|a|b|" },
		{ "collect[]=", "|", NONE, NONE },
		{ "collect[]", "|", NONE, NONE },
		{ "collect[]&exclude[]", "|", "|", NONE },
		{ "collect[]=a=b", "a=b|", NONE, NONE },
		{ "collect[]==", "=|", NONE, NONE },
		{ "collect=cpu&collect[=cpu&collect[]]=x&Collect[]=y", NONE, NONE, NONE },
		{ "other=1&name[]=up&x=y&", NONE, NONE, "up|" },
		{ "name[]=a+b%2Bc%20d", NONE, NONE, "a b+c d|" },
		{ "name[]+=a&+name[]=b", NONE, NONE, NONE },
		{ "name[]=a;b", NONE, NONE, NONE },
		{ "name[]=a;name[]=b&name[]=c", NONE, NONE, "c|" },
		{ "name[];=a&name[]=b", NONE, NONE, "b|" },
		{ "name[]=a%3Bb", NONE, NONE, "a;b|" },
		{ "name[]=a%26b%3dc", NONE, NONE, "a&b=c|" },
		{ "name[]=%&name[]=%4&name[]=%zz&name[]=%4g&name[]=ok", NONE, NONE, "ok|" },
		{ "name[]=a%", NONE, NONE, NONE },
		{ "name%5=a&name%5B%5D%=b", NONE, NONE, NONE },
		{ "name[]=a%00b", NONE, NONE, "a%00b|" },
		{ "name[]%00=a", NONE, NONE, NONE },
		{ "name[]=%c3%A9\xff", NONE, NONE, "\xc3\xa9\xff|" },
		{ "name[]=?#/", NONE, NONE, "?#/|" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct http_query q;
		struct arena a = { 0 };

		http_query_parse(&a, rows[i].raw, &q);
		assert_string_equal(joined(&a, q.collect), rows[i].collect);
		assert_string_equal(joined(&a, q.exclude), rows[i].exclude);
		assert_string_equal(joined(&a, q.names), rows[i].names);
		arena_free(&a);
	}
}

/* Pairs beyond the 1,024th are not looked at; empty ones do not count. */
static void test_query_limit(void **state)
{
	struct arena a = { 0 };
	struct buffer raw = { 0 };
	struct http_query q;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 3000; i++)
		buffer_add(&raw, "&&name[]=x", 10);
	buffer_add(&raw, "&collect[]=cpu", 15);
	http_query_parse(&a, raw.data, &q);
	while (q.names[n])
		assert_string_equal(q.names[n++], "x");
	assert_int_equal(n, 1024);
	assert_null(q.collect);
	arena_free(&a);

	raw.used = 0;
	for (int i = 0; i < 1023; i++)
		buffer_add(&raw, "%&", 2);
	buffer_add(&raw, "name[]=last&name[]=late", 24);
	http_query_parse(&a, raw.data, &q);
	assert_string_equal(joined(&a, q.names), "last|");
	arena_free(&a);

	raw.used = 0;
	for (int i = 0; i < 100000; i++)
		buffer_add(&raw, "&", 1);
	buffer_add(&raw, "name[]=a", 9);
	http_query_parse(&a, raw.data, &q);
	assert_string_equal(joined(&a, q.names), "a|");
	arena_free(&a);
	buffer_free(&raw);
}

#define TEXT "text/plain; version=0.0.4; charset=utf-8; escaping="
#define UNDERSCORES TEXT "underscores"
#define DOTS TEXT "dots"
#define VALUES TEXT "values"
#define UTF8 TEXT "allow-utf-8"
#define PROTOBUF "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily"
#define MESSAGES \
	"application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding="
#define OPEN "application/openmetrics-text"
#define OPEN_1 OPEN "; version=1.0.0; charset=utf-8; escaping="
#define OPEN_0 OPEN "; version=0.0.1; charset=utf-8; escaping="

static void test_negotiate(void **state)
{
	static const struct {
		const char *accept;
		const char *content_type;
	} rows[] = {
		{ NULL, UNDERSCORES },
		{ "", UNDERSCORES },
		{ "*/*", UNDERSCORES },
		{ "*", UNDERSCORES },
		{ "text/plain", UNDERSCORES },
		{ "text/html", UNDERSCORES },
		{ "text/plain;version=1.0.0", UNDERSCORES },
		/* Prometheus 2.42, without and with native histograms; 3.14 */
		{ "application/openmetrics-text;version=1.0.0,"
		  "application/openmetrics-text;version=0.0.1;q=0.75,"
		  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  UNDERSCORES },
		{ PROTOBUF ";encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,"
		           "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  MESSAGES "delimited; escaping=underscores" },
		{ "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		  "application/openmetrics-text;version=0.0.1;q=0.5,"
		  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		  "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		  UTF8 },
		/* Schemes: the last one on the way to the chosen clause, if it is one. */
		{ "text/plain;escaping=dots", DOTS },
		{ "text/plain;escaping=values;version=0.0.4", VALUES },
		{ "text/plain;escaping=allow-utf-8", UTF8 },
		{ "text/plain;escaping=underscores", UNDERSCORES },
		{ "text/plain;escaping=Dots", UNDERSCORES },
		{ "text/plain;escaping=none", UNDERSCORES },
		{ "text/plain;escaping=\"dots\"", UNDERSCORES },
		{ "text/plain;escaping=", UNDERSCORES },
		{ "text/plain;escaping=dots;escaping=values", VALUES },
		{ "text/plain;escaping=dots;escaping=no", UNDERSCORES },
		{ "a/b;escaping=dots,text/plain", DOTS },
		{ "text/plain,a/b;escaping=dots", UNDERSCORES },
		{ "a/b;escaping=dots;q=0.5,text/plain", UNDERSCORES },
		{ "text/plain;q=0.5,a/b;escaping=dots", DOTS },
		{ "a/b;escaping=dots,c/d;escaping=values,text/plain", VALUES },
		{ "a/b;escaping=dots;q=0.8,c/d;escaping=values,text/plain;q=0.1", DOTS },
		{ "a/b;escaping=dots,c/d;escaping=none,text/plain", DOTS },
		{ "a/b;escaping=dots,text/plain;escaping=values", VALUES },
		{ "a/b;escaping=dots,c/d;q=0;escaping=values", VALUES },
		{ "text/plain;q=0;escaping=dots", DOTS },
		{ "text/plain;version=1;escaping=dots,text/plain;q=0.1", DOTS },
		{ "text/plain;escaping=dots,text/plain;escaping=values", DOTS },
		{ "text/plain;escaping=dots;q=0.1,text/plain;escaping=values;q=0.2", VALUES },
		{ "text/plain;escaping=dots;q=0.1,text/plain;escaping=values;q=0.10", DOTS },
		/* Protobuf. */
		{ PROTOBUF ";encoding=delimited;escaping=values",
		  MESSAGES "delimited; escaping=values" },
		{ PROTOBUF ";encoding=text", MESSAGES "text; escaping=underscores" },
		{ PROTOBUF ";encoding=compact-text;escaping=dots",
		  MESSAGES "compact-text; escaping=dots" },
		{ PROTOBUF "; encoding = text ;escaping=allow-utf-8",
		  MESSAGES "text; escaping=allow-utf-8" },
		{ PROTOBUF ";encoding=text;encoding=delimited",
		  MESSAGES "delimited; escaping=underscores" },
		{ PROTOBUF ";encoding=text;q=0.5," PROTOBUF ";encoding=delimited;q=0.6",
		  MESSAGES "delimited; escaping=underscores" },
		{ PROTOBUF ";encoding=text," PROTOBUF ";encoding=delimited",
		  MESSAGES "text; escaping=underscores" },
		{ PROTOBUF ";encoding=delimited;q=0.5;escaping=dots,text/plain;q=0.6",
		  UNDERSCORES },
		{ PROTOBUF, UNDERSCORES },
		{ PROTOBUF ";encoding=json;escaping=dots", DOTS },
		{ "application/vnd.google.protobuf;encoding=delimited", UNDERSCORES },
		{ "application/vnd.google.protobuf;proto=other;encoding=delimited", UNDERSCORES },
		{ "application/*,*/*;q=0.1", UNDERSCORES },
		/* Qualities as ParseFloat(…, 32) has them: 0 where it fails. */
		{ "a/b;q=x;escaping=dots,text/plain;q=0.1", UNDERSCORES },
		{ "a/b;q= 1;escaping=dots,text/plain;q=0.1", UNDERSCORES },
		{ "a/b; q=1;escaping=dots,text/plain;q=0.1", DOTS },
		{ "a/b;q=1e-1;escaping=dots,text/plain;q=.1", DOTS },
		{ "a/b;q=;escaping=dots,text/plain", DOTS },
		{ "a/b;q=1=;escaping=dots,text/plain;q=0.5", DOTS },
		{ "a/b;q=1=0;escaping=dots,text/plain;q=0.5", DOTS },
		{ "a/b;Q=0;escaping=dots,text/plain;q=0.5", DOTS },
		{ "a/b;q=-1;escaping=dots,text/plain;q=x", UNDERSCORES },
		{ "a/b;q=nan;escaping=dots,text/plain;q=0.1", UNDERSCORES },
		{ "a/b;q=1e999;escaping=dots,text/plain", DOTS },
		{ "a/b;q=-1e999;escaping=dots,text/plain;q=-1", UNDERSCORES },
		{ "a/b;q=0.30000000001;escaping=dots,text/plain;q=0.3", DOTS },
		{ "text/plain;q=0.3,a/b;q=0.30000000001;escaping=dots", UNDERSCORES },
		{ "a/b;q=0.5;q=0.1;escaping=dots,text/plain;q=0.2", UNDERSCORES },
		{ "a/b;q=0000000000000000000000000000000000000000000000000000000000000000001;"
		  "escaping=dots,text/plain;q=0.2",
		  UNDERSCORES },
		/* Forms of clauses and parameters. */
		{ " text/plain ; escaping = dots ", DOTS },
		{ "text / plain;escaping=dots,a/b;escaping=values", DOTS },
		{ "text/plain/;escaping=dots,a/b;escaping=values", DOTS },
		{ "text/plain/x;escaping=dots", UNDERSCORES },
		{ "text;escaping=dots", UNDERSCORES },
		{ "text/;escaping=dots", UNDERSCORES },
		{ "/plain;escaping=dots,text/plain", DOTS },
		{ "*;escaping=dots", DOTS },
		{ "*/;escaping=dots", DOTS },
		{ "Text/Plain,a/b;escaping=dots", DOTS },
		{ "text/plain\t,a/b;escaping=dots", DOTS },
		{ "text/plain;version=,a/b;escaping=dots", UNDERSCORES },
		{ "text/plain;version= 0.0.4 ,a/b;escaping=dots", UNDERSCORES },
		{ "text/plain;version=0.0.4;version=1,a/b;escaping=dots", DOTS },
		{ ",;=/,;,//,;;==,text/plain;;;escaping=dots;", DOTS },
		{ "\xff\x01/\"a,b\";escaping=dots,text/plain", UNDERSCORES },
	};
	static const char *const endings[] = {
		[ESCAPING_UNDERSCORES] = "underscores",
		[ESCAPING_DOTS] = "dots",
		[ESCAPING_VALUES] = "values",
		[ESCAPING_UTF8] = "allow-utf-8",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct http_format format = http_negotiate(rows[i].accept, false);

		print_message("%s\n", rows[i].accept ? rows[i].accept : "-");
		assert_string_equal(format.content_type, rows[i].content_type);
		assert_string_equal(endings[format.escaping],
		                    strstr(rows[i].content_type, "escaping=") +
		                            strlen("escaping="));
		if (strstr(rows[i].content_type, "encoding=delimited"))
			assert_int_equal(format.format, EXPO_PROTOBUF);
		else if (strstr(rows[i].content_type, "encoding=text"))
			assert_int_equal(format.format, EXPO_PROTOBUF_TEXT);
		else if (strstr(rows[i].content_type, "encoding=compact"))
			assert_int_equal(format.format, EXPO_PROTOBUF_COMPACT);
		else
			assert_int_equal(format.format, EXPO_TEXT);
	}
}

/* Where it is offered. */
static void test_openmetrics(void **state)
{
	static const struct {
		const char *accept;
		const char *content_type;
	} rows[] = {
		{ NULL, UNDERSCORES },
		{ "*/*", UNDERSCORES },
		{ "text/plain", UNDERSCORES },
		{ OPEN, OPEN_0 "underscores" },
		{ OPEN ";version=0.0.1;escaping=dots", OPEN_0 "dots" },
		{ OPEN ";version=1.0.0;escaping=values", OPEN_1 "values" },
		{ OPEN ";version=2.0.0;escaping=values", VALUES },
		{ "text/plain," OPEN, UNDERSCORES },
		{ "text/plain;q=0.9," OPEN, OPEN_0 "underscores" },
		{ OPEN ";version=1.0.0," OPEN
		       ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,"
		       "*/*;q=0.1",
		  OPEN_1 "underscores" },
		{ PROTOBUF ";encoding=delimited," OPEN ";version=1.0.0;q=0.8,*/*;q=0.1",
		  MESSAGES "delimited; escaping=underscores" },
		{ OPEN ";version=1.0.0;escaping=allow-utf-8;q=0.6," OPEN
		       ";version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		       "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		  OPEN_1 "allow-utf-8" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct http_format format = http_negotiate(rows[i].accept, true);

		assert_string_equal(format.content_type, rows[i].content_type);
		if (starts_with(rows[i].content_type, OPEN))
			assert_int_equal(format.format, EXPO_OPENMETRICS);
	}
}

static void test_many_clauses(void **state)
{
	struct buffer accept = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++) {
		char clause[64];
		int length = snprintf(clause, sizeof(clause), "a/b;q=0.%d;escaping=%s,", i,
		                      i == 5000 ? "values" : "dots");

		buffer_add(&accept, clause, (size_t)length);
	}
	/* Of 0.5, 0.50, 0.500 and 0.5000 the last one. */
	buffer_add(&accept, "text/plain;q=0.5", 17);
	assert_string_equal(http_negotiate(accept.data, true).content_type, VALUES);

	accept.used = 0;
	for (int i = 0; i < 10000; i++)
		buffer_add(&accept, "text/plain;q=0.5;escaping=dots,*,", 33);
	buffer_add(&accept, "", 1);
	assert_string_equal(http_negotiate(accept.data, true).content_type, DOTS);

	memset(accept.data, ';', accept.used - 1);
	memcpy(accept.data, "text/plain", 10);
	assert_string_equal(http_negotiate(accept.data, true).content_type, UNDERSCORES);
	memset(accept.data, ',', accept.used - 1);
	assert_string_equal(http_negotiate(accept.data, true).content_type, UNDERSCORES);
	buffer_free(&accept);
}

static void test_gzip(void **state)
{
	static const struct {
		const char *lines[3];
		bool wants;
	} rows[] = {
		{ { NULL }, false },
		{ { "" }, false },
		{ { "gzip" }, true },
		{ { "gzip, deflate" }, true },
		{ { "gzip, deflate, br, zstd" }, true },
		{ { "gzip, identity" }, false },
		{ { "identity, gzip" }, false },
		{ { "identity" }, false },
		{ { "*" }, false },
		{ { "deflate" }, false },
		{ { "x-gzip" }, false },
		{ { "GZIP" }, false },
		{ { "gzip/" }, false },
		{ { "gzip;q=0" }, false },
		{ { "gzip;q=0.000" }, false },
		{ { "gzip;q=0.001" }, true },
		{ { "gzip;q=0.5, identity;q=0.4" }, true },
		{ { "gzip;q=0.5, identity;q=0.5" }, false },
		{ { "gzip;q=0.5, identity;q=0.50" }, false },
		{ { "gzip;q=0.123456789, identity;q=0.123456788" }, true },
		{ { "gzip;q=0.5, *;q=0.4" }, true },
		{ { "gzip;q=0.5, *;q=0.6" }, false },
		{ { "*;q=0.5, gzip" }, true },
		{ { "*;q=0, gzip" }, true },
		{ { "identity;q=0, *;q=0.5" }, false },
		{ { "identity;q=0, gzip;q=0" }, false },
		{ { "gzip;q=0.1, gzip;q=0.9, identity;q=0.5" }, true },
		{ { "gzip", "identity;q=0.5" }, true },
		{ { "identity;q=0.5", "gzip" }, true },
		{ { "identity", "gzip" }, false },
		{ { "deflate", "gzip" }, true },
		/* What is malformed ends its line, but not the others. */
		{ { "gzip;x=1" }, false },
		{ { "gzip; q=1" }, true },
		{ { "gzip ; q=1" }, true },
		{ { "gzip;q =1" }, false },
		{ { "gzip;q= 1" }, false },
		{ { "gzip;q=x" }, false },
		{ { "gzip;q=2" }, false },
		{ { "gzip;q=-1" }, false },
		{ { "gzip;q=" }, false },
		{ { "gzip;" }, false },
		{ { "gzip;q=1.9, identity" }, true },
		{ { "gzip;q=1." }, true },
		{ { "gzip;q=.5" }, false },
		{ { "gzip;q=0.99999999999999999999999999999999999999" }, true },
		{ { "gzip;q=1;x=2, identity" }, true },
		{ { "gzip identity" }, true },
		{ { "deflate;q=x, gzip" }, false },
		{ { "deflate;q=x", "gzip" }, true },
		{ { ", gzip" }, false },
		{ { "deflate,, gzip" }, false },
		{ { " \t gzip" }, true },
		{ { "deflate\t,\tgzip\r" }, true },
		{ { "\"gzip\"" }, false },
		{ { "\xff, gzip" }, false },
		{ { "gzip\xff" }, true },
		{ { "gzip," }, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t count = 0;

		while (rows[i].lines[count])
			count++;
		print_message("%s\n", rows[i].lines[0] ? rows[i].lines[0] : "-");
		assert_int_equal(http_wants_gzip(rows[i].lines, count), rows[i].wants);
	}
}

static void test_many_encodings(void **state)
{
	struct buffer line = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++)
		buffer_add(&line, "br;q=0.5, ", 10);
	buffer_add(&line, "gzip", 5);
	assert_true(http_wants_gzip((const char *[]){ line.data }, 1));
	memset(line.data, '9', line.used - 1);
	memcpy(line.data, "gzip;q=0.", 9);
	assert_true(http_wants_gzip((const char *[]){ line.data }, 1));
	buffer_free(&line);
}

static void test_path(void **state)
{
	static const struct {
		const char *path;
		const char *clean;
	} rows[] = {
		{ "/", "/" },
		{ "/metrics", "/metrics" },
		{ "/metrics/", "/metrics/" },
		{ "//metrics", "/metrics" },
		{ "/a//b///c", "/a/b/c" },
		{ "/a/../metrics", "/metrics" },
		{ "/./metrics/.", "/metrics" },
		{ "/metrics/./", "/metrics/" },
		{ "/a/b/..", "/a" },
		{ "/a/b/../", "/a/" },
		{ "/a/..", "/" },
		{ "/a/../", "/" },
		{ "/..", "/" },
		{ "/../../../x", "/x" },
		{ "/a/../../b", "/b" },
		{ "////", "/" },
		{ "/.", "/" },
		{ "/...", "/..." },
		{ "/..a/.b/a..", "/..a/.b/a.." },
		{ "/%6detrics", "/metrics" },
		{ "/%2E%2e/a%2fb%2F", "/a/b/" },
		{ "/a+b", "/a+b" },
		{ "/a%20b", "/a b" },
		{ "/metrics%00", "/metrics%00" },
		{ "/caf\xc3\xa9", "/caf\xc3\xa9" },
		{ "/%", NULL },
		{ "/%4", NULL },
		{ "/%zz", NULL },
		{ "/a%2", NULL },
		{ "", NULL },
		{ "*", NULL },
		{ "metrics", NULL },
		{ "%2Fmetrics", NULL },
		{ "http://host/metrics", NULL },
	};
	struct arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *clean = http_path_clean(&a, rows[i].path);

		if (rows[i].clean) {
			assert_non_null(clean);
			assert_string_equal(clean, rows[i].clean);
		} else {
			assert_null(clean);
		}
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_query),          cmocka_unit_test(test_query_limit),
		cmocka_unit_test(test_negotiate),      cmocka_unit_test(test_openmetrics),
		cmocka_unit_test(test_many_clauses),   cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_many_encodings), cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

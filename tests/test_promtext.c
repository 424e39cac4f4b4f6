// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "number.h"
#include "promtext.h"

/* A text, which may hold NULs, and what is read in it, written as a text again. */
struct accepted {
	const char *text;
	size_t size;
	const char *families;
};

struct refused {
	const char *text;
	size_t size;
	unsigned line;
	unsigned column;
	const char *reason;
};

#define STAMPED "expected no timestamps in a text file, found one"
#define T(text) text, sizeof(text) - 1

static const struct accepted accepted[] = {
	/* Lines */
	{ T(""), "" },
	{ T("\n"), "" },
	{ T("\n\n\t\n \n"), "" },
	{ T("   "), "" },
	{ T("a 1\n \t "), "# TYPE a untyped\na 1\n" },
	{ T("a 1\n\n\nb 2\n"), "# TYPE a untyped\na 1\n# TYPE b untyped\nb 2\n" },
	{ T(" \ta 1\n"), "# TYPE a untyped\na 1\n" },
	{ T("a 1\nb 2\na 3\n"), "# TYPE a untyped\na 1\na 3\n# TYPE b untyped\nb 2\n" },
	/* Comments */
	{ T("#\n"), "" },
	{ T("# \n"), "" },
	{ T("  # indented\n"), "" },
	{ T("# plain \\q \xff \0 # comment\n"), "" },
	{ T("#HELPa b\n# help a b\n# TYPES a b\n"), "" },
	{ T("# HELP\n# TYPE\n# HELP \n# TYPE\t\n"), "" },
	{ T("# HELP a\n# TYPE a\n# HELP a \n# TYPE a \t\na 1\n"), "# TYPE a untyped\na 1\n" },
	{ T("# HELP \"b c\"\n# TYPE \"\"\n"), "" },
	{ T("# HELP a text\n# TYPE a gauge\n"), "" },
	{ T("# HELP a text\na 1\n"), "# HELP a text\n# TYPE a untyped\na 1\n" },
	{ T("#HELP a text\n#TYPE a gauge\na 1\n"), "# HELP a text\n# TYPE a gauge\na 1\n" },
	{ T("#\tHELP\ta\ttwo  words \na 1\n"), "# HELP a two  words \n# TYPE a untyped\na 1\n" },
	{ T("# HELP a \\\\ \\n \\\" \"\na 1\n"),
	  "# HELP a \\\\ \\n \" \"\n# TYPE a untyped\na 1\n" },
	{ T("# HELP a caf\xc3\xa9\na 1\n"), "# HELP a caf\xc3\xa9\n# TYPE a untyped\na 1\n" },
	{ T("# HELP a \xff\xfe x\xc3\na 1\n"),
	  "# HELP a \xef\xbf\xbd x\xef\xbf\xbd\n# TYPE a untyped\na 1\n" },
	{ T("# HELP a text\r\na 1\n"), "# HELP a text\r\n# TYPE a untyped\na 1\n" },
	{ T("a 1\n# HELP a late\n"), "# HELP a late\n# TYPE a untyped\na 1\n" },
	{ T("# HELP a:b_C9 text\na:b_C9 1\n"),
	  "# HELP a:b_C9 text\n# TYPE a:b_C9 untyped\na:b_C9 1\n" },
	{ T("# HELP \"a\" text\na 1\n"), "# HELP a text\n# TYPE a untyped\na 1\n" },
	/* Types */
	{ T("# TYPE a counter\na 1\n"), "# TYPE a counter\na 1\n" },
	{ T("# TYPE a gauge\na 1\n"), "# TYPE a gauge\na 1\n" },
	{ T("# TYPE a untyped\na 1\n"), "# TYPE a untyped\na 1\n" },
	{ T("# TYPE a COUNTER\na 1\n"), "# TYPE a counter\na 1\n" },
	{ T("# TYPE a hiSTOgram\na_sum 1\n"), "# TYPE a histogram\na_sum 1\n" },
	{ T("# TYPE a\tsummary\na_sum 1\n"), "# TYPE a summary\na_sum 1\n" },
	{ T("# TYPE b gauge\n# TYPE a counter\na 1\nb 2\n"),
	  "# TYPE b gauge\nb 2\n# TYPE a counter\na 1\n" },
	/* Names */
	{ T(":a_Z9: 1\n"), "# TYPE :a_Z9: untyped\n:a_Z9: 1\n" },
	{ T("_ 1\n"), "# TYPE _ untyped\n_ 1\n" },
	{ T("\"a\" 1\n"), "# TYPE a untyped\na 1\n" },
	{ T("\"a:b\"{c=\"d\"} 1\n"), "# TYPE a:b untyped\na:b{c=\"d\"} 1\n" },
	{ T("a\"b\" 1\n"), "# TYPE ab untyped\nab 1\n" },
	{ T("a\"\" 1\n"), "# TYPE a untyped\na 1\n" },
	{ T("{a} 1\n"), "# TYPE a untyped\na 1\n" },
	{ T("{ \"a:b\" , } 1\n"), "# TYPE a:b untyped\na:b 1\n" },
	{ T("{a,b=\"c\"} 1\n"), "# TYPE a untyped\na{b=\"c\"} 1\n" },
	{ T("{b=\"c\",a,d=\"e\"} 1\n"), "# TYPE a untyped\na{b=\"c\",d=\"e\"} 1\n" },
	{ T("# TYPE a summary\n{quantile=\"0.5\",a} 1\n{\"a_sum\"} 2\n"),
	  "# TYPE a summary\na{quantile=\"0.5\"} 1\na_sum 2\n" },
	{ T("# TYPE a histogram\n{x=\"1\",a_bucket,le=\"5\"} 1\n{a_bucket,x=\"1\",le=\"6\"} 2\n"),
	  "# TYPE a histogram\na_bucket{x=\"1\",le=\"5\"} 1\na_bucket{x=\"1\",le=\"6\"} 2\n" },
	/* Names in UTF-8 */
	{ T("{\"a.b\"} 1\n"), "# TYPE \"a.b\" untyped\n{\"a.b\"} 1\n" },
	{ T("\"a.b\" 1\n"), "# TYPE \"a.b\" untyped\n{\"a.b\"} 1\n" },
	{ T("\"1a\"{b=\"c\"} 1\n"), "# TYPE \"1a\" untyped\n{\"1a\",b=\"c\"} 1\n" },
	{ T("a\"b c\" 1\n"), "# TYPE \"ab c\" untyped\n{\"ab c\"} 1\n" },
	{ T("{\"a\\\\\\n\\\"\"} 1\n"), "# TYPE \"a\\\\\\n\\\"\" untyped\n{\"a\\\\\\n\\\"\"} 1\n" },
	{ T("# HELP \"caf\xc3\xa9\" text\n# TYPE \"caf\xc3\xa9\" gauge\n{\"caf\xc3\xa9\"} 1\n"),
	  "# HELP \"caf\xc3\xa9\" text\n# TYPE \"caf\xc3\xa9\" gauge\n{\"caf\xc3\xa9\"} 1\n" },
	{ T("{\"a.b\",\"c.d\"=\"e\"} 1\n"), "# TYPE \"a.b\" untyped\n{\"a.b\",\"c.d\"=\"e\"} 1\n" },
	{ T("# TYPE \"a.b\" summary\n{\"a.b_sum\"} 1\n{\"a.b\",quantile=\"1\"} 2\n"),
	  "# TYPE \"a.b\" summary\n{\"a.b_sum\"} 1\n{\"a.b\",quantile=\"1\"} 2\n" },
	/* Labels */
	{ T("a{} 1\n"), "# TYPE a untyped\na 1\n" },
	{ T("a{ \t} 1\n"), "# TYPE a untyped\na 1\n" },
	{ T("a{b=\"c\"}1\n"), "# TYPE a untyped\na{b=\"c\"} 1\n" },
	{ T("a {b=\"c\"} 1\n"), "# TYPE a untyped\na{b=\"c\"} 1\n" },
	{ T("a{b=\"c\",} 1\n"), "# TYPE a untyped\na{b=\"c\"} 1\n" },
	{ T("a\t{\tb\t=\t\"c\"\t,\td = \"e\" , }\t1\n"),
	  "# TYPE a untyped\na{b=\"c\",d=\"e\"} 1\n" },
	{ T("a{b=\"\"} 1\n"), "# TYPE a untyped\na{b=\"\"} 1\n" },
	{ T("a{b=\"{c,d=}# \"} 1\n"), "# TYPE a untyped\na{b=\"{c,d=}# \"} 1\n" },
	{ T("a{b=\"\\\\ \\n \\\"\"} 1\n"), "# TYPE a untyped\na{b=\"\\\\ \\n \\\"\"} 1\n" },
	{ T("a{b=\"\r\x01\xc3\xa9\xf0\x9f\x98\x80\"} 1\n"),
	  "# TYPE a untyped\na{b=\"\r\x01\xc3\xa9\xf0\x9f\x98\x80\"} 1\n" },
	{ T("a{\"b\"=\"c\"} 1\n"), "# TYPE a untyped\na{b=\"c\"} 1\n" },
	{ T("a{b\"c\"=\"d\"} 1\n"), "# TYPE a untyped\na{bc=\"d\"} 1\n" },
	{ T("a{_=\"c\",B9=\"d\"} 1\n"), "# TYPE a untyped\na{_=\"c\",B9=\"d\"} 1\n" },
	{ T("a{le=\"x\",quantile=\"y\"} 1\n"), "# TYPE a untyped\na{le=\"x\",quantile=\"y\"} 1\n" },
	{ T("a{x=\"1\"} 1\na{y=\"2\"} 2\na{y=\"3\",x=\"4\"} 3\n"),
	  "# TYPE a untyped\na{x=\"1\"} 1\na{y=\"2\"} 2\na{y=\"3\",x=\"4\"} 3\n" },
	{ T("a{x=\"1\"} 1\na{x=\"1\"} 2\n"), "# TYPE a untyped\na{x=\"1\"} 1\na{x=\"1\"} 2\n" },
	{ T("a{a=\"1\",b=\"2\",c=\"3\",d=\"4\",e=\"5\",f=\"6\",g=\"7\",h=\"8\",i=\"9\"} 1\n"),
	  "# TYPE a untyped\n"
	  "a{a=\"1\",b=\"2\",c=\"3\",d=\"4\",e=\"5\",f=\"6\",g=\"7\",h=\"8\",i=\"9\"} 1\n" },
	/* Values */
	{ T("a 0\na -0\na +0\na 007\n"), "# TYPE a untyped\na 0\na 0\na 0\na 7\n" },
	{ T("a 1.\na .5\na -1.50\na +2.5\n"), "# TYPE a untyped\na 1\na 0.5\na -1.5\na 2.5\n" },
	{ T("a 1e3\na 1E+03\na 1.5e-7\na 0e999999999999\n"),
	  "# TYPE a untyped\na 1000\na 1000\na 1.5e-07\na 0\n" },
	{ T("a NaN\na nan\na NAN\n"), "# TYPE a untyped\na NaN\na NaN\na NaN\n" },
	{ T("a Inf\na +Inf\na -inf\na INFINITY\na +infinity\na -Infinity\n"),
	  "# TYPE a untyped\na +Inf\na +Inf\na -Inf\na +Inf\na +Inf\na -Inf\n" },
	{ T("a 1.7976931348623157e308\na 5e-324\na 1e-400\n"),
	  "# TYPE a untyped\na 1.7976931348623157e+308\na 5e-324\na 0\n" },
	{ T("a 0.1000000000000000055511151231257827021181583404541015625\n"),
	  "# TYPE a untyped\na 0.1\n" },
	{ T("a 9007199254740993\n"), "# TYPE a untyped\na 9.007199254740992e+15\n" },
	{ T("a-1\nb+Inf\nc.5\n\"d\"5\n"), "# TYPE a untyped\na -1\n# TYPE b untyped\nb +Inf\n"
	                                  "# TYPE c untyped\nc 0.5\n# TYPE d untyped\nd 5\n" },
	{ T("a \t 1\n"), "# TYPE a untyped\na 1\n" },
	/* Summaries */
	{ T("# TYPE s summary\ns{quantile=\"0.5\"} 1\ns{quantile=\"0.9\"} 2\ns_sum 3\ns_count 4\n"),
	  "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns{quantile=\"0.9\"} 2\ns_sum 3\ns_count 4\n" },
	{ T("# TYPE s summary\ns_count 4.9\ns_count -0.5\n"),
	  "# TYPE s summary\ns_count 4\ns_count 0\n" },
	{ T("# TYPE s summary\ns{quantile=\"0.5\",x=\"1\"} NaN\ns_sum{x=\"2\"} 1\ns_sum{x=\"1\"} 2\n"),
	  "# TYPE s summary\ns{x=\"1\",quantile=\"0.5\"} NaN\ns_sum{x=\"2\"} 1\ns_sum{x=\"1\"} 2\n" },
	{ T("# TYPE s summary\ns{x=\"1\",y=\"2\",quantile=\"0\"} 1\ns_sum{y=\"2\",x=\"1\"} 2\n"),
	  "# TYPE s summary\ns{x=\"1\",y=\"2\",quantile=\"0\"} 1\ns_sum{y=\"2\",x=\"1\"} 2\n" },
	{ T("# TYPE s summary\ns_sum{x=\"\"} 1\ns_sum 2\n"),
	  "# TYPE s summary\ns_sum{x=\"\"} 1\ns_sum 2\n" },
	{ T("# TYPE s summary\ns_sum{x=\"ab\",y=\"c\"} 1\ns_sum{x=\"a\",y=\"bc\"} 2\n"),
	  "# TYPE s summary\ns_sum{x=\"ab\",y=\"c\"} 1\ns_sum{x=\"a\",y=\"bc\"} 2\n" },
	{ T("# TYPE s summary\ns 7\n"), "# TYPE s summary\ns 0\n" },
	{ T("# TYPE s summary\ns{quantile=\"NaN\",x=\"1\"} 7\n"),
	  "# TYPE s summary\ns{x=\"1\"} 0\n" },
	{ T("# TYPE s summary\ns_sum{quantile=\"0.5\"} 7\n"), "# TYPE s summary\ns_sum 7\n" },
	{ T("# TYPE s summary\ns{quantile=\"0.5\",quantile=\"0.7\"} 7\n"),
	  "# TYPE s summary\ns{quantile=\"0.7\"} 7\n" },
	{ T("# TYPE s summary\ns_bucket{le=\"1\"} 7\ns_sum 1\n"),
	  "# TYPE s summary\ns_sum 1\n# TYPE s_bucket untyped\ns_bucket{le=\"1\"} 7\n" },
	{ T("s_count 1\n# TYPE s summary\ns_count 2\ns_sum 3\n"),
	  "# TYPE s_count untyped\ns_count 1\ns_count 2\n# TYPE s summary\ns_sum 3\n" },
	{ T("# TYPE s summary\n# HELP s_sum text\ns_sum 3\n"),
	  "# HELP s text\n# TYPE s summary\ns_sum 3\n" },
	{ T("# TYPE s gauge\ns_sum 1\n"), "# TYPE s_sum untyped\ns_sum 1\n" },
	{ T("# TYPE s summary\n_sum 1\ns_sum_sum 2\n"),
	  "# TYPE _sum untyped\n_sum 1\n# TYPE s_sum_sum untyped\ns_sum_sum 2\n" },
	{ T("# TYPE s_sum summary\ns_sum_sum 2\ns_sum{quantile=\"1\"} 3\n"),
	  "# TYPE s_sum summary\ns_sum_sum 2\ns_sum{quantile=\"1\"} 3\n" },
	{ T("# TYPE s summary\ns{le=\"x\",quantile=\"1\"} 2\n"),
	  "# TYPE s summary\ns{le=\"x\",quantile=\"1\"} 2\n" },
	/* Histograms */
	{ T("# HELP h text\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 3\n"
	    "h_sum 4.5\nh_count 3\n"),
	  "# HELP h text\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 3\n"
	  "h_sum 4.5\nh_count 3\n" },
	{ T("# TYPE h histogram\nh{le=\"1\"} 2\nh_bucket{le=\"2e0\"} 0.5\nh_count 1.5\n"),
	  "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"2\"} 0.5\nh_count 1.5\n" },
	{ T("# TYPE h histogram\nh_bucket 2\nh_sum{le=\"1\"} -3\nh_bucket{le=\"nan\"} 4\n"),
	  "# TYPE h histogram\nh 0\nh_sum -3\nh 0\n" },
	{ T("# TYPE h histogram\nh_bucket{x=\"1\",le=\"1\"} 1\na 1\nh_bucket{le=\"2\",x=\"1\"} 2\n"),
	  "# TYPE h histogram\nh_bucket{x=\"1\",le=\"1\"} 1\nh_bucket{x=\"1\",le=\"2\"} 2\n"
	  "# TYPE a untyped\na 1\n" },
	{ T("# TYPE h histogram\nh_sum{quantile=\"x\"} NaN\n"),
	  "# TYPE h histogram\nh_sum{quantile=\"x\"} NaN\n" },
	{ T("# TYPE h histogram\nh_count 18446744073709549568\nh_bucket{le=\"-0\"} -0\n"),
	  "# TYPE h histogram\nh_count 1.844674407370955e+19\nh_bucket{le=\"0\"} 0\n" },
};

static const struct accepted open_accepted[] = {
	{ T("# EOF\n"), "" },
	{ T("a 1\n# EOF\n"), "# TYPE a untyped\na 1\n" },
	{ T("# TYPE a counter\n# HELP a text\na_total 1\na_created 1.5e9\n# EOF\n"),
	  "# HELP a_total text\n# TYPE a_total counter\na_total 1\n" },
	{ T("# TYPE a_total counter\na_total 1\n# EOF\n"), "# TYPE a_total counter\na_total 1\n" },
	{ T("# TYPE a counter\na 1\n# EOF\n"), "# TYPE a counter\na 1\n" },
	{ T("# TYPE a counter\n# TYPE a_total gauge\na_total 1\n# EOF\n"),
	  "# TYPE a_total gauge\na_total 1\n" },
	{ T("# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n# EOF\n"),
	  "# TYPE a_seconds gauge\na_seconds 1\n" },
	{ T("# UNIT a \na 1\n# EOF\n"), "# TYPE a untyped\na 1\n" },
	{ T("# TYPE a unknown\na 1\n# EOF\n"), "# TYPE a untyped\na 1\n" },
	{ T("# TYPE a info\n# HELP a text\na_info{b=\"c\"} 1\n# EOF\n"),
	  "# HELP a_info text\n# TYPE a_info gauge\na_info{b=\"c\"} 1\n" },
	{ T("# TYPE a stateset\na{a=\"on\"} 1\na{a=\"off\"} 0\n# EOF\n"),
	  "# TYPE a gauge\na{a=\"on\"} 1\na{a=\"off\"} 0\n" },
	{ T("# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 2\na_gcount 2\na_gsum -1\n# EOF\n"),
	  "# TYPE a_bucket gauge\na_bucket{le=\"+Inf\"} 2\n# TYPE a_gcount gauge\na_gcount 2\n"
	  "# TYPE a_gsum gauge\na_gsum -1\n" },
	{ T("# TYPE a histogram\na_bucket{le=\"1\"} 2 # {t=\"x\"} 0.5\na_bucket{le=\"+Inf\"} 2 # {} 1 1.5\n"
	    "a_count 2\na_sum 1\na_created 5\n# EOF\n"),
	  "# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 2\na_count 2\na_sum 1\n" },
	{ T("# TYPE a summary\na{quantile=\"0.5\"} 2\na_created 5\n# EOF\n"),
	  "# TYPE a summary\na{quantile=\"0.5\"} 2\n" },
	{ T("a_created 1\n# EOF\n"), "# TYPE a_created untyped\na_created 1\n" },
	{ T("# EOF\na 1\n"), "# TYPE a untyped\na 1\n" },
	{ T("# EOF \n"), "" },
};

static const struct refused refused[] = {
	/* OpenMetrics */
	{ T("# EOF\na 1\n# EOF\n"), 1, 1,
	  "expected one line \"# EOF\", the last one, found an earlier one" },
	{ T("a 1\n# EOF"), 2, 6,
	  "expected a newline to end the last line, too, found the end of the text" },
	{ T("a 1 1.5\n# EOF\n"), 1, 5, STAMPED },
	{ T("a 1 1.5 # {} 1\n# EOF\n"), 1, 5, STAMPED },
	{ T("a 1 x\n# EOF\n"), 1, 5,
	  "expected the end of the line, a timestamp or an exemplar, found \"x\"" },
	{ T("a 1 # x\n# EOF\n"), 1, 7, "expected the '{' of an exemplar, found \"x\"" },
	{ T("a 1 # {b=\"c\"}\n# EOF\n"), 1, 14, "expected a number, found the end of the line" },
	{ T("a 1 # {b=\"c\"} 1 2 3\n# EOF\n"), 1, 19,
	  "expected the end of the line behind the exemplar, found \"3\"" },
	{ T("a 1 # {b} 1\n# EOF\n"), 1, 9, "expected '=' behind the label name, found \"}\"" },
	{ T("# UNIT a seconds\n# EOF\n"), 1, 10,
	  "expected the unit that the metric's name ends with, behind a '_', found \"seconds\"" },
	{ T("# UNIT seconds seconds\n# EOF\n"), 1, 16,
	  "expected the unit that the metric's name ends with, behind a '_', found \"seconds\"" },
	{ T("# TYPE a strange\n# EOF\n"), 1, 10,
	  "expected a type of OpenMetrics, found \"strange\"" },
	{ T("# TYPE a counter\na_created x\n# EOF\n"), 2, 11, "expected a number, found \"x\"" },
	/* Lines */
	{ T("a 1"), 1, 4,
	  "expected a newline to end the last line, too, found the end of the text" },
	{ T("a 1\n# comment"), 2, 10,
	  "expected a newline to end the last line, too, found the end of the text" },
	{ T("a 1\n  b"), 2, 4,
	  "expected a newline to end the last line, too, found the end of the text" },
	{ T("a 1\r\n"), 1, 3, "expected a number, found \"1\\x0d\"" },
	{ T("\r\n"), 1, 1, "expected a metric name, '#' or '{', found \"\\x0d\"" },
	{ T("\xef\xbb\xbf"
	    "a 1\n"),
	  1, 1, "expected a metric name, '#' or '{', found \"\\xef\"" },
	{ T("\0\n"), 1, 1, "expected a metric name, '#' or '{', found \"\\x00\"" },
	{ T("a 1\n\n\n\n5\n"), 5, 1, "expected a metric name, '#' or '{', found \"5\"" },
	/* Names */
	{ T("1a 1\n"), 1, 1, "expected a metric name, '#' or '{', found \"1\"" },
	{ T("-a 1\n"), 1, 1, "expected a metric name, '#' or '{', found \"-\"" },
	{ T("  }\n"), 1, 3, "expected a metric name, '#' or '{', found \"}\"" },
	{ T("=\n"), 1, 1, "expected a metric name, '#' or '{', found \"=\"" },
	{ T("\xc3\xa9 1\n"), 1, 1, "expected a metric name, '#' or '{', found \"\\xc3\"" },
	{ T("a.b 1\n"), 1, 2, "expected a number, found \".b\"" },
	{ T("a-b 1\n"), 1, 2, "expected a number, found \"-b\"" },
	{ T("a\xc3\xa9 1\n"), 1, 2, "expected a number, found \"\\xc3\\xa9\"" },
	{ T("\"\" 1\n"), 1, 1, "expected a metric name, found \"\\\"\\\"\"" },
	{ T("\"a\\q\" 1\n"), 1, 3, "expected one of \\\\, \\\" and \\n, found \"\\\\q\"" },
	{ T("\"a\0\" 1\n"), 1, 1, "expected a metric name, found \"\\\"a\\x00\\\"\"" },
	{ T("\"a 1\n"), 1, 5, "expected the closing quote '\"', found the end of the line" },
	{ T("\"a\\\n\" 1\n"), 1, 3, "expected one of \\\\, \\\" and \\n, found \"\\\\\"" },
	/* HELP and TYPE */
	{ T("# HELP 1a text\n"), 1, 8,
	  "expected a metric name and a blank behind it, found \"1\"" },
	{ T("# HELP a.b text\n"), 1, 9,
	  "expected a metric name and a blank behind it, found \".\"" },
	{ T("# HELP a{} text\n"), 1, 9,
	  "expected a metric name and a blank behind it, found \"{\"" },
	{ T("# HELP \"\" text\n"), 1, 8, "expected a metric name, found \"\\\"\\\"\"" },
	{ T("# HELP \"a\n"), 1, 10, "expected the closing quote '\"', found the end of the line" },
	{ T("# HELP a \\t\n"), 1, 10, "expected one of \\\\, \\\" and \\n, found \"\\\\t\"" },
	{ T("# HELP a text\\\na 1\n"), 1, 14,
	  "expected one of \\\\, \\\" and \\n, found \"\\\\\"" },
	{ T("# HELP a te\0xt\n"), 1, 10, "expected a text without NUL, found \"te\\x00xt\"" },
	{ T("# HELP a one\n# HELP a one\n"), 2, 1,
	  "expected one HELP line of each metric, found a second one" },
	{ T("# TYPE s summary\n# HELP s one\n# HELP s_sum two\n"), 3, 1,
	  "expected one HELP line of each metric, found a second one" },
	{ T("# TYPE - gauge\n"), 1, 8,
	  "expected a metric name and a blank behind it, found \"-\"" },
	{ T("# TYPE a unknown\n"), 1, 10,
	  "expected counter, gauge, histogram, summary or untyped, found \"unknown\"" },
	{ T("# TYPE a gauge \n"), 1, 15,
	  "expected the end of the line behind the type, found \" \"" },
	{ T("# TYPE a gauge\r\n"), 1, 10,
	  "expected counter, gauge, histogram, summary or untyped, found \"gauge\\x0d\"" },
	{ T("# TYPE a gauge gauge\n"), 1, 15,
	  "expected the end of the line behind the type, found \" \"" },
	{ T("# TYPE a gauge_histogram\n"), 1, 10,
	  "expected counter, gauge, histogram, summary or untyped, found \"gauge_histogram\"" },
	{ T("# TYPE a gaugehistogram\n"), 1, 10,
	  "expected counter, gauge, histogram, summary or untyped, found \"gaugehistogram\"" },
	{ T("# TYPE a gaug\n"), 1, 10,
	  "expected counter, gauge, histogram, summary or untyped, found \"gaug\"" },
	{ T("# TYPE a \\gauge\n"), 1, 10,
	  "expected counter, gauge, histogram, summary or untyped, found \"\\\\gauge\"" },
	{ T("# TYPE a gauge\n# TYPE a gauge\n"), 2, 1,
	  "expected one TYPE line of each metric, before all its samples, found a later one" },
	{ T("a 1\n# TYPE a gauge\n"), 2, 1,
	  "expected one TYPE line of each metric, before all its samples, found a later one" },
	{ T("# TYPE h histogram\n# TYPE h_bucket counter\n"), 2, 1,
	  "expected one TYPE line of each metric, before all its samples, found a later one" },
	/* Labels */
	{ T("a{\n"), 1, 3, "expected a label name or '}', found the end of the line" },
	{ T("a{b\n"), 1, 4, "expected '=' behind the label name, found the end of the line" },
	{ T("a{b=\n"), 1, 5,
	  "expected a label value that begins with '\"', found the end of the line" },
	{ T("a{b=\"\n"), 1, 6, "expected the closing quote '\"', found the end of the line" },
	{ T("a{b=\"c\n"), 1, 7, "expected the closing quote '\"', found the end of the line" },
	{ T("a{b=\"c\"\n"), 1, 8, "expected ',' or '}', found the end of the line" },
	{ T("a{b=\"c\"}\n"), 1, 9, "expected a number, found the end of the line" },
	{ T("a{b=\"c\",\n"), 1, 9, "expected a label name or '}', found the end of the line" },
	{ T("a{,} 1\n"), 1, 3, "expected a label name or '}', found \",\"" },
	{ T("a{,b=\"c\"} 1\n"), 1, 3, "expected a label name or '}', found \",\"" },
	{ T("a{b=\"c\",,} 1\n"), 1, 9, "expected a label name or '}', found \",\"" },
	{ T("a{b=\"c\" d=\"e\"} 1\n"), 1, 9, "expected ',' or '}', found \"d\"" },
	{ T("a{b=\"c\"d=\"e\"} 1\n"), 1, 8, "expected ',' or '}', found \"d\"" },
	{ T("a{b=\"c\"]} 1\n"), 1, 8, "expected ',' or '}', found \"]\"" },
	{ T("a{1=\"c\"} 1\n"), 1, 3, "expected a label name or '}', found \"1\"" },
	{ T("a{b-c=\"d\"} 1\n"), 1, 4, "expected '=' behind the label name, found \"-\"" },
	{ T("a{b:c=\"d\"} 1\n"), 1, 4, "expected '=' behind the label name, found \":\"" },
	{ T("a{\"\"=\"d\"} 1\n"), 1, 3, "expected a label name, found \"\\\"\\\"\"" },
	{ T("a{\"b} 1\n"), 1, 8, "expected the closing quote '\"', found the end of the line" },
	{ T("a{b=c} 1\n"), 1, 5, "expected a label value that begins with '\"', found \"c\"" },
	{ T("a{b='c'} 1\n"), 1, 5, "expected a label value that begins with '\"', found \"'\"" },
	{ T("a{b} 1\n"), 1, 4, "expected '=' behind the label name, found \"}\"" },
	{ T("a{b,c=\"d\"} 1\n"), 1, 4, "expected '=' behind the label name, found \",\"" },
	{ T("a{b=\"c\\t\"} 1\n"), 1, 7, "expected one of \\\\, \\\" and \\n, found \"\\\\t\"" },
	{ T("a{b=\"c\\\nd\"} 1\n"), 1, 7, "expected one of \\\\, \\\" and \\n, found \"\\\\\"" },
	{ T("a{b=\"\xff\"} 1\n"), 1, 5,
	  "expected a label value in UTF-8, found \"\\\"\\xff\\\"\"" },
	{ T("a{b=\"\xed\xa0\x80\"} 1\n"), 1, 5,
	  "expected a label value in UTF-8, found \"\\\"\\xed\\xa0\\x80\\\"\"" },
	{ T("a{b=\"c\0d\"} 1\n"), 1, 5,
	  "expected a label value without NUL, found \"\\\"c\\x00d\\\"\"" },
	{ T("a{b=\"c\",b=\"d\"} 1\n"), 1, 9, "expected each label name once, found \"b\"" },
	{ T("a{b=\"c\",d=\"e\",\"b\"=\"c\"} 1\n"), 1, 15,
	  "expected each label name once, found \"\\\"b\\\"\"" },
	{ T("a{__name__=\"b\"} 1\n"), 1, 3,
	  "expected a label name that does not begin with \"__\", found \"__name__\"" },
	{ T("a{\"__name__\"=\"b\"} 1\n"), 1, 3,
	  "expected a label name that does not begin with \"__\", found \"\\\"__name__\\\"\"" },
	{ T("a{__x=\"b\"} 1\n"), 1, 3,
	  "expected a label name that does not begin with \"__\", found \"__x\"" },
	{ T("a{b=\"c\"}{d=\"e\"} 1\n"), 1, 9, "expected a number, found \"{d=\\\"e\\\"}\"" },
	{ T("{} 1\n"), 1, 1, "expected a metric name, too, found \"{}\"" },
	{ T("a 1\n{} 1\n"), 2, 1, "expected a metric name, too, found \"{}\"" },
	{ T("a 1\n{b=\"c\"} 1\n"), 2, 1, "expected a metric name, too, found \"{b=\\\"c\\\"}\"" },
	{ T("{a,b} 1\n"), 1, 4, "expected one metric name, not two, found \"b\"" },
	{ T("{a b=\"c\"} 1\n"), 1, 4, "expected '=' behind the label name, found \"b\"" },
	{ T("{a:b} 1\n"), 1, 3, "expected '=' behind the label name, found \":\"" },
	{ T("{a"), 1, 3,
	  "expected a newline to end the last line, too, found the end of the text" },
	{ T("{a\n"), 1, 3, "expected ',' or '}', found the end of the line" },
	{ T("{a}{} 1\n"), 1, 4, "expected a number, found \"{}\"" },
	/* Values */
	{ T("a\n"), 1, 2, "expected a number, found the end of the line" },
	{ T("a  \n"), 1, 4, "expected a number, found the end of the line" },
	{ T("a b\n"), 1, 3, "expected a number, found \"b\"" },
	{ T("a 1_000\n"), 1, 3, "expected a number, found \"1_000\"" },
	{ T("a 0x10\n"), 1, 3, "expected a number, found \"0x10\"" },
	{ T("a 0x1p4\n"), 1, 3, "expected a number, found \"0x1p4\"" },
	{ T("a 1,5\n"), 1, 3, "expected a number, found \"1,5\"" },
	{ T("a .\n"), 1, 3, "expected a number, found \".\"" },
	{ T("a +\n"), 1, 3, "expected a number, found \"+\"" },
	{ T("a --1\n"), 1, 3, "expected a number, found \"--1\"" },
	{ T("a 1e\n"), 1, 3, "expected a number, found \"1e\"" },
	{ T("a 1e+\n"), 1, 3, "expected a number, found \"1e+\"" },
	{ T("a 1.2.3\n"), 1, 3, "expected a number, found \"1.2.3\"" },
	{ T("a e5\n"), 1, 3, "expected a number, found \"e5\"" },
	{ T("a +NaN\n"), 1, 3, "expected a number, found \"+NaN\"" },
	{ T("a -nan\n"), 1, 3, "expected a number, found \"-nan\"" },
	{ T("a nan(1)\n"), 1, 3, "expected a number, found \"nan(1)\"" },
	{ T("a infin\n"), 1, 3, "expected a number, found \"infin\"" },
	{ T("a 1e309\n"), 1, 3, "expected a number that fits a double, found \"1e309\"" },
	{ T("a -1e9999999999\n"), 1, 3,
	  "expected a number that fits a double, found \"-1e9999999999\"" },
	{ T("a 1\0\n"), 1, 3, "expected a number, found \"1\\x00\"" },
	{ T("a \xd9\xa1\n"), 1, 3, "expected a number, found \"\\xd9\\xa1\"" },
	{ T("a \"1\"\n"), 1, 3, "expected a number, found \"\\\"1\\\"\"" },
	/* Timestamps */
	{ T("a 1 1600000000000\n"), 1, 5, STAMPED },
	{ T("a 1\t-5\n"), 1, 5, STAMPED },
	{ T("a 1  +0\n"), 1, 6, STAMPED },
	{ T("a 1\nb 2\nc{d=\"e\"} 3 4\na 1 5\n"), 3, 12, STAMPED },
	{ T("a 1 9223372036854775807\n"), 1, 5, STAMPED },
	{ T("a 1 -9223372036854775808\n"), 1, 5, STAMPED },
	{ T("# TYPE s summary\ns 1 2\n"), 2, 5, STAMPED },
	{ T("a 1 \n"), 1, 4, "expected the end of the line behind the value, found a blank" },
	{ T("a 1\t\t\n"), 1, 5, "expected the end of the line behind the value, found a blank" },
	{ T("a 1 x\n"), 1, 5,
	  "expected the end of the line or a timestamp in milliseconds, found \"x\"" },
	{ T("a 1 1.5\n"), 1, 5,
	  "expected the end of the line or a timestamp in milliseconds, found \"1.5\"" },
	{ T("a 1 1e3\n"), 1, 5,
	  "expected the end of the line or a timestamp in milliseconds, found \"1e3\"" },
	{ T("a 1 1_0\n"), 1, 5,
	  "expected the end of the line or a timestamp in milliseconds, found \"1_0\"" },
	{ T("a 1 -\n"), 1, 5,
	  "expected the end of the line or a timestamp in milliseconds, found \"-\"" },
	{ T("a 1 9223372036854775808\n"), 1, 5,
	  "expected the end of the line or a timestamp in milliseconds, found \"9223372036854775808\"" },
	{ T("a 1 -9223372036854775809\n"), 1, 5,
	  "expected the end of the line or a timestamp in milliseconds, found \"-9223372036854775809\"" },
	{ T("a 1 2 \n"), 1, 6, "expected the end of the line behind the timestamp, found a blank" },
	{ T("a 1 2 3\n"), 1, 7, "expected the end of the line behind the timestamp, found \"3\"" },
	{ T("a 1 # comment\n"), 1, 5,
	  "expected the end of the line or a timestamp in milliseconds, found \"#\"" },
	/* Summaries and histograms */
	{ T("# TYPE s summary\ns{quantile=\"x\"} 1\n"), 2, 12,
	  "expected a number, found \"\\\"x\\\"\"" },
	{ T("# TYPE s summary\ns{quantile=\"\"} 1\n"), 2, 12,
	  "expected a number, found \"\\\"\\\"\"" },
	{ T("# TYPE s summary\ns_count{quantile=\"0x1p1\"} 1\n"), 2, 18,
	  "expected a number, found \"\\\"0x1p1\\\"\"" },
	{ T("# TYPE s summary\ns_count -1\n"), 2, 9,
	  "expected a count, from 0 to 2^64, found \"-1\"" },
	{ T("# TYPE s summary\ns_count NaN\n"), 2, 9,
	  "expected a count, from 0 to 2^64, found \"NaN\"" },
	{ T("# TYPE s summary\ns_count +Inf\n"), 2, 9,
	  "expected a count, from 0 to 2^64, found \"+Inf\"" },
	{ T("# TYPE h histogram\nh_bucket{le=\" 1\"} 1\n"), 2, 13,
	  "expected a number, found \"\\\" 1\\\"\"" },
	{ T("# TYPE h histogram\nh_bucket{le=\"1\",le=\"1_0\"} 1\n"), 2, 20,
	  "expected a number, found \"\\\"1_0\\\"\"" },
	{ T("# TYPE h histogram\nh_bucket{le=\"1\"} -1\n"), 2, 18,
	  "expected a count, from 0 to 2^64, found \"-1\"" },
	{ T("# TYPE h histogram\nh_bucket{le=\"1\"} -0.5\n"), 2, 18,
	  "expected a count, from 0 to 2^64, found \"-0.5\"" },
	{ T("# TYPE h histogram\nh_count 18446744073709551616\n"), 2, 9,
	  "expected a count, from 0 to 2^64, found \"18446744073709551616\"" },
	{ T("# TYPE h histogram\nh_count -0.5 7\n"), 2, 9,
	  "expected a count, from 0 to 2^64, found \"-0.5\"" },
};

static const struct prom_limits limits = {
	.samples = PROM_SAMPLES_DEFAULT,
	.label = PROM_LABEL_DEFAULT,
};
static struct arena arena;

static void add_number(struct buffer *b, double value)
{
	char text[NUMBER_TEXT_MAX];

	buffer_add(b, text, number_format(value, text));
}

static void add_escaped(struct buffer *b, const char *text, bool is_value)
{
	for (; *text; text++) {
		if (*text == '\n')
			buffer_add_text(b, "\\n");
		else if (*text == '\\' || (is_value && *text == '"'))
			buffer_add(b, (char[]){ '\\', *text }, 2);
		else
			buffer_add(b, text, 1);
	}
}

static bool is_legacy(const char *name)
{
	return name[strspn(name,
	                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:")] ==
	               '\0' &&
	       (name[0] < '0' || name[0] > '9');
}

static void add_name(struct buffer *b, const char *name)
{
	const char *quote = is_legacy(name) ? "" : "\"";

	buffer_add_text(b, quote);
	add_escaped(b, name, true);
	buffer_add_text(b, quote);
}

static void add_line(struct buffer *b, const struct prom_family *f, const struct prom_sample *s)
{
	static const char *const suffixes[METRIC_PARTS] = {
		[PART_VALUE] = "",         [PART_QUANTILE] = "",    [PART_SUM] = "_sum",
		[PART_BUCKET] = "_bucket", [PART_COUNT] = "_count",
	};
	bool has_bound = s->part == PART_QUANTILE || s->part == PART_BUCKET;
	bool is_quoted = !is_legacy(f->name);
	const char *comma = is_quoted ? "," : "{";

	if (is_quoted)
		buffer_add_text(b, "{\"");
	add_escaped(b, f->name, true);
	buffer_add_text(b, suffixes[s->part]);
	if (is_quoted)
		buffer_add_text(b, "\"");
	for (size_t i = 0; i < s->n_labels; i++, comma = ",") {
		assert_in_range(s->labels[i].name, 0, f->n_labels - 1);
		buffer_add_text(b, comma);
		add_name(b, f->labels[s->labels[i].name]);
		buffer_add_text(b, "=\"");
		add_escaped(b, s->labels[i].value, true);
		buffer_add_text(b, "\"");
	}
	if (has_bound) {
		buffer_add_text(b, comma);
		buffer_add_text(b, s->part == PART_BUCKET ? "le=\"" : "quantile=\"");
		add_number(b, s->bound);
		buffer_add_text(b, "\"");
	}
	buffer_add_text(b, s->n_labels || has_bound || is_quoted ? "} " : " ");
	add_number(b, s->value);
	buffer_add_text(b, "\n");
}

static void add_family(struct buffer *b, const struct prom_family *f)
{
	static const char *const types[METRIC_TYPES] = {
		[METRIC_COUNTER] = "counter",     [METRIC_GAUGE] = "gauge",
		[METRIC_UNTYPED] = "untyped",     [METRIC_SUMMARY] = "summary",
		[METRIC_HISTOGRAM] = "histogram",
	};
	size_t n = 0;

	assert_true(!f->n_labels || !f->labels[f->n_labels]);
	if (f->help) {
		buffer_add_text(b, "# HELP ");
		add_name(b, f->name);
		buffer_add_text(b, " ");
		add_escaped(b, f->help, false);
		buffer_add_text(b, "\n");
	}
	buffer_add_text(b, "# TYPE ");
	add_name(b, f->name);
	buffer_add_text(b, " ");
	buffer_add_text(b, types[f->type]);
	buffer_add_text(b, "\n");
	for (const struct prom_sample *s = f->samples; s; s = s->next, n++)
		add_line(b, f, s);
	assert_int_equal(n, f->n_samples);
}

/* Parse a copy on the heap that ends with the text, so that the sanitizer sees reads beyond. */
static int parse(const char *text, size_t size, struct prom_text *ret, struct prom_error *error)
{
	char *copy = memcpy(xmalloc(size + !size), text, size);
	int r;

	arena_free(&arena);
	r = promtext_parse(&arena, copy, size, &limits, ret, error);
	free(copy);
	return r;
}

/* Parse and write as a text again; to be freed. NULL if it is refused. */
static char *rewrite(const char *text, size_t size)
{
	struct prom_error error;
	struct prom_text result;
	struct buffer b = { 0 };

	if (parse(text, size, &result, &error) < 0) {
		print_error("%s: refused: %u:%u: %s\n", text, error.line, error.column, error.text);
		return NULL;
	}
	for (const struct prom_family *f = result.families; f; f = f->next)
		add_family(&b, f);
	buffer_add(&b, "", 1);
	return b.data;
}

static void test_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
		char *text = rewrite(accepted[i].text, accepted[i].size), *again;

		assert_non_null(text);
		assert_string_equal(text, accepted[i].families);
		again = rewrite(text, strlen(text));
		assert_non_null(again);
		assert_string_equal(again, text);
		free(text);
		free(again);
	}
}

static void test_open(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(open_accepted); i++) {
		char *text = rewrite(open_accepted[i].text, open_accepted[i].size);

		assert_non_null(text);
		assert_string_equal(text, open_accepted[i].families);
		free(text);
	}
}

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct prom_text result = { .n_samples = 77 };
		struct prom_error error;

		if (parse(refused[i].text, refused[i].size, &result, &error) != -EINVAL) {
			print_error("%s: not refused\n", refused[i].text);
			continue;
		}
		if (error.line != refused[i].line || error.column != refused[i].column)
			print_error("%s: refused at %u:%u\n", refused[i].text, error.line,
			            error.column);
		assert_int_equal(error.line, refused[i].line);
		assert_int_equal(error.column, refused[i].column);
		assert_string_equal(error.text, refused[i].reason);
		assert_int_equal(result.n_samples, 77);
	}
}

/* A line with labels l0 to l<n - 1>. */
static void add_labels(struct buffer *b, const char *name, const char *first, size_t n)
{
	char label[32];

	buffer_add_text(b, name);
	buffer_add_text(b, first);
	for (size_t i = 0; i < n; i++)
		buffer_add(b, label, (size_t)snprintf(label, sizeof(label), "l%zu=\"\",", i));
	buffer_add_text(b, "} 1\n");
}

static void test_label_limit(void **state)
{
	struct prom_error error;
	struct prom_text result;
	struct buffer b = { 0 };

	(void)state;
	buffer_add_text(&b, "# TYPE h histogram\n");
	add_labels(&b, "a", "{", 64);
	add_labels(&b, "h_bucket", "{le=\"1\",", 64);
	assert_int_equal(parse(b.data, b.used, &result, &error), 0);
	assert_int_equal(result.families->n_labels, 64);
	assert_string_equal(result.families->labels[63], "l63");
	assert_int_equal(result.families->next->n_labels, 64);
	assert_int_equal(result.families->next->samples->labels[63].name, 63);

	buffer_add_text(&b, "a{l64=\"\"} 1\n");
	assert_int_equal(parse(b.data, b.used, &result, &error), -EINVAL);
	assert_int_equal(error.line, 4);
	assert_int_equal(error.column, 3);
	assert_string_equal(error.text,
	                    "expected not more than 64 label names in a family, found \"l64\"");

	b.used = 0;
	add_labels(&b, "a", "{", 66);
	assert_int_equal(parse(b.data, b.used, &result, &error), -EINVAL);
	assert_string_equal(error.text, "expected not more than 64 labels, found \"l65\"");
	buffer_free(&b);
}

static void test_size_limits(void **state)
{
	struct prom_error error;
	struct prom_text result;
	struct buffer b = { 0 };
	char line[32];

	(void)state;
	for (size_t i = 0; i < PROM_SAMPLES_DEFAULT; i++)
		buffer_add_text(&b, "a 1\n");
	assert_int_equal(parse(b.data, b.used, &result, &error), 0);
	assert_int_equal(result.families->n_samples, PROM_SAMPLES_DEFAULT);
	buffer_add_text(&b, "a 1\n");
	assert_int_equal(parse(b.data, b.used, &result, &error), -EINVAL);
	assert_int_equal(error.line, PROM_SAMPLES_DEFAULT + 1);
	assert_string_equal(error.text, "expected no more than 1048576 samples, found 1048577");

	b.used = 0;
	for (size_t i = 0; i < PROM_FAMILIES_MAX; i++)
		buffer_add(&b, line, (size_t)snprintf(line, sizeof(line), "# HELP a%zu b\n", i));
	assert_int_equal(parse(b.data, b.used, &result, &error), 0);
	assert_null(result.families);
	buffer_add_text(&b, "b 1\n");
	assert_int_equal(parse(b.data, b.used, &result, &error), -EINVAL);
	assert_string_equal(error.text,
	                    "expected no more than 131072 different metrics, found 131073");
	buffer_free(&b);
}

/* Names and label sets of which many begin alike, each met in three rounds. */
static void test_many(void **state)
{
	enum { ROUNDS = 3, NAMES = 3000, SETS = 3000 };
	struct prom_error error;
	struct prom_text result;
	struct buffer b = { 0 };
	size_t n = 0;
	char line[96];

	(void)state;
	buffer_add_text(&b, "# TYPE s summary\n");
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < NAMES; i++)
			buffer_add(&b, line,
			           (size_t)snprintf(line, sizeof(line), "a_%o %u\n", i * 7 % NAMES,
			                            round));
		for (unsigned i = 0; i < SETS; i++)
			buffer_add(&b, line,
			           (size_t)snprintf(line, sizeof(line),
			                            "s{x=\"%x\",quantile=\"%u\"} %u\n",
			                            i * 11 % SETS, round, i));
	}
	assert_int_equal(parse(b.data, b.used, &result, &error), 0);
	assert_string_equal(result.families->name, "s");
	assert_int_equal(result.families->n_samples, ROUNDS * SETS);
	for (struct prom_family *f = result.families->next; f; f = f->next, n++)
		assert_int_equal(f->n_samples, ROUNDS);
	assert_int_equal(n, NAMES);
	buffer_free(&b);
}

/* Long and odd things are shown in part. */
static void test_cut(void **state)
{
	struct prom_error error;
	struct prom_text result;
	struct buffer b = { 0 };

	(void)state;
	buffer_add_text(&b, "a ");
	for (size_t i = 0; i < 10000; i++)
		buffer_add_text(&b, "\xff");
	buffer_add_text(&b, "\n");
	assert_int_equal(parse(b.data, b.used, &result, &error), -EINVAL);
	assert_string_equal(error.text,
	                    "expected a number, found \"\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff"
	                    "\\xff\\xff\\xff\\xff\\xff...\"");
	buffer_free(&b);
}

static void test_utf8(void **state)
{
	static const char *const cases[][2] = {
		{ "", "" },
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "\xff", "\xef\xbf\xbd" },
		{ "a\xff\xfe\xc3"
		  "b\xc3",
		  "a\xef\xbf\xbd"
		  "b\xef\xbf\xbd" },
		{ "\xed\xa0\x80\xc3\xa9", "\xef\xbf\xbd\xc3\xa9" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_string_equal(promtext_utf8(&arena, cases[i][0], strlen(cases[i][0])),
		                    cases[i][1]);
}

static int free_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),    cmocka_unit_test(test_open),
		cmocka_unit_test(test_refused),     cmocka_unit_test(test_label_limit),
		cmocka_unit_test(test_size_limits), cmocka_unit_test(test_many),
		cmocka_unit_test(test_cut),         cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, free_arena);
}

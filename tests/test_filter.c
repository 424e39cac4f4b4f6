// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector.h"
#include "filter.h"

#define COMPLAIN(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

/* What the scrape would make of fail() and warn(). */
static struct {
	char said[512];
	unsigned warnings;
} self;

int fail(struct scrape *s, int r, const char *fmt, ...)
{
	va_list args;

	(void)s;
	va_start(args, fmt);
	vsnprintf(self.said, sizeof(self.said), fmt, args);
	va_end(args);
	return r;
}

void warn(struct scrape *s, const char *fmt, ...)
{
	va_list args;

	(void)s;
	va_start(args, fmt);
	vsnprintf(self.said, sizeof(self.said), fmt, args);
	va_end(args);
	self.warnings++;
}

/* A pattern, texts it matches and texts it does not; both end with NULL. */
enum { TEXTS_MAX = 8 };
struct match_case {
	const char *pattern;
	const char *yes[TEXTS_MAX + 1];
	const char *no[TEXTS_MAX + 1];
};

static const struct match_case match_cases[] = {
	{ "", { "", "a", "\n" }, { NULL } },
	{ "a", { "a", "bab" }, { "", "b", "A" } },
	{ "abc", { "abc", "xabcx" }, { "ab", "a bc" } },
	{ "^a", { "a", "ab" }, { "ba", "b\na" } },
	{ "a$", { "a", "ba" }, { "ab", "a\n" } },
	{ "^$", { "" }, { "a", "\n" } },
	{ "^a*$", { "", "aaa" }, { "aab" } },
	{ "a\\z", { "ba" }, { "a\n", "ab" } },
	{ "\\Aa", { "ab" }, { "ba", "\na" } },
	{ "(?m)^a$", { "a", "b\na", "a\nb", "b\na\nb" }, { "ab", "ba" } },
	{ "(?m)a$", { "a\n", "ba\nc" }, { "ab" } },
	{ "(?m)^$", { "", "a\n", "\na" }, { "a" } },
	{ "(?-m)^a", { "a" }, { "b\na" } },
	{ "a.b",
	  { "axb",
	    "a\xc3\xa9"
	    "b",
	    "a\rb" },
	  { "ab", "a\nb" } },
	{ "(?s)a.b", { "a\nb", "axb" }, { "ab" } },
	{ "(?s:a.)b.", { "a\nbx" }, { "a\nb\n" } },
	{ "a+", { "a", "aa" }, { "", "b" } },
	{ "^a?$", { "", "a" }, { "aa" } },
	{ "^a*?b$", { "b", "aab" }, { "aa" } },
	{ "^a+?$", { "a", "aa" }, { "" } },
	{ "^a??$", { "", "a" }, { "b" } },
	{ "^a{2}$", { "aa" }, { "a", "aaa" } },
	{ "^a{2,}$", { "aa", "aaaa" }, { "a" } },
	{ "^a{1,3}$", { "a", "aaa" }, { "", "aaaa" } },
	{ "^a{0}b$", { "b" }, { "ab" } },
	{ "^(ab){2}$", { "abab" }, { "ab" } },
	{ "^a{,2}$", { "a{,2}" }, { "a", "aa" } },
	{ "^a{01}$", { "a{01}" }, { "a" } },
	{ "^a{1$", { "a{1" }, { "a" } },
	{ "^a{$", { "a{" }, { "a" } },
	{ "^a{ 1}$", { "a{ 1}" }, { "a" } },
	{ "a{1}{", { "a{" }, { "a" } },
	{ "^*", { "", "a" }, { NULL } },
	{ "^+a", { "a" }, { "ba" } },
	{ "a\\b+", { "a", "a b" }, { "ab" } },
	{ "^a(?i)*$", { "", "aa" }, { "b", "A" } },
	{ "^a*(?i)*$", { "", "aa" }, { "b" } },
	{ "^(a|b)$", { "a", "b" }, { "ab", "" } },
	{ "a|b", { "xa", "bx" }, { "c" } },
	{ "^a|b$", { "ax", "xb" }, { "xa", "bx" } },
	{ "a||b", { "", "c" }, { NULL } },
	{ "^(|a)$", { "", "a" }, { "b" } },
	{ "^()*$", { "" }, { "a" } },
	{ "^(?:a|b)+$", { "abba" }, { "abc" } },
	{ "^(?P<x>a)(?P<y_1>b)$", { "ab" }, { "a" } },
	{ "^(?<x>a)$", { "a" }, { "b" } },
	{ "(?i)abc", { "ABC", "aBc" }, { "ab" } },
	{ "a(?i)b", { "ab", "aB" }, { "Ab", "AB" } },
	{ "^(a(?i)b|c)d$", { "abd", "aBd", "Cd", "cd" }, { "Abd", "cD" } },
	{ "^(?i:a)b$", { "ab", "Ab" }, { "aB" } },
	{ "^(?i)a(?-i)b$", { "ab", "Ab" }, { "aB" } },
	{ "^(?i-s:A.)$", { "ab" }, { "a\n" } },
	{ "(?i)k", { "K", "\xe2\x84\xaa" }, { "s" } },
	{ "(?i)\xc3\xa9", { "\xc3\x89" }, { "e" } },
	{ "(?i)^\\W$", { "-" }, { "s", "\xc5\xbf", "\xe2\x84\xaa" } },
	{ "(?i)^[\\W]$", { "-" }, { "s", "\xc5\xbf", "_" } },
	{ "(?i)^[^\\W]$", { "s", "\xc5\xbf", "_" }, { "-" } },
	{ "(?i)^\\w$", { "s", "\xc5\xbf" }, { "-" } },
	{ "(?U)^a+$", { "aaa" }, { "b" } },
	{ "(?)a", { "a" }, { "b" } },
	{ "^\\d+$", { "019" }, { "a", "", "\xd9\xa3" } },
	{ "^\\D$", { "a", "\n", "\xd9\xa3" }, { "1" } },
	{ "^\\s$", { " ", "\t", "\n", "\f", "\r" }, { "\v", "\xc2\xa0", "a" } },
	{ "^\\S$", { "\v", "a", "\xc2\xa0" }, { " ", "\n" } },
	{ "^[\\s]$", { " " }, { "\v" } },
	{ "^[\\S]$", { "\v" }, { " " } },
	{ "^[^\\s]$", { "\v", "x" }, { " " } },
	{ "^[^\\S]$", { " " }, { "\v" } },
	{ "^\\w$", { "a", "Z", "0", "_" }, { "-", "\xc3\xa9" } },
	{ "^\\W$", { "-", "\xc3\xa9" }, { "a", "_" } },
	{ "^[^\\W_]$", { "a", "0" }, { "_", "-" } },
	{ "^[a\\D]$", { "a", "b" }, { "1" } },
	{ "^[^a\\D]$", { "1" }, { "a", "b" } },
	{ "^[\\d\\s]$", { "1", " " }, { "a" } },
	{ "^[^\\D\\W]$", { "1" }, { "a", "-" } },
	{ "\\ba\\b",
	  { "a", "-a-",
	    "\xc3\xa9"
	    "a" },
	  { "ab", "_a" } },
	{ "\\Ba", { "ba" }, { "a", " a" } },
	{ "^\\v$", { "\v" }, { "\n", "v" } },
	{ "^\\a\\f\\n\\r\\t$", { "\a\f\n\r\t" }, { "afnrt" } },
	{ "^\\x41\\x{42}$", { "AB" }, { "ab" } },
	{ "^\\x{1F600}$", { "\xf0\x9f\x98\x80" }, { "x" } },
	{ "^\\101\\07\\0$", { NULL }, { "A\a" } },
	{ "^\\101\\60$", { "A0" }, { "A" } },
	{ "^\\_\\-\\ \\/\\.\\@$", { "_- /.@" }, { "_- /x@" } },
	{ "\\x{D800}", { NULL }, { "a", "\xed\xa0\x80" } },
	{ "^\\Qa.b*\\E+$", { "a.b*", "a.b***" }, { "axb*", "a.b" } },
	{ "^\\Q^$", { NULL }, { "^" } },
	{ "\\Q[a\\d", { "[a\\d" }, { "[a1" } },
	{ "^\\Q\\E$", { "" }, { "a" } },
	{ "^[abc]$", { "a", "c" }, { "d", "" } },
	{ "^[^abc]$", { "d", "\n" }, { "a" } },
	{ "^[a-c-e]$", { "b", "-", "e" }, { "d" } },
	{ "^[-a]$", { "-", "a" }, { "b" } },
	{ "^[a-]$", { "-", "a" }, { "b" } },
	{ "^[]a]$", { "]", "a" }, { "b" } },
	{ "^[^]a]$", { "b" }, { "]", "a" } },
	{ "^[[a]$", { "[", "a" }, { "b" } },
	{ "^[\\d-z]$", { "1", "-", "z" }, { "a" } },
	{ "^[\\]\\\\]$", { "]", "\\" }, { "a" } },
	{ "^[\\n]$", { "\n" }, { "n" } },
	{ "^[.*+?(){}|$^]$", { ".", "(", "}", "|", "^" }, { "a" } },
	{ "^[[:alpha:]_]$", { "a", "Z", "_" }, { "1", "\xc3\xa9" } },
	{ "^[[:^alpha:]]$", { "1", "\xc3\xa9" }, { "a" } },
	{ "^[^[:^alpha:]]$", { "a" }, { "1" } },
	{ "^[[:space:]]$", { "\v", " " }, { "a" } },
	{ "^[[:word:][:punct:]]$", { "_", "!", "a" }, { " " } },
	{ "^[[:xdigit:]]+$", { "09afAF" }, { "g" } },
	{ "^[[:alpha]$", { "[", ":", "a" }, { "b" } },
	{ "^[[.a.]]$", { "[]", ".]", "a]" }, { "a" } },
	{ "^[[=a=]]$", { "=]" }, { "a" } },
	{ "^[a-\\x{e9}]$", { "z", "\xc3\xa9" }, { "A" } },
	{ "[^\\x00-\\x{10FFFF}]", { NULL }, { "", "a", "\xff" } },
	{ "^\\pL$", { "a", "\xc3\xa9" }, { "1" } },
	{ "^\\PL$", { "1" }, { "a" } },
	{ "^\\p{Lu}\\p{^Lu}$", { "Aa" }, { "AA", "aa" } },
	{ "^\\P{^Lu}$", { "A" }, { "a" } },
	{ "^\\p{Greek}$", { "\xce\xb1" }, { "a" } },
	{ "^[\\p{Greek}\\d]$", { "\xce\xb1", "1" }, { "a" } },
	{ "^[^\\p{Greek}]$", { "a" }, { "\xce\xb1" } },
	{ "^\\p{Thai}$", { "\xe0\xb8\x81" }, { "a" } },
	{ "^\\p{Uppercase_Letter}\\p{letter}\\p{ASCII}\\p{Any}$", { "Aba\xce\xb1" }, { "aba" } },
	{ "^\\p{old italic}\\p{Old_Italic}\\p{assigned}$",
	  { "\xf0\x90\x8c\x80\xf0\x90\x8c\x80x" },
	  { "aaa" } },
	{ "(?i)^\\p{Lu}$", { "a", "A" }, { "1" } },
	/* Bytes that are not UTF-8 are U+FFFD, each of them. */
	{ "^a.b$",
	  { "a\xff"
	    "b",
	    "a\xc3"
	    "b" },
	  { "a\xff\xff"
	    "b" } },
	{ "^a[^x]b$",
	  { "a\xff"
	    "b" },
	  { "ab" } },
	{ "^\\x{FFFD}{2}$", { "\xff\xff", "\xe2\x84" }, { "\xff" } },
	{ "b$",
	  { "\xff\xff"
	    "b" },
	  { "b\xff" } },
	/* The defaults of node_exporter. */
	{ "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$",
	  { "ram0", "zram1", "loop12", "sda1", "xvdb2", "nvme0n1p1" },
	  { "sda", "nvme0n1", "dm-0", "sda1x", "mmcblk0" } },
	{ "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)",
	  { "/dev", "/dev/shm", "/sys/fs", "/run/credentials/a", "/var/lib/docker/x/y" },
	  { "/", "/devices", "/run", "/var/lib/docker", "/mnt/dev" } },
	{ "^(autofs|cgroup2?|erofs)$", { "autofs", "cgroup", "cgroup2" }, { "ext4", "cgroup3" } },
	{ "^(oom_kill|pgpg|pswp|pg.*fault).*",
	  { "oom_kill", "pgpgin", "pswpout", "pgmajfault" },
	  { "nr_pages", "xpgpgin" } },
	{ "^(?:.+\\.(automount|device|mount|scope|slice))$",
	  { "a.mount", "x.y.device" },
	  { "a.service", ".mount", "a.mounts" } },
	{ "^(veth.*|[a-f0-9]{15})$", { "veth1", "0123456789abcde" }, { "eth0", "0123" } },
};

static void test_matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(match_cases); i++) {
		const struct match_case *c = &match_cases[i];
		struct regex re = { 0 };
		char *error = NULL;

		if (regex_compile(&re, c->pattern, &error) < 0)
			COMPLAIN("%s: refused: %s", c->pattern, error);
		assert_string_equal(re.text, c->pattern);
		for (const char *const *text = c->yes; *text; text++)
			if (!regex_matches(&re, *text))
				COMPLAIN("%s does not match %s", c->pattern, *text);
		for (const char *const *text = c->no; *text; text++)
			if (regex_matches(&re, *text))
				COMPLAIN("%s matches %s", c->pattern, *text);
		regex_free(&re);
		assert_true(regex_is_empty(&re));
	}
}

static const struct {
	const char *pattern;
	const char *error;
} refused_cases[] = {
	{ "*", "at 1: nothing to repeat before *" },
	{ "+a", "at 1: nothing to repeat before +" },
	{ "?", "at 1: nothing to repeat before ?" },
	{ "{1}", "at 1: nothing to repeat before {1}" },
	{ "(*)", "at 2: nothing to repeat before *" },
	{ "(|*)", "at 3: nothing to repeat before *" },
	{ "a|*", "at 3: nothing to repeat before *" },
	{ "(?i)*", "at 5: nothing to repeat before *" },
	{ "(*UTF)a", "at 2: nothing to repeat before *" },
	{ "(*ACCEPT)", "at 2: nothing to repeat before *" },
	{ "a**", "at 2: a repeat of a repeat: **" },
	{ "a*+", "at 2: a repeat of a repeat: *+" },
	{ "a++", "at 2: a repeat of a repeat: ++" },
	{ "a?+", "at 2: a repeat of a repeat: ?+" },
	{ "a??\?", "at 2: a repeat of a repeat: ??\?" },
	{ "a*?*", "at 2: a repeat of a repeat: *?*" },
	{ "a{2}+", "at 2: a repeat of a repeat: {2}+" },
	{ "a{2}{3}", "at 2: a repeat of a repeat: {2}{3}" },
	{ "a{1001}", "at 2: {1001} must go up, to 1000 at most" },
	{ "a{1,1001}", "at 2: {1,1001} must go up" },
	{ "a{1001,}", "at 2: {1001,} must go up" },
	{ "a{3,2}", "at 2: {3,2} must go up" },
	{ "a{99999999999999999999}", "at 2: {99999999999999999999} must go up" },
	{ "(a{100}){11}", "at 9: repeats within repeats come to more than 1000" },
	{ "((a{10}){10}){11}", "at 14: repeats within repeats" },
	{ "(b|a{2,}c){501}", "at 11: repeats within repeats" },
	{ "(", "at 1: missing closing )" },
	{ "a(b(c)", "at 2: missing closing )" },
	{ "(?:a", "at 1: missing closing )" },
	{ ")", "at 1: unexpected )" },
	{ "a)b", "at 2: unexpected )" },
	{ "(a))", "at 4: unexpected )" },
	{ "[", "at 1: missing closing ]" },
	{ "a[b", "at 2: missing closing ]" },
	{ "[]", "at 1: missing closing ]" },
	{ "[]a", "at 1: missing closing ]" },
	{ "[^]", "at 1: missing closing ]" },
	{ "[a-", "at 1: missing closing ]" },
	{ "[b-a]", "at 2: the range b-a goes backwards" },
	{ "[a--]", "at 2: the range a-- goes backwards" },
	{ "[\\x{100}-\\xff]", "at 2: the range" },
	{ "[a-\\d]", "at 4: \\d is not supported" },
	{ "[\\b]", "at 2: \\b is not supported" },
	{ "[\\Qa\\E]", "at 2: \\Q is not supported" },
	{ "[\\z]", "at 2: \\z is not supported" },
	{ "[[:foo:]]", "at 2: no such character class: [:foo:]" },
	{ "[[:Alpha:]]", "at 2: no such character class" },
	{ "[[::]]", "at 2: no such character class" },
	{ "a\\", "at 2: there is nothing after the backslash" },
	{ "[\\", "at 2: there is nothing after the backslash" },
	{ "\\1", "at 1: a reference to a group (\\1) is not supported" },
	{ "(a)\\1", "at 4: a reference to a group" },
	{ "\\8", "at 1: a reference to a group" },
	{ "\\18", "at 1: a reference to a group" },
	{ "\\g1", "at 1: \\g is not supported" },
	{ "\\k<n>", "at 1: \\k is not supported" },
	{ "\\h", "at 1: \\h is not supported" },
	{ "\\H", "at 1: \\H is not supported" },
	{ "\\R", "at 1: \\R is not supported" },
	{ "\\K", "at 1: \\K is not supported" },
	{ "\\N", "at 1: \\N is not supported" },
	{ "\\X", "at 1: \\X is not supported" },
	{ "\\G", "at 1: \\G is not supported" },
	{ "\\Z", "at 1: \\Z is not supported" },
	{ "\\V", "at 1: \\V is not supported" },
	{ "\\e", "at 1: \\e is not supported" },
	{ "\\cA", "at 1: \\c is not supported" },
	{ "\\C", "at 1: \\C is not supported" },
	{ "\\E", "at 1: \\E is not supported" },
	{ "\\u0041", "at 1: \\u is not supported" },
	{ "\\o{101}", "at 1: \\o is not supported" },
	{ "\\y", "at 1: \\y is not supported" },
	{ "\\\xc3\xa9", "at 1: \\\xc3\xa9 is not supported" },
	{ "\\x", "at 1: \\x needs two hexadecimal digits" },
	{ "\\x4", "at 1: \\x needs two hexadecimal digits" },
	{ "\\xg0", "at 1: \\x needs two hexadecimal digits" },
	{ "\\x{}", "at 1: \\x needs two hexadecimal digits" },
	{ "\\x{41", "at 1: \\x needs two hexadecimal digits" },
	{ "\\x{110000}", "at 1: there is no such character" },
	{ "\\p", "at 1: \\p needs a name in braces" },
	{ "\\p{Greek", "at 1: \\p needs a name in braces" },
	{ "\\p{}", "at 1: no such character class: \\p{}" },
	{ "\\p{AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA}",
	  "at 1: no such character class: \\p{AAAA" },
	{ "\\p{^}", "at 1: no such character class: \\p{^}" },
	{ "\\p^", "at 1: no such character class: \\p^" },
	{ "\\p{ }", "at 1: no such character class: \\p{ }" },
	{ "\\pX", "at 1: no such character class: \\pX" },
	{ "\\p{Foo}", "at 1: no such character class: \\p{Foo}" },
	{ "\\p{Grek}", "at 1: no such character class: \\p{Grek}" },
	{ "\\p{Alphabetic}", "at 1: no such character class" },
	{ "\\p{Script=Greek}", "at 1: no such character class" },
	{ "\\p{L&}", "at 1: no such character class" },
	{ "[\\p{Foo}]", "at 2: no such character class" },
	{ "(?=a)", "at 1: lookahead is not supported" },
	{ "a(?!b)", "at 2: lookahead is not supported" },
	{ "(?<=a)b", "at 1: lookbehind is not supported" },
	{ "(?<!a)b", "at 1: lookbehind is not supported" },
	{ "(?>a)", "at 1: an atomic group is not supported" },
	{ "(?#a)", "at 1: a comment is not supported" },
	{ "(?|a|b)", "at 1: a branch reset is not supported" },
	{ "(?(1)a|b)", "at 1: a condition is not supported" },
	{ "(?P=n)", "at 1: a reference to a group is not supported" },
	{ "(?P>n)", "at 1: recursion is not supported" },
	{ "(?&n)", "at 1: recursion is not supported" },
	{ "(?R)", "at 1: recursion is not supported" },
	{ "(?1)", "at 1: (? must be followed by" },
	{ "(?x)a b", "at 1: the mode x is not supported" },
	{ "(?J)a", "at 1: (? must be followed by" },
	{ "(?^i)a", "at 1: (? must be followed by" },
	{ "(?'n'a)", "at 1: (? must be followed by" },
	{ "(?-)a", "at 1: (? must be followed by" },
	{ "(?i-)a", "at 1: (? must be followed by" },
	{ "(?i-s-m)a", "at 1: (? must be followed by" },
	{ "(?i", "at 1: (? must be followed by" },
	{ "(?", "at 1: (? must be followed by" },
	{ "(?P", "at 1: (? must be followed by" },
	{ "(?P<", "at 1: a group's name is made of" },
	{ "(?P<>a)", "at 1: a group's name is made of" },
	{ "(?P<n-m>a)", "at 1: a group's name is made of" },
	{ "(?P<n", "at 1: a group's name is made of" },
	{ "(?<a b>c)", "at 1: a group's name is made of" },
	{ "a\xff", "at 2: this is not UTF-8" },
	{ "\xed\xa0\x80", "at 1: this is not UTF-8" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused_cases); i++) {
		const char *pattern = refused_cases[i].pattern;
		struct regex re = { 0 };
		char *error = NULL;

		if (regex_compile(&re, pattern, &error) == 0)
			COMPLAIN("%s is taken", pattern);
		assert_non_null(error);
		if (strncmp(error, refused_cases[i].error, strlen(refused_cases[i].error)) != 0)
			COMPLAIN("%s: %s, not %s", pattern, error, refused_cases[i].error);
		assert_null(re.text);
		assert_null(re.code);
		free(error);
	}
}

/* As many of one text as fit between a beginning and an end. */
static char *repeat(const char *begin, const char *text, size_t count, const char *end)
{
	char *all = xcalloc(1, strlen(begin) + strlen(text) * count + strlen(end) + 1), *at = all;

	at = stpcpy(at, begin);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, text);
	stpcpy(at, end);
	return all;
}

static void test_nesting(void **state)
{
	struct regex re = { 0 };
	char *error = NULL, *open, *deep;

	(void)state;
	open = repeat("", "(", 999, "a");
	deep = repeat(open, ")", 999, "");
	assert_int_equal(regex_compile(&re, deep, &error), 0);
	assert_true(regex_matches(&re, "bab"));
	assert_false(regex_matches(&re, "b"));
	regex_free(&re);
	free(deep);
	free(open);

	open = repeat("", "(?:", 1000, "a");
	deep = repeat(open, ")", 1000, "");
	assert_int_equal(regex_compile(&re, deep, &error), -EINVAL);
	assert_string_equal(error, "at 2998: groups are nested too deeply");
	free(error);
	free(deep);
	free(open);

	open = repeat("", "([^a]x){500}", 20, "");
	assert_int_equal(regex_compile(&re, open, &error), -EINVAL);
	assert_non_null(strstr(error, "too complex"));
	free(error);
	free(open);
}

/* Patterns that backtracking alone would not come to an end with. */
static void test_evil(void **state)
{
	static const struct {
		const char *pattern;
		const char *end;
		size_t count;
		bool is_match;
	} cases[] = {
		{ "^(a+)+$", "!", 40, false },
		{ "^(a+)+$", "!", 4000, false },
		{ "^(a|aa)+$", "!", 40, false },
		{ "^(a|aa)+$", "", 4000, true },
		{ "^(a|a|b)*$", "c", 4000, false },
		{ "(x+x+)+y", "!", 4000, false },
		{ "^(.*a){12}$", "!", 60, false },
		{ "^(([a-z])+.)+[A-Z]([a-z])+$", "", 40, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = repeat("", "a", cases[i].count, cases[i].end), *error = NULL;
		struct regex re = { 0 };
		int64_t begin;

		assert_int_equal(regex_compile(&re, cases[i].pattern, &error), 0);
		begin = now_ns();
		if (regex_matches(&re, text) != cases[i].is_match)
			COMPLAIN("%s: %zu", cases[i].pattern, cases[i].count);
		if (now_ns() - begin > NS_PER_SEC)
			COMPLAIN("%s took more than a second", cases[i].pattern);
		regex_free(&re);
		free(text);
	}
}

static struct regex compiled(const char *text, bool given)
{
	struct regex re = { .given = given };
	char *error = NULL;

	assert_int_equal(regex_compile(&re, text, &error), 0);
	return re;
}

static void test_keeps(void **state)
{
	static const struct {
		const char *include;
		const char *exclude;
		const char *text;
		bool is_kept;
	} cases[] = {
		{ "", "", "eth0", true },       { "", "", "", true },
		{ "", "eth", "eth0", false },   { "", "eth", "lo", true },
		{ "eth", "", "eth0", true },    { "eth", "", "lo", false },
		{ "eth", "0", "eth0", false },  { "eth", "0", "eth1", true },
		{ "eth", "0", "wlan1", false }, { "^$", "", "", true },
		{ "", "^$", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct filter f = { compiled(cases[i].include, false),
			            compiled(cases[i].exclude, false) };

		if (filter_keeps(&f, cases[i].text) != cases[i].is_kept)
			COMPLAIN("case %zu: %s", i, cases[i].text);
		regex_free(&f.include);
		regex_free(&f.exclude);
	}
	assert_true(filter_keeps(&(struct filter){ 0 }, "anything"));
}

static void test_settle(void **state)
{
	static const struct {
		const char *include;
		const char *exclude;
		bool exclude_given;
		int result;
		bool is_blanked;
	} cases[] = {
		{ "", "a", false, 0, false },       { "", "a", true, 0, false },
		{ "a", "b", false, 0, true },       { "a", "", true, 0, true },
		{ "a", "b", true, -EINVAL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct filter f = { compiled(cases[i].include, true),
			            compiled(cases[i].exclude, cases[i].exclude_given) };

		self.said[0] = '\0';
		assert_int_equal(filter_settle(NULL, &f, "x.include", "x.exclude"),
		                 cases[i].result);
		assert_int_equal(regex_is_empty(&f.exclude), cases[i].is_blanked);
		if (cases[i].result < 0)
			assert_string_equal(self.said, "--x.include and --x.exclude exclude each "
			                               "other: give one of them");
		regex_free(&f.include);
		regex_free(&f.exclude);
	}
}

static void test_alias(void **state)
{
	struct regex re = compiled("a", false), old = compiled("", true);

	(void)state;
	self.warnings = 0;
	assert_int_equal(regex_alias(NULL, &re, "new", &old, "old"), 0);
	assert_string_equal(re.text, "a");
	assert_int_equal(self.warnings, 0);

	/* start() runs again in another worker, or in the same process. */
	old = compiled("b", true);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(regex_alias(NULL, &re, "new", &old, "old"), 0);
		assert_true(regex_matches(&re, "b"));
		assert_false(regex_matches(&re, "a"));
		assert_true(re.given);
		assert_int_equal(self.warnings, 1);
		assert_string_equal(self.said, "--old is deprecated, use --new");
	}
	regex_free(&re);
	assert_true(regex_matches(&old, "b"));

	/* Given, if only as nothing. */
	re = compiled("", true);
	assert_int_equal(regex_alias(NULL, &re, "new", &old, "old"), -EINVAL);
	assert_string_equal(self.said, "--old is the old name of --new: give one of them");
	regex_free(&old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nesting), cmocka_unit_test(test_evil),
		cmocka_unit_test(test_keeps),   cmocka_unit_test(test_settle),
		cmocka_unit_test(test_alias),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

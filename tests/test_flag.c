// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "filter.h"
#include "flag_parse.h"
#include "options.h"
#include "registry.h"
#include "text.h"

#define COMPLAIN(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

enum { ARGS_MAX = 10, TEXT_MAX = 64 * 1024 };

static struct {
	bool on;
	bool yes;
	bool hidden;
	const char *name;
	const char *level;
	int64_t count;
	int64_t time;
	struct regex re;
	struct list list;
	bool on_given;
	bool name_given;
} self;

static const struct flag table[] = {
	{ .name = "on",
	  .target = &self.on,
	  .given = &self.on_given,
	  .help = "A switch.",
	  .letter = 'o' },
	{ .name = "yes", .target = &self.yes, .value = "true", .help = "A switch that is on." },
	{ .name = "hidden", .target = &self.hidden, .help = "Not shown.", .hidden = true },
	{ .name = "name",
	  .type = FLAG_STRING,
	  .target = &self.name,
	  .value = "a \"b\" \\c",
	  .given = &self.name_given,
	  .help = "A text that needs so many words to be told that they do not all fit.",
	  .letter = 'n' },
	{ .name = "level",
	  .type = FLAG_ENUM,
	  .target = &self.level,
	  .value = "low",
	  .choices = (const char *const[]){ "low", "high", NULL },
	  .help = "One of two." },
	{ .name = "count",
	  .type = FLAG_INT,
	  .target = &self.count,
	  .value = "4",
	  .variable = "TEST_FLAG_COUNT",
	  .help = "A number." },
	{ .name = "time",
	  .type = FLAG_DURATION,
	  .target = &self.time,
	  .value = "5s",
	  .help = "A duration." },
	{ .name = "a.long.name-of-a-regex",
	  .type = FLAG_REGEX,
	  .target = &self.re,
	  .help = "An expression." },
	{ .name = "list",
	  .type = FLAG_LIST,
	  .target = &self.list,
	  .value = ":1",
	  .help = "Texts." },
	{ 0 },
};

/* All values, each as "name=value", with ';' in between. */
static void write_values(char *text, size_t size)
{
	int used;

	used = snprintf(
		text, size,
		"on=%d;yes=%d;hidden=%d;name=%s;level=%s;count=%lld;time=%lld;re=%s;list=", self.on,
		self.yes, self.hidden, self.name, self.level, (long long)self.count,
		(long long)self.time, self.re.text ? self.re.text : "");
	for (size_t i = 0; i < self.list.count; i++)
		used += snprintf(text + used, size - (size_t)used, "%s,", self.list.items[i]);
}

static struct flag_set new_set(void)
{
	struct flag_set set = { .programme = "test" };

	flag_add(&set, "All", table);
	return set;
}

/* An argument vector for a programme of that name; args end with NULL. Returns argc. */
static int make_argv(struct arena *arena, char *argv[static ARGS_MAX + 2], const char *name,
                     const char *const *args)
{
	int argc = 0;

	argv[argc++] = arena_strdup(arena, name);
	for (; *args; args++) {
		assert_true(argc <= ARGS_MAX);
		argv[argc++] = arena_strdup(arena, *args);
	}
	argv[argc] = NULL;
	return argc;
}

static int parse(struct flag_set *set, const char *const *args)
{
	char *argv[ARGS_MAX + 2];
	int argc = make_argv(&set->arena, argv, "test", args), r;

	r = flag_scan(set, argc, argv);
	if (r == 0)
		r = flag_apply_defaults(set);
	return r == 0 ? flag_apply_uses(set) : r;
}

/* What differs from the defaults, in the order of the table: " on=1 list=a,b,". */
static void write_changes(char *text, size_t size)
{
	char defaults[1024], values[1024], *rest_defaults = defaults, *rest_values = values;
	struct flag_set set = new_set();
	size_t used = 0;

	write_values(values, sizeof(values));
	assert_int_equal(parse(&set, (const char *const[]){ NULL }), 0);
	write_values(defaults, sizeof(defaults));
	flag_free(&set);

	text[0] = '\0';
	while (*rest_values) {
		const char *value = next_part(&rest_values, ';');
		const char *initial = next_part(&rest_defaults, ';');

		if (strcmp(value, initial) != 0)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "",
			                         value);
	}
}

static const struct {
	const char *args[ARGS_MAX];
	const char *changes;
} taken_cases[] = {
	{ { NULL }, "" },
	{ { "--on" }, "on=1" },
	{ { "--no-on" }, "" },
	{ { "--no-yes" }, "yes=0" },
	{ { "--yes" }, "" },
	{ { "-o" }, "on=1" },
	{ { "--hidden" }, "hidden=1" },
	{ { "--name=x" }, "name=x" },
	{ { "--name", "x" }, "name=x" },
	{ { "--name=" }, "name=" },
	{ { "--name", "" }, "name=" },
	{ { "--name=a=b" }, "name=a=b" },
	{ { "--name=--on" }, "name=--on" },
	{ { "--name=@x" }, "name=@x" },
	{ { "--name", "-" }, "name=-" },
	{ { "-nx" }, "name=x" },
	{ { "-n", "x" }, "name=x" },
	{ { "-onx" }, "on=1 name=x" },
	{ { "--on", "--name", "x", "--no-yes" }, "on=1 yes=0 name=x" },
	{ { "--on", "--" }, "on=1" },
	{ { "--level=high" }, "level=high" },
	{ { "--level", "low" }, "" },
	{ { "--count=7" }, "count=7" },
	{ { "--count=-7" }, "count=-7" },
	{ { "--count=+7" }, "count=7" },
	{ { "--count=007" }, "count=7" },
	{ { "--count=7.9" }, "count=7" },
	{ { "--count=-7.9" }, "count=-7" },
	{ { "--count=1e3" }, "count=1000" },
	{ { "--count=.5" }, "count=0" },
	{ { "--count=9223372036854775807" }, "count=9223372036854775807" },
	{ { "--count=-9223372036854775808" }, "count=-9223372036854775808" },
	{ { "--time=0" }, "time=0" },
	{ { "--time=1ns" }, "time=1" },
	{ { "--time=1us" }, "time=1000" },
	{ { "--time=1\u00b5s" }, "time=1000" },
	{ { "--time=1\u03bcs" }, "time=1000" },
	{ { "--time=1ms" }, "time=1000000" },
	{ { "--time=1s" }, "time=1000000000" },
	{ { "--time=1m" }, "time=60000000000" },
	{ { "--time=1h" }, "time=3600000000000" },
	{ { "--time=1d" }, "time=86400000000000" },
	{ { "--time=2w" }, "time=1209600000000000" },
	{ { "--time=1h30m10.5s" }, "time=5410500000000" },
	{ { "--time=3.46608s" }, "time=3466080000" },
	{ { "--time=.5s" }, "time=500000000" },
	{ { "--time=1.s" }, "time=1000000000" },
	{ { "--time=-1m" }, "time=-60000000000" },
	{ { "--time=+1m" }, "time=60000000000" },
	{ { "--time=-0" }, "time=0" },
	{ { "--time=100000h" }, "time=360000000000000000" },
	{ { "--a.long.name-of-a-regex=^(a|b)$" }, "re=^(a|b)$" },
	{ { "--a.long.name-of-a-regex=" }, "" },
	{ { "--list=a" }, "list=a," },
	{ { "--list=a", "--list", "b", "--list=" }, "list=a,b,," },
	{ { "--list=a", "--list=b", "--list=c", "--list=d", "--list=e" }, "list=a,b,c,d,e," },
};

static void test_taken(void **state)
{
	char changes[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(taken_cases); i++) {
		struct flag_set set = new_set();

		if (parse(&set, taken_cases[i].args) < 0)
			COMPLAIN("case %zu: %s", i, set.error);
		write_changes(changes, sizeof(changes));
		if (strcmp(changes, taken_cases[i].changes) != 0)
			COMPLAIN("case %zu: '%s', not '%s'", i, changes, taken_cases[i].changes);
		flag_free(&set);
	}
}

static const struct {
	const char *args[ARGS_MAX];
	const char *error;
} refused_cases[] = {
	{ { "--nothing" }, "unknown long flag '--nothing'" },
	{ { "--no-nothing" }, "unknown long flag '--no-nothing'" },
	{ { "--nam=x" }, "unknown long flag '--nam'" },
	{ { "--no-no-on" }, "unknown long flag '--no-no-on'" },
	{ { "--ON" }, "unknown long flag '--ON'" },
	{ { "--=x" }, "unknown long flag '--'" },
	{ { "--a\nb" }, "unknown long flag '--a?b'" },
	{ { "--no-name=x" }, "unknown long flag '--no-name' (--name takes a value)" },
	{ { "-x" }, "unknown short flag '-x'" },
	{ { "-ox" }, "unknown short flag '-x'" },
	{ { "x" }, "unexpected argument 'x': expected flags only" },
	{ { "" }, "unexpected argument '': expected flags only" },
	{ { "-" }, "unexpected argument '-': expected flags only" },
	{ { "--on", "x" }, "unexpected argument 'x': expected flags only" },
	{ { "--", "--on" }, "unexpected argument '--on': expected flags only" },
	{ { "--", "@x" }, "unexpected argument '@x': expected flags only" },
	{ { "--on=true" }, "--on=true: expected no value (it is --on or --no-on)" },
	{ { "--no-on=" }, "--no-on=: expected no value (it is --on or --no-on)" },
	{ { "--name" }, "expected argument for flag '--name'" },
	{ { "-n" }, "expected argument for flag '--name'" },
	{ { "--count", "-1" },
	  "expected argument for flag '--count' (write --name=value when it begins with '-')" },
	{ { "--name", "--on" },
	  "expected argument for flag '--name' (write --name=value when it begins with '-')" },
	{ { "--on", "--on" }, "flag 'on' cannot be repeated: expected it once" },
	{ { "--on", "--no-on" }, "flag 'on' cannot be repeated: expected it once" },
	{ { "-oo" }, "flag 'on' cannot be repeated: expected it once" },
	{ { "--name=x", "-nx" }, "flag 'name' cannot be repeated: expected it once" },
	{ { "--level=middle" }, "--level=middle: expected one of low, high" },
	{ { "--level=" }, "--level=: expected one of low, high" },
	{ { "--level=hig" }, "--level=hig: expected one of low, high" },
	{ { "--level=highs" }, "--level=highs: expected one of low, high" },
	{ { "--count=x" }, "--count=x: expected an integer" },
	{ { "--count=" }, "--count=: expected an integer" },
	{ { "--count= 1" }, "--count= 1: expected an integer" },
	{ { "--count=1x" }, "--count=1x: expected an integer" },
	{ { "--count=NaN" }, "--count=NaN: expected an integer" },
	{ { "--count=inf" }, "--count=inf: expected an integer" },
	{ { "--count=1e19" }, "--count=1e19: expected an integer of at most 64 bits" },
	{ { "--count=9223372036854775808" },
	  "--count=9223372036854775808: expected an integer of at most 64 bits" },
	{ { "--time=5" }, "--time=5: expected a duration such as 500ms, 10s or 1m30s" },
	{ { "--time=" }, "--time=: expected a duration such as" },
	{ { "--time=s" }, "--time=s: expected a duration such as" },
	{ { "--time=." }, "--time=.: expected a duration such as" },
	{ { "--time=.s" }, "--time=.s: expected a duration such as" },
	{ { "--time=5x" }, "--time=5x: expected a duration such as" },
	{ { "--time=5S" }, "--time=5S: expected a duration such as" },
	{ { "--time=1 s" }, "--time=1 s: expected a duration such as" },
	{ { "--time=1s " }, "--time=1s : expected a duration such as" },
	{ { "--time=1h-1m" }, "--time=1h-1m: expected a duration such as" },
	{ { "--time=1e3s" }, "--time=1e3s: expected a duration such as" },
	{ { "--time=293y" }, "--time=293y: expected a duration such as" },
	{ { "--time=15251w" }, "--time=15251w: expected a duration of at most 292 years" },
	{ { "--time=15250w1000000h" }, "--time=15250w1000000h: expected a duration of at most" },
	{ { "--time=99999999999999999999s" }, "--time=99999999999999999999s: expected a duration" },
	{ { "--a.long.name-of-a-regex=a(b" },
	  "--a.long.name-of-a-regex=a(b: expected a regular expression: at 2: missing closing )" },
	{ { "--on", "--name=x", "--count=x", "--bad" }, "unknown long flag '--bad'" },
	{ { "@" }, "expected the name of a file of arguments after @" },
	{ { "@/nonexistent" },
	  "@/nonexistent: expected a file of arguments: no such file or directory" },
	{ { "@/" }, "@/: expected a file of arguments: is a directory" },
	{ { "@/dev/zero" }, "@/dev/zero: expected a file of arguments: it has more than 1 MiB" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused_cases); i++) {
		struct flag_set set = new_set();
		const char *error = refused_cases[i].error;

		if (parse(&set, refused_cases[i].args) != -EINVAL)
			COMPLAIN("taken: %s", error);
		if (strncmp(set.error, error, strlen(error)) != 0)
			COMPLAIN("'%s', not '%s'", set.error, error);
		flag_free(&set);
	}
}

static void test_argument(void **state)
{
	struct flag_set set = new_set();

	(void)state;
	set.argument = "DIR";
	assert_int_equal(parse(&set, (const char *const[]){ "--on", "x", "--no-yes", NULL }), 0);
	assert_string_equal(set.given_argument, "x");
	flag_free(&set);
	set = new_set();
	set.argument = "DIR";
	assert_int_equal(parse(&set, (const char *const[]){ "--", "-x", NULL }), 0);
	assert_string_equal(set.given_argument, "-x");
	flag_free(&set);
	set = new_set();
	set.argument = "DIR";
	assert_int_equal(parse(&set, (const char *const[]){ "x", "y", NULL }), -EINVAL);
	assert_string_equal(set.error, "unexpected argument 'y': expected one DIR");
	flag_free(&set);
}

static void test_long_value(void **state)
{
	struct flag_set set = new_set();
	char arg[4096] = "--count=";

	(void)state;
	memset(arg + 8, 'x', sizeof(arg) - 9);
	assert_int_equal(parse(&set, (const char *const[]){ arg, NULL }), -EINVAL);
	assert_true(strlen(set.error) < 300);
	assert_true(ends_with(set.error, "xxx...: expected an integer"));
	flag_free(&set);

	set = new_set();
	memset(arg + 2, 'x', sizeof(arg) - 3);
	assert_int_equal(parse(&set, (const char *const[]){ arg, NULL }), -EINVAL);
	assert_int_equal(strlen(set.error), 1000);
	flag_free(&set);
}

static void test_given(void **state)
{
	struct flag_set set = new_set();

	(void)state;
	assert_int_equal(parse(&set, (const char *const[]){ "--no-on", NULL }), 0);
	assert_true(self.on_given);
	assert_false(self.name_given);
	assert_false(self.re.given);
	flag_free(&set);

	set = new_set();
	assert_int_equal(parse(&set, (const char *const[]){ "--a.long.name-of-a-regex=", NULL }),
	                 0);
	assert_false(self.on_given);
	assert_true(self.re.given);
	flag_free(&set);
}

static void test_environment(void **state)
{
	static const struct {
		const char *value;
		const char *arg;
		int64_t count;
		const char *error;
	} cases[] = {
		{ "9", NULL, 9, NULL },
		{ "", NULL, 4, NULL },
		{ "9", "--count=3", 3, NULL },
		{ "bad", "--count=3", 3, NULL },
		{ "bad", NULL, 0,
		  "TEST_FLAG_COUNT=bad in the environment, for --count: expected an integer" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct flag_set set = new_set();
		int r;

		assert_int_equal(setenv("TEST_FLAG_COUNT", cases[i].value, 1), 0);
		r = parse(&set, (const char *const[]){ cases[i].arg, NULL });
		assert_int_equal(r, cases[i].error ? -EINVAL : 0);
		if (cases[i].error)
			assert_string_equal(set.error, cases[i].error);
		else
			assert_int_equal(self.count, cases[i].count);
		flag_free(&set);
	}
	assert_int_equal(unsetenv("TEST_FLAG_COUNT"), 0);
}

/* The name of a new file with that text, for as long as the process lives. */
static char *write_file(struct arena *arena, const char *text, size_t size)
{
	int fd = memfd_create("args", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	return arena_printf(arena, "@/proc/self/fd/%d", fd);
}

static void test_files(void **state)
{
	struct arena arena = { 0 };
	struct flag_set set = new_set();
	char changes[1024], *inner, *outer, *loop;

	(void)state;
	inner = write_file(&arena, "--list=b\r\n  \n", 12);
	outer = arena_printf(&arena, "# comment\n\n--name\nx y\n%s\n \t\n#--on\n--count=7", inner);
	outer = write_file(&arena, outer, strlen(outer));
	assert_int_equal(parse(&set, (const char *const[]){ "--list=a", outer, "--list=c", NULL }),
	                 0);
	write_changes(changes, sizeof(changes));
	assert_string_equal(changes, "name=x y count=7 list=a,b,c,");
	flag_free(&set);

	/* A value may come from a file, too; blanks are part of the arguments. */
	set = new_set();
	inner = write_file(&arena, "v\n --on\n", 8);
	assert_int_equal(parse(&set, (const char *const[]){ "--name", inner, NULL }), -EINVAL);
	assert_string_equal(set.error, "unexpected argument ' --on': expected flags only");
	flag_free(&set);

	set = new_set();
	inner = write_file(&arena, "--on\0\n", 6);
	assert_int_equal(parse(&set, (const char *const[]){ inner, NULL }), -EINVAL);
	assert_true(ends_with(set.error, "expected a file of arguments: it has a NUL"));
	flag_free(&set);

	/* A file that names itself. */
	set = new_set();
	loop = write_file(&arena, "", 0);
	assert_int_equal(write((int)strtol(strrchr(loop, '/') + 1, NULL, 10), loop, strlen(loop)),
	                 strlen(loop));
	assert_int_equal(parse(&set, (const char *const[]){ loop, NULL }), -EINVAL);
	assert_true(ends_with(set.error, "expected at most 16 files of arguments"));
	flag_free(&set);
	arena_free(&arena);
}

static const char help_60[] =
	"usage: test [<flags>]\n"
	"\n"
	"\n"
	"Flags:\n"
	"  -o, --[no-]on             A switch.\n"
	"      --[no-]yes            A switch that is on.\n"
	"  -n, --name=\"a \\\"b\\\" \\\\c\"  A text that needs so many words\n"
	"                            to be told that they do not all\n"
	"                            fit.\n"
	"      --level=low           One of two. One of: low, high.\n"
	"      --count=4             A number. ($TEST_FLAG_COUNT)\n"
	"      --time=5s             A duration.\n"
	"      --a.long.name-of-a-regex=A.LONG.NAME-OF-A-REGEX\n"
	"                            An expression.\n"
	"      --list=:1 ...         Texts.\n"
	"\n";

static char *help_of(struct flag_set *set, size_t width)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	flag_help(set, out, width);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void test_help(void **state)
{
	struct flag_set set = new_set();
	char *text;

	(void)state;
	text = help_of(&set, 60);
	assert_string_equal(text, help_60);
	free(text);

	/* However narrow it is, there is some room for words. */
	text = help_of(&set, 1);
	assert_non_null(strstr(text, "A text that needs so\n"));
	free(text);
	flag_free(&set);
}

static void test_width(void **state)
{
	(void)state;
	assert_int_equal(setenv("COLUMNS", "123", 1), 0);
	assert_int_equal(flag_width(), 123);
	assert_int_equal(setenv("COLUMNS", "wide", 1), 0);
	assert_int_equal(flag_width(), 80);
	assert_int_equal(setenv("COLUMNS", "80", 1), 0);
}

static void test_completion(void **state)
{
	static const struct {
		const char *words[ARGS_MAX];
		const char *completions;
	} cases[] = {
		{ { "--l" }, "--level\n--list\n" },
		{ { "--no-" }, "--no-on\n--no-yes\n" },
		{ { "--no-n" }, "" },
		{ { "--hid" }, "" },
		{ { "--on", "--c" }, "--count\n" },
		{ { "--level", "" }, "low\nhigh\n" },
		{ { "--level", "h" }, "high\n" },
		{ { "--level", "=" }, "low\nhigh\n" },
		{ { "--level", "=", "l" }, "low\n" },
		{ { "--level=h" }, "--level=high\n" },
		{ { "--level=high", "--co" }, "--count\n" },
		{ { "--name", "x" }, "" },
		{ { "--name=x" }, "" },
		{ { "x" }, "" },
		{ { "-" },
		  "--on\n--yes\n--name\n--level\n--count\n--time\n"
		  "--a.long.name-of-a-regex\n--list\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct flag_set set = new_set();
		char *argv[ARGS_MAX + 2], *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);
		int argc = make_argv(&set.arena, argv, "test", cases[i].words);

		assert_non_null(out);
		flag_complete(&set, out, argv + 1, (size_t)argc - 1);
		assert_int_equal(fclose(out), 0);
		if (strcmp(text, cases[i].completions) != 0)
			COMPLAIN("case %zu: '%s'", i, text);
		free(text);
		flag_free(&set);
	}
}

/* ---- the programme's own flags ---- */

/* What a start of the programme by that name says and returns. */
struct start {
	int status;
	char out[TEXT_MAX];
	char err[1024];
};

static void read_all(int fd, char *text, size_t size)
{
	ssize_t length = pread(fd, text, size - 1, 0);

	assert_in_range(length, 0, size - 2);
	text[length] = '\0';
}

/* The strings of the last start's command line, which the options are made of. */
static struct arena started;

static void start_as(struct start *start, const char *name, const char *const *args)
{
	char *argv[ARGS_MAX + 2];
	int argc, fds[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) };
	int files[2] = { memfd_create("out", 0), memfd_create("err", 0) };

	arena_free(&started);
	argc = make_argv(&started, argv, name, args);
	fflush(stdout);
	assert_true(dup2(files[0], STDOUT_FILENO) >= 0 && dup2(files[1], STDERR_FILENO) >= 0);
	start->status = options_parse(argc, argv);
	fflush(stdout);
	assert_true(dup2(fds[0], STDOUT_FILENO) >= 0 && dup2(fds[1], STDERR_FILENO) >= 0);
	read_all(files[0], start->out, sizeof(start->out));
	read_all(files[1], start->err, sizeof(start->err));
	for (size_t i = 0; i < 2; i++) {
		close(fds[i]);
		close(files[i]);
	}
}

static void test_options(void **state)
{
	static struct start start;

	(void)state;
	start_as(&start, "nodegauge", (const char *const[]){ NULL });
	assert_int_equal(start.status, -1);
	assert_string_equal(start.out, "");
	assert_string_equal(start.err, "");
	assert_false(options.disable_defaults);
	assert_false(options.once);
	assert_int_equal(options.max_age, 300 * NS_PER_SEC);
	assert_string_equal(options.defaults, "nodegauge");
	assert_string_equal(options.log_level, "info");
	assert_string_equal(options.log_format, "logfmt");
	assert_string_equal(options.procfs, "/proc");
	assert_string_equal(options.rootfs, "/");
	assert_string_equal(options.sysfs, "/sys");
	assert_string_equal(options.udev_data, "/run/udev/data");
	assert_int_equal(options.listen_addresses.count, 1);
	assert_string_equal(options.listen_addresses.items[0], ":9100");
	assert_false(options.systemd_socket);
	assert_string_equal(options.config_file, "");
	assert_false(options.disable_exporter_metrics);
	assert_int_equal(options.max_requests, 40);
	assert_string_equal(options.telemetry_path, "/metrics");
	assert_int_equal(options.scrape_timeout, 10 * NS_PER_SEC);
	assert_int_equal(options.timeout_offset, 500 * NS_PER_MS);
	for (size_t i = 0; i < registry_count(); i++) {
		if (strcmp(collectors[i]->name, "sensors") != 0)
			assert_int_equal(collector_switches[i].is_on, collectors[i]->default_on);
		assert_false(collector_switches[i].is_given);
	}
	/* A unit file as tools for deployment write it. */
	start_as(&start, "/usr/local/bin/node_exporter",
	         (const char *const[]){ "--collector.textfile.directory=/x", "--no-collector.uname",
	                                "--web.listen-address", "0.0.0.0:9100",
	                                "--web.listen-address=[::1]:9100", "--web.telemetry-path=/",
	                                "--runtime.gomaxprocs=2", "--log.level=WARN",
	                                "--web.max-requests=-1", NULL });
	assert_int_equal(start.status, -1);
	assert_string_equal(options.log_level, "warn");
	assert_int_equal(options.max_requests, -1);
	assert_int_equal(options.listen_addresses.count, 2);
	assert_string_equal(options.listen_addresses.items[1], "[::1]:9100");
	assert_false(is_collector_on("uname"));
	assert_true(is_collector_on("loadavg"));
	assert_false(is_collector_on("nothing"));
}

static void test_disable_defaults(void **state)
{
	static struct start start;

	(void)state;
	start_as(&start, "nodegauge",
	         (const char *const[]){ "--collector.loadavg", "--collector.disable-defaults",
	                                "--no-collector.uname", NULL });
	assert_int_equal(start.status, -1);
	for (size_t i = 0; i < registry_count(); i++)
		assert_int_equal(collector_switches[i].is_on,
		                 strcmp(collectors[i]->name, "loadavg") == 0);
}

static void test_wrong_options(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		const char *message;
	} cases[] = {
		{ { "--bogus" }, "unknown long flag '--bogus'" },
		{ { "--help", "--bogus" }, "unknown long flag '--bogus'" },
		{ { "--bogus", "--version" }, "unknown long flag '--bogus'" },
		{ { "bogus" }, "unexpected argument 'bogus': expected flags only" },
		{ { "--collector.bogus" }, "unknown long flag '--collector.bogus'" },
		{ { "--log.level=loud" },
		  "--log.level=loud: expected one of debug, info, warn, error" },
		{ { "--log.format=xml" }, "--log.format=xml: expected one of logfmt, json" },
		{ { "--defaults=none" },
		  "--defaults=none: expected one of nodegauge, upstream, debian" },
		{ { "--runtime.gomaxprocs=many" },
		  "--runtime.gomaxprocs=many: expected an integer" },
		{ { "--web.telemetry-path=metrics" },
		  "--web.telemetry-path=metrics: expected a path that begins with /" },
		{ { "--web.telemetry-path=" },
		  "--web.telemetry-path=: expected a path that begins with /" },
		{ { "--web.scrape-timeout=0" },
		  "--web.scrape-timeout: expected a duration above 0, of at most 1d" },
		{ { "--web.scrape-timeout=2562047h47m16s" },
		  "--web.scrape-timeout: expected a duration above 0, of at most 1d" },
		{ { "--web.timeout-offset=-1s" },
		  "--web.timeout-offset: expected a duration of 0 or more" },
		{ { "--collector.max-age=-1s" },
		  "--collector.max-age: expected a duration from 0 to 365d" },
		{ { "--collector.max-age=2562047h47m16s" },
		  "--collector.max-age: expected a duration from 0 to 365d" },
		{ { "--path.procfs=/nonexistent" },
		  "--path.procfs=/nonexistent: expected an existing directory: no such file or "
		  "directory" },
		{ { "--path.sysfs=/dev/null" },
		  "--path.sysfs=/dev/null: expected an existing directory: not a directory" },
		{ { "--path.procfs=" },
		  "--path.procfs=: expected an existing directory: no such file or directory" },
	};
	static struct start start;
	char expected[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		start_as(&start, "/opt/x/nodegauge", cases[i].args);
		snprintf(expected, sizeof(expected), "nodegauge: error: %s, try --help\n",
		         cases[i].message);
		assert_string_equal(start.err, expected);
		assert_string_equal(start.out, "");
		assert_int_equal(start.status, 1);
	}
}

static void test_questions(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		const char *begin;
		const char *part;
	} cases[] = {
		{ { "--help" }, "usage: nodegauge [<flags>]\n\n\nFlags:\n  -h, --[no-]help  ", "" },
		{ { "-h" }, "usage: nodegauge [<flags>]\n", "\n      --[no-]collector.loadavg " },
		{ { "--no-help" }, "usage: nodegauge [<flags>]\n", "--web.max-requests=40 " },
		{ { "--help-long" }, "usage: nodegauge [<flags>]\n", "=:9100 ...\n" },
		{ { "--help", "--log.level=loud" }, "usage: nodegauge", "" },
		{ { "--help-man" }, ".\\\" Made by", "\n.TH NODEGAUGE 1 " },
		{ { "--version" }, "nodegauge, version ", "\nnode_exporter, version " },
		{ { "--version", "--bogus" }, "nodegauge, version ", "" },
		{ { "--log.level=loud", "--version" }, "nodegauge, version ", "" },
		{ { "--completion-script-bash" },
		  "# bash completion for nodegauge\n",
		  "complete -o default -F _nodegauge nodegauge\n" },
		{ { "--completion-script-zsh" }, "#compdef nodegauge\n", "compdef _nodegauge " },
		{ { "--completion-bash", "--log.level", "w" }, "warn\n", "" },
		{ { "--completion-bash", "--bogus", "--web.sys" }, "--web.systemd-socket\n", "" },
	};
	static struct start start;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		start_as(&start, "nodegauge", cases[i].args);
		assert_string_equal(start.err, "");
		assert_int_equal(start.status, 0);
		if (!starts_with(start.out, cases[i].begin) || !strstr(start.out, cases[i].part))
			COMPLAIN("case %zu: %s", i, start.out);
	}
}

static void test_version(void **state)
{
	static const char *const upstream =
		"node_exporter, version " COMPAT_VERSION " (branch: HEAD, revision: unknown)\n"
		"  build user:       none\n"
		"  build date:       none\n"
		"  go version:       none (nodegauge " PACKAGE_VERSION ", C)\n"
		"  platform:         linux/";
	static struct start start;

	(void)state;
	start_as(&start, "/usr/bin/node_exporter", (const char *const[]){ "--version", NULL });
	assert_true(starts_with(start.out, upstream));
	start_as(&start, "prometheus-node-exporter", (const char *const[]){ "--version", NULL });
	assert_true(starts_with(start.out, upstream));
	start_as(&start, "nodegauge", (const char *const[]){ "--version", NULL });
	assert_true(starts_with(start.out, "nodegauge, version " PACKAGE_VERSION
	                                   " (compatible with node_exporter " COMPAT_VERSION
	                                   ")\nnode_exporter, version "));
}

/*
 * What --help has for a flag after its name, up to the end of the line and two lines more; NULL
 * where the flag was not built in.
 */
static const char *shown(const struct start *start, const char *flag)
{
	const char *at = strstr(start->out, flag);

	return at ? at + strlen(flag) : NULL;
}

static void check_default(const struct start *start, const char *flag, const char *expected)
{
	const char *text = shown(start, flag);

	if (text && strncmp(text, expected, strlen(expected)) != 0)
		COMPLAIN("%s%.100s, not %s", flag, text, expected);
}

static void test_defaults(void **state)
{
	static const struct {
		const char *name;
		const char *args[ARGS_MAX];
		enum { OURS, UPSTREAM, DEBIAN } defaults;
	} cases[] = {
		{ "nodegauge", { "--help" }, OURS },
		{ "anything", { "--help" }, OURS },
		{ "/usr/bin/node_exporter", { "--help" }, UPSTREAM },
		{ "prometheus-node-exporter", { "--help" }, DEBIAN },
		{ "nodegauge", { "--help", "--defaults=debian" }, DEBIAN },
		{ "nodegauge", { "--defaults", "upstream", "--help" }, UPSTREAM },
		{ "prometheus-node-exporter", { "--help", "--defaults=nodegauge" }, OURS },
		{ "node_exporter", { "--help", "--defaults=debian" }, DEBIAN },
		{ "node_exporter", { "--help", "--defaults=Debian" }, DEBIAN },
	};
	static const char *const names[] = { "nodegauge", "upstream", "debian" };
	static struct start start;

	(void)state;
	assert_int_equal(setenv("COLUMNS", "300", 1), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool is_debian = cases[i].defaults == DEBIAN;

		start_as(&start, cases[i].name, cases[i].args);
		assert_int_equal(start.status, 0);
		assert_non_null(shown(&start, "--[no-]collector.loadavg"));
		check_default(&start, "--collector.netdev.device-exclude=",
		              is_debian ? "\"^lo$\"\n" : "COLLECTOR.NETDEV.DEVICE-EXCLUDE\n");
		check_default(&start, "--collector.textfile.directory=",
		              is_debian ? "/var/lib/prometheus/node-exporter ...\n" : " ...\n");
		check_default(&start, "--collector.filesystem.mount-points-exclude=",
		              is_debian ? "\"^/(dev|proc|run|sys|mnt|media|var/lib/docker/.+|"
		                          "var/lib/containers/storage/.+)($|/)\"\n"
		                        : "\"^/(dev|proc|run/credentials/.+|sys|"
		                          "var/lib/docker/.+|"
		                          "var/lib/containers/storage/.+)($|/)\"\n");
		check_default(&start, "--collector.systemd.unit-exclude=",
		              is_debian ? "\".+\\\\.(automount|device|mount|scope|slice|target)\"\n"
		                        : "\".+\\\\.(automount|device|mount|scope|slice)\"\n");
		check_default(&start, "Enable the systemd collector (",
		              is_debian ? "on by" : "off by");
		check_default(&start, "Enable the sensors collector (",
		              cases[i].defaults == OURS ? "on by" : "off by");
	}

	/* The value shown for --defaults is the one by name; the value in force is the one given.
	 */
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		start_as(&start, "node_exporter",
		         (const char *const[]){ "--defaults", names[i], NULL });
		assert_int_equal(start.status, -1);
		assert_string_equal(options.defaults, names[i]);
	}
	start_as(&start, "prometheus-node-exporter", (const char *const[]){ NULL });
	assert_string_equal(options.defaults, "debian");
	assert_int_equal(setenv("COLUMNS", "80", 1), 0);
}

static int compare_lines(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Over all collectors: no name twice, help for each flag, names that belong to the collector. */
static void test_tables(void **state)
{
	static struct start start;
	char *lines[1024], *text = start.out;
	size_t count = 0;

	(void)state;
	start_as(&start, "nodegauge", (const char *const[]){ "--completion-bash", "--", NULL });
	assert_int_equal(start.status, 0);
	while (count < ARRAY_SIZE(lines) && (lines[count] = next_line(&text)))
		count++;
	assert_in_range(count, registry_count() + 20, ARRAY_SIZE(lines) - 1);
	qsort(lines, count, sizeof(lines[0]), compare_lines);
	for (size_t i = 1; i < count; i++)
		assert_string_not_equal(lines[i - 1], lines[i]);

	for (size_t i = 0; i < registry_count(); i++) {
		const struct flag *flag = collectors[i]->flags;

		assert_non_null(collectors[i]->help);
		for (; flag && flag->name; flag++) {
			if (!starts_with(flag->name, "collector.") || !flag->target ||
			    !flag->help || !ends_with(flag->help, "."))
				COMPLAIN("--%s: no help or no target", flag->name);
			assert_int_equal(flag->choices != NULL, flag->type == FLAG_ENUM);
		}
	}
}

/* In the order of names, those that may block last. */
static void test_registry(void **state)
{
	(void)state;
	assert_null(collectors[registry_count()]);
	for (size_t i = 0; i < registry_count(); i++) {
		assert_int_equal(registry_find(collectors[i]->name), i);
		if (i == 0)
			continue;
		if (collectors[i - 1]->may_block == collectors[i]->may_block)
			assert_true(strcmp(collectors[i - 1]->name, collectors[i]->name) < 0);
		else
			assert_true(collectors[i]->may_block);
	}
	assert_int_equal(registry_find("nothing"), -1);
	assert_int_equal(registry_find(""), -1);
}

static int set_up(void **state)
{
	(void)state;
	registry_open();
	return setenv("COLUMNS", "80", 1) || unsetenv("GOMAXPROCS");
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&started);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken),         cmocka_unit_test(test_refused),
		cmocka_unit_test(test_argument),      cmocka_unit_test(test_long_value),
		cmocka_unit_test(test_given),         cmocka_unit_test(test_environment),
		cmocka_unit_test(test_files),         cmocka_unit_test(test_help),
		cmocka_unit_test(test_width),         cmocka_unit_test(test_completion),
		cmocka_unit_test(test_options),       cmocka_unit_test(test_disable_defaults),
		cmocka_unit_test(test_wrong_options), cmocka_unit_test(test_questions),
		cmocka_unit_test(test_version),       cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_tables),        cmocka_unit_test(test_registry),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "glob.h"

static struct {
	struct arena arena;
	char directory[32];
} self = { .directory = "/tmp/test_glob.XXXXXX" };

/* Files of the directory, those that end with a slash being directories. */
static const char *const tree[] = {
	"a/",      "a/one.prom",        "a/two.prom", "b/",       "b/one.prom",
	"b/deep/", "b/deep/three.prom", "c",          ".hidden/", "*/",
	"[x]/",    "[x]/literal.prom",  "x/",
};

static int make_tree(void **state)
{
	(void)state;
	if (!mkdtemp(self.directory) || chdir(self.directory) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(tree); i++) {
		CLEANUP(cleanup_fd) int fd = -1;

		if (tree[i][strlen(tree[i]) - 1] == '/') {
			if (mkdir(tree[i], 0755) < 0)
				return -1;
			continue;
		}
		fd = open(tree[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0)
			return -1;
	}
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_tree(void **state)
{
	(void)state;
	arena_free(&self.arena);
	return chdir("/") < 0 ? -1 : nftw(self.directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* All of a list, parted by blanks. */
static const char *joined(struct list list)
{
	char *text = arena_strdup(&self.arena, "");

	for (size_t i = 0; i < list.count; i++)
		text = arena_printf(&self.arena, "%s%s%s", text, i ? " " : "", list.items[i]);
	return text;
}

static void names_match_and_are_sorted(void **state)
{
	static const struct {
		const char *directory;
		const char *pattern;
		const char *names;
		int result;
	} rows[] = {
		{ ".", "*", "* .hidden [x] a b c x", 0 },
		{ "a", "*.prom", "one.prom two.prom", 0 },
		{ "a", "t?o.prom", "two.prom", 0 },
		{ "a", "[a-o]*", "one.prom", 0 },
		{ "a", "none", "", 0 },
		{ "x", "*", "", 0 },
		{ ".", "\\*", "*", 0 },
		{ "c", "*", "", -ENOTDIR },
		{ "absent", "*", "", -ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct list names = { .count = 99 };

		assert_int_equal(
			glob_names(&self.arena, rows[i].directory, rows[i].pattern, &names),
			rows[i].result);
		assert_string_equal(joined(names), rows[i].names);
	}
}

static void paths_match(void **state)
{
	static const struct {
		const char *pattern;
		const char *paths;
	} rows[] = {
		{ "", "" },
		{ "a", "a" },
		{ "a//b/./", "a//b/./" },
		{ "absent", "absent" },
		{ "?", "* a b c x" },
		{ "[ab]", "a b" },
		{ "./[ab]", "./a ./b" },
		{ "./a/../[ab]", "./a/../a ./a/../b" },
		{ "*/one.prom", "a/one.prom b/one.prom" },
		{ "*/*/*", "b/deep/three.prom" },
		{ "b//d*//*", "b//deep/three.prom" },
		{ "*/", "* .hidden [x] a b c x" },
		{ "[x]", "x" },
		{ "\\[x]", "[x]" },
		{ "\\[x]/*", "[x]/literal.prom" },
		{ "none*", "none*" },
		{ "c/*", "c/*" },
		{ "absent/*/x", "absent/*/x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(joined(glob_paths(&self.arena, rows[i].pattern)),
		                    rows[i].paths);
}

static void absolute_paths_match(void **state)
{
	char *pattern = arena_printf(&self.arena, "%s/?/t*", self.directory);
	char *path = arena_printf(&self.arena, "%s/a/two.prom", self.directory);

	(void)state;
	assert_string_equal(joined(glob_paths(&self.arena, pattern)), path);
	assert_string_equal(joined(glob_paths(&self.arena, "/*/test_glob.nothing")),
	                    "/*/test_glob.nothing");
}

static void patterns_are_told_from_paths(void **state)
{
	(void)state;
	assert_true(glob_is_pattern("a*"));
	assert_true(glob_is_pattern("?"));
	assert_true(glob_is_pattern("[a"));
	assert_true(glob_is_pattern("a\\b"));
	assert_false(glob_is_pattern(""));
	assert_false(glob_is_pattern("/a]/{b,c}"));
}

static void joined_paths_are_short(void **state)
{
	static const struct {
		const char *directory;
		const char *path;
	} rows[] = {
		{ "a", "a/n" },
		{ "a/", "a/n" },
		{ "a//b///", "a/b/n" },
		{ ".", "n" },
		{ "./a/.", "a/n" },
		{ "a/..", "n" },
		{ "a/../..", "../n" },
		{ "../a", "../a/n" },
		{ "../..", "../../n" },
		{ "a/b/../c", "a/c/n" },
		{ "../../a/..", "../../n" },
		{ "/", "/n" },
		{ "//", "/n" },
		{ "/..", "/n" },
		{ "/../a", "/a/n" },
		{ "/a/../../b", "/b/n" },
		{ "/a/b/../..", "/n" },
		{ "...", ".../n" },
		{ "a/..b", "a/..b/n" },
		{ "a/.b", "a/.b/n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(glob_join(&self.arena, rows[i].directory, "n"), rows[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_match_and_are_sorted),
		cmocka_unit_test(paths_match),
		cmocka_unit_test(absolute_paths_match),
		cmocka_unit_test(patterns_are_told_from_paths),
		cmocka_unit_test(joined_paths_are_short),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}

// SPDX-License-Identifier: Apache-2.0
/* tree and scrape: files under movable roots, and what a run of a collector leaves. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kept.h"
#include "scrape.h"
#include "text.h"

/* What a file is like while it is read. */
static struct {
	size_t at_once;      /* bytes at most of each read; 0: as many as there are */
	unsigned interrupts; /* reads that a signal comes to first */
	unsigned grows;      /* reads before which a line is added to growing_fd */
	int growing_fd;
} reads;

static struct {
	char root[64];
	struct scrape scrape;
} self;

static const char added_line[] = "and one more\n";

/* The name that a 32-bit glibc has for pread(2) with 64-bit offsets. */
#if defined(__GLIBC__) && __SIZEOF_LONG__ == 4 && defined(_FILE_OFFSET_BITS)
#define __real_pread __real_pread64
#define __wrap_pread __wrap_pread64
#endif

ssize_t __real_pread(int fd, void *data, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *data, size_t size, off_t at);
ssize_t __wrap_pread(int fd, void *data, size_t size, off_t at)
{
	if (reads.interrupts) {
		reads.interrupts--;
		errno = EINTR;
		return -1;
	}
	if (reads.grows) {
		reads.grows--;
		assert_int_equal(write(reads.growing_fd, added_line, strlen(added_line)),
		                 strlen(added_line));
	}
	return __real_pread(fd, data, reads.at_once ? MIN(size, reads.at_once) : size, at);
}

static void put(const char *name, const char *text, size_t size)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", self.root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static int open_root(void **state)
{
	char path[128];

	(void)state;
	snprintf(self.root, sizeof(self.root), "/tmp/nodegauge-tree-XXXXXX");
	assert_non_null(mkdtemp(self.root));
	snprintf(path, sizeof(path), "%s/net", self.root);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(tree_set_root(TREE_PROC, self.root, true), 0);
	return 0;
}

static int remove_root(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", self.root);
	scrape_free(&self.scrape);
	kept_set_limit(0);
	return system(command);
}

static void whole_files(void **state)
{
	struct scrape *s = &self.scrape;
	size_t large = 3 << 20;
	char *text, *big = xmalloc(large + 1);

	(void)state;
	put_text("empty", "");
	assert_int_equal(tree_read(s, TREE_PROC, &text, "empty"), 0);
	assert_string_equal(text, "");
	put_text("net/dev", "no newline");
	assert_int_equal(tree_read(s, TREE_PROC, &text, "%s/%s", "net", "dev"), 0);
	assert_string_equal(text, "no newline");
	/* Nothing of a tree that is no procfs stays open. */
	put_text("net/dev", "changed");
	assert_int_equal(tree_read(s, TREE_PROC, &text, "net/dev"), 0);
	assert_string_equal(text, "changed");

	memset(big, 'x', large);
	big[large] = '\0';
	put("big", big, large);
	assert_int_equal(tree_read(s, TREE_PROC, &text, "big"), 0);
	assert_int_equal(strlen(text), large);
	free(big);
}

static void errors_name_the_file(void **state)
{
	struct scrape *s = &self.scrape;
	char *text = NULL, **names = NULL;
	uint64_t number = 7;

	(void)state;
	assert_int_equal(tree_read(s, TREE_PROC, &text, "not/there"), -ENOENT);
	assert_string_equal(failure(s, -ENOENT), "procfs not/there: no such file or directory");
	assert_null(text);
	assert_int_equal(tree_read(s, TREE_PROC, &text, "net"), -EISDIR);
	assert_int_equal(tree_list(s, TREE_PROC, &names, "gone"), -ENOENT);
	put_text("word", "12x\n");
	assert_int_equal(tree_read_u64(s, TREE_PROC, &number, "word"), -EINVAL);
	assert_string_equal(failure(s, -EINVAL), "procfs word: expected a number, found \"12x\"");
	assert_int_equal(number, 7);
	/* Words about one error are not lent to another. */
	assert_string_equal(failure(s, -EPERM), "operation not permitted");
}

static void attributes_are_short_and_trimmed(void **state)
{
	struct scrape *s = &self.scrape;
	char long_text[300], *text;
	uint64_t number;

	(void)state;
	put_text("attr", "  some text \n");
	assert_int_equal(tree_read_attr(s, TREE_PROC, &text, "attr"), 0);
	assert_string_equal(text, "some text");
	put_text("number", "18446744073709551615\n");
	assert_int_equal(tree_read_u64(s, TREE_PROC, &number, "number"), 0);
	assert_true(number == UINT64_MAX);
	memset(long_text, 'a', sizeof(long_text));
	put("long", long_text, sizeof(long_text));
	assert_int_equal(tree_read_attr(s, TREE_PROC, &text, "long"), 0);
	assert_int_equal(strlen(text), 128);
}

static void lists_are_sorted(void **state)
{
	struct scrape *s = &self.scrape;
	char **names;

	(void)state;
	put_text("net/b", "");
	put_text("net/a10", "");
	put_text("net/a9", "");
	put_text("net/.hidden", "");
	assert_int_equal(tree_list(s, TREE_PROC, &names, "net"), 0);
	assert_string_equal(names[0], "a10");
	assert_string_equal(names[1], "a9");
	assert_string_equal(names[2], "b");
	assert_true(tree_exists(s, TREE_PROC, "net/a9"));
	assert_false(tree_exists(s, TREE_PROC, "net/a8"));
}

static void roots_are_checked(void **state)
{
	char file[128];

	(void)state;
	put_text("file", "");
	snprintf(file, sizeof(file), "%s/file", self.root);
	assert_int_equal(tree_set_root(TREE_SYS, file, true), -ENOTDIR);
	assert_int_equal(tree_set_root(TREE_SYS, "/no/such/place", true), -ENOENT);
	assert_int_equal(tree_set_root(TREE_SYS, "/sys//", true), 0);
	assert_string_equal(tree_root(TREE_SYS), "/sys");
	assert_true(tree_is_default(TREE_SYS));
	assert_int_equal(tree_set_root(TREE_ROOT, "/", false), 0);
	assert_string_equal(tree_root(TREE_ROOT), "");
}

static size_t count_open(void)
{
	size_t count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* Names are bytes: of no matter what encoding, and with everything that stands between words. */
static void names_of_all_kinds(void **state)
{
	static const char *const odd[] = { "\t \n", "\"", "\\x", "a b", "\xc3\xa9", "\xff\xfe" };
	struct scrape *s = &self.scrape;
	char **names, *text, path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/odd", self.root);
	assert_int_equal(mkdir(path, 0755), 0);
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		snprintf(path, sizeof(path), "odd/%s", odd[i]);
		put_text(path, odd[i]);
	}
	assert_int_equal(tree_list(s, TREE_PROC, &names, "odd"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		assert_string_equal(names[i], odd[i]);
		assert_int_equal(tree_read(s, TREE_PROC, &text, "odd/%s", names[i]), 0);
		assert_string_equal(text, odd[i]);
	}
	assert_null(names[ARRAY_SIZE(odd)]);
}

static void what_vanishes_is_not_there(void **state)
{
	struct scrape *s = &self.scrape;
	char **names, *text, path[128];
	uint64_t number;

	(void)state;
	snprintf(path, sizeof(path), "%s/list", self.root);
	assert_int_equal(mkdir(path, 0755), 0);
	put_text("list/going", "1\n");
	put_text("list/staying", "2\n");
	assert_int_equal(tree_list(s, TREE_PROC, &names, "list"), 0);
	snprintf(path, sizeof(path), "%s/list/%s", self.root, names[0]);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(tree_read(s, TREE_PROC, &text, "list/%s", names[0]), -ENOENT);
	assert_int_equal(tree_read_attr(s, TREE_PROC, &text, "list/%s", names[0]), -ENOENT);
	assert_int_equal(tree_read_u64(s, TREE_PROC, &number, "list/%s", names[1]), 0);
	assert_int_equal(number, 2);
}

/* The file of a process that ends while the file is kept open, so that there is something to read
 * from. */
static void what_vanishes_while_open(void **state)
{
	struct scrape *s = &self.scrape;
	size_t before = count_open();
	char *text;
	pid_t pid;

	(void)state;
	assert_int_equal(tree_set_root(TREE_PROC, "/proc", true), 0);
	kept_set_limit(3);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)pause(); /* until it is killed */
		_exit(0);
	}
	assert_int_equal(tree_read(s, TREE_PROC, &text, "%d/stat", (int)pid), 0);
	assert_int_equal(count_open(), before + 1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(tree_read(s, TREE_PROC, &text, "%d/stat", (int)pid), -ENOENT);
	assert_int_equal(count_open(), before);
	kept_set_limit(0);
	assert_int_equal(tree_set_root(TREE_PROC, self.root, true), 0);
}

static void short_and_interrupted_reads(void **state)
{
	static const size_t sizes[] = { 1, 2, 7, 4095 };
	struct scrape *s = &self.scrape;
	char long_text[10000], *text;
	uint64_t number;

	(void)state;
	for (size_t i = 0; i < sizeof(long_text); i++)
		long_text[i] = (char)('a' + i % 26);
	put("long", long_text, sizeof(long_text));
	put_text("number", " 18446744073709551615\n");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		reads.at_once = sizes[i];
		reads.interrupts = 3;
		assert_int_equal(tree_read(s, TREE_PROC, &text, "long"), 0);
		assert_int_equal(strlen(text), sizeof(long_text));
		assert_memory_equal(text, long_text, sizeof(long_text));
		reads.interrupts = 3;
		assert_int_equal(tree_read_u64(s, TREE_PROC, &number, "number"), 0);
		assert_true(number == UINT64_MAX);
		assert_int_equal(tree_read_attr(s, TREE_PROC, &text, "long"), 0);
		assert_int_equal(strlen(text), 128);
		assert_memory_equal(text, long_text, 128);
	}
	reads.at_once = 0;
}

/* All that is there at the end, once; nothing of what is there no longer. */
static void files_that_grow_and_shrink(void **state)
{
	struct scrape *s = &self.scrape;
	char path[128], *text;
	size_t count = 0;

	(void)state;
	put_text("growing", "the first line\n");
	snprintf(path, sizeof(path), "%s/growing", self.root);
	reads.growing_fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(reads.growing_fd >= 0);
	reads.grows = 2000;
	assert_int_equal(tree_read(s, TREE_PROC, &text, "growing"), 0);
	assert_int_equal(reads.grows, 0);
	close(reads.growing_fd);
	assert_string_equal(next_line(&text), "the first line");
	for (const char *line; (line = next_line(&text)); count++)
		assert_string_equal(line, "and one more");
	assert_int_equal(count, 2000);

	put_text("growing", "less\n");
	assert_int_equal(tree_read(s, TREE_PROC, &text, "growing"), 0);
	assert_string_equal(text, "less\n");
}

/* The live procfs: files stay open, no more than allowed, and show what is new. */
static void live_files_stay_open(void **state)
{
	struct scrape *s = &self.scrape;
	size_t before = count_open();
	char *first, *second;

	(void)state;
	assert_int_equal(tree_set_root(TREE_PROC, "/proc", true), 0);
	kept_set_limit(3);
	assert_int_equal(tree_read(s, TREE_PROC, &first, "uptime"), 0);
	assert_int_equal(count_open(), before + 1);
	usleep(30000);
	assert_int_equal(tree_read(s, TREE_PROC, &second, "uptime"), 0);
	assert_int_equal(count_open(), before + 1);
	assert_string_not_equal(first, second);
	for (unsigned round = 0; round < 3; round++) {
		static const char *const names[] = { "stat",   "meminfo", "loadavg",    "uptime",
			                             "vmstat", "version", "filesystems" };

		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			assert_int_equal(tree_read(s, TREE_PROC, &first, "%s", names[i]), 0);
			assert_true(*first);
			assert_true(count_open() <= before + 3);
		}
	}
	assert_int_equal(tree_read(s, TREE_PROC, &first, "self/no"), -ENOENT);
	kept_set_limit(0);
	assert_int_equal(count_open(), before);
	assert_int_equal(tree_set_root(TREE_PROC, self.root, true), 0);
}

static int failing_collect(struct scrape *s)
{
	static const struct metric m = { .name = "m", .help = "h", .type = METRIC_GAUGE };

	emit(s, &m, 1);
	(void)fail(s, -ENOENT, "this was tolerated");
	return -EIO;
}

static void failures_keep_what_was_emitted(void **state)
{
	static const struct collector c = { .name = "c", .collect = failing_collect };
	static _Alignas(8) unsigned char set[512];
	struct scrape *s = &self.scrape;

	(void)state;
	assert_int_equal(scrape_run(s, &c, set, sizeof(set)), -EIO);
	assert_int_equal(s->set.n_samples, 1);
	assert_null(s->failure);
	assert_true(hazard(s, "anything"));
	assert_null(keep(s, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_files),
		cmocka_unit_test(errors_name_the_file),
		cmocka_unit_test(attributes_are_short_and_trimmed),
		cmocka_unit_test(lists_are_sorted),
		cmocka_unit_test(roots_are_checked),
		cmocka_unit_test(names_of_all_kinds),
		cmocka_unit_test(what_vanishes_is_not_there),
		cmocka_unit_test(what_vanishes_while_open),
		cmocka_unit_test(short_and_interrupted_reads),
		cmocka_unit_test(files_that_grow_and_shrink),
		cmocka_unit_test(live_files_stay_open),
		cmocka_unit_test(failures_keep_what_was_emitted),
	};

	return cmocka_run_group_tests(tests, open_root, remove_root);
}

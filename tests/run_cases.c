// SPDX-License-Identifier: Apache-2.0
/*
 * Runs collectors on directories of recorded files: cases/COLLECTOR/CASE holds
 *
 *   proc sys root udev   trees for --path.*, empty where there is none of that name
 *   expected             the exported text, then "? TEXT" for each warning, then "! no data" or
 *                        "! EINVAL: REASON" unless all went well
 *   netlink              what the kernel answers to netlink_ask(): see tests/cases_netlink.c
 *   args, env            one flag, one variable (NAME=VALUE) a line
 *   mask                 one extended regular expression a line: what its first group matches in
 *                        the output becomes "*"
 *   then                 files that go over the others for a second run, whose output counts; may
 *                        hold another then for a third run
 *   torn                 spoil what keep() holds between the runs
 *   stuck                one item a line: the hazards of which another process is not back
 *   kernel               says what the running kernel is asked; does not run where qemu is in its
 *                        place
 *
 * Files named .keep are there for git's sake only. Arguments: COLLECTOR or COLLECTOR/CASE, none for
 * all; with --accept what comes out becomes what is expected.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <regex.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emulated.h"
#include "expo.h"
#include "options.h"
#include "registry.h"
#include "scrape.h"

enum { MODIFIED = 1600000000, SECONDS_MAX = 60, ARGS_MAX = 64, MASKS_MAX = 16 };

extern char **environ;

static struct {
	const char *cases;
	bool accepts;
	size_t n_passed;
	size_t n_failed;
	/* In the process of a case: */
	char *argv[ARGS_MAX]; /* flags point into these */
	char *args;           /* in pieces; argv and environment point there */
	char *env;
	struct buffer warnings;
	_Alignas(64) unsigned char kept[1 << 20];
	_Alignas(64) unsigned char set[16 << 20];
} self;

static void must(bool is_fine, const char *what)
{
	if (is_fine)
		return;
	fprintf(stderr, "cases: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* A whole file with a NUL behind it; NULL where there is none. */
static char *read_file(const char *path)
{
	CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buffer b = { 0 };
	ssize_t n;

	if (fd < 0)
		return NULL;
	do {
		buffer_reserve(&b, 65536);
		n = read(fd, b.data + b.used, 65535);
		must(n >= 0, path);
		b.used += (size_t)n;
	} while (n > 0);
	b.data[b.used] = '\0';
	return b.data;
}

static void write_file(const char *path, const char *data, size_t size)
{
	FILE *f = fopen(path, "we");

	must(f && (!size || fwrite(data, 1, size, f) == size) && fclose(f) == 0, path);
}

/* Run a programme to its end. */
static void run(const char *const *argv)
{
	char *words[ARGS_MAX] = { 0 };
	int status = 0;
	pid_t pid;

	for (size_t i = 0; argv[i]; i++)
		words[i] = xstrdup(argv[i]);
	errno = posix_spawnp(&pid, words[0], NULL, NULL, words, environ);
	must(errno == 0 && waitpid(pid, &status, 0) == pid, words[0]);
	/* diff's 1 is a difference. */
	must(WIFEXITED(status) && WEXITSTATUS(status) <= 1, words[0]);
	for (size_t i = 0; words[i]; i++)
		free(words[i]);
}

static int touch_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const struct timespec times[2] = { { .tv_sec = MODIFIED }, { .tv_sec = MODIFIED } };

	(void)st;
	if (type == FTW_F && strcmp(path + ftw->base, ".keep") == 0)
		return unlink(path);
	/* The sources may be read-only. */
	if (type == FTW_D)
		return chmod(path, 0755);
	if (type == FTW_F && chmod(path, 0644) == 0)
		return utimensat(AT_FDCWD, path, times, 0);
	return type == FTW_SL ? 0 : -1;
}

/* Links stay links; what is there already is written over. */
static void copy_tree(const char *from, const char *to)
{
	CLEANUP(cleanup_free) char *content = xasprintf("%s/.", from);

	run((const char *const[]){ "cp", "-RP", "--", content, to, NULL });
	must(nftw(to, touch_entry, 16, FTW_PHYS) == 0, to);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void collect_warning(struct scrape *s, const char *text)
{
	(void)s;
	buffer_add_text(&self.warnings, "? ");
	buffer_add_text(&self.warnings, text);
	buffer_add_text(&self.warnings, "\n");
}

static bool answer_hazard(struct scrape *s, const char *item)
{
	CLEANUP(cleanup_free) char *stuck = read_file("stuck");
	char *rest = stuck, *line;

	if (!s->collector->may_block)
		collect_warning(s, "a hazard of a collector that is not said to block");
	while (item && rest && (line = next_line(&rest)))
		if (strcmp(line, item) == 0)
			return false;
	return true;
}

static void *keep_memory(struct scrape *s, size_t size)
{
	(void)s;
	return size <= sizeof(self.kept) ? self.kept : NULL;
}

static const char *error_name(int err)
{
	static const struct {
		int err;
		const char *name;
	} names[] = {
		{ EACCES, "EACCES" }, { EBADMSG, "EBADMSG" },       { EBUSY, "EBUSY" },
		{ EFBIG, "EFBIG" },   { EINVAL, "EINVAL" },         { EIO, "EIO" },
		{ EISDIR, "EISDIR" }, { ELOOP, "ELOOP" },           { ENODATA, "ENODATA" },
		{ ENODEV, "ENODEV" }, { ENOENT, "ENOENT" },         { ENOTDIR, "ENOTDIR" },
		{ ENXIO, "ENXIO" },   { EOPNOTSUPP, "EOPNOTSUPP" }, { EPERM, "EPERM" },
		{ EPROTO, "EPROTO" }, { ERANGE, "ERANGE" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].err == err)
			return names[i].name;
	return "an error that the runner has no name for";
}

/* Flags: the trees, then those of the case. */
static void parse_flags(void)
{
	static const char *const trees[][2] = {
		{ "--path.procfs=", "proc" },
		{ "--path.sysfs=", "sys" },
		{ "--path.rootfs=", "root" },
		{ "--path.udev.data=", "udev" },
	};
	char *rest, *line;
	int argc = 0;

	self.argv[argc++] = xstrdup("cases");
	self.args = read_file("args");
	self.env = read_file("env");
	for (rest = self.env; rest && (line = next_line(&rest));)
		must(putenv(line) == 0, line);
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		must(mkdir(trees[i][1], 0755) == 0 || errno == EEXIST, trees[i][1]);
		if (!self.args || !strstr(self.args, trees[i][0]))
			self.argv[argc++] = xasprintf("%s%s", trees[i][0], trees[i][1]);
	}
	for (rest = self.args; rest && (line = next_line(&rest)) && argc < ARGS_MAX - 1;)
		self.argv[argc++] = line;
	if (options_parse(argc, self.argv) >= 0)
		exit(2);
	must(tree_set_root(TREE_PROC, options.procfs, true) == 0, "procfs");
	must(tree_set_root(TREE_SYS, options.sysfs, true) == 0, "sysfs");
	must(tree_set_root(TREE_ROOT, options.rootfs, true) == 0, "rootfs");
	must(tree_set_root(TREE_UDEV, options.udev_data, false) == 0, "udev");
}

static int run_collector(struct scrape *s, const struct collector *c)
{
	int r;

	r = scrape_start(s, c);
	if (r)
		return r;
	r = scrape_run(s, c, self.set, sizeof(self.set));
	while (rename("then", "now") == 0) {
		copy_tree("now", ".");
		must(nftw("now", remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0, "now");
		/* Not the first ones, so that not just a head is spoiled. */
		for (size_t i = 60; i < sizeof(self.kept) && access("torn", F_OK) == 0; i += 40)
			self.kept[i] ^= 0x55;
		self.warnings.used = 0;
		r = scrape_run(s, c, self.set, sizeof(self.set));
	}
	return r;
}

/* text, which is freed, with a star for what the first group of re matches. */
static char *mask_line(const regex_t *re, char *text)
{
	regmatch_t m[2];
	char *masked;

	if (regexec(re, text, 2, m, 0) != 0 || m[1].rm_so < 0)
		return text;
	masked = xasprintf("%.*s*%s", (int)m[1].rm_so, text, text + m[1].rm_eo);
	free(text);
	return masked;
}

/* Put stars where the masks say so. */
static void mask_output(struct buffer *b)
{
	CLEANUP(cleanup_free) char *masks = read_file("mask");
	char *rest = masks, *line;
	regex_t regexes[MASKS_MAX];
	struct buffer masked = { 0 };
	size_t n = 0;

	while (rest && n < MASKS_MAX && (line = next_line(&rest)))
		must(regcomp(&regexes[n++], line, REG_EXTENDED) == 0, line);
	buffer_add(b, "", 1);
	for (rest = b->data; (line = next_line(&rest));) {
		char *text = xstrdup(line);

		for (size_t i = 0; i < n; i++)
			text = mask_line(&regexes[i], text);
		buffer_add_text(&masked, text);
		buffer_add_text(&masked, "\n");
		free(text);
	}
	while (n)
		regfree(&regexes[--n]);
	buffer_free(b);
	*b = masked;
}

/* In a process of its own and in the copy of the case. Leaves the output in ../actual. */
static void run_here(const struct collector *c)
{
	static const struct scrape_hooks hooks = {
		.warn = collect_warning,
		.hazard = answer_hazard,
		.keep = keep_memory,
	};
	struct scrape s = { .hooks = &hooks };
	struct gather *g = gather_new(ESCAPING_UNDERSCORES);
	struct expo e = { .gather = g };
	struct buffer b = { 0 };
	int r;

	parse_flags();
	r = run_collector(&s, c);
	must(gather_add(g, c->name, self.set, s.kept.size, true) == 0, "gather_add");
	must(gather_add(g, c->name, self.set + s.kept.size, s.set.used, false) == 0, "gather_add");
	gather_finish(g);
	while (expo_write(&e, &b, sizeof(self.set)))
		;
	if (gather_problem(g) || s.set.is_full)
		collect_warning(&s, s.set.is_full ? "the set is full" : gather_problem(g));
	if (self.warnings.used)
		buffer_add(&b, self.warnings.data, self.warnings.used);
	if (r == NO_DATA) {
		buffer_add_text(&b, "! no data\n");
	} else if (r) {
		buffer_add_text(&b, "! ");
		buffer_add_text(&b, error_name(-r));
		buffer_add_text(&b, ": ");
		buffer_add_text(&b, failure(&s, r));
		buffer_add_text(&b, "\n");
	}
	mask_output(&b);
	write_file("../actual", b.data, b.used);
	if (c->stop)
		c->stop();
	buffer_free(&b);
	buffer_free(&self.warnings);
	gather_free(g);
	scrape_free(&s);
}

static bool has_passed(const char *name, const char *expected_path, const char *actual_path)
{
	CLEANUP(cleanup_free) char *expected = read_file(expected_path);
	CLEANUP(cleanup_free) char *actual = read_file(actual_path);

	if (self.accepts && actual) {
		write_file(expected_path, actual, strlen(actual));
		return true;
	}
	if (expected && actual && strcmp(expected, actual) == 0)
		return true;
	printf("FAIL %s%s%s\n", name, expected ? "" : ": nothing is expected",
	       actual ? "" : ": no output");
	fflush(stdout);
	if (expected && actual)
		run((const char *const[]){ "diff", "-u", "--label", "expected", "--label", "actual",
		                           expected_path, actual_path, NULL });
	return false;
}

static bool needs_kernel(const char *case_dir)
{
	CLEANUP(cleanup_free) char *path = xasprintf("%s/kernel", case_dir);

	return access(path, F_OK) == 0;
}

static void run_case(const struct collector *c, const char *name)
{
	const char *tmp = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	CLEANUP(cleanup_free) char *dir = xasprintf("%s/cases.XXXXXX", tmp);
	CLEANUP(cleanup_free) char *source = xasprintf("%s/%s", self.cases, name);
	CLEANUP(cleanup_free) char *expected = xasprintf("%s/expected", source);
	CLEANUP(cleanup_free) char *copy = NULL, *actual = NULL;
	int status = 0;
	pid_t pid;

	if (needs_kernel(source) && is_emulated()) {
		printf("did not run: %s: qemu does not ask the kernel what it asks\n", name);
		return;
	}
	must(mkdtemp(dir), dir);
	copy = xasprintf("%s/case", dir);
	actual = xasprintf("%s/actual", dir);
	copy_tree(source, copy);
	fflush(stdout);
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0) {
		(void)alarm(SECONDS_MAX); /* there is none to be replaced */
		must(chdir(copy) == 0, copy);
		run_here(c);
		exit(0);
	}
	must(waitpid(pid, &status, 0) == pid, "waitpid");
	if (WIFSIGNALED(status))
		printf("%s: killed by signal %d\n", name, WTERMSIG(status));
	else if (status)
		printf("%s: exit status %d\n", name, WEXITSTATUS(status));
	if (has_passed(name, expected, actual) && status == 0)
		self.n_passed++;
	else
		self.n_failed++;
	must(nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS) == 0, dir);
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static bool is_wanted(char *const *wanted, const char *collector, const char *name)
{
	if (!*wanted)
		return true;
	for (; *wanted; wanted++)
		if (strcmp(*wanted, collector) == 0 || strcmp(*wanted, name) == 0)
			return true;
	return false;
}

static void run_cases(const struct collector *c, char *const *wanted)
{
	CLEANUP(cleanup_free) char *dir = xasprintf("%s/%s", self.cases, c->name);
	struct dirent **entries;
	int n;

	n = scandir(dir, &entries, is_visible, alphasort);
	if (n <= 0 && is_wanted(wanted, c->name, c->name)) {
		printf("FAIL %s: it has no cases\n", c->name);
		self.n_failed++;
	}
	for (int i = 0; i < n; i++) {
		CLEANUP(cleanup_free) char *name = xasprintf("%s/%s", c->name, entries[i]->d_name);

		if (is_wanted(wanted, c->name, name))
			run_case(c, name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

int main(int argc, char **argv)
{
	CLEANUP(cleanup_free) char *below_source = NULL;

	self.cases = getenv("CASES_DIR");
	if (!self.cases) {
		below_source =
			xasprintf("%s/tests/cases", getenv("srcdir") ? getenv("srcdir") : ".");
		self.cases = below_source;
	}
	if (argc > 1 && strcmp(argv[1], "--accept") == 0) {
		self.accepts = true;
		argv++;
	}
	registry_open();
	for (size_t i = 0; i < registry_count(); i++)
		run_cases(collectors[i], argv + 1);
	printf("%zu passed, %zu failed\n", self.n_passed, self.n_failed);
	return self.n_failed || !self.n_passed;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Files *.prom in the directories given, hidden ones too, in the text format 0.0.4. A file counts
 * as a whole: one that is malformed, has a timestamp or is no regular file is left out, and
 * node_textfile_scrape_error is 1. The help of a metric without one is worded as upstream does.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "collector.h"
#include "glob.h"
#include "promemit.h"
#include "promtext.h"

enum {
	FILE_MAX = 64 << 20,     /* bytes, */
	FILES_MAX = 128 << 20,   /* and of all files together */
	PATHS_MAX = 16 << 10,    /* bytes of paths in a help text */
	HAZARD_PATH_MAX = 80,    /* bytes of a path in a hazard */
	TEXT_KEPT = 256 << 10,   /* bytes kept from file to file, */
	RESULT_KEPT = 1024 << 10 /* and from scrape to scrape */
};

static const struct metric mtime_seconds = {
	.name = "node_textfile_mtime_seconds",
	.help = "When the text file was last modified, of those that could be read whole.",
	.type = METRIC_GAUGE,
	.labels = LABELS("file"),
};
static const struct metric scrape_error = {
	.name = "node_textfile_scrape_error",
	.help = "Whether a text file or a directory of them was left out, in part or whole.",
	.type = METRIC_GAUGE,
};

/* A family in a file. */
struct finding {
	const struct prom_family *family;
	const char *path;
	size_t order;
	struct finding *next;
};

static struct {
	struct list directories;
	struct arena text;   /* of the file at hand */
	struct arena result; /* of this scrape */
	struct finding *findings;
	size_t n_findings;
	size_t room; /* bytes that may still be read */
} self;

static const struct flag flags[] = {
	{ .name = "collector.textfile.directory",
	  .type = FLAG_LIST,
	  .target = &self.directories,
	  .value = "",
	  .help = "Directory with text files (*.prom) whose metrics are exported as well, or a "
	          "pattern (*, ?, [...]) that directories match. May be repeated." },
	{ 0 },
};

/* The whole of a regular file. 0 or a negative errno. */
static int read_file(const char *path, const char **ret, size_t *ret_size, struct stat *ret_stat)
{
	/* Without O_NONBLOCK a FIFO would keep us here for ever. */
	CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	size_t room = MIN(self.room, (size_t)FILE_MAX), used = 0;
	char *text = NULL;
	ssize_t n;

	if (fd < 0 || fstat(fd, ret_stat) < 0)
		return -errno;
	if (!S_ISREG(ret_stat->st_mode))
		return -EINVAL;
	if (ret_stat->st_size > (off_t)room)
		return -EFBIG;
	do {
		size_t wanted = used ? 1 : (size_t)ret_stat->st_size + 1, space;

		text = arena_space(&self.text, text, used, wanted, &space);
		n = read(fd, text + used, space);
		if (n < 0 && errno != EINTR)
			return -errno;
		used += n > 0 ? (size_t)n : 0;
		if (used > room)
			return -EFBIG;
	} while (n);
	arena_take(&self.text, used);
	self.room -= used;
	*ret = text;
	*ret_size = used;
	return 0;
}

static void report_unread(struct scrape *s, const char *path, int r)
{
	if (r == -EINVAL)
		warn(s, "%s: not a regular file", path);
	else if (r == -EFBIG)
		warn(s, "%s: more than %d MiB, or %d MiB with the files before it", path,
		     FILE_MAX >> 20, FILES_MAX >> 20);
	else
		warn(s, "%s: %s", path, error_text(r));
}

/* False, with the reason said, when the file is left out. */
static bool take_file(struct scrape *s, const char *directory, const char *name)
{
	const char *path = glob_join(&self.result, directory, name), *text = NULL;
	struct prom_error error;
	struct prom_text result;
	size_t size = 0;
	struct stat st;
	int64_t mtime;
	int r;

	arena_reset(&self.text, TEXT_KEPT);
	r = read_file(arena_printf(&self.text, "%s/%s", directory, name), &text, &size, &st);
	if (r < 0) {
		report_unread(s, path, r);
		return false;
	}
	r = promtext_parse(&self.result, text, size, &result, &error);
	if (r < 0) {
		warn(s, "%s:%u:%u: %s", path, error.line, error.column, error.text);
		return false;
	}
	if (result.timestamp_line) {
		warn(s, "%s:%u:%u: expected no timestamps in a text file, found one", path,
		     result.timestamp_line, result.timestamp_column);
		return false;
	}
	for (const struct prom_family *f = result.families; f; f = f->next) {
		struct finding *finding = arena_alloc(&self.result, sizeof(*finding));

		*finding = (struct finding){ f, path, self.n_findings++, self.findings };
		self.findings = finding;
	}
	/* Whole seconds towards 1970, as upstream's division has it. */
	mtime = st.st_mtim.tv_sec + (st.st_mtim.tv_sec < 0 && st.st_mtim.tv_nsec > 0);
	emit(s, &mtime_seconds, (double)mtime, path);
	return true;
}

/* hazard() with "kind:path"; of a long path its hash and its end. */
static bool announce(struct scrape *s, const char *kind, const char *path)
{
	size_t length = strlen(path);
	const char *item;

	if (length <= HAZARD_PATH_MAX)
		item = scrape_printf(s, "%s:%s", kind, path);
	else
		item = scrape_printf(s, "%s:%016jx...%s", kind, (uintmax_t)hash_text(0, path),
		                     path + length - HAZARD_PATH_MAX / 2);
	if (hazard(s, item))
		return true;
	warn(s, "%s: left out, an earlier look at it is still stuck", path);
	return false;
}

/* False when anything in it, or all of it, is left out. */
static bool take_directory(struct scrape *s, const char *path)
{
	struct list names;
	struct stat st;
	bool is_whole;
	int r;

	if (!announce(s, "path", path))
		return false;
	if (stat(path, &st) < 0) {
		warn(s, "%s: %s", path, error_text(errno));
		return false;
	}
	if (!announce(s, scrape_printf(s, "dir %ju", (uintmax_t)st.st_dev), path))
		return false;
	r = glob_names(&self.result, path, "*.prom", &names);
	if (r == -EFBIG)
		warn(s, "%s: %d text files or more", path, GLOB_NAMES_MAX);
	else if (r < 0)
		warn(s, "%s: %s", path, error_text(r));
	is_whole = !r;
	for (size_t i = 0; i < names.count; i++)
		is_whole &= take_file(s, path, names.items[i]);
	return is_whole;
}

/* The directories that a flag's value stands for. False when anything in them is left out. */
static bool take_directories(struct scrape *s, const char *pattern)
{
	bool is_whole = true;
	struct list paths;

	if (glob_is_pattern(pattern) && !announce(s, "pattern", pattern))
		return false;
	paths = glob_paths(&self.result, pattern);
	for (size_t i = 0; i < paths.count; i++)
		is_whole &= take_directory(s, paths.items[i]);
	return is_whole;
}

static int compare_findings(const void *left, const void *right)
{
	const struct finding *a = *(const struct finding *const *)left;
	const struct finding *b = *(const struct finding *const *)right;
	int order = strcmp(a->family->name, b->family->name);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* The help of a metric that comes without: where it was read. */
static const char *make_help(struct finding *const *findings, size_t count)
{
	static const char intro[] = "Metric read from ";
	size_t size = sizeof(intro) + strlen(", ..."), n = 0;
	char *help, *to;

	while (n < count && (!n || size < PATHS_MAX))
		size += strlen(findings[n++]->path) + 2;
	help = arena_alloc(&self.text, size);
	to = stpcpy(help, intro);
	for (size_t i = 0; i < n; i++)
		to = stpcpy(stpcpy(to, i ? ", " : ""), findings[i]->path);
	to = stpcpy(to, n < count ? ", ..." : "");
	return promtext_utf8(&self.result, help, (size_t)(to - help));
}

/*
 * What count files say of one family. From the first on that differs in its help none counts, and
 * the result is false.
 */
static bool emit_findings(struct scrape *s, struct finding *const *findings, size_t count)
{
	const char *help = NULL, *made = NULL;
	size_t good;

	for (good = 0; good < count; good++) {
		const char *own = findings[good]->family->help;

		if (help && own && strcmp(help, own) != 0)
			break;
		help = own ? own : help;
	}
	for (size_t i = 0; i < good; i++) {
		const char *own = findings[i]->family->help;

		if (!own && !made)
			made = make_help(findings, good);
		promemit_family(s, &self.result, findings[i]->family, own ? own : made);
	}
	if (good < count)
		warn(s, "%s: expected the help text of %s that files before it have, found another",
		     findings[good]->path, findings[good]->family->name);
	return good == count;
}

static int textfile_collect(struct scrape *s)
{
	struct finding **findings;
	bool is_whole = true;
	size_t n = 0, same;

	arena_reset(&self.result, RESULT_KEPT);
	self.findings = NULL;
	self.n_findings = 0;
	self.room = FILES_MAX;
	for (size_t i = 0; i < self.directories.count; i++) {
		/* An empty one stands for none. */
		if (*self.directories.items[i])
			is_whole &= take_directories(s, self.directories.items[i]);
	}

	findings = arena_alloc(&self.result, self.n_findings * sizeof(struct finding *));
	for (struct finding *f = self.findings; f; f = f->next)
		findings[n++] = f;
	if (n)
		qsort(findings, n, sizeof(struct finding *), compare_findings);
	for (size_t i = 0; i < n; i += same) {
		const char *name = findings[i]->family->name;

		for (same = 1; i + same < n; same++)
			if (strcmp(findings[i + same]->family->name, name) != 0)
				break;
		is_whole &= emit_findings(s, findings + i, same);
	}
	emit(s, &scrape_error, !is_whole);
	arena_reset(&self.text, TEXT_KEPT);
	return 0;
}

static void textfile_stop(void)
{
	arena_free(&self.text);
	arena_free(&self.result);
}

COLLECTOR(textfile, .help = "metrics that others wrote into text files", .default_on = true,
          .may_block = true, .flags = flags, .collect = textfile_collect, .stop = textfile_stop);

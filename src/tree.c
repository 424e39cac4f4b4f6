// SPDX-License-Identifier: Apache-2.0
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "collector.h"
#include "kept.h"
#include "memo.h"
#include "scrape.h"

enum {
	READ_MAX = 64 << 20,
	READ_FIRST = 4096,
	ATTR_MAX = 128,
	SWEEP_RUNS = 64,
};

static struct {
	struct root {
		const char *path; /* without a slash at its end */
		char *owned;      /* path, where it is a copy */
		bool keeps;       /* a live procfs or sysfs: the same file reads anew at 0 */
	} roots[TREE_COUNT];
	unsigned run; /* 0: nobody says when one begins */
} self = {
	.roots = { { .path = "/proc", .keeps = true },
	           { .path = "/sys", .keeps = true },
	           { .path = "" },
	           { .path = "/run/udev/data" } },
};

static const char *const tree_names[TREE_COUNT] = { "procfs", "sysfs", "rootfs", "udev" };
static const char *const default_roots[TREE_COUNT] = { "/proc", "/sys", "", "/run/udev/data" };

int tree_set_root(enum tree tree, const char *path, bool must_exist)
{
	size_t length = strlen(path);
	struct statfs fs;
	struct stat st;

	if (must_exist && stat(path, &st) < 0)
		return -errno;
	if (must_exist && !S_ISDIR(st.st_mode))
		return -ENOTDIR;
	while (length && path[length - 1] == '/')
		length--;
	free(self.roots[tree].owned);
	self.roots[tree].owned = path[length] ? xstrdup(path) : NULL;
	if (self.roots[tree].owned)
		self.roots[tree].owned[length] = '\0';
	self.roots[tree].path = path[length] ? self.roots[tree].owned : path;
	self.roots[tree].keeps = statfs(path, &fs) == 0 &&
	                         (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC);
	return 0;
}

const char *tree_root(enum tree tree)
{
	return self.roots[tree].path;
}

bool tree_is_default(enum tree tree)
{
	return strcmp(self.roots[tree].path, default_roots[tree]) == 0;
}

bool tree_is_live(enum tree tree)
{
	return tree_is_default(tree) && self.roots[tree].keeps;
}

/* A file below a root. */
struct place {
	enum tree tree;
	const char *name; /* the part of path behind the root */
	char path[PATH_MAX];
};

/* fail() with the file's name in front; for tree_exists() and the like s is NULL. */
static int tree_fail(struct scrape *s, const struct place *p, int r)
{
	return s ? fail(s, r, "%s %s: %s", tree_names[p->tree], p->name, error_text(r)) : r;
}

/* -ENAMETOOLONG, after tree_fail(), where its path does not fit. */
static int locate(struct scrape *s, struct place *p, enum tree tree, const char *fmt, va_list args)
	PRINTF(4, 0);
static int locate(struct scrape *s, struct place *p, enum tree tree, const char *fmt, va_list args)
{
	size_t length = strlen(self.roots[tree].path), room;
	int n;

	p->tree = tree;
	p->name = fmt;
	if (length + 1 >= sizeof(p->path))
		return tree_fail(s, p, -ENAMETOOLONG);
	memcpy(p->path, self.roots[tree].path, length);
	p->path[length] = '/';
	room = sizeof(p->path) - length - 1;
	n = vsnprintf(p->path + length + 1, room, fmt, args);
	if (n < 0 || (size_t)n >= room)
		return tree_fail(s, p, -ENAMETOOLONG);
	p->name = p->path + length + 1;
	return 0;
}

static bool keeps_files(enum tree tree)
{
	return self.roots[tree].keeps && kept_is_possible();
}

/* That of what lies there, where what is found may be remembered; else 0. */
static uint64_t generation_of(const struct place *p)
{
	return p->tree == TREE_SYS ? memo_generation(p->name) : 0;
}

/* That of what is not there. */
static uint64_t absence_generation_of(const struct place *p)
{
	if (p->tree == TREE_SYS)
		return memo_absence_generation(false, p->name);
	return p->tree == TREE_PROC && tree_is_live(p->tree)
	               ? memo_absence_generation(true, p->name)
	               : 0;
}

static enum memo_kind absence_kind(const struct place *p)
{
	return p->tree == TREE_PROC ? MEMO_ABSENT_PROC : MEMO_ABSENT;
}

static bool is_known_absent(const struct place *p)
{
	return memo_find(absence_kind(p), p->name, absence_generation_of(p)) != NULL;
}

/* Remember that there is nothing, where that is what r says; returns r. */
static int note_absence(const struct place *p, int r)
{
	uint64_t generation = r == -ENOENT ? absence_generation_of(p) : 0;

	if (generation)
		memo_keep(absence_kind(p), p->name, generation, "", 0);
	return r;
}

void tree_begin_run(void)
{
	if (++self.run % SWEEP_RUNS == 0)
		kept_close_unused();
}

/* Whether this run has read the file before; then *ret is a copy of what it was. */
static bool read_again(struct scrape *s, struct kept *k, char **ret)
{
	if (!self.run || k->run != self.run)
		return false;
	/* From the next run on the first reader leaves it behind for the others. */
	k->is_shared = true;
	if (!k->text)
		return false;
	*ret = arena_memdup(&s->arena, k->text, k->text_size);
	return true;
}

static void leave_behind(struct kept *k, const char *text, size_t size)
{
	k->run = self.run;
	if (!k->is_shared)
		return;
	if (k->text_size < size || !k->text)
		k->text = xrealloc(k->text, size);
	memcpy(k->text, text, size);
	k->text_size = size;
}

void tree_identify(enum tree tree, const char *fmt, ...)
{
	struct place p;
	struct kept *k;
	struct stat st;
	va_list args;
	uint64_t identity;
	int r;

	va_start(args, fmt);
	r = locate(NULL, &p, tree, fmt, args);
	va_end(args);
	if (r < 0 || !keeps_files(tree) || stat(p.path, &st) < 0)
		return;
	identity = hash_bytes(hash_bytes(0, &st.st_dev, sizeof(st.st_dev)), &st.st_ino,
	                      sizeof(st.st_ino));
	k = kept_find(tree, p.name);
	if (k && k->identity == identity)
		return;
	kept_drop_below(tree, p.name);
	if (!k)
		k = kept_add(tree, p.name, -1);
	k->identity = identity;
}

/* An open file, kept or not; then *ret_kept is NULL and the caller has to close it. */
static int open_file(const struct place *p, int *ret_fd, struct kept **ret_kept)
{
	struct kept *k;
	int fd;

	k = keeps_files(p->tree) ? kept_find(p->tree, p->name) : NULL;
	if (k) {
		*ret_fd = k->fd;
		*ret_kept = k;
		return 0;
	}
	if (is_known_absent(p))
		return -ENOENT;
	fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return note_absence(p, -errno);
	*ret_fd = fd;
	*ret_kept = keeps_files(p->tree) ? kept_add(p->tree, p->name, fd) : NULL;
	return 0;
}

/* Read fd from 0 to its end into s' arena, or up to limit bytes. */
static int read_all(struct scrape *s, int fd, size_t guess, size_t limit, char **ret,
                    size_t *ret_size)
{
	size_t used = 0, room;
	char *data = NULL;

	for (;;) {
		ssize_t n;

		data = arena_space(&s->arena, data, used, used ? 2 : guess, &room);
		/* One byte stays free for the NUL. */
		n = pread(fd, data + used, MIN(room - 1, limit + 1 - used), (off_t)used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += MIN((size_t)n, MIN(room - 1, limit + 1 - used));
		if (used > limit)
			return -EFBIG;
	}
	data[used] = '\0';
	arena_take(&s->arena, used + 1);
	*ret = data;
	*ret_size = used;
	return 0;
}

/* The first bytes of an attribute: one read where it holds the whole line, as sysfs gives it. */
static int read_attr(int fd, char attr[static ATTR_MAX + 1])
{
	size_t used = 0;

	while (used < ATTR_MAX && (!used || attr[used - 1] != '\n')) {
		ssize_t n = pread(fd, attr + used, ATTR_MAX - used, (off_t)used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += MIN((size_t)n, ATTR_MAX - used);
	}
	attr[used] = '\0';
	return 0;
}

/*
 * Whether an error is the attribute's own answer for now: then the file may stay open. All others
 * may mean that there is another file of that name by now.
 */
static bool is_answer(int r)
{
	switch (r) {
	case -EINVAL:
	case -EAGAIN:
	case -ENODATA:
	case -EOPNOTSUPP:
	case -EACCES:
	case -EPERM:
		return true;
	default:
		return false;
	}
}

/* Call read_all or, with attr, read_attr on a file; one that was kept open is opened once more. */
static int read_file(struct scrape *s, const struct place *p, char **ret, char *attr)
{
	struct kept *kept = NULL;
	size_t size = 0;
	bool was_kept;
	int fd = -1, r;

	do {
		r = open_file(p, &fd, &kept);
		if (r < 0)
			break;
		was_kept = kept && kept->size;
		if (kept && !attr && read_again(s, kept, ret))
			return 0;
		if (attr)
			r = read_attr(fd, attr);
		else
			r = read_all(s, fd, kept ? kept->size + READ_FIRST : READ_FIRST, READ_MAX,
			             ret, &size);
		if (!kept)
			close(fd);
		else if (r == 0)
			kept->size = (uint32_t)size + 1;
		else if (is_answer(r))
			break;
		else
			kept_drop(kept);
		if (kept && !attr && r == 0)
			leave_behind(kept, *ret, size);
	} while (r < 0 && was_kept);
	return r < 0 ? tree_fail(s, p, r) : 0;
}

int tree_read(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...)
{
	struct place p;
	va_list args;
	int r;

	va_start(args, fmt);
	r = locate(s, &p, tree, fmt, args);
	va_end(args);
	return r < 0 ? r : read_file(s, &p, ret, NULL);
}

int tree_read_attr(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...)
{
	char attr[ATTR_MAX + 1];
	struct place p;
	va_list args;
	int r;

	va_start(args, fmt);
	r = locate(s, &p, tree, fmt, args);
	va_end(args);
	if (r == 0)
		r = read_file(s, &p, NULL, attr);
	if (r == 0)
		*ret = arena_strdup(&s->arena, trim(attr));
	return r;
}

int tree_read_u64(struct scrape *s, enum tree tree, uint64_t *ret, const char *fmt, ...)
{
	char attr[ATTR_MAX + 1];
	const char *text;
	struct place p;
	va_list args;
	int r;

	va_start(args, fmt);
	r = locate(s, &p, tree, fmt, args);
	va_end(args);
	if (r == 0)
		r = read_file(s, &p, NULL, attr);
	if (r < 0)
		return r;
	text = trim(attr);
	r = parse_u64(text, ret);
	return r < 0 ? fail(s, r, "%s %s: expected a number, found \"%s\"", tree_names[tree],
	                    p.name, text)
	             : 0;
}

/*
 * What is remembered of a place, or NULL. Else, where *ret_generation is not 0, what is found there
 * may be remembered with it.
 */
static const struct memo *recall(const struct place *p, enum memo_kind kind,
                                 uint64_t *ret_generation)
{
	*ret_generation = generation_of(p);
	return memo_find(kind, p->name, *ret_generation);
}

int tree_read_fact(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...)
{
	const struct memo *known;
	char attr[ATTR_MAX + 1];
	uint64_t generation;
	const char *text;
	struct place p;
	va_list args;
	int r;

	va_start(args, fmt);
	r = locate(s, &p, tree, fmt, args);
	va_end(args);
	if (r < 0)
		return r;
	known = recall(&p, MEMO_FACT, &generation);
	if (known) {
		*ret = arena_memdup(&s->arena, known->data, known->size);
		return 0;
	}
	r = read_file(s, &p, NULL, attr);
	if (r < 0)
		return r;
	text = trim(attr);
	if (generation)
		memo_keep(MEMO_FACT, p.name, generation, text, strlen(text));
	*ret = arena_strdup(&s->arena, text);
	return 0;
}

int tree_read_link(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...)
{
	const struct memo *known;
	char target[PATH_MAX];
	uint64_t generation;
	struct place p;
	va_list args;
	ssize_t n;
	int r;

	va_start(args, fmt);
	r = locate(s, &p, tree, fmt, args);
	va_end(args);
	if (r < 0)
		return r;
	known = recall(&p, MEMO_LINK, &generation);
	if (known) {
		*ret = arena_memdup(&s->arena, known->data, known->size);
		return 0;
	}
	n = readlink(p.path, target, sizeof(target));
	if (n < 0)
		return tree_fail(s, &p, -errno);
	if (generation)
		memo_keep(MEMO_LINK, p.name, generation, target, (size_t)n);
	*ret = arena_memdup(&s->arena, target, (size_t)n);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted, each with its NUL, one behind the other in a text of s. */
static int read_names(struct scrape *s, const char *path, char **ret, size_t *ret_size)
{
	CLEANUP(cleanup_dir) DIR *dir = opendir(path);
	CLEANUP(cleanup_free) char **names = NULL;
	size_t count = 0, room = 0, size = 0;
	struct dirent *e;
	char *text;

	if (!dir)
		return -errno;
	for (errno = 0; (e = readdir(dir)); errno = 0) {
		if (e->d_name[0] == '.')
			continue;
		if (count == room) {
			room = room ? room * 2 : 32;
			names = xrealloc(names, room * sizeof(*names));
		}
		names[count++] = arena_strdup(&s->arena, e->d_name);
		size += strlen(e->d_name) + 1;
	}
	if (errno)
		return -errno;
	if (count)
		qsort(names, count, sizeof(*names), compare_names);
	*ret = text = arena_alloc(&s->arena, size + 1);
	for (size_t i = 0; i < count; i++)
		text = stpcpy(text, names[i]) + 1;
	*ret_size = size;
	return 0;
}

/* An array, ended by NULL, of the names that read_names() gave. */
static char **names_in(struct scrape *s, char *text, size_t size)
{
	size_t count = 0;
	char **names;

	for (size_t i = 0; i < size; i++)
		count += !text[i];
	names = arena_alloc(&s->arena, (count + 1) * sizeof(*names));
	for (size_t i = 0; i < count; i++) {
		names[i] = text;
		text += strlen(text) + 1;
	}
	names[count] = NULL;
	return names;
}

int tree_list(struct scrape *s, enum tree tree, char ***ret, const char *fmt, ...)
{
	const struct memo *known;
	uint64_t generation;
	char *text = NULL;
	struct place p;
	size_t size = 0;
	va_list args;
	int r;

	va_start(args, fmt);
	r = locate(s, &p, tree, fmt, args);
	va_end(args);
	if (r < 0)
		return r;
	known = recall(&p, MEMO_LIST, &generation);
	if (known) {
		*ret = names_in(s, arena_memdup(&s->arena, known->data, known->size), known->size);
		return 0;
	}
	r = is_known_absent(&p) ? -ENOENT : note_absence(&p, read_names(s, p.path, &text, &size));
	if (r < 0)
		return tree_fail(s, &p, r);
	if (generation)
		memo_keep(MEMO_LIST, p.name, generation, text, size);
	*ret = names_in(s, text, size);
	return 0;
}

bool tree_exists(struct scrape *s, enum tree tree, const char *fmt, ...)
{
	struct place p;
	va_list args;
	int r;

	(void)s; /* as all of the family have it */
	va_start(args, fmt);
	r = locate(NULL, &p, tree, fmt, args);
	va_end(args);
	return r == 0 && access(p.path, F_OK) == 0;
}

int tree_open(struct scrape *s, enum tree tree, int flags, int *ret_fd, const char *fmt, ...)
{
	struct place p;
	va_list args;
	int fd, r;

	va_start(args, fmt);
	r = locate(s, &p, tree, fmt, args);
	va_end(args);
	if (r < 0)
		return r;
	fd = open(p.path, flags | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return tree_fail(s, &p, -errno);
	*ret_fd = fd;
	return 0;
}

char *tree_path(struct scrape *s, enum tree tree, const char *fmt, ...)
{
	va_list args;
	char *name;

	va_start(args, fmt);
	name = arena_vprintf(&s->arena, fmt, args);
	va_end(args);
	return arena_printf(&s->arena, "%s/%s", self.roots[tree].path, name);
}

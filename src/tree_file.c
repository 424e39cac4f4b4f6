// SPDX-License-Identifier: Apache-2.0
/* Files read: what stays open, what was read in this run already, and what is remembered. */
#include "tree_place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "collector.h"
#include "kept.h"
#include "scrape.h"

enum {
	READ_MAX = 64 << 20,
	READ_FIRST = 4096,
	ATTR_MAX = 128,
	SWEEP_RUNS = 64,
};

static struct {
	unsigned run; /* 0: nobody says when one begins */
} self;

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
	uint64_t identity;
	int r = PLACE(NULL, &p, tree, fmt);

	if (r < 0 || !tree_keeps(tree) || stat(p.path, &st) < 0)
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

	k = tree_keeps(p->tree) ? kept_find(p->tree, p->name) : NULL;
	if (k) {
		*ret_fd = k->fd;
		*ret_kept = k;
		return 0;
	}
	if (place_is_absent(p))
		return -ENOENT;
	fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return place_note_absence(p, -errno);
	*ret_fd = fd;
	*ret_kept = tree_keeps(p->tree) ? kept_add(p->tree, p->name, fd) : NULL;
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
	return r < 0 ? place_fail(s, p, r) : 0;
}

int tree_read(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...)
{
	struct place p;
	int r = PLACE(s, &p, tree, fmt);

	return r < 0 ? r : read_file(s, &p, ret, NULL);
}

int tree_read_attr(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...)
{
	char attr[ATTR_MAX + 1];
	struct place p;
	int r = PLACE(s, &p, tree, fmt);

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
	int r = PLACE(s, &p, tree, fmt);

	if (r == 0)
		r = read_file(s, &p, NULL, attr);
	if (r < 0)
		return r;
	text = trim(attr);
	r = parse_u64(text, ret);
	return r < 0 ? fail(s, r, "%s %s: expected a number, found \"%s\"", place_tree_name(&p),
	                    p.name, text)
	             : 0;
}

int tree_read_fact(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...)
{
	const struct memo *known;
	char attr[ATTR_MAX + 1];
	uint64_t generation;
	const char *text;
	struct place p;
	int r = PLACE(s, &p, tree, fmt);

	if (r < 0)
		return r;
	known = place_recall(&p, MEMO_FACT, &generation);
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

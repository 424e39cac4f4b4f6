// SPDX-License-Identifier: Apache-2.0
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "kept.h"
#include "scrape.h"
#include "tree_place.h"

static struct {
	struct root {
		const char *path; /* without a slash at its end */
		char *owned;      /* path, where it is a copy */
		bool keeps;       /* a live procfs or sysfs: the same file reads anew at 0 */
	} roots[TREE_COUNT];
} self = {
	.roots = { { .path = "/proc", .keeps = true },
	           { .path = "/sys", .keeps = true },
	           { .path = "" },
	           { .path = "/run/udev/data" } },
};

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

bool tree_keeps(enum tree tree)
{
	return self.roots[tree].keeps && kept_is_possible();
}

bool tree_exists(struct scrape *s, enum tree tree, const char *fmt, ...)
{
	struct place p;
	int r;

	(void)s; /* as all of the family have it */
	r = PLACE(NULL, &p, tree, fmt);
	return r == 0 && access(p.path, F_OK) == 0;
}

int tree_open(struct scrape *s, enum tree tree, int flags, int *ret_fd, const char *fmt, ...)
{
	struct place p;
	int fd, r = PLACE(s, &p, tree, fmt);

	if (r < 0)
		return r;
	fd = open(p.path, flags | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return place_fail(s, &p, -errno);
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

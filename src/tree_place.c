// SPDX-License-Identifier: Apache-2.0
#include "tree_place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector.h"

static const char *const tree_names[TREE_COUNT] = { "procfs", "sysfs", "rootfs", "udev" };

const char *place_tree_name(const struct place *p)
{
	return tree_names[p->tree];
}

int place_fail(struct scrape *s, const struct place *p, int r)
{
	return s ? fail(s, r, "%s %s: %s", tree_names[p->tree], p->name, error_text(r)) : r;
}

int place_find(struct scrape *s, struct place *p, enum tree tree, const char *fmt, va_list args)
{
	const char *root = tree_root(tree);
	size_t length = strlen(root), room;
	int n;

	p->tree = tree;
	p->name = fmt;
	if (length + 1 >= sizeof(p->path))
		return place_fail(s, p, -ENAMETOOLONG);
	memcpy(p->path, root, length);
	p->path[length] = '/';
	room = sizeof(p->path) - length - 1;
	n = vsnprintf(p->path + length + 1, room, fmt, args);
	if (n < 0 || (size_t)n >= room)
		return place_fail(s, p, -ENAMETOOLONG);
	p->name = p->path + length + 1;
	return 0;
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

bool place_is_absent(const struct place *p)
{
	return memo_find(absence_kind(p), p->name, absence_generation_of(p)) != NULL;
}

int place_note_absence(const struct place *p, int r)
{
	uint64_t generation = r == -ENOENT ? absence_generation_of(p) : 0;

	if (generation)
		memo_keep(absence_kind(p), p->name, generation, "", 0);
	return r;
}

const struct memo *place_recall(const struct place *p, enum memo_kind kind,
                                uint64_t *ret_generation)
{
	*ret_generation = generation_of(p);
	return memo_find(kind, p->name, *ret_generation);
}

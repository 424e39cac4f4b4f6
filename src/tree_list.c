// SPDX-License-Identifier: Apache-2.0
/* Directories and symbolic links. */
#include "tree_place.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "scrape.h"

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
	int r = PLACE(s, &p, tree, fmt);

	if (r < 0)
		return r;
	known = place_recall(&p, MEMO_LIST, &generation);
	if (known) {
		*ret = names_in(s, arena_memdup(&s->arena, known->data, known->size), known->size);
		return 0;
	}
	r = place_is_absent(&p) ? -ENOENT
	                        : place_note_absence(&p, read_names(s, p.path, &text, &size));
	if (r < 0)
		return place_fail(s, &p, r);
	if (generation)
		memo_keep(MEMO_LIST, p.name, generation, text, size);
	*ret = names_in(s, text, size);
	return 0;
}

int tree_read_link(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...)
{
	const struct memo *known;
	char target[PATH_MAX];
	uint64_t generation;
	struct place p;
	ssize_t n;
	int r = PLACE(s, &p, tree, fmt);

	if (r < 0)
		return r;
	known = place_recall(&p, MEMO_LINK, &generation);
	if (known) {
		*ret = arena_memdup(&s->arena, known->data, known->size);
		return 0;
	}
	n = readlink(p.path, target, sizeof(target));
	if (n < 0)
		return place_fail(s, &p, -errno);
	if (generation)
		memo_keep(MEMO_LINK, p.name, generation, target, (size_t)n);
	*ret = arena_memdup(&s->arena, target, (size_t)n);
	return 0;
}

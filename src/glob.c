// SPDX-License-Identifier: Apache-2.0
#include "glob.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

struct name {
	const char *text;
	struct name *next;
};

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

int glob_names(struct arena *a, const char *directory, const char *pattern, struct list *ret)
{
	CLEANUP(cleanup_dir) DIR *dir = opendir(directory);
	struct name *names = NULL, *name;
	size_t count = 0;
	int r = 0;

	*ret = (struct list){ 0 };
	if (!dir)
		return -errno;
	while (!r) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry) {
			r = -errno;
			break;
		}
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    fnmatch(pattern, entry->d_name, 0) != 0)
			continue;
		name = arena_alloc(a, sizeof(*name));
		name->text = arena_strdup(a, entry->d_name);
		name->next = names;
		names = name;
		if (++count == GLOB_NAMES_MAX)
			r = -EFBIG;
	}
	ret->items = arena_alloc(a, count * sizeof(*ret->items));
	for (name = names; name; name = name->next)
		ret->items[ret->count++] = name->text;
	if (count)
		qsort(ret->items, count, sizeof(*ret->items), compare_names);
	return r;
}

/* Go one level down: the names below each of paths that match the pattern. */
static struct list descend(struct arena *a, struct list paths, const char *pattern, bool is_last)
{
	struct list *names = arena_alloc(a, paths.count * sizeof(*names));
	struct list below = { 0 };

	for (size_t i = 0; i < paths.count; i++) {
		const char *path = *paths.items[i] ? paths.items[i] : ".";

		/* What cannot be listed has no matches. */
		(void)glob_names(a, path, pattern, &names[i]);
		below.count += names[i].count;
	}
	below.items = arena_alloc(a, below.count * sizeof(*below.items));
	below.count = 0;
	for (size_t i = 0; i < paths.count; i++)
		for (size_t k = 0; k < names[i].count; k++)
			below.items[below.count++] = arena_printf(
				a, "%s%s%s", paths.items[i], names[i].items[k], is_last ? "" : "/");
	return below;
}

bool glob_is_pattern(const char *text)
{
	return strpbrk(text, "*?[\\");
}

struct list glob_paths(struct arena *a, const char *pattern)
{
	const char **items = arena_alloc(a, 2 * sizeof(*items));
	struct list itself = { 1, items }, paths = { 1, items + 1 };
	const char *rest = pattern;

	items[0] = pattern;
	if (!glob_is_pattern(pattern))
		return itself;
	/* Names up to the first pattern are taken as they are. */
	for (const char *at = pattern; !strchr("*?[\\", *at); at++)
		if (*at == '/')
			rest = at + 1;
	items[1] = arena_memdup(a, pattern, (size_t)(rest - pattern));
	while (*rest && paths.count) {
		size_t length = strcspn(rest, "/");
		const char *part = arena_memdup(a, rest, length);

		rest += length;
		rest += strspn(rest, "/");
		paths = descend(a, paths, part, !*rest);
	}
	return paths.count ? paths : itself;
}

char *glob_join(struct arena *a, const char *directory, const char *name)
{
	char *path = arena_printf(a, "%s/%s", directory, name);
	char *to = path + (*path == '/'), *floor = to;
	const char *from = path;

	while (*from) {
		size_t length = strcspn(from, "/");
		bool is_up = length == 2 && !memcmp(from, "..", 2);
		bool is_here = !length || (length == 1 && *from == '.');

		if (is_up && to > floor) {
			while (to > floor && *--to != '/')
				;
		} else if (!is_here && !(is_up && *path == '/')) {
			if (to > path && to[-1] != '/')
				*to++ = '/';
			memmove(to, from, length);
			to += length;
			floor = is_up ? to : floor;
		}
		from += length;
		from += *from == '/';
	}
	*to = '\0';
	return path;
}

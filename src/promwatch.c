// SPDX-License-Identifier: Apache-2.0
#include "promwatch.h"

#include <errno.h>
#include <string.h>

#include "collector.h"
#include "glob.h"

enum {
	FILES_MAX = 128 << 20, /* bytes of all files together */
	HAZARD_PATH_MAX = 80,  /* bytes of a path in a hazard */
};

/* The entry of a path, NULL where this scrape has it already. */
static struct promwatch_entry *take_entry(struct promwatch *w, const char *path)
{
	struct promwatch_list *found = &w->found;
	struct trie_node *closest;
	struct promwatch_entry *e = (void *)trie_find(w->index, path, strlen(path), &closest);

	if (e && e->is_seen)
		return NULL;
	if (!e) {
		e = xcalloc(1, sizeof(*e));
		e->file.node.key = xstrdup(path);
		e->file.node.length = strlen(path);
		trie_add(&w->index, &e->file.node, closest);
	}
	e->is_seen = true;
	if (found->count == found->room) {
		found->room = MAX(found->room * 2, (size_t)16);
		found->items = xrealloc(found->items, found->room * sizeof(*found->items));
	}
	found->items[found->count++] = e;
	return e;
}

static void free_entry(struct promwatch_entry *e)
{
	promfile_free(&e->file);
	free((char *)(uintptr_t)e->file.node.key);
	free(e);
}

/* Say what is wrong with a directory, in its own entry. */
static void refuse_directory(struct promwatch *w, const char *path, enum promfile_fault fault,
                             const char *reason)
{
	struct promwatch_entry *e = take_entry(w, path);

	if (e)
		promfile_fail(&e->file, fault, ": %s", reason);
}

/* hazard() with "kind:path"; of a long path its hash and its end. */
static bool announce(struct scrape *s, struct promwatch *w, const char *kind, const char *path)
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
	refuse_directory(w, path, FAULT_STUCK, "left out, an earlier look at it is still stuck");
	return false;
}

/* Read and parse a file of a directory, for which that hazard has been announced. */
static void read_file(struct scrape *s, struct promwatch *w, struct promfile *f, const char *path,
                      const char *kind, const char *directory)
{
	bool was_empty = !f->set.n_families;
	const char *text;

	if (promfile_read(f, path, &w->text, w->limits.size, &text) == 0) {
		/* To parse a large file may take longer than something may hang. */
		(void)hazard(s, NULL);
		promfile_parse(f, text, &w->text, &w->limits);
		(void)announce(s, w, kind, directory); /* it was granted in this scrape */
	}
	arena_reset(&w->text, PROMWATCH_KEPT);
	w->has_changed |= !was_empty || f->set.n_families;
}

/* Bring an entry up to date, and hold it to the limits of all files together. */
static void update_file(struct scrape *s, struct promwatch *w, struct promwatch_entry *e,
                        const char *path, const char *kind, const char *directory)
{
	struct promfile *f = &e->file;
	size_t had = f->n_samples;
	bool is_gone, has_to_be_read = promfile_look(f, path, &is_gone);

	if (is_gone) {
		/* Since it was listed. Nothing is said of it, and the next scrape forgets it. */
		w->has_changed = true;
		promfile_free(f);
		f->st = (struct stat){ 0 };
		return;
	}
	if (!has_to_be_read && f->faults & (FAULT_UNREADABLE | FAULT_NOT_REGULAR))
		return;
	if (f->st.st_size <= w->limits.size && (size_t)f->st.st_size > w->room) {
		promfile_fail(f, FAULT_ALL_SIZE, ": more than %d bytes with the files before it",
		              FILES_MAX);
		return;
	}
	has_to_be_read |= f->faults & FAULT_ALL_SIZE;
	has_to_be_read |= (f->faults & FAULT_ALL_SAMPLES) && had <= w->sample_room;
	if (has_to_be_read)
		read_file(s, w, f, path, kind, directory);
	if (f->set.n_rows > w->sample_room)
		promfile_fail(f, FAULT_ALL_SAMPLES,
		              ": more than %lld samples with the files before it",
		              (long long)w->max_samples);
	if (f->faults)
		return;
	/* It may have grown between the look at it and its reading. */
	w->room -= MIN((size_t)f->st.st_size, w->room);
	w->sample_room -= f->set.n_rows;
}

static void take_directory(struct scrape *s, struct promwatch *w, const char *path)
{
	struct list names;
	const char *kind;
	struct stat st;
	int r;

	if (!announce(s, w, "path", path))
		return;
	if (stat(path, &st) < 0) {
		refuse_directory(w, path, FAULT_UNREADABLE, error_text(errno));
		return;
	}
	kind = scrape_printf(s, "dir %ju", (uintmax_t)st.st_dev);
	if (!announce(s, w, kind, path))
		return;
	r = glob_names(&w->scratch, path, "*.prom", &names);
	if (r == -EFBIG)
		refuse_directory(w, path, FAULT_UNREADABLE, "too many text files");
	else if (r < 0)
		refuse_directory(w, path, FAULT_UNREADABLE, error_text(r));
	for (size_t i = 0; i < names.count; i++) {
		struct promwatch_entry *e =
			take_entry(w, glob_join(&w->scratch, path, names.items[i]));

		if (e)
			update_file(s, w, e,
			            arena_printf(&w->scratch, "%s/%s", path, names.items[i]), kind,
			            path);
	}
}

/* The directories that a flag's value stands for; an empty one stands for none. */
static void take_directories(struct scrape *s, struct promwatch *w, const char *pattern)
{
	struct list paths;

	if (!*pattern || (glob_is_pattern(pattern) && !announce(s, w, "pattern", pattern)))
		return;
	paths = glob_paths(&w->scratch, pattern);
	for (size_t i = 0; i < paths.count; i++)
		take_directory(s, w, paths.items[i]);
}

double promwatch_age(const struct promwatch *w, const struct promwatch_entry *e)
{
	const struct timespec *then = &e->file.st.st_mtim;

	return (double)w->now.tv_sec - (double)then->tv_sec +
	       (double)(w->now.tv_nsec - then->tv_nsec) / 1e9;
}

unsigned promwatch_faults(const struct promwatch *w, const struct promwatch_entry *e)
{
	bool is_old = w->max_age > 0 && e->file.st.st_ino &&
	              promwatch_age(w, e) > (double)w->max_age / 1e9;

	return e->file.faults | (is_old ? FAULT_OLD : 0);
}

/* Entries that this scrape has not met go, and with them the index that they are in. */
static void forget_unseen(struct promwatch *w)
{
	bool is_same = w->found.count == w->known.count;

	for (size_t i = 0; i < w->known.count; i++)
		is_same &= i < w->found.count && w->known.items[i] == w->found.items[i];
	w->has_changed |= !is_same;
	if (is_same)
		return;
	w->index = NULL;
	for (size_t i = 0; i < w->known.count; i++)
		if (!w->known.items[i]->is_seen)
			free_entry(w->known.items[i]);
	for (size_t i = 0; i < w->found.count; i++) {
		struct trie_node *node = &w->found.items[i]->file.node, *closest;

		(void)trie_find(w->index, node->key, node->length, &closest);
		trie_add(&w->index, node, closest);
	}
}

void promwatch_look(struct scrape *s, struct promwatch *w)
{
	struct promwatch_list old;

	w->has_changed = false;
	w->found.count = 0;
	w->room = FILES_MAX;
	w->sample_room = (size_t)MIN((uint64_t)w->max_samples, SIZE_MAX);
	(void)clock_gettime(CLOCK_REALTIME, &w->now); /* cannot fail */
	for (size_t i = 0; i < w->directories.count; i++)
		take_directories(s, w, w->directories.items[i]);
	forget_unseen(w);
	old = w->known;
	w->known = w->found;
	w->found = old;
	for (size_t i = 0; i < w->known.count; i++) {
		struct promwatch_entry *e = w->known.items[i];
		bool is_exported = !promwatch_faults(w, e);

		w->has_changed |= is_exported != e->is_exported;
		e->is_exported = is_exported;
		e->is_seen = false;
	}
}

void promwatch_free(struct promwatch *w)
{
	for (size_t i = 0; i < w->known.count; i++)
		free_entry(w->known.items[i]);
	free(w->known.items);
	free(w->found.items);
	arena_free(&w->text);
	arena_free(&w->scratch);
	*w = (struct promwatch){ 0 };
}

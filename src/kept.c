// SPDX-License-Identifier: Apache-2.0
#include "kept.h"

#include <string.h>

enum { LIMIT_DEFAULT = 512 };

static struct {
	struct kept **slots; /* open hash table, at most half full */
	size_t n_slots;      /* a power of two */
	size_t count;
	size_t hand;
	size_t limit;
} self = { .limit = LIMIT_DEFAULT };

static size_t next_slot(size_t i)
{
	return (i + 1) & (self.n_slots - 1);
}

static uint64_t key_of(enum tree tree, const char *name)
{
	return hash_text((uint64_t)tree + 1, name);
}

static void free_kept(struct kept *k)
{
	if (!k)
		return;
	cleanup_fd(&k->fd);
	free(k->text);
	free(k);
}

void kept_set_limit(size_t limit)
{
	for (size_t i = 0; i < self.n_slots; i++)
		free_kept(self.slots[i]);
	free(self.slots);
	self.slots = NULL;
	self.n_slots = self.count = self.hand = 0;
	self.limit = limit;
}

bool kept_is_possible(void)
{
	return self.limit > 0;
}

struct kept *kept_find(enum tree tree, const char *name)
{
	uint64_t key = key_of(tree, name);

	if (!self.slots)
		return NULL;
	for (size_t i = key & (self.n_slots - 1); self.slots[i]; i = next_slot(i)) {
		struct kept *k = self.slots[i];

		if (k->key != key || k->tree != tree || strcmp(k->name, name) != 0)
			continue;
		k->was_used = true;
		return k;
	}
	return NULL;
}

/* Empty a slot and close the gap. */
static void drop_slot(size_t gap)
{
	size_t i = gap;

	free_kept(self.slots[gap]);
	self.count--;
	for (;;) {
		size_t home;

		i = next_slot(i);
		if (!self.slots[i])
			break;
		home = self.slots[i]->key & (self.n_slots - 1);
		if (((i - home) & (self.n_slots - 1)) < ((i - gap) & (self.n_slots - 1)))
			continue;
		self.slots[gap] = self.slots[i];
		gap = i;
	}
	self.slots[gap] = NULL;
}

void kept_drop(struct kept *k)
{
	size_t i = k->key & (self.n_slots - 1);

	while (self.slots[i] != k)
		i = next_slot(i);
	drop_slot(i);
}

void kept_drop_below(enum tree tree, const char *directory)
{
	size_t length = strlen(directory);

	for (size_t i = 0; i < self.n_slots;) {
		const struct kept *k = self.slots[i];

		/* Another one may move up. */
		if (k && k->tree == tree && strncmp(k->name, directory, length) == 0 &&
		    k->name[length] == '/')
			drop_slot(i);
		else
			i++;
	}
}

/* Drop what is in a slot, or let it stay for another round. False where it was dropped. */
static bool pass_by(size_t i)
{
	struct kept *k = self.slots[i];

	if (k && !k->was_used) {
		drop_slot(i);
		return false;
	}
	if (k)
		k->was_used = false;
	return true;
}

void kept_close_unused(void)
{
	for (size_t i = 0; i < self.n_slots;)
		i += pass_by(i);
}

static void make_room(void)
{
	if (!self.slots) {
		for (self.n_slots = 64; self.n_slots < self.limit * 2;)
			self.n_slots *= 2;
		self.slots = xcalloc(self.n_slots, sizeof(struct kept *));
	}
	while (self.count >= self.limit)
		if (pass_by(self.hand))
			self.hand = next_slot(self.hand);
}

struct kept *kept_add(enum tree tree, const char *name, int fd)
{
	size_t size = strlen(name) + 1, i;
	struct kept *k = xmalloc(sizeof(*k) + size);

	make_room();
	*k = (struct kept){ .key = key_of(tree, name), .tree = tree, .fd = fd, .was_used = true };
	memcpy(k->name, name, size);
	for (i = k->key & (self.n_slots - 1); self.slots[i];)
		i = next_slot(i);
	self.slots[i] = k;
	self.count++;
	return k;
}

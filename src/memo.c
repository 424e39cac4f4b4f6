// SPDX-License-Identifier: Apache-2.0
#include "memo.h"

#include <string.h>

#include "devices.h"
#include "text.h"

/* When there is more all is forgotten; a large machine has some hundred. */
enum { MEMOS_MAX = 1024, SLOTS = 2 * MEMOS_MAX, BYTES_MAX = 1 << 20, SUBSYSTEM_MAX = 64 };

static struct {
	struct memo **slots; /* open hash table */
	size_t count;
	size_t bytes;
} self;

/* The subsystem in a name that begins with prefix and goes on with rest, or just as it likes. */
static bool match(const char *name, const char *prefix, const char *rest,
                  char subsystem[static SUBSYSTEM_MAX])
{
	size_t length = strlen(prefix), end;

	if (strncmp(name, prefix, length) != 0)
		return false;
	name += length;
	end = strcspn(name, "/");
	if (!end || end >= SUBSYSTEM_MAX || (rest && strcmp(name + end, rest) != 0))
		return false;
	memcpy(subsystem, name, end);
	subsystem[end] = '\0';
	return true;
}

static uint64_t settled_generation(const char *subsystem)
{
	return devices_are_settled(subsystem) ? devices_generation(subsystem) : 0;
}

uint64_t memo_generation(const char *name)
{
	char subsystem[SUBSYSTEM_MAX];

	/* What lies below the others (queues, slaves, clocks) comes and goes without an event. */
	if (match(name, "bus/", "/devices", subsystem) ||
	    match(name, "devices/system/", "", subsystem) ||
	    (match(name, "class/", NULL, subsystem) && !starts_with(name, "class/block/")))
		return settled_generation(subsystem);
	return strcmp(name, "block") == 0 ? settled_generation(name) : 0;
}

/* Whether a file is there as soon as some module is, and until that goes. */
static bool comes_with_module(bool is_proc, const char *name)
{
	static const char *const proc[] = {
		"", "net/", "net/rpc/", "net/stat/", "pressure/", "spl/kstat/",
	};
	static const char *const sys[] = { "devices/system/edac/", "fs/" };
	const char *const *parents = is_proc ? proc : sys;
	size_t count = is_proc ? ARRAY_SIZE(proc) : ARRAY_SIZE(sys);
	char entry[SUBSYSTEM_MAX];

	for (size_t i = 0; i < count; i++)
		if (match(name, parents[i], "", entry))
			return true;
	/* Their devices belong to network namespaces, they do not. */
	return !is_proc && (strcmp(name, "class/infiniband") == 0 ||
	                    strcmp(name, "class/net/bonding_masters") == 0);
}

uint64_t memo_absence_generation(bool is_proc, const char *name)
{
	if (comes_with_module(is_proc, name))
		return settled_generation("module");
	return is_proc ? 0 : memo_generation(name);
}

static struct memo **find_slot(enum memo_kind kind, const char *name, uint64_t key)
{
	size_t i = key % SLOTS;

	for (; self.slots[i]; i = (i + 1) % SLOTS) {
		const struct memo *m = self.slots[i];

		if (m->key == key && m->kind == kind && strcmp(m->name, name) == 0)
			break;
	}
	return &self.slots[i];
}

static uint64_t key_of(enum memo_kind kind, const char *name)
{
	return hash_text((uint64_t)kind + 1, name);
}

const struct memo *memo_find(enum memo_kind kind, const char *name, uint64_t generation)
{
	const struct memo *m;

	if (!generation || !self.slots)
		return NULL;
	m = *find_slot(kind, name, key_of(kind, name));
	return m && m->generation == generation ? m : NULL;
}

static void free_memo(struct memo *m)
{
	if (!m)
		return;
	self.count--;
	self.bytes -= sizeof(*m) + m->size;
	free(m->name);
	free(m);
}

void memo_free(void)
{
	for (size_t i = 0; self.slots && i < SLOTS; i++)
		free_memo(self.slots[i]);
	free(self.slots);
	self.slots = NULL;
}

void memo_keep(enum memo_kind kind, const char *name, uint64_t generation, const void *data,
               size_t size)
{
	uint64_t key = key_of(kind, name);
	struct memo *m, **slot;

	if (self.count == MEMOS_MAX || self.bytes + size > BYTES_MAX)
		memo_free();
	if (size > BYTES_MAX)
		return;
	if (!self.slots)
		self.slots = xcalloc(SLOTS, sizeof(*self.slots));
	m = xmalloc(sizeof(*m) + size + 1);
	*m = (struct memo){ .key = key,
		            .kind = kind,
		            .name = xstrdup(name),
		            .generation = generation,
		            .size = size };
	memcpy(m->data, data, size);
	m->data[size] = '\0';
	slot = find_slot(kind, name, key);
	free_memo(*slot);
	*slot = m;
	self.count++;
	self.bytes += sizeof(*m) + size;
}

// SPDX-License-Identifier: Apache-2.0
#include "arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_MIN = 32 * 1024, ALIGN = alignof(max_align_t) };

struct arena_chunk {
	struct arena_chunk *older;
	size_t size;
	alignas(max_align_t) char bytes[];
};

static void add_chunk(struct arena *a, size_t size)
{
	size_t wanted = a->chunks ? MIN(a->chunks->size * 2, (size_t)1 << 20) : CHUNK_MIN;
	struct arena_chunk *chunk;

	size = MAX(size, wanted);
	chunk = xmalloc(sizeof(*chunk) + size);
	chunk->older = a->chunks;
	chunk->size = size;
	a->chunks = chunk;
	a->next = chunk->bytes;
	a->end = chunk->bytes + size;
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t rounded = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	void *memory;

	if (rounded < size)
		abort();
	if (!a->next || (size_t)(a->end - a->next) < rounded)
		add_chunk(a, rounded);
	memory = a->next;
	a->next += rounded;
	return memory;
}

char *arena_memdup(struct arena *a, const void *bytes, size_t size)
{
	char *copy = arena_alloc(a, size + 1);

	if (size)
		memcpy(copy, bytes, size);
	copy[size] = '\0';
	return copy;
}

char *arena_strdup(struct arena *a, const char *text)
{
	return arena_memdup(a, text, strlen(text));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list args)
{
	size_t room = (size_t)(a->end - a->next);
	va_list again;
	char *text = a->next;
	int length;

	va_copy(again, args);
	length = vsnprintf(text, room, fmt, args);
	if (length < 0)
		abort();
	if ((size_t)length < room) {
		arena_take(a, (size_t)length + 1);
	} else {
		text = arena_alloc(a, (size_t)length + 1);
		vsnprintf(text, (size_t)length + 1, fmt, again);
	}
	va_end(again);
	return text;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = arena_vprintf(a, fmt, args);
	va_end(args);
	return text;
}

char *arena_space(struct arena *a, char *data, size_t used, size_t size, size_t *ret_size)
{
	if (!a->next || (size_t)(a->end - a->next) < used + size) {
		add_chunk(a, (used + size) * 2);
		if (used)
			memcpy(a->next, data, used);
	}
	*ret_size = (size_t)(a->end - a->next) - used;
	return a->next;
}

void arena_take(struct arena *a, size_t size)
{
	size_t rounded = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);

	a->next = (size_t)(a->end - a->next) < rounded ? a->end : a->next + rounded;
}

void arena_reset(struct arena *a, size_t keep)
{
	struct arena_chunk *kept = NULL;

	while (a->chunks) {
		struct arena_chunk *older = a->chunks->older;

		/* Of the chunks that are small enough the newest is the largest. */
		if (!kept && a->chunks->size <= keep)
			kept = a->chunks;
		else
			free(a->chunks);
		a->chunks = older;
	}
	if (kept)
		kept->older = NULL;
	a->chunks = kept;
	a->next = kept ? kept->bytes : NULL;
	a->end = kept ? kept->bytes + kept->size : NULL;
}

void arena_free(struct arena *a)
{
	arena_reset(a, 0);
}

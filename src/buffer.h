// SPDX-License-Identifier: Apache-2.0
/* Bytes that grow at their end. */
#pragma once

#include <string.h>

#include "util.h"

struct buffer {
	char *data; /* not NUL-terminated */
	size_t used;
	size_t size;
};

/* Room for size more bytes at data + used. */
void buffer_reserve(struct buffer *b, size_t size);
void buffer_free(struct buffer *b);

static inline void buffer_add(struct buffer *b, const void *bytes, size_t size)
{
	if (b->size - b->used < size)
		buffer_reserve(b, size);
	if (size)
		memcpy(b->data + b->used, bytes, size);
	b->used += size;
}

static inline void buffer_add_text(struct buffer *b, const char *text)
{
	buffer_add(b, text, strlen(text));
}

// SPDX-License-Identifier: Apache-2.0
#include "buffer.h"

void buffer_reserve(struct buffer *b, size_t size)
{
	size_t wanted = b->used + size;

	if (wanted < size)
		abort();
	if (b->size >= wanted)
		return;
	b->size = MAX(wanted, MAX(b->size + b->size / 2, (size_t)4096));
	b->data = xrealloc(b->data, b->size);
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){ 0 };
}

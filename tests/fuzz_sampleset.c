// SPDX-License-Identifier: Apache-2.0
/* A sample set, three times with differing claims, gathered in every scheme and written in every
 * format. */
#include <string.h>

#include "expo.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *set = memcpy(xmalloc(size), size ? (const void *)data : "", size); /* aligned */
	struct buffer b = { 0 };

	for (unsigned i = 0; i < (unsigned)ESCAPINGS * EXPO_FORMATS; i++) {
		struct gather *g = gather_new((enum escaping)(i % ESCAPINGS));
		struct expo e = { .gather = g, .format = (enum expo_format)(i / ESCAPINGS) };

		/* A broken one leaves nothing behind; the others are taken all the same. */
		(void)!gather_add(g, "secondary", set, size, true);
		(void)!gather_add(g, "primary", set, size, false);
		(void)!gather_add(g, "half", set, size / 16 * 8, false);
		gather_finish(g);
		for (b.used = 0; expo_write(&e, &b, b.used + 1000);)
			if (e.format != EXPO_PROTOBUF && utf8_prefix(b.data, b.used) < b.used)
				abort();
		gather_free(g);
	}
	buffer_free(&b);
	free(set);
	return 0;
}

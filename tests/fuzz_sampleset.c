// SPDX-License-Identifier: Apache-2.0
/* A sample set, three times with differing claims, gathered and written in every scheme. */
#include <string.h>

#include "expo.h"
#include "text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *set = memcpy(xmalloc(size), size ? (const void *)data : "", size); /* aligned */
	struct gather *g = gather_new();
	struct buffer b = { 0 };

	/* A broken one leaves nothing behind; the others are taken all the same. */
	(void)!gather_add(g, "secondary", set, size, true);
	(void)!gather_add(g, "primary", set, size, false);
	(void)!gather_add(g, "half", set, size / 16 * 8, false);
	gather_finish(g);
	for (unsigned escaping = ESCAPING_UNDERSCORES; escaping <= ESCAPING_UTF8; escaping++) {
		struct expo e = { .gather = g, .escaping = (enum expo_escaping)escaping };

		while (expo_text(&e, &b, b.used + 1000) && utf8_prefix(b.data, b.used) < b.used)
			abort();
	}
	buffer_free(&b);
	gather_free(g);
	free(set);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a text file: families that hold together, or a place and a reason. */
#include <string.h>

#include "promset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct prom_limits limits = { .samples = 1000, .label = 100 };
	struct prom_error error = { .text = "" };
	struct prom_text text = { .families = NULL };
	struct arena arena = { 0 };
	struct prom_set set;

	if (promtext_parse(&arena, (const char *)data, size, &limits, &text, &error) < 0 &&
	    (!error.line || !error.column || error.column > size + 1 || !*error.text))
		abort();
	promset_make(&arena, &arena, &text, &set);
	arena_free(&arena);
	return 0;
}

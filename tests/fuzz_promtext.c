// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a text file: families that hold together, or a place and a reason. */
#include <string.h>

#include "promtext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct prom_error error = { .text = "" };
	struct prom_text text = { .families = NULL };
	struct arena arena = { 0 };

	if (promtext_parse(&arena, (const char *)data, size, &text, &error) < 0 &&
	    (!error.line || !error.column || error.column > size + 1 || !*error.text))
		abort();
	for (const struct prom_family *f = text.families; f; f = f->next) {
		size_t n = 0;
		for (const struct prom_series *s = f->series; s; s = s->next, n++)
			for (size_t i = 0; i < s->n_labels; i++)
				if (!f->labels[s->labels[i].name] ||
				    strlen(s->labels[i].value) > size)
					abort();
		if (!n || n != f->n_series || f->n_labels > PROM_LABELS_MAX)
			abort();
	}
	arena_free(&arena);
	return 0;
}

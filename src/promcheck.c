// SPDX-License-Identifier: Apache-2.0
#include "promcheck.h"

#include "promtext.h"

struct check_counts promcheck(const char *text, size_t size,
                              void (*report)(void *context, const struct check_finding *finding),
                              void *context)
{
	struct check_counts counts = { 0 };
	struct prom_error error;
	struct prom_text result;
	struct arena arena = { 0 };

	if (promtext_parse(&arena, text, size, &result, &error) < 0) {
		report(context, &(struct check_finding){ CHECK_ERROR, error.line, error.column,
		                                         error.text, NULL });
		counts.errors++;
	} else if (result.timestamp_line) {
		report(context, &(struct check_finding){
					CHECK_ERROR, result.timestamp_line, result.timestamp_column,
					"expected no timestamps in a text file, found one", NULL });
		counts.errors++;
	} else {
		for (const struct prom_family *f = result.families; f; f = f->next)
			counts.samples += f->n_series;
	}
	arena_free(&arena);
	return counts;
}

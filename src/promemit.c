// SPDX-License-Identifier: Apache-2.0
#include "promemit.h"

#include <math.h>

/* The same part and bound together, and of those the last line first. */
static int compare_parts(const void *left, const void *right)
{
	const struct prom_part *a = *(const struct prom_part *const *)left;
	const struct prom_part *b = *(const struct prom_part *const *)right;
	int order = (int)a->part - (int)b->part;

	if (!order)
		order = (a->bound > b->bound) - (a->bound < b->bound);
	return order ? order : (a->line < b->line) - (a->line > b->line);
}

static const struct prom_part **sort_parts(struct arena *a, const struct prom_series *series,
                                           size_t *ret_count)
{
	const struct prom_part **parts;
	size_t n = 0;

	for (const struct prom_part *p = series->parts; p; p = p->next)
		n++;
	parts = arena_alloc(a, n * sizeof(*parts));
	n = 0;
	for (const struct prom_part *p = series->parts; p; p = p->next)
		parts[n++] = p;
	if (n)
		qsort(parts, n, sizeof(*parts), compare_parts);
	*ret_count = n;
	return parts;
}

static void emit_parts(struct scrape *s, struct arena *a, const struct metric *m,
                       const struct prom_series *series, const char *const *values)
{
	bool needs_infinity = m->type == METRIC_HISTOGRAM;
	const struct prom_part **parts, *last = NULL;
	double sum = 0, count = 0;
	size_t n;

	parts = sort_parts(a, series, &n);
	for (size_t i = 0; i < n; i++) {
		const struct prom_part *p = parts[i];

		if (last && last->part == p->part && last->bound == p->bound)
			continue;
		last = p;
		if (p->part == PART_SUM)
			sum = p->value;
		else if (p->part == PART_COUNT)
			count = p->value;
		else
			emit_part(s, m, p->part, p->bound, p->value, values);
		if (p->part == PART_BUCKET && p->bound == INFINITY)
			needs_infinity = false;
	}
	if (needs_infinity)
		emit_part(s, m, PART_BUCKET, INFINITY, count, values);
	emit_part(s, m, PART_SUM, 0, sum, values);
	emit_part(s, m, PART_COUNT, 0, count, values);
}

void promemit_family(struct scrape *s, struct arena *a, const struct prom_family *family,
                     const char *help)
{
	struct metric *m = arena_alloc(a, sizeof(*m));

	*m = (struct metric){ family->name, help, family->type, family->labels };
	for (const struct prom_series *series = family->series; series; series = series->next) {
		const char *values[PROM_LABELS_MAX + 1];

		/* Labels that only other series of the family have are empty. */
		for (size_t i = 0; i < family->n_labels; i++)
			values[i] = "";
		values[family->n_labels] = NULL;
		for (size_t i = 0; i < series->n_labels; i++)
			values[series->labels[i].name] = series->labels[i].value;
		if (m->type == METRIC_SUMMARY || m->type == METRIC_HISTOGRAM)
			emit_parts(s, a, m, series, values);
		else
			emit_labels(s, m, series->value, values);
	}
}

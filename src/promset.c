// SPDX-License-Identifier: Apache-2.0
#include "promset.h"

#include <math.h>
#include <string.h>

static int compare_numbers(double a, double b)
{
	return (a > b) - (a < b);
}

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static const char *after(const char *value)
{
	return value + strlen(value) + 1;
}

/* count values, each with its NUL. */
static int compare_values(const char *a, const char *b, size_t count)
{
	int order = 0;

	for (size_t i = 0; i < count && !order; i++) {
		order = strcmp(a, b);
		a = after(a);
		b = after(b);
	}
	return order;
}

/* By label values, part and bound; what is equal in them by line, the first one first. */
static int compare_rows(const void *left, const void *right, void *context)
{
	const struct prom_rows *f = context;
	const struct prom_row *a = left, *b = right;
	int order = compare_values(a->values, b->values, f->n_labels);

	if (!order)
		order = a->part - b->part;
	if (!order)
		order = compare_numbers(a->bound, b->bound);
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

static bool has_parts(const struct prom_rows *f)
{
	return f->type == METRIC_SUMMARY || f->type == METRIC_HISTOGRAM;
}

/* The family's label names in order; where each of the text's is among them goes to places. */
static void sort_labels(struct arena *a, const struct prom_family *from, struct prom_rows *to,
                        size_t places[static PROM_LABELS_MAX])
{
	const char **labels = arena_alloc(a, (from->n_labels + 1) * sizeof(*labels));

	for (size_t i = 0; i < from->n_labels; i++)
		labels[i] = arena_strdup(a, from->labels[i]);
	labels[from->n_labels] = NULL;
	if (from->n_labels)
		qsort(labels, from->n_labels, sizeof(*labels), compare_texts);
	for (size_t i = 0; i < from->n_labels; i++)
		for (size_t k = 0; k < from->n_labels; k++)
			if (!strcmp(labels[k], from->labels[i]))
				places[i] = k;
	to->labels = labels;
	to->n_labels = from->n_labels;
}

/* The values of a line, "" for labels that only others of the family have, to to. Where it ended.
 */
static char *put_values(char *to, const struct prom_sample *sample, size_t n_labels,
                        const size_t *places)
{
	const char *values[PROM_LABELS_MAX];

	for (size_t i = 0; i < n_labels; i++)
		values[i] = "";
	for (size_t i = 0; i < sample->n_labels; i++)
		values[places[sample->labels[i].name]] = sample->labels[i].value;
	for (size_t i = 0; i < n_labels; i++)
		to = stpcpy(to, values[i]) + 1;
	return to;
}

static size_t values_size(const struct prom_family *f)
{
	size_t size = 0;

	for (const struct prom_sample *s = f->samples; s; s = s->next) {
		size += f->n_labels;
		for (size_t i = 0; i < s->n_labels; i++)
			size += strlen(s->labels[i].value);
	}
	return size;
}

/* Rows as the text has them, sorted, in a; their values in values_in. */
static void make_rows(struct arena *a, struct arena *values_in, const struct prom_family *from,
                      struct prom_rows *to)
{
	size_t places[PROM_LABELS_MAX];
	bool is_sorted = true;
	char *values;

	sort_labels(values_in, from, to, places);
	values = arena_alloc(values_in, values_size(from));
	to->rows = arena_alloc(a, from->n_samples * sizeof(*to->rows));
	for (const struct prom_sample *s = from->samples; s; s = s->next) {
		struct prom_row *row = &to->rows[to->n_rows++];

		*row = (struct prom_row){
			.value = s->value,
			.bound = s->bound,
			.values = values,
			.line = s->line,
			.part = s->part,
		};
		values = put_values(values, s, to->n_labels, places);
		if (to->n_rows > 1)
			is_sorted &= compare_rows(row - 1, row, to) <= 0;
	}
	if (!is_sorted)
		qsort_r(to->rows, to->n_rows, sizeof(*to->rows), compare_rows, to);
}

/* Of each series the first row stays. */
static void drop_twins(struct prom_rows *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_rows; i++) {
		if (!n || compare_values(f->rows[n - 1].values, f->rows[i].values, f->n_labels)) {
			f->rows[n++] = f->rows[i];
			continue;
		}
		if (!f->twin_line || f->rows[i].line < f->twin_line)
			f->twin_line = f->rows[i].line;
	}
	f->n_rows = n;
}

/* The rows of one series of a summary or histogram, and what it lacks; returns where they end. */
static struct prom_row *put_series(struct prom_row *to, const struct prom_rows *f,
                                   const struct prom_row *rows, size_t count)
{
	struct prom_row sum = { .values = rows->values, .line = rows->line, .part = PART_SUM };
	struct prom_row total = { .values = rows->values, .line = rows->line, .part = PART_COUNT };
	struct prom_row all = { .bound = INFINITY, .values = rows->values, .part = PART_BUCKET };
	bool needs_all = f->type == METRIC_HISTOGRAM;

	for (size_t i = 0; i < count; i++) {
		const struct prom_row *row = &rows[i];

		if (i + 1 < count && row[1].part == row->part && row[1].bound == row->bound)
			continue;
		if (row->part == PART_SUM)
			sum = *row;
		else if (row->part == PART_COUNT)
			total = *row;
		else if (row->part != PART_VALUE)
			*to++ = *row;
		needs_all &= row->part != PART_BUCKET || row->bound != INFINITY;
	}
	all.value = total.value;
	all.line = total.line;
	if (needs_all)
		*to++ = all;
	*to++ = sum;
	*to++ = total;
	return to;
}

/* Replace the rows of a summary or histogram by complete ones. */
static void complete_rows(struct arena *a, struct prom_rows *f)
{
	const struct prom_row *rows = f->rows, *end = rows + f->n_rows;
	size_t n_series = 0, count;
	struct prom_row *to;

	for (size_t i = 0; i < f->n_rows; i++)
		n_series += !i || compare_values(rows[i - 1].values, rows[i].values, f->n_labels);
	f->rows = to = arena_alloc(a, (f->n_rows + 3 * n_series) * sizeof(*to));
	for (; rows < end; rows += count) {
		for (count = 1; rows + count < end; count++)
			if (compare_values(rows->values, rows[count].values, f->n_labels))
				break;
		to = put_series(to, f, rows, count);
	}
	f->n_rows = (size_t)(to - f->rows);
}

static int compare_families(const void *left, const void *right)
{
	const struct prom_rows *a = left, *b = right;

	return strcmp(a->name, b->name);
}

void promset_make(struct arena *a, struct arena *scratch, const struct prom_text *text,
                  struct prom_set *ret)
{
	struct prom_set set = { 0 };
	size_t n = 0;

	for (const struct prom_family *f = text->families; f; f = f->next)
		n++;
	set.families = arena_alloc(a, n * sizeof(*set.families));
	for (const struct prom_family *f = text->families; f; f = f->next) {
		struct prom_rows *to = &set.families[set.n_families++];

		*to = (struct prom_rows){
			.name = arena_strdup(a, f->name),
			.help = f->help ? arena_strdup(a, f->help) : NULL,
			.type = f->type,
			.line = f->line,
		};
		make_rows(has_parts(to) ? scratch : a, a, f, to);
		if (has_parts(to))
			complete_rows(a, to);
		else
			drop_twins(to);
		set.n_rows += to->n_rows;
	}
	if (n)
		qsort(set.families, n, sizeof(*set.families), compare_families);
	*ret = set;
}

/* A row and where it comes from. */
struct entry {
	const struct prom_row *row;
	struct prom_source *source;
};

/* By labels, as gather.h sorts them. */
static int compare_labels(const struct entry *a, const struct entry *b)
{
	const struct prom_rows *f = a->source->family, *g = b->source->family;
	int order = (f->n_labels > g->n_labels) - (f->n_labels < g->n_labels);

	if (!order)
		order = compare_values(a->row->values, b->row->values, f->n_labels);
	for (size_t i = 0; f != g && i < f->n_labels && !order; i++)
		order = strcmp(f->labels[i], g->labels[i]);
	return order;
}

/* By labels, set, part and bound. */
static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = compare_labels(a, b);

	if (!order)
		order = (a->source->set > b->source->set) - (a->source->set < b->source->set);
	/* Rows of one family are in order. */
	return order ? order : (a->row > b->row) - (a->row < b->row);
}

static void emit_row(struct scrape *s, const struct metric *m, const struct prom_rows *f,
                     const struct prom_row *row)
{
	const char *values[PROM_LABELS_MAX + 1], *value = row->values;

	for (size_t i = 0; i < f->n_labels; i++, value = after(value))
		values[i] = value;
	values[f->n_labels] = NULL;
	emit_part(s, m, (enum metric_part)row->part, row->bound, row->value, values);
}

static void emit_entries(struct scrape *s, const struct metric *metrics,
                         const struct prom_source *sources, const struct entry *entries, size_t n)
{
	const struct entry *owner = entries;

	for (size_t i = 0; i < n; i++) {
		struct prom_source *source = entries[i].source;

		if (compare_labels(owner, &entries[i]))
			owner = &entries[i];
		if (owner->source != source) {
			source->has_twins = true;
			continue;
		}
		emit_row(s, &metrics[source - sources], source->family, entries[i].row);
		source->family->n_emitted++;
	}
}

void promset_emit(struct scrape *s, struct arena *a, struct prom_source *sources, size_t count,
                  const char *help)
{
	struct metric *metrics = arena_alloc(a, count * sizeof(*metrics));
	struct entry *entries;
	bool is_sorted = true;
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const struct prom_rows *f = sources[i].family;

		metrics[i] = (struct metric){ f->name, help, f->type, f->labels };
		n += f->n_rows;
	}
	if (count == 1) {
		for (size_t i = 0; i < n; i++)
			emit_row(s, metrics, sources->family, &sources->family->rows[i]);
		sources->family->n_emitted = n;
		return;
	}
	entries = arena_alloc(a, n * sizeof(*entries));
	n = 0;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < sources[i].family->n_rows; k++) {
			entries[n++] = (struct entry){ &sources[i].family->rows[k], &sources[i] };
			if (n > 1)
				is_sorted &= compare_entries(&entries[n - 2], &entries[n - 1]) <= 0;
		}
	}
	if (!is_sorted)
		qsort(entries, n, sizeof(*entries), compare_entries);
	emit_entries(s, metrics, sources, entries, n);
}

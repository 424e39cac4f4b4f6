// SPDX-License-Identifier: Apache-2.0
#include "gather.h"

#include <math.h>
#include <string.h>

#include "text.h"

enum { TEXT_SHOWN_MAX = 120 }; /* bytes of a name or value in a message */

struct gather *gather_new(enum escaping escaping)
{
	struct gather *g = xcalloc(1, sizeof(*g));

	g->escaping = escaping;
	return g;
}

void gather_free(struct gather *g)
{
	if (!g)
		return;
	set_read_free(&g->reader);
	arena_free(&g->arena);
	free(g->samples);
	free(g->forms);
	free(g);
}

size_t gather_samples(const struct gather *g)
{
	return g->n_samples - g->n_dropped;
}

size_t gather_dropped(const struct gather *g)
{
	return g->n_dropped;
}

const char *gather_problem(const struct gather *g)
{
	return g->problem;
}

static void drop(struct gather *g, const struct gather_sample *s, const char *why)
{
	const char *labels = "";

	g->n_dropped++;
	if (g->problem)
		return;
	for (size_t i = 0; i < s->form->n_labels; i++) {
		size_t length;
		const char *value = gather_value(s, i, &length);

		labels = arena_printf(&g->arena, "%s%s%.*s=\"%.*s\"", labels, i ? "," : "{",
		                      TEXT_SHOWN_MAX, s->form->labels[i].name,
		                      (int)MIN(length, (size_t)TEXT_SHOWN_MAX), value);
	}
	g->problem = arena_printf(&g->arena, "%s: %.*s%s%s: %s", s->form->source, TEXT_SHOWN_MAX,
	                          s->form->origin, labels, *labels ? "}" : "", why);
}

static int compare_forms(const void *left, const void *right)
{
	const struct gather_form *a = *(const struct gather_form *const *)left;
	const struct gather_form *b = *(const struct gather_form *const *)right;
	int order = strcmp(a->name, b->name);

	if (!order)
		order = a->is_secondary - b->is_secondary;
	if (!order)
		order = (a->name != a->origin) - (b->name != b->origin);
	if (!order)
		order = (a->order > b->order) - (a->order < b->order);
	return order;
}

/* Why form cannot be part of the family that first began, or NULL. */
static const char *conflict(const struct gather_form *first, const struct gather_form *form)
{
	if (form->is_secondary && !first->is_secondary)
		return "a collector has a family of this name";
	if (form->type != first->type)
		return "its type differs from that of the first family of this name";
	if (form->help != first->help && strcmp(form->help, first->help) != 0)
		return "its help text differs from that of the first family of this name";
	return NULL;
}

/* Put every form that has samples and no fault into a family; the families come out sorted. */
static void make_families(struct gather *g)
{
	const struct gather_form *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < g->n_forms; i++)
		if (!g->forms[i]->fault && g->forms[i]->n_samples)
			g->forms[n++] = g->forms[i];
	g->n_forms = n;
	if (!n)
		return;
	qsort(g->forms, n, sizeof(struct gather_form *), compare_forms);
	g->families = arena_alloc(&g->arena, n * sizeof(*g->families));
	for (size_t i = 0; i < n; i++) {
		struct gather_form *form = g->forms[i];

		if (!first || strcmp(form->name, first->name) != 0) {
			first = form;
			g->families[g->n_families++] = (struct gather_family){
				.name = form->name,
				.origin = form->origin,
				.name_length = form->name_length,
				.help = form->help,
				.is_help_plain = form->is_help_plain,
				.type = form->type,
				.is_legacy = form->is_legacy,
				.is_secondary = form->is_secondary,
			};
		}
		form->fault = conflict(first, form);
		form->family = &g->families[g->n_families - 1];
		form->family->n_samples += form->n_samples;
	}
}

struct gather_family *gather_find(const struct gather *g, const char *name, size_t length,
                                  const char *suffix)
{
	size_t low = 0, high = g->n_families;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct gather_family *other = &g->families[middle];
		int order = strncmp(other->name, name, length);

		if (!order)
			order = strcmp(other->name + length, suffix);
		if (!order)
			return other;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* The samples of f, a summary or histogram, must not be taken for those of other families. */
static void settle_parts(const struct gather *g, struct gather_family *f)
{
	static const char *const suffixes[] = { "_sum", "_count", "_bucket" };
	struct gather_family *parts[ARRAY_SIZE(suffixes)] = { NULL };
	size_t n = f->type == METRIC_HISTOGRAM ? 3 : 2;

	for (size_t i = 0; i < n; i++) {
		parts[i] = gather_find(g, f->name, f->name_length, suffixes[i]);
		if (parts[i] && f->is_secondary && !parts[i]->is_secondary)
			f->fault = "a collector has a family called like a part of this one";
	}
	for (size_t i = 0; i < n && !f->fault; i++)
		if (parts[i])
			parts[i]->fault = "it is called like a part of another family";
}

/* What is wrong with a sample, or NULL. */
static const char *sample_fault(const struct gather_sample *s)
{
	const char *value = (const char *)(s->lengths + s->form->n_labels);
	enum metric_part part = (enum metric_part)s->part;
	bool is_right;

	if (s->form->fault)
		return s->form->fault;
	if (s->form->type == METRIC_SUMMARY)
		is_right = part == PART_QUANTILE || part == PART_SUM || part == PART_COUNT;
	else if (s->form->type == METRIC_HISTOGRAM)
		is_right = part == PART_BUCKET || part == PART_SUM || part == PART_COUNT;
	else
		is_right = part == PART_VALUE;
	if (!is_right)
		return "a sample that does not belong to the family's type";
	for (size_t i = 0; !s->is_plain && i < s->form->n_labels; i++) {
		if (utf8_prefix(value, s->lengths[i]) != s->lengths[i])
			return "a label's value is not UTF-8";
		value += s->lengths[i];
	}
	return NULL;
}

/* Give each family those of its samples that have no fault, in order of arrival. */
static void place_samples(struct gather *g)
{
	const struct gather_sample **room;

	room = arena_alloc(&g->arena, g->n_samples * sizeof(const struct gather_sample *));
	for (size_t i = 0; i < g->n_families; i++) {
		g->families[i].samples = room;
		room += g->families[i].n_samples;
		g->families[i].n_samples = 0;
	}
	for (size_t i = 0; i < g->n_samples; i++) {
		const struct gather_sample *s = &g->samples[i];
		const char *why = sample_fault(s);

		if (why)
			drop(g, s, why);
		else
			s->form->family->samples[s->form->family->n_samples++] = s;
	}
}

static int compare_labels(const struct gather_sample *a, const struct gather_sample *b)
{
	size_t n = a->form->n_labels;

	if (n != b->form->n_labels)
		return n < b->form->n_labels ? -1 : 1;
	for (size_t i = 0; i < n; i++) {
		size_t length_a, length_b;
		const char *value_a = gather_value(a, i, &length_a);
		const char *value_b = gather_value(b, i, &length_b);
		int order = memcmp(value_a, value_b, MIN(length_a, length_b));

		if (!order)
			order = (length_a > length_b) - (length_a < length_b);
		if (order)
			return order;
	}
	if (a->form == b->form)
		return 0;
	for (size_t i = 0; i < n; i++) {
		int order = strcmp(a->form->labels[i].name, b->form->labels[i].name);

		if (order)
			return order;
	}
	return 0;
}

size_t gather_series(const struct gather_family *f, size_t first)
{
	size_t n = 1;

	if (f->type != METRIC_SUMMARY && f->type != METRIC_HISTOGRAM)
		return n;
	while (first + n < f->n_samples &&
	       compare_labels(f->samples[first], f->samples[first + n]) == 0)
		n++;
	return n;
}

/* 0 for the same series; parts by their bounds, NaN last, then sum, then count. */
static int compare_series(const struct gather_sample *a, const struct gather_sample *b)
{
	int order = compare_labels(a, b);

	if (!order)
		order = a->part - b->part;
	if (!order)
		order = (a->bound > b->bound) - (a->bound < b->bound);
	if (!order)
		order = !!isnan(a->bound) - !!isnan(b->bound);
	return order;
}

static int compare_samples(const void *left, const void *right)
{
	const struct gather_sample *a = *(const struct gather_sample *const *)left;
	const struct gather_sample *b = *(const struct gather_sample *const *)right;
	int order = compare_series(a, b);

	if (!order)
		order = (a->form->name != a->form->origin) - (b->form->name != b->form->origin);
	return order ? order : (a > b) - (a < b);
}

/* Most families arrive in order. */
static bool is_sorted(const struct gather_family *f)
{
	for (size_t i = 1; i < f->n_samples; i++)
		if (compare_series(f->samples[i - 1], f->samples[i]) >= 0)
			return false;
	return true;
}

static void sort_samples(struct gather *g, struct gather_family *f)
{
	size_t n = 1;

	if (is_sorted(f))
		return;
	qsort(f->samples, f->n_samples, sizeof(const struct gather_sample *), compare_samples);
	for (size_t i = 1; i < f->n_samples; i++) {
		if (compare_series(f->samples[n - 1], f->samples[i]) != 0)
			f->samples[n++] = f->samples[i];
		else
			drop(g, f->samples[i], "this series is there already");
	}
	f->n_samples = n;
}

void gather_finish(struct gather *g)
{
	size_t n = 0;

	make_families(g);
	for (size_t i = 0; i < g->n_families; i++) {
		enum metric_type type = g->families[i].type;

		if ((type == METRIC_SUMMARY || type == METRIC_HISTOGRAM) && !g->families[i].fault)
			settle_parts(g, &g->families[i]);
	}
	for (size_t i = 0; i < g->n_forms; i++)
		if (!g->forms[i]->fault)
			g->forms[i]->fault = g->forms[i]->family->fault;
	place_samples(g);
	for (size_t i = 0; i < g->n_families; i++) {
		if (!g->families[i].n_samples)
			continue;
		sort_samples(g, &g->families[i]);
		g->families[n++] = g->families[i];
	}
	g->n_families = n;
}

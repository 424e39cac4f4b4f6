// SPDX-License-Identifier: Apache-2.0
/*
 * Any bytes as a text file: what the parser makes of them is what the naive one does, or a place
 * and a reason.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "naive.h"
#include "promset.h"

enum { SAMPLES_MAX = 200, LABEL_MAX = 30 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "%s\n", what);
	abort();
}

static bool is_same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static void compare_sample(const struct prom_family *f, const struct prom_sample *a,
                           const struct naive_sample *b)
{
	must(a->part == b->part, "parts differ");
	must(is_same_number(a->value, b->value), "values differ");
	must((a->part != PART_QUANTILE && a->part != PART_BUCKET) || a->bound == b->bound,
	     "bounds differ");
	must(a->n_labels == b->n_labels, "numbers of labels differ");
	for (size_t i = 0; i < a->n_labels; i++) {
		must(strcmp(f->labels[a->labels[i].name], b->labels[i].name) == 0,
		     "labels' names differ");
		must(strcmp(a->labels[i].value, b->labels[i].value) == 0, "labels' values differ");
	}
}

/* Samples of one family in order. */
static void compare_samples(const struct prom_family *f, const struct naive *n, size_t family)
{
	const struct prom_sample *a = f->samples;

	for (size_t i = 0; i < n->n_samples; i++) {
		if (n->samples[i].family != family)
			continue;
		must(a, "a sample is missing");
		compare_sample(f, a, &n->samples[i]);
		a = a->next;
	}
	must(!a, "a sample too many");
}

static void compare_help(const struct prom_family *f, const struct naive *n,
                         const struct naive_family *naive, struct arena *a)
{
	const char *help = naive->help;

	if (!help && naive->parent)
		help = n->families[naive->parent - 1].help;
	must(!help == !f->help, "one has a help text");
	must(!help || strcmp(promtext_utf8(a, help, strlen(help)), f->help) == 0,
	     "help texts differ");
}

static void compare(const struct prom_text *text, const struct naive *n, struct arena *a)
{
	const struct prom_family *f = text->families;

	must(text->n_samples == n->n_samples && text->is_open == n->is_open, "the sums differ");
	for (size_t i = 0; i < n->n_families; i++) {
		bool has_samples = false;

		for (size_t k = 0; k < n->n_samples; k++)
			has_samples |= n->samples[k].family == i;
		if (!has_samples)
			continue;
		must(f && strcmp(f->name, n->families[i].name) == 0, "a family is missing");
		must(f->type == naive_type(&n->families[i]), "types differ");
		compare_help(f, n, &n->families[i], a);
		compare_samples(f, n, i);
		f = f->next;
	}
	must(!f, "a family too many");
}

/* Rows are in order, each series is there once, and is complete. */
static void check_set(const struct prom_set *set)
{
	for (size_t i = 0; i < set->n_families; i++) {
		const struct prom_rows *f = &set->families[i];

		must(f->n_rows, "a family without rows");
		must(!i || strcmp(set->families[i - 1].name, f->name) < 0, "families out of order");
		for (size_t k = 1; k < f->n_labels; k++)
			must(strcmp(f->labels[k - 1], f->labels[k]) < 0, "labels out of order");
		if (f->type == METRIC_SUMMARY || f->type == METRIC_HISTOGRAM)
			must(f->rows[f->n_rows - 1].part == PART_COUNT,
			     "a series without its count");
	}
}

static void count_error(void *context, const struct prom_error *error)
{
	size_t *n = context;

	must(error->line && error->column && *error->text, "an error without a place or reason");
	++*n;
}

/* What is left of a text that is refused holds together, too. */
static void check_rest(const uint8_t *data, size_t size, struct arena *a)
{
	size_t n = 0;
	const struct prom_limits limits = { SAMPLES_MAX, LABEL_MAX, count_error, &n };
	struct prom_error error;
	struct prom_text text;
	struct prom_set set;

	must(promtext_parse(a, (const char *)data, size, &limits, &text, &error) < 0, "taken");
	must(n, "refused for no reason");
	promset_make(a, a, &text, &set);
	check_set(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct prom_limits limits = { .samples = SAMPLES_MAX, .label = LABEL_MAX };
	struct prom_error error = { .text = "" };
	struct prom_text text = { .families = NULL };
	struct arena arena = { 0 };
	struct prom_set set;
	struct naive n;
	bool is_taken;

	is_taken = promtext_parse(&arena, (const char *)data, size, &limits, &text, &error) == 0;
	must(naive_parse((const char *)data, size, SAMPLES_MAX, LABEL_MAX, &n) == is_taken,
	     is_taken ? "the naive one refuses it" : error.text);
	if (is_taken) {
		compare(&text, &n, &arena);
		promset_make(&arena, &arena, &text, &set);
		check_set(&set);
	} else {
		must(error.line && error.column && error.column <= size + 1 && *error.text,
		     "an error without a place or reason");
		check_rest(data, size, &arena);
	}
	naive_free(&n);
	arena_free(&arena);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* The Prometheus text format 0.0.4, read: what textfiles hold. */
#pragma once

#include "arena.h"
#include "metric.h"

struct prom_label {
	const char *name;
	const char *value;
};

/* One line's sample: a whole one, or a part of a summary or histogram. */
struct prom_sample {
	enum metric_part part;
	double bound;
	double value;
	size_t n_labels;
	struct prom_label *labels; /* in the order of the file, without le and quantile */
	unsigned line;
};

struct prom_family {
	const char *name;
	const char *help; /* NULL where the file has none */
	enum metric_type type;
	size_t n_samples;
	struct prom_sample *samples; /* in the order of the file */
	struct prom_family *next;
};

/* Where and why a text was refused. */
struct prom_error {
	unsigned line; /* 1 for the first */
	unsigned column;
	char text[200]; /* what was found (escaped, cut) and what was expected */
};

/*
 * Parse size bytes at text. 0 with the families in the order of their first appearance in *ret, or
 * -EINVAL with *error filled and nothing else. As strict as expfmt 0.70.1, see promtext.c. All
 * results live in a.
 */
int promtext_parse(struct arena *a, const char *text, size_t size, struct prom_family **ret,
                   struct prom_error *error) MUST_CHECK;

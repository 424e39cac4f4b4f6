// SPDX-License-Identifier: Apache-2.0
/* The Prometheus text format 0.0.4, read: what textfiles hold. */
#pragma once

#include "arena.h"
#include "metric.h"

enum {
	PROM_LABELS_MAX = 64,        /* different label names of one family */
	PROM_SAMPLES_MAX = 1 << 20,  /* lines with a value */
	PROM_FAMILIES_MAX = 1 << 17, /* names that anything is said of */
};

struct prom_label {
	const char *value;
	unsigned name; /* which of the family's labels */
};

/* A line of a summary or histogram. */
struct prom_part {
	enum metric_part part;
	unsigned line;
	double bound; /* of quantiles and buckets; never NaN */
	double value;
	struct prom_part *next;
};

struct prom_series {
	size_t n_labels;
	const struct prom_label *labels; /* in the order of the file, without le and quantile */
	union {
		double value;            /* of counters, gauges and untyped metrics */
		struct prom_part *parts; /* of summaries and histograms, the last line first */
	};
	struct prom_series *next;
};

struct prom_family {
	const char *name;
	const char *help; /* NULL where the text has none */
	enum metric_type type;
	size_t n_labels;
	const char *const *labels; /* all names, in order of appearance, then NULL */
	size_t n_series;           /* at least 1 */
	struct prom_series *series;
	struct prom_family *next;
};

struct prom_text {
	struct prom_family *families; /* in order of appearance */
	unsigned timestamp_line;      /* the first line with a timestamp; 0: there is none */
	unsigned timestamp_column;
};

/* Where and why a text was refused. */
struct prom_error {
	unsigned line; /* 1 for the first */
	unsigned column;
	char text[200]; /* what was expected and what was found (escaped, cut) */
};

/*
 * Parse size bytes at text. 0 with *ret filled, or -EINVAL with *error filled and nothing else. As
 * strict as expfmt 0.70.1, see promtext.c. All results live in a, text may go. Counters, gauges and
 * untyped metrics have a series for every line, so the same one may be there twice; the lines of a
 * summary or histogram with the same labels are one series, wherever they stand.
 */
int promtext_parse(struct arena *a, const char *text, size_t size, struct prom_text *ret,
                   struct prom_error *error) MUST_CHECK;

/* A copy of size bytes of text with each run of bytes that are not UTF-8 replaced by U+FFFD. */
char *promtext_utf8(struct arena *a, const char *text, size_t size);

// SPDX-License-Identifier: Apache-2.0
/* The Prometheus text format 0.0.4 and OpenMetrics 1.0, read: what textfiles hold. */
#pragma once

#include "arena.h"
#include "metric.h"

enum {
	PROM_LABELS_MAX = 64,           /* different label names of one family */
	PROM_FAMILIES_MAX = 1 << 17,    /* names that anything is said of */
	PROM_SAMPLES_DEFAULT = 1 << 20, /* limits where nobody sets others: lines with a value, */
	PROM_LABEL_DEFAULT = 64 << 10,  /* bytes of a label's name or value, */
	PROM_SIZE_DEFAULT = 32 << 20    /* and of the text, which those who read it see to */
};

struct prom_label {
	const char *value;
	unsigned name; /* which of the family's labels */
};

/* A line with a value. */
struct prom_sample {
	struct prom_sample *next;
	double value;
	double bound; /* of quantiles and buckets; never NaN */
	unsigned line;
	uint8_t part; /* of a summary or histogram: PART_VALUE says only that there is a series */
	uint8_t n_labels;
	struct prom_label labels[]; /* in the order of the line, without le and quantile */
};

struct prom_family {
	const char *name; /* valid UTF-8 without NULs */
	const char *help; /* NULL where the text has none */
	enum metric_type type;
	bool has_type; /* the text says it */
	unsigned line; /* that names it first */
	size_t n_labels;
	const char *const *labels;   /* all names, in order of appearance, then NULL */
	size_t n_samples;            /* at least 1 */
	struct prom_sample *samples; /* in order of appearance */
	struct prom_family *next;
};

struct prom_text {
	struct prom_family *families; /* in order of appearance */
	size_t n_samples;
	bool is_open; /* OpenMetrics */
};

/* Where and why a text was refused. */
struct prom_error {
	enum prom_fault {
		PROM_SYNTAX,
		PROM_CUT,       /* the last line does not end */
		PROM_TIMESTAMP, /* well-formed, but nothing that a textfile may have */
		PROM_TOO_MANY,  /* over a limit: samples or families, */
		PROM_TOO_LONG,  /* a label's name or value */
	} fault;
	unsigned line; /* 1 for the first */
	unsigned column;
	char text[200]; /* what was expected and what was found (escaped, cut) */
};

struct prom_limits {
	size_t samples; /* lines with a value */
	size_t label;   /* bytes of a label's name or value */
	/*
	 * Where it is set it gets each error, the parser goes on with the next line, and what is
	 * right is in *ret in any case.
	 */
	void (*report)(void *context, const struct prom_error *error);
	void *context;
};

/*
 * Parse size bytes at text. 0 with *ret filled, or -EINVAL with *error, the first one, filled and
 * nothing else. What is taken is told in promtext.c. All results live in a, text may go.
 */
int promtext_parse(struct arena *a, const char *text, size_t size, const struct prom_limits *limits,
                   struct prom_text *ret, struct prom_error *error) MUST_CHECK;

/* A copy of size bytes of text with each run of bytes that are not UTF-8 replaced by U+FFFD. */
char *promtext_utf8(struct arena *a, const char *text, size_t size);

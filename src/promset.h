// SPDX-License-Identifier: Apache-2.0
/*
 * What promtext.h has read in the form in which a textfile is remembered: small, sorted, complete.
 * Histograms have a bucket to +Inf, summaries and histograms a sum and a count; of lines that say
 * the same of these the last one counts. Of other series that are there twice the first one does.
 */
#pragma once

#include "promtext.h"

struct scrape;

struct prom_row {
	double value;
	double bound;       /* as emit_part() has it */
	const char *values; /* of all the family's labels, each with its NUL */
	uint32_t line;
	uint8_t part;
};

struct prom_rows {
	const char *name;
	const char *help; /* NULL where the text has none */
	enum metric_type type;
	uint32_t line;      /* that names it first */
	uint32_t twin_line; /* the first one that repeats a series; 0: there is none */
	size_t n_labels;
	const char *const *labels; /* in order of name, then NULL */
	size_t n_rows;
	struct prom_row *rows; /* sorted by label values, part and bound */
	size_t n_emitted;      /* of them, by the last promset_emit() */
};

struct prom_set {
	size_t n_families;
	struct prom_rows *families; /* in order of name */
	size_t n_rows;
};

/* Everything of text, in a; text, and what was put into scratch meanwhile, may go then. */
void promset_make(struct arena *a, struct arena *scratch, const struct prom_text *text,
                  struct prom_set *ret);

/* One family of one of several sets. */
struct prom_source {
	struct prom_rows *family;
	size_t set;     /* which one of them; the one that counts first first */
	bool has_twins; /* out: a series of it is in a set before it, and not emitted again */
};

/*
 * Emit count sources, of one name and type and in order of set, with this help and sorted. A series
 * that two of them have is taken from the first. a must outlive the scrape.
 */
void promset_emit(struct scrape *s, struct arena *a, struct prom_source *sources, size_t count,
                  const char *help);

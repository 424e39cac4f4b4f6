// SPDX-License-Identifier: Apache-2.0
/* What the parts of promtext.h's parser share. */
#pragma once

#include "lex.h"
#include "trie.h"

/* Types in the sense of OpenMetrics, as far as they decide which names belong to a family. */
enum prom_kind {
	KIND_PLAIN,
	KIND_COUNTER,
	KIND_SUMMARY,
	KIND_HISTOGRAM,
	KIND_GAUGE_HISTOGRAM,
	KIND_INFO,
};

struct known_family {
	struct trie_node node; /* by its name */
	struct prom_family family;
	enum prom_kind kind;
	bool is_settled;     /* its type: no TYPE line may follow */
	const char **labels; /* the family's, to be written; room for 4, 8, 16 … and NULL */
	struct known_family *parent; /* whose part it is: in OpenMetrics x_total is one of x */
	struct prom_sample **end;
};

/* A label as it stands in the line. */
struct raw_label {
	struct span name;
	struct span raw;   /* the name as it stands there, maybe in quotes */
	const char *value; /* without quotes and escapes; ends with a NUL */
	size_t length;
	const char *value_at;
};

struct parser {
	struct arena *arena;
	const struct prom_limits *limits;
	struct lex in;
	const char *end; /* of the text */
	bool is_open;    /* OpenMetrics */
	size_t n_samples;
	unsigned n_families;
	struct trie_node *families;
	struct prom_family **family_end;
	size_t n_labels;
	struct raw_label labels[PROM_LABELS_MAX + 1]; /* le or quantile comes on top */
};

/* Which family a line is about, and which part the name's ending says it is. */
struct target {
	struct known_family *known;
	enum metric_part part; /* PART_SUM, PART_COUNT, else PART_VALUE */
	bool is_dropped;       /* "_created" */
};

/*
 * The family that a name stands for: its own if there is one, else the one it is a part of, else a
 * new one. The name begins at at and has just been read. With is_sample parts may become families
 * of their own, as OpenMetrics' have to.
 */
int prom_take_family(struct parser *p, const char *at, struct span name, bool is_sample,
                     struct target *ret) MUST_CHECK;

/* A name just read, from at on, is one that a metric or label may have: in quotes any UTF-8. */
int prom_check_name(struct parser *p, const char *at, struct span name, bool is_label) MUST_CHECK;

/*
 * Read labels into p->labels, from behind the opening brace to behind the closing one; and the
 * metric's name, too, where target is empty.
 */
int prom_take_labels(struct parser *p, struct target *target) MUST_CHECK;

/*
 * p->labels as those of a new sample of this family, to whose labels new names are added. Its bound
 * is NaN where it has none. NULL: refused.
 */
struct prom_sample *prom_make_sample(struct parser *p, struct known_family *known) MUST_CHECK;

/* A line with a value; nothing of it has been read but blanks. */
int prom_parse_sample(struct parser *p) MUST_CHECK;

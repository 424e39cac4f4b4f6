// SPDX-License-Identifier: Apache-2.0
/* The sample sets of one run merged into families, sorted, and cleared of what contradicts. */
#pragma once

#include "escape.h"
#include "sampleset.h"

struct gather;

/*
 * With another escaping than ESCAPING_UTF8 names are escaped as they come in, so that all rules
 * hold for what they become: what is alike then is one family, or contradicts.
 */
struct gather *gather_new(enum escaping escaping);
void gather_free(struct gather *g);

/*
 * Take in one set, which must stay as it is until gather_free(), and source, too, which names it in
 * messages (a collector's name). Sets added as secondary (kept ones: see emit_kept()) lose every
 * conflict with the others, whatever the order. -EBADMSG, with nothing added, when the bytes are no
 * sample set.
 */
int gather_add(struct gather *g, const char *source, const void *set, size_t size,
               bool is_secondary) MUST_CHECK;

/*
 * Merge and sort, once all is added. Dropped, counted and named by gather_problem(): a family whose
 * type or help differs from the first one of its name; a series that is there already; invalid
 * metric or label names, a label name used twice or reserved ("__…", a summary's "quantile", a
 * histogram's "le"); help and label values that are not UTF-8; parts that do not belong to the
 * family's type; families named like a summary's or histogram's parts (NAME_sum, NAME_count,
 * NAME_bucket); a secondary family of a name that a primary set has.
 */
void gather_finish(struct gather *g);

size_t gather_samples(const struct gather *g); /* that are left */
size_t gather_dropped(const struct gather *g); /* samples, too */

/* What was dropped first, in words for the log; NULL when nothing was. */
const char *gather_problem(const struct gather *g);

/* What follows is for the encoders, which read it after gather_finish(). */

struct gather_label {
	const char *name;
	uint32_t length;
	uint16_t index; /* of its value in the sample's record */
	bool is_legacy; /* [a-zA-Z_][a-zA-Z0-9_]* */
};

/* A family record of one set: what its samples have in common. */
struct gather_form {
	const char *source;
	const char *name;
	const char *origin; /* the name before it was escaped */
	size_t name_length;
	const char *help;
	bool is_help_plain; /* ASCII without what needs escaping */
	enum metric_type type;
	bool is_legacy; /* the name: [a-zA-Z_:][a-zA-Z0-9_:]* */
	bool is_secondary;
	const char *fault; /* why all of it is dropped; NULL when it is not */
	size_t order;      /* of arrival */
	size_t n_samples;
	struct gather_family *family; /* while it is gathered */
	size_t names_size;            /* length of all label names */
	size_t n_labels;
	struct gather_label labels[]; /* in order of name */
};

struct gather_sample {
	double bound; /* never -0 */
	double value;
	const struct gather_form *form;
	const uint32_t *lengths; /* in the set: of the label values, whose bytes follow */
	uint32_t values_size;    /* the sum of these lengths */
	uint8_t part;
	bool is_plain; /* all label values are ASCII without what needs escaping */
};

struct gather_family {
	const char *name;
	const char *origin; /* of the form that came first */
	size_t name_length;
	const char *help;
	bool is_help_plain;
	enum metric_type type;
	bool is_legacy;
	bool is_secondary;
	const char *fault;
	size_t n_samples;
	const struct gather_sample **samples;
};

struct gather {
	size_t n_families;
	struct gather_family *families; /* in order of name; none is empty */
	bool has_odd_names;             /* which escaping would change, or has changed */

	enum escaping escaping;
	struct arena arena;
	struct set_reader reader;
	struct gather_sample *samples; /* in order of arrival */
	size_t n_samples, sample_room;
	struct gather_form **forms;
	size_t n_forms, form_room;
	size_t n_dropped;
	const char *problem;
};

/* How many samples of f from this one on are parts of the same series: one, but for summaries and
 * histograms. */
size_t gather_series(const struct gather_family *f, size_t first);

/* The family called like the length bytes at name with suffix behind them, or NULL. */
struct gather_family *gather_find(const struct gather *g, const char *name, size_t length,
                                  const char *suffix);

/* The value of a sample's i-th label in order of name; not NUL-terminated. */
static inline const char *gather_value(const struct gather_sample *s, size_t i, size_t *ret_length)
{
	const char *value = (const char *)(s->lengths + s->form->n_labels);
	size_t index = s->form->labels[i].index;

	for (size_t k = 0; k < index; k++)
		value += s->lengths[k];
	*ret_length = s->lengths[index];
	return value;
}

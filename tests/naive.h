// SPDX-License-Identifier: Apache-2.0
/*
 * What promtext.h reads, read once more in the plainest way: lines and strings are copied,
 * everything is searched from the beginning, and it says yes or no. For comparison in fuzzing.
 */
#pragma once

#include "metric.h"

struct naive_label {
	char *name;
	char *value;
};

struct naive_sample {
	size_t family;
	double value;
	double bound;
	enum metric_part part;
	size_t n_labels;
	struct naive_label *labels;
};

struct naive_family {
	char *name;
	char *help;
	char *type;    /* as written, in lower case; NULL: none */
	bool is_fixed; /* no TYPE line may follow */
	size_t parent; /* index + 1 of the family whose help it has; 0: none */
	size_t n_names;
	char **names; /* of labels, but for le and quantile where they are bounds */
};

struct naive {
	bool is_open;
	size_t n_families;
	struct naive_family *families;
	size_t n_samples;
	struct naive_sample *samples;
	size_t n_lines; /* with values, kept or not */
};

/* Whether the text is taken, with these limits; *ret is filled and to be freed in either case. */
bool naive_parse(const char *text, size_t size, size_t max_samples, size_t max_label,
                 struct naive *ret);
void naive_free(struct naive *n);

/* The type that a family is exported with. */
enum metric_type naive_type(const struct naive_family *f);

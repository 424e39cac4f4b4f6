// SPDX-License-Identifier: Apache-2.0
/* What protobuf's two notations have in common: a series as one message. */
#pragma once

#include "expo.h"

/* The fields of io.prometheus.client's messages, with numbers. */
enum {
	FAMILY_NAME = 1,
	FAMILY_HELP = 2,
	FAMILY_TYPE = 3,
	FAMILY_METRIC = 4,
	METRIC_LABEL = 1,
	LABEL_NAME = 1,
	LABEL_VALUE = 2,
	VALUE_VALUE = 1, /* of Gauge, Counter and Untyped */
	PARTS_COUNT = 1, /* of Summary and Histogram */
	PARTS_SUM = 2,
	PARTS_BOUND = 3,
	PARTS_COUNT_FLOAT = 4,
	QUANTILE_QUANTILE = 1,
	QUANTILE_VALUE = 2,
	BUCKET_COUNT = 1,
	BUCKET_BOUND = 2,
	BUCKET_COUNT_FLOAT = 4,
};

/* A type's number, and the field of Metric that its message is. */
struct proto_type {
	const char *name;  /* of the type */
	const char *field; /* of Metric */
	uint8_t number;
	uint8_t field_number;
};
extern const struct proto_type proto_types[METRIC_TYPES];

struct proto_series {
	size_t n_samples;
	const struct gather_sample *first;
	/* Of a summary or histogram; in order of bound. */
	const struct gather_sample *const *bounds;
	size_t n_bounds;
	const struct gather_sample *sum; /* NULL where there is none */
	const struct gather_sample *count;
};

struct proto_series proto_series(const struct gather_family *f, size_t at);

/* Whether a count can be one: others go into fields for doubles. */
bool proto_is_count(double value);

// SPDX-License-Identifier: Apache-2.0
/* Expositions: a gathered run in one of the formats. */
#pragma once

#include "buffer.h"
#include "gather.h"

enum expo_format {
	EXPO_TEXT,          /* text 0.0.4 */
	EXPO_OPENMETRICS,   /* 1.0.0 and 0.0.1, which differ in nothing that is written here */
	EXPO_PROTOBUF,      /* io.prometheus.client.MetricFamily, each with its length before it */
	EXPO_PROTOBUF_TEXT, /* the same in protobuf's text format, by lines */
	EXPO_PROTOBUF_COMPACT, /* and with a line for each family */
	EXPO_FORMATS,
};

struct expo {
	const struct gather *gather;
	enum expo_format format;
	const char *const *names; /* only these families, as they are called before they are
	                             escaped; ends with NULL; NULL: all */
	size_t family;            /* the next one to write */
	size_t sample;            /* the next one of this family */
	bool is_ended;
};

/*
 * Append to b, whole series, until there are at least size bytes in it. False when the exposition
 * was complete before and nothing was appended.
 */
bool expo_write(struct expo *e, struct buffer *b, size_t size);

/* For expo_write(): how a format is written. */
struct expo_writer {
	/* Whether a family can be there in this format; NULL: each can. */
	bool (*takes)(const struct gather *g, const struct gather_family *f);
	void (*begin)(const struct gather *g, const struct gather_family *f, struct buffer *b);
	/* The sample at this place, and those behind it that go with it. Returns how many. */
	size_t (*add)(const struct gather_family *f, size_t at, struct buffer *b);
	const char *end;
};
extern const struct expo_writer expo_text, expo_openmetrics, expo_protobuf, expo_protobuf_text,
	expo_protobuf_compact;

// SPDX-License-Identifier: Apache-2.0
/* Expositions: a gathered run as text. Nothing else knows about formats. */
#pragma once

#include "buffer.h"
#include "gather.h"

/* How names outside [a-zA-Z_:][a-zA-Z0-9_:]* are written; Prometheus' escaping schemes. */
enum expo_escaping { ESCAPING_UNDERSCORES, ESCAPING_DOTS, ESCAPING_VALUES, ESCAPING_UTF8 };

struct expo {
	const struct gather *gather;
	enum expo_escaping escaping;
	const char *const *names; /* only these families; ends with NULL; NULL: all */
	size_t family;            /* the next one to write */
	size_t sample;            /* the next one of this family */
};

/*
 * Append text format 0.0.4 to b, whole lines, until there are at least size bytes in it. False when
 * the exposition was complete before and nothing was appended.
 */
bool expo_text(struct expo *e, struct buffer *b, size_t size);

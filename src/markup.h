// SPDX-License-Identifier: Apache-2.0
/* Text for pages and for JSON. Whatever is given here may come from anybody, and is escaped. */
#pragma once

#include "buffer.h"

/*
 * Append text as it may stand in an HTML element or in an attribute between double quotes: at most
 * max bytes of it ("…" says that there is more); control characters and what is not UTF-8 become
 * U+FFFD.
 */
void markup_html(struct buffer *b, const char *text, size_t max);

/* Append text as a JSON string (RFC 8259) with its quotes. What is not UTF-8 becomes U+FFFD. */
void markup_json(struct buffer *b, const char *text);

/* Append a number to JSON: null where it is none. */
void markup_json_number(struct buffer *b, double value);

/* Append what is not escaped: constants and numbers. */
void markup_printf(struct buffer *b, const char *fmt, ...) PRINTF(2, 3);

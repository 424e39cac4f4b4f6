// SPDX-License-Identifier: Apache-2.0
/* What the page is made of: texts, figures with their units, bars, tables. NaN is shown as "–". */
#pragma once

#include "buffer.h"

/* Text from outside, escaped and cut; the same with its line ends. */
void piece_html(struct buffer *b, const char *text);
void piece_lines(struct buffer *b, const char *text);

/* Figures: three digits or so; bytes; a second's worth of either; a share of 1. */
void piece_short(struct buffer *b, double value);
void piece_bytes(struct buffer *b, double value);
void piece_byte_rate(struct buffer *b, double value);
void piece_rate(struct buffer *b, double value);
void piece_percent(struct buffer *b, double share);

/* What took less than a second, mostly ("12 ms"), and what did not ("3 d 4 h"). */
void piece_short_time(struct buffer *b, double seconds);
void piece_duration(struct buffer *b, double seconds);

/* Shares of a whole, which is 1, in the colours a, b, c and so on of page.css. */
void piece_bar(struct buffer *b, const double *shares, size_t count);

/* The same of one share, in another colour from each of two values on. */
void piece_level(struct buffer *b, double share, double warn, double bad);

/* Where page.js draws the last minute of what key and name stand for; max 0: as high as it gets. */
void piece_graph(struct buffer *b, const char *class, const char *key, const char *name,
                 double value, double max);

/* What is said in the place of a table (a constant), and below one that was cut. */
void piece_none(struct buffer *b, const char *text);
void piece_more(struct buffer *b, size_t count);

/* A table: its head (columns with a ">" before their names have numbers), the head of a row, its
 * end. */
#define COLUMNS(...) ((const char *const[]){ __VA_ARGS__, NULL })
void piece_table(struct buffer *b, const char *const *columns);
void piece_row(struct buffer *b, const char *name, const char *note);
void piece_table_end(struct buffer *b);

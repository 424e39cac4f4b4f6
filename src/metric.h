// SPDX-License-Identifier: Apache-2.0
/* What a collector emits. */
#pragma once

#include "util.h"

struct scrape;

enum metric_type {
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_UNTYPED,
	METRIC_SUMMARY,
	METRIC_HISTOGRAM,
	METRIC_TYPES, /* how many there are */
};

/* Names of labels, as in .labels = LABELS("device", "mode"). */
#define LABELS(...) ((const char *const[]){ __VA_ARGS__, NULL })

struct metric {
	const char *name;
	const char *help;
	enum metric_type type;
	const char *const *labels; /* LABELS(...); NULL where there are none */
};

/*
 * Emit one sample of m. The label values follow in the order of m->labels, as many as there are
 * of those, and are copied; m itself must outlive the scrape. Runs of bytes that are not UTF-8
 * become U+FFFD in label values.
 */
#define emit(s, m, value, ...) \
	emit_labels((s), (m), (value), (const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

/* The same with the values as an array that ends with NULL. */
void emit_labels(struct scrape *s, const struct metric *m, double value, const char *const *values);

/* The parts of a summary or histogram. PART_VALUE is the one part of every other type. */
enum metric_part {
	PART_VALUE,
	PART_QUANTILE, /* bound: the quantile */
	PART_BUCKET,   /* bound: le */
	PART_SUM,
	PART_COUNT,
	METRIC_PARTS, /* how many there are */
};

/* One part of a summary or histogram; "le" and "quantile" are not among m->labels. */
void emit_part(struct scrape *s, const struct metric *m, enum metric_part part, double bound,
               double value, const char *const *values);

/*
 * Samples that seldom change need not be emitted at each scrape. They have a generation, a number
 * from new_generation() that stands for just these samples. emit_kept() says whether they are
 * needed: emit all of them then, before anything else, and call emit_kept_end() in either case.
 * Families among them lose every conflict with those that collectors emit otherwise.
 */
bool emit_kept(struct scrape *s, uint64_t generation) MUST_CHECK;
void emit_kept_end(struct scrape *s);

/*
 * Whether the last answers lacked a kept family of this name, as a collector has it,
 * or it is called like a part of another family (NAME_sum and so on).
 */
bool is_name_taken(const struct scrape *s, const char *name);

/* A number that no process of ours has had before; never 0. */
uint64_t new_generation(void);

/*
 * A metric whose name is known only at run time, as in /proc/meminfo. Lives as long as s; labels
 * must, too (LABELS() at file scope, or NULL); help and name are copied. Keep the pointer: each
 * call makes another.
 */
const struct metric *metric_named(struct scrape *s, enum metric_type type, const char *help,
                                  const char *const *labels, const char *fmt, ...) PRINTF(5, 6);

/* Memory and text that live as long as the scrape. */
void *scrape_alloc(struct scrape *s, size_t size) __attribute__((returns_nonnull));
char *scrape_printf(struct scrape *s, const char *fmt, ...) PRINTF(2, 3)
	__attribute__((returns_nonnull));

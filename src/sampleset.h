// SPDX-License-Identifier: Apache-2.0
/*
 * A sample set: what one run of one collector emitted, as a flat sequence of records without
 * pointers, so that it can lie in shared memory. The writer trusts its caller (the collector), the
 * reader trusts nothing.
 *
 *   family  u32 size, u16 kind, u16 labels, u32 type, then strings: name, help, label names
 *   sample  u32 size, u16 kind, u16 labels, u32 family, u32 part, f64 bound, f64 value,
 *           u32 length of each label value, then the values' bytes
 *
 * Records are multiples of 8 bytes. Families are numbered in the order in which they stand; a
 * sample's family stands before it.
 */
#pragma once

#include "metric.h"

enum { SET_LABELS_MAX = 64 };

struct set_writer {
	unsigned char *base;
	size_t size;
	size_t used;
	bool is_full; /* something did not fit and was left out */
	uint32_t n_families;
	uint32_t n_samples;
	/* The number of each family by its metric's address: an open hash table. */
	struct set_slot {
		const struct metric *metric;
		uint32_t family;
	} * slots;
	size_t n_slots; /* a power of two */
};

/* Begin a set in size bytes at base, aligned to 8. The hash table is kept from set to set. */
void set_begin(struct set_writer *w, void *base, size_t size);

/* One sample; values has as many entries as m has labels. */
void set_add(struct set_writer *w, const struct metric *m, enum metric_part part, double bound,
             double value, const char *const *values);
void set_free(struct set_writer *w);

struct set_reader {
	const unsigned char *next;
	const unsigned char *end;
	uint32_t n_families;
	uint16_t *family_labels; /* how many labels each family has */
	size_t family_room;
};

struct set_item {
	enum set_kind { SET_FAMILY = 1, SET_SAMPLE = 2 } kind;
	uint32_t family; /* the number of this family, or the sample's */
	size_t n_labels;
	union {
		struct {
			enum metric_type type;
			const char *name;
			const char *help;
			const char *labels[SET_LABELS_MAX];
		};
		struct {
			enum metric_part part;
			double bound;
			double value;
			const uint32_t *lengths; /* of the label values */
			const char *bytes;       /* all of them, one behind the other, no NULs */
		};
	};
};

/*
 * Read the records of a set that does not change meanwhile (a private copy); *r is zero at first. 1
 * with *ret filled, pointing into the set; 0 at the end; -EBADMSG when the bytes are no sample set.
 * Structure is checked here (sizes, ranges, terminated strings, label counts); names and UTF-8 are
 * not.
 */
void set_read(struct set_reader *r, const void *bytes, size_t size);
int set_next(struct set_reader *r, struct set_item *ret) MUST_CHECK;
void set_read_free(struct set_reader *r);

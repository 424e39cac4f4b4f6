// SPDX-License-Identifier: Apache-2.0
#include "sampleset.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "text.h"

enum { SLOTS_MIN = 64 };

struct set_head {
	uint32_t size;
	uint16_t kind;
	uint16_t labels;
};

struct set_family_head {
	struct set_head head;
	uint32_t type;
};

struct set_sample_head {
	struct set_head head;
	uint32_t family;
	uint32_t part;
	double bound;
	double value;
};

static size_t round_up(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

void set_begin(struct set_writer *w, void *base, size_t size)
{
	w->base = base;
	w->size = MIN(size, UINT32_MAX);
	w->used = 0;
	w->is_full = false;
	w->n_families = 0;
	w->n_samples = 0;
	if (!w->slots) {
		w->n_slots = SLOTS_MIN;
		w->slots = xmalloc(w->n_slots * sizeof(*w->slots));
	}
	memset(w->slots, 0, w->n_slots * sizeof(*w->slots));
}

void set_free(struct set_writer *w)
{
	free(w->slots);
	*w = (struct set_writer){ 0 };
}

/* Where m is in the table, or the free slot where it would be. */
static struct set_slot *find_slot(struct set_writer *w, const struct metric *m)
{
	size_t i = ((uintptr_t)m >> 4) * 0x9e3779b1u;

	while (w->slots[i & (w->n_slots - 1)].metric && w->slots[i & (w->n_slots - 1)].metric != m)
		i++;
	return &w->slots[i & (w->n_slots - 1)];
}

static void grow_slots(struct set_writer *w)
{
	struct set_slot *old = w->slots;
	size_t n_old = w->n_slots;

	w->n_slots = n_old * 2;
	w->slots = xcalloc(w->n_slots, sizeof(*w->slots));
	for (size_t i = 0; i < n_old; i++)
		if (old[i].metric)
			*find_slot(w, old[i].metric) = old[i];
	free(old);
}

static void *add_record(struct set_writer *w, enum set_kind kind, size_t size, size_t n_labels)
{
	struct set_head *head;

	if (w->is_full || w->size - w->used < round_up(size)) {
		w->is_full = true;
		return NULL;
	}
	head = (struct set_head *)(void *)(w->base + w->used);
	w->used += round_up(size);
	/* What stays free behind the last string is defined, too. */
	memset(w->base + w->used - 8, 0, 8);
	head->size = (uint32_t)round_up(size);
	head->kind = (uint16_t)kind;
	head->labels = (uint16_t)n_labels;
	return head;
}

static char *put_text(char *to, const char *text)
{
	size_t size = strlen(text) + 1;

	memcpy(to, text, size);
	return to + size;
}

/* The number of m's family; the record is written at its first sample. False when full. */
static bool family_number(struct set_writer *w, const struct metric *m, size_t n_labels,
                          uint32_t *ret)
{
	struct set_slot *slot = find_slot(w, m);
	struct set_family_head *record;
	size_t size;
	char *to;

	if (slot->metric) {
		*ret = slot->family;
		return true;
	}
	size = sizeof(*record) + strlen(m->name) + 1 + strlen(m->help) + 1;
	for (size_t i = 0; i < n_labels; i++)
		size += strlen(m->labels[i]) + 1;
	record = add_record(w, SET_FAMILY, size, n_labels);
	if (!record)
		return false;
	record->type = m->type;
	to = put_text((char *)(record + 1), m->name);
	to = put_text(to, m->help);
	for (size_t i = 0; i < n_labels; i++)
		to = put_text(to, m->labels[i]);

	slot->metric = m;
	slot->family = w->n_families++;
	*ret = slot->family;
	if (w->n_families * 2 > w->n_slots)
		grow_slots(w);
	return true;
}

/* Copy value with each run of bytes that are not UTF-8 replaced; without to, just measure. */
static size_t put_utf8(char *to, const char *value, size_t size)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t length = 0;

	while (size) {
		size_t good = utf8_prefix(value, size);

		if (to)
			memcpy(to + length, value, good);
		length += good;
		value += good;
		size -= good;
		if (!size)
			break;
		if (to)
			memcpy(to + length, replacement, 3);
		length += 3;
		do {
			value++;
			size--;
		} while (size && !utf8_prefix(value, size));
	}
	return length;
}

void set_add(struct set_writer *w, const struct metric *m, enum metric_part part, double bound,
             double value, const char *const *values)
{
	uint32_t lengths[SET_LABELS_MAX];
	struct set_sample_head *record;
	size_t n_labels = 0, size;
	uint32_t family;
	char *to;

	for (; m->labels && m->labels[n_labels]; n_labels++) {
		size_t length;

		assert(n_labels < SET_LABELS_MAX && values[n_labels]);
		length = strlen(values[n_labels]);
		if (utf8_prefix(values[n_labels], length) != length)
			length = put_utf8(NULL, values[n_labels], length);
		lengths[n_labels] = (uint32_t)MIN(length, UINT32_MAX);
	}
	assert(!values || !values[n_labels]);
	if (!family_number(w, m, n_labels, &family))
		return;

	size = sizeof(*record) + n_labels * sizeof(uint32_t);
	for (size_t i = 0; i < n_labels; i++)
		size += lengths[i];
	record = add_record(w, SET_SAMPLE, size, n_labels);
	if (!record)
		return;
	record->family = family;
	record->part = part;
	record->bound = bound;
	record->value = value;
	to = (char *)(record + 1);
	if (n_labels)
		memcpy(to, lengths, n_labels * sizeof(uint32_t));
	to += n_labels * sizeof(uint32_t);
	for (size_t i = 0; i < n_labels; i++)
		to += put_utf8(to, values[i], strlen(values[i]));
	w->n_samples++;
}

void set_read(struct set_reader *r, const void *bytes, size_t size)
{
	r->next = bytes;
	r->end = r->next + size;
	r->n_families = 0;
}

void set_read_free(struct set_reader *r)
{
	free(r->family_labels);
	*r = (struct set_reader){ 0 };
}

/* Cut one terminated string off the record. NULL when it has no end. */
static const char *take_text(const char **at, const char *end)
{
	const char *text = *at;
	const char *nul = text < end ? memchr(text, '\0', (size_t)(end - text)) : NULL;

	if (!nul)
		return NULL;
	*at = nul + 1;
	return text;
}

static int read_family(struct set_reader *r, const struct set_head *head, struct set_item *ret)
{
	const struct set_family_head *record = (const void *)head;
	const char *at = (const char *)(record + 1);
	const char *end = (const char *)head + head->size;

	if (head->size < sizeof(*record) || record->type >= METRIC_TYPES ||
	    r->n_families == UINT32_MAX)
		return -EBADMSG;
	ret->type = (enum metric_type)record->type;
	ret->name = take_text(&at, end);
	ret->help = ret->name ? take_text(&at, end) : NULL;
	if (!ret->help)
		return -EBADMSG;
	for (size_t i = 0; i < head->labels; i++) {
		ret->labels[i] = take_text(&at, end);
		if (!ret->labels[i])
			return -EBADMSG;
	}

	if (r->n_families == r->family_room) {
		r->family_room = r->family_room ? r->family_room * 2 : 64;
		r->family_labels =
			xrealloc(r->family_labels, r->family_room * sizeof(*r->family_labels));
	}
	r->family_labels[r->n_families] = head->labels;
	ret->family = r->n_families++;
	return 1;
}

static int read_sample(struct set_reader *r, const struct set_head *head, struct set_item *ret)
{
	const struct set_sample_head *record = (const void *)head;
	size_t room;

	if (head->size < sizeof(*record) + head->labels * sizeof(uint32_t) ||
	    record->family >= r->n_families || record->part >= METRIC_PARTS ||
	    head->labels != r->family_labels[record->family])
		return -EBADMSG;
	ret->family = record->family;
	ret->part = (enum metric_part)record->part;
	ret->bound = record->bound;
	ret->value = record->value;
	ret->lengths = (const uint32_t *)(record + 1);
	ret->bytes = (const char *)(ret->lengths + head->labels);
	room = head->size - sizeof(*record) - head->labels * sizeof(uint32_t);
	for (size_t i = 0; i < head->labels; i++) {
		if (ret->lengths[i] > room)
			return -EBADMSG;
		room -= ret->lengths[i];
	}
	return 1;
}

int set_next(struct set_reader *r, struct set_item *ret)
{
	const struct set_head *head = (const void *)r->next;

	if (r->next == r->end)
		return 0;
	if ((size_t)(r->end - r->next) < sizeof(*head) || head->size < sizeof(*head) ||
	    head->size % 8 || head->size > (size_t)(r->end - r->next) ||
	    head->labels > SET_LABELS_MAX)
		return -EBADMSG;
	r->next += head->size;
	ret->kind = (enum set_kind)head->kind;
	ret->n_labels = head->labels;
	if (head->kind == SET_FAMILY)
		return read_family(r, head, ret);
	if (head->kind == SET_SAMPLE)
		return read_sample(r, head, ret);
	return -EBADMSG;
}

// SPDX-License-Identifier: Apache-2.0
/* Which family a name in a text belongs to. */
#include <string.h>

#include "promparse.h"
#include "text.h"

/*
 * Names that belong to a family because of its type. In OpenMetrics some make families of their
 * own, as they would be called in the text format 0.0.4, and "_created" is dropped.
 */
static const struct part {
	enum prom_kind kind;
	const char *suffix;
	enum metric_part part;
	enum { PART_OWN, PART_FAMILY, PART_DROPPED } fate; /* all but the first: OpenMetrics */
} parts[] = {
	{ KIND_SUMMARY, "_count", PART_COUNT, PART_OWN },
	{ KIND_SUMMARY, "_sum", PART_SUM, PART_OWN },
	{ KIND_HISTOGRAM, "_count", PART_COUNT, PART_OWN },
	{ KIND_HISTOGRAM, "_sum", PART_SUM, PART_OWN },
	{ KIND_HISTOGRAM, "_bucket", PART_VALUE, PART_OWN },
	{ KIND_COUNTER, "_total", PART_VALUE, PART_FAMILY },
	{ KIND_INFO, "_info", PART_VALUE, PART_FAMILY },
	{ KIND_GAUGE_HISTOGRAM, "_bucket", PART_VALUE, PART_FAMILY },
	{ KIND_GAUGE_HISTOGRAM, "_gcount", PART_VALUE, PART_FAMILY },
	{ KIND_GAUGE_HISTOGRAM, "_gsum", PART_VALUE, PART_FAMILY },
	{ KIND_COUNTER, "_created", PART_VALUE, PART_DROPPED },
	{ KIND_SUMMARY, "_created", PART_VALUE, PART_DROPPED },
	{ KIND_HISTOGRAM, "_created", PART_VALUE, PART_DROPPED },
};

static struct known_family *find_family(struct parser *p, struct span name,
                                        struct trie_node **ret_closest)
{
	return (struct known_family *)trie_find(p->families, name.text, name.length, ret_closest);
}

/* The family that name is this part of, or NULL. */
static struct known_family *find_whole(struct parser *p, struct span name, const struct part *part)
{
	size_t length = strlen(part->suffix);
	struct span stem = { name.text, name.length - length };
	struct known_family *known;
	struct trie_node *closest;

	if (name.length <= length || memcmp(name.text + stem.length, part->suffix, length) != 0)
		return NULL;
	known = find_family(p, stem, &closest);
	return known && known->kind == part->kind ? known : NULL;
}

static struct known_family *add_family(struct parser *p, struct span name,
                                       struct trie_node *closest)
{
	struct known_family *known = arena_alloc(p->arena, sizeof(*known));

	memmove(p->in.pool, name.text, name.length);
	p->in.pool[name.length] = '\0';
	*known = (struct known_family){
		.node = { .key = p->in.pool, .length = name.length },
		.family = { .name = p->in.pool, .type = METRIC_UNTYPED, .line = p->in.number },
	};
	p->in.pool += name.length + 1;
	known->end = &known->family.samples;
	trie_add(&p->families, &known->node, closest);
	*p->family_end = &known->family;
	p->family_end = &known->family.next;
	return known;
}

int prom_check_name(struct parser *p, const char *at, struct span name, bool is_label)
{
	bool is_quoted = name.text == p->in.pool;

	if (lex_is_name(name, !is_label))
		return 0;
	if (!is_quoted || !name.length || memchr(name.text, '\0', name.length) ||
	    utf8_prefix(name.text, name.length) != name.length)
		return lex_refuse(&p->in, at, (size_t)(p->in.at - at),
		                  is_label ? "a label name" : "a metric name");
	return 0;
}

int prom_take_family(struct parser *p, const char *at, struct span name, bool is_sample,
                     struct target *ret)
{
	struct target target = { .part = PART_VALUE };
	struct known_family *whole = NULL;
	struct trie_node *closest;
	const struct part *part = parts;
	int r;

	r = prom_check_name(p, at, name, false);
	if (r < 0)
		return r;
	target.known = find_family(p, name, &closest);
	for (; !target.known && !whole && part < parts + ARRAY_SIZE(parts); part++)
		if (part->fate == PART_OWN || (p->is_open && is_sample))
			whole = find_whole(p, name, part);
	if (whole && part[-1].fate != PART_FAMILY) {
		target.known = whole;
		target.part = part[-1].part;
		target.is_dropped = part[-1].fate == PART_DROPPED;
	}
	if (!target.known && p->n_families++ == PROM_FAMILIES_MAX)
		return lex_fault(&p->in, at, PROM_TOO_MANY,
		                 "expected no more than %d different metrics, found %d",
		                 PROM_FAMILIES_MAX, PROM_FAMILIES_MAX + 1);
	if (!target.known) {
		target.known = add_family(p, name, closest);
		target.known->parent = whole;
		target.known->is_settled = target.known->family.has_type = whole;
		if (whole)
			target.known->family.type = whole->family.type;
	}
	*ret = target;
	return 0;
}

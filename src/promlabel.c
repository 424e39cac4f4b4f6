// SPDX-License-Identifier: Apache-2.0
/* What stands between the braces of a line. */
#include <math.h>
#include <string.h>

#include "promparse.h"
#include "text.h"

/* A label's value, from its opening quote to its closing one. */
static int take_label_value(struct parser *p, struct raw_label *label)
{
	int r;

	label->value_at = p->in.at;
	if (p->in.at == p->in.end || *p->in.at != '"')
		return lex_refuse(&p->in, p->in.at, 0, "a label value that begins with '\"'");
	p->in.at++;
	r = lex_decode(&p->in, '"', p->in.pool, &label->length);
	if (r < 0)
		return r;
	r = lex_close_quote(&p->in);
	if (r < 0)
		return r;
	label->value = p->in.pool;
	if (memchr(label->value, '\0', label->length))
		return lex_refuse(&p->in, label->value_at, (size_t)(p->in.at - label->value_at),
		                  "a label value without NUL");
	if (utf8_prefix(label->value, label->length) != label->length)
		return lex_refuse(&p->in, label->value_at, (size_t)(p->in.at - label->value_at),
		                  "a label value in UTF-8");
	if (label->length > p->limits->label)
		return lex_fault(&p->in, label->value_at, PROM_TOO_LONG,
		                 "expected a label value of up to %zu bytes, found %zu",
		                 p->limits->label, label->length);
	p->in.pool += label->length + 1;
	return 0;
}

static int check_label_name(struct parser *p, const char *at, size_t length, struct span name)
{
	int r;

	r = prom_check_name(p, at, name, true);
	if (r < 0)
		return r;
	if (name.length >= 2 && !memcmp(name.text, "__", 2))
		return lex_refuse(&p->in, at, length,
		                  "a label name that does not begin with \"__\"");
	if (name.length > p->limits->label)
		return lex_fault(&p->in, at, PROM_TOO_LONG,
		                 "expected a label name of up to %zu bytes, found %zu",
		                 p->limits->label, name.length);
	if (p->n_labels == ARRAY_SIZE(p->labels))
		return lex_refuse(&p->in, at, length, "not more than 64 labels");
	return 0;
}

/*
 * One entry between braces: a label, or the metric's name where that has not been met (target is
 * empty). What ends the entry is left unread.
 */
static int take_entry(struct parser *p, struct target *target, bool may_be_name)
{
	struct raw_label *label = &p->labels[p->n_labels];
	const char *at = p->in.at;
	struct span name;
	size_t length;
	int r;

	r = lex_name(&p->in, false, &name);
	if (r < 0)
		return r;
	if (p->in.at == at)
		return lex_refuse(&p->in, at, 0, "a label name or '}'");
	length = (size_t)(p->in.at - at);
	lex_skip_blanks(&p->in);
	if (p->in.at == p->in.end || *p->in.at != '=') {
		if (!may_be_name || (p->in.at < p->in.end && *p->in.at != ',' && *p->in.at != '}'))
			return lex_refuse(&p->in, p->in.at, 0, "'=' behind the label name");
		if (target->known)
			return lex_refuse(&p->in, at, length, "one metric name, not two");
		return prom_take_family(p, at, name, true, target);
	}
	r = check_label_name(p, at, length, name);
	if (r < 0)
		return r;
	p->in.at++;
	if (name.text == p->in.pool)
		p->in.pool += name.length;
	*label = (struct raw_label){ .name = name, .raw = { at, length } };
	lex_skip_blanks(&p->in);
	r = take_label_value(p, label);
	if (r < 0)
		return r;
	p->n_labels++;
	return 0;
}

int prom_take_labels(struct parser *p, struct target *target)
{
	bool may_be_name = !target->known;
	const char *begin = p->in.at - 1;
	int r;

	lex_skip_blanks(&p->in);
	while (p->in.at == p->in.end || *p->in.at != '}') {
		r = take_entry(p, target, may_be_name);
		if (r < 0)
			return r;
		lex_skip_blanks(&p->in);
		if (p->in.at == p->in.end || (*p->in.at != ',' && *p->in.at != '}'))
			return lex_refuse(&p->in, p->in.at, 0, "',' or '}'");
		if (*p->in.at == ',') {
			p->in.at++;
			lex_skip_blanks(&p->in);
		}
	}
	p->in.at++;
	if (!target->known)
		return lex_refuse(&p->in, begin, (size_t)(p->in.at - begin), "a metric name, too");
	return 0;
}

/* The number of a label name in its family; a new one is added. False: there are too many. */
static bool label_number(struct parser *p, struct known_family *known, struct span name,
                         size_t guess, unsigned *ret)
{
	size_t n = known->family.n_labels;

	for (size_t i = 0; i < n; i++) {
		size_t k = (guess + i) % n;

		if (strlen(known->labels[k]) == name.length &&
		    !memcmp(known->labels[k], name.text, name.length)) {
			*ret = (unsigned)k;
			return true;
		}
	}
	if (n == PROM_LABELS_MAX)
		return false;
	if (!n || (n >= 4 && !(n & (n - 1)))) {
		const char **room = arena_alloc(p->arena, (MAX(n * 2, 4u) + 1) * sizeof(*room));

		if (n)
			memcpy(room, known->labels, n * sizeof(*room));
		known->family.labels = known->labels = room;
	}
	known->labels[n] = arena_memdup(p->arena, name.text, name.length);
	known->labels[n + 1] = NULL;
	known->family.n_labels++;
	*ret = (unsigned)n;
	return true;
}

/* The label that holds the bound of a summary's or histogram's part, or NULL. */
static const char *bound_label(const struct known_family *known)
{
	if (known->family.type == METRIC_SUMMARY)
		return "quantile";
	return known->family.type == METRIC_HISTOGRAM ? "le" : NULL;
}

static struct prom_sample *refuse_label(struct parser *p, const char *at, size_t size,
                                        const char *expected)
{
	(void)lex_refuse(&p->in, at, size, expected);
	return NULL;
}

struct prom_sample *prom_make_sample(struct parser *p, struct known_family *known)
{
	struct prom_sample *sample =
		arena_alloc(p->arena, sizeof(*sample) + p->n_labels * sizeof(sample->labels[0]));
	const char *bound = bound_label(known);
	uint64_t used = 0;
	size_t n = 0;

	*sample = (struct prom_sample){ .bound = NAN };
	for (size_t i = 0; i < p->n_labels; i++) {
		const struct raw_label *label = &p->labels[i];
		struct span value = { label->value, label->length };
		unsigned name;

		if (bound && label->name.length == strlen(bound) &&
		    !memcmp(label->name.text, bound, label->name.length)) {
			if (lex_number(value, &sample->bound) < 0)
				return refuse_label(p, label->value_at, label->length + 2,
				                    "a number");
			continue;
		}
		if (!label_number(p, known, label->name, n, &name))
			return refuse_label(p, label->raw.text, label->raw.length,
			                    "not more than 64 label names in a family");
		if (used & (UINT64_C(1) << name))
			return refuse_label(p, label->raw.text, label->raw.length,
			                    "each label name once");
		used |= UINT64_C(1) << name;
		sample->labels[n++] = (struct prom_label){ .value = label->value, .name = name };
	}
	sample->n_labels = (uint8_t)n;
	return sample;
}

// SPDX-License-Identifier: Apache-2.0
/* A line with a value: name, labels, value, and in OpenMetrics maybe an exemplar. */
#include <errno.h>
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

/* From behind the opening brace to behind the closing one. */
static int take_labels(struct parser *p, struct target *target)
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

/* The labels of the line as those of a new sample, which nothing has yet. NaN is no bound. NULL:
 * refused. */
static struct prom_sample *make_sample(struct parser *p, struct known_family *known)
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

static int take_number(struct parser *p, double *ret)
{
	struct span word;
	int r;

	lex_skip_blanks(&p->in);
	word = lex_word(&p->in);
	r = lex_number(word, ret);
	if (r < 0)
		return lex_refuse(&p->in, word.text, word.length,
		                  r == -ERANGE ? "a number that fits a double" : "a number");
	return 0;
}

/* Nothing may follow; the words for what stands before it complete the sentence. */
static int expect_end(struct parser *p, const char *expected)
{
	struct span word;

	if (p->in.at == p->in.end)
		return 0;
	lex_skip_blanks(&p->in);
	if (p->in.at == p->in.end)
		return lex_fail(&p->in, p->in.at - 1, "expected %s, found a blank", expected);
	word = lex_word(&p->in);
	return lex_refuse(&p->in, word.text, word.length, expected);
}

/* "# {label="value",…} number [timestamp]": it is checked and forgotten. */
static int skip_exemplar(struct parser *p, struct target target)
{
	char *pool = p->in.pool;
	double number;
	int r;

	p->n_labels = 0;
	p->in.at++;
	lex_skip_blanks(&p->in);
	if (p->in.at == p->in.end || *p->in.at != '{')
		return lex_refuse(&p->in, p->in.at, 0, "the '{' of an exemplar");
	p->in.at++;
	r = take_labels(p, &target);
	if (r == 0)
		r = take_number(p, &number);
	if (r < 0)
		return r;
	if (p->in.at < p->in.end) {
		lex_skip_blanks(&p->in);
		r = take_number(p, &number);
		if (r < 0)
			return r;
	}
	p->in.pool = pool;
	return expect_end(p, "the end of the line behind the exemplar");
}

/* What stands behind the value. A timestamp that is one is an error of its own kind. */
static int take_rest(struct parser *p, struct target target)
{
	struct span word;
	double number;
	int r;

	if (p->in.at == p->in.end)
		return 0;
	lex_skip_blanks(&p->in);
	if (p->in.at == p->in.end)
		return lex_fail(&p->in, p->in.at - 1,
		                "expected the end of the line behind the value, found a blank");
	if (p->is_open && *p->in.at == '#')
		return skip_exemplar(p, target);
	word = lex_word(&p->in);
	if (p->is_open ? lex_number(word, &number) < 0 : !lex_is_timestamp(word))
		return lex_refuse(&p->in, word.text, word.length,
		                  p->is_open
		                          ? "the end of the line, a timestamp or an exemplar"
		                          : "the end of the line or a timestamp in milliseconds");
	r = p->is_open ? 0 : expect_end(p, "the end of the line behind the timestamp");
	if (r < 0)
		return r;
	return lex_fault(&p->in, word.text, PROM_TIMESTAMP,
	                 "expected no timestamps in a text file, found one");
}

/*
 * Settle which part of a summary or histogram a sample is. One with neither bound nor suffix says
 * only that its series exists.
 */
static int settle_part(struct parser *p, const struct target *target, struct prom_sample *sample,
                       const char *value_at)
{
	enum metric_type type = target->known->family.type;
	enum metric_part part = target->part;

	if (type != METRIC_SUMMARY && type != METRIC_HISTOGRAM)
		return 0;
	if (part == PART_VALUE && !isnan(sample->bound))
		part = type == METRIC_SUMMARY ? PART_QUANTILE : PART_BUCKET;
	/* expfmt cuts the fraction off here only. */
	if (part == PART_COUNT && type == METRIC_SUMMARY)
		sample->value = trunc(sample->value);
	if ((part == PART_COUNT || part == PART_BUCKET) &&
	    !(sample->value >= 0 && sample->value < 0x1p64))
		return lex_refuse(&p->in, value_at, strcspn(value_at, " \t\n"),
		                  "a count, from 0 to 2^64");
	if (part == PART_VALUE)
		sample->value = 0;
	if (part != PART_QUANTILE && part != PART_BUCKET)
		sample->bound = 0;
	sample->part = (uint8_t)part;
	return 0;
}

/* The name and the labels, up to the value. */
static int take_series(struct parser *p, struct target *target)
{
	const char *at = p->in.at;
	struct span name;
	int r;

	p->n_labels = 0;
	if (*at != '{') {
		r = lex_name(&p->in, true, &name);
		if (r < 0)
			return r;
		if (p->in.at == at)
			return lex_refuse(&p->in, at, 0, "a metric name, '#' or '{'");
		r = prom_take_family(p, at, name, true, target);
		if (r < 0)
			return r;
		lex_skip_blanks(&p->in);
	}
	if (p->in.at == p->in.end || *p->in.at != '{')
		return 0;
	p->in.at++;
	return take_labels(p, target);
}

int prom_parse_sample(struct parser *p)
{
	struct target target = { .known = NULL };
	struct prom_sample *sample;
	const char *value_at;
	int r;

	if (++p->n_samples > p->limits->samples)
		return lex_fault(&p->in, p->in.at, PROM_TOO_MANY,
		                 "expected no more than %zu samples, found %zu", p->limits->samples,
		                 p->n_samples);
	r = take_series(p, &target);
	if (r < 0)
		return r;
	sample = make_sample(p, target.known);
	if (!sample)
		return -EINVAL;
	lex_skip_blanks(&p->in);
	value_at = p->in.at;
	r = take_number(p, &sample->value);
	if (r == 0)
		r = settle_part(p, &target, sample, value_at);
	if (r == 0)
		r = take_rest(p, target);
	if (r < 0)
		return r;
	target.known->is_settled = true;
	if (target.is_dropped)
		return 0;
	sample->line = p->in.number;
	*target.known->end = sample;
	target.known->end = &sample->next;
	target.known->family.n_samples++;
	return 0;
}

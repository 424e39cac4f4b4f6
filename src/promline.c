// SPDX-License-Identifier: Apache-2.0
/* A line with a value: name, labels, value, and in OpenMetrics maybe an exemplar. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "promparse.h"

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
	r = prom_take_labels(p, &target);
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
	return prom_take_labels(p, target);
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
	sample = prom_make_sample(p, target.known);
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

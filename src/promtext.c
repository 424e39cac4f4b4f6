// SPDX-License-Identifier: Apache-2.0
/*
 * Two formats. The text format is taken as expfmt 0.70.1 takes it. Lines, each ended by a newline:
 *
 *   # HELP name text          text with \\, \n and \"; a second one is an error, an empty one none
 *   # TYPE name type          in any case; before the first sample and once
 *   # anything else
 *   name{label="value",…} value [timestamp]
 *   {name,label="value",…} value [timestamp]
 *
 * Blanks and tabs may stand before a line and around its tokens, but not behind the last one. Names
 * may be quoted, or even go over into quotes, and then are any UTF-8. A value may follow the name
 * at once where it cannot be taken for more of it ("a-1"). What expfmt gets wrong or cannot mean is
 * refused here, too: a braced line without a name, backslashes in a type, gauge histograms, label
 * names that begin with "__", NULs, and counts that are no number from 0 to 2^64.
 *
 * A text whose last line is "# EOF" is OpenMetrics 1.0, which has more types, "# UNIT name unit"
 * and exemplars. It is read with the same patience, so that a text that ends like this by chance
 * means what it would mean without, and becomes what the text format would have: a counter x of
 * which there is x_total is called so, "unknown" is untyped, info, stateset and gaugehistogram are
 * gauges, and "_created" and exemplars are left out. A timestamp refuses the text in either format.
 */
#include "promtext.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "promparse.h"
#include "sampleset.h"
#include "text.h"

static_assert((int)PROM_LABELS_MAX == (int)SET_LABELS_MAX, "a family must fit into a sample set");
static_assert(PROM_LABELS_MAX <= 64, "one bit each of a uint64_t");

static const char eof_line[] = "# EOF";

static int parse_help(struct parser *p, struct known_family *known)
{
	struct prom_family *family = &known->family;
	const char *at = p->in.at;
	size_t length;
	int r;

	if (family->help)
		return lex_fail(&p->in, p->in.begin,
		                "expected one HELP line of each metric, found a second one");
	r = lex_decode(&p->in, '\n', p->in.pool, &length);
	if (r < 0)
		return r;
	if (memchr(p->in.pool, '\0', length))
		return lex_refuse(&p->in, at, (size_t)(p->in.end - at), "a text without NUL");
	if (utf8_prefix(p->in.pool, length) != length) {
		family->help = promtext_utf8(p->arena, p->in.pool, length);
		return 0;
	}
	family->help = p->in.pool;
	p->in.pool += length + 1;
	return 0;
}

static int parse_type(struct parser *p, struct known_family *known)
{
	static const struct {
		const char *word;
		enum metric_type type;
		enum prom_kind kind;
		bool is_open; /* OpenMetrics only */
	} types[] = {
		{ "counter", METRIC_COUNTER, KIND_COUNTER, false },
		{ "gauge", METRIC_GAUGE, KIND_PLAIN, false },
		{ "untyped", METRIC_UNTYPED, KIND_PLAIN, false },
		{ "summary", METRIC_SUMMARY, KIND_SUMMARY, false },
		{ "histogram", METRIC_HISTOGRAM, KIND_HISTOGRAM, false },
		{ "unknown", METRIC_UNTYPED, KIND_PLAIN, true },
		{ "info", METRIC_GAUGE, KIND_INFO, true },
		{ "stateset", METRIC_GAUGE, KIND_PLAIN, true },
		{ "gaugehistogram", METRIC_GAUGE, KIND_GAUGE_HISTOGRAM, true },
	};
	struct span word = lex_word(&p->in);

	if (known->is_settled)
		return lex_fail(
			&p->in, p->in.begin,
			"expected one TYPE line of each metric, before all its samples, found a later one");
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (!lex_is_word(word, types[i].word) || (types[i].is_open && !p->is_open))
			continue;
		if (p->in.at < p->in.end)
			return lex_refuse(&p->in, p->in.at, 0,
			                  "the end of the line behind the type");
		known->family.type = types[i].type;
		known->family.has_type = true;
		known->is_settled = true;
		known->kind = types[i].kind;
		return 0;
	}
	return lex_refuse(&p->in, word.text, word.length,
	                  p->is_open ? "a type of OpenMetrics"
	                             : "counter, gauge, histogram, summary or untyped");
}

static int parse_unit(struct parser *p, struct known_family *known)
{
	struct span unit = lex_word(&p->in);
	size_t length = known->node.length;

	if (p->in.at < p->in.end)
		return lex_refuse(&p->in, p->in.at, 0, "the end of the line behind the unit");
	if (length <= unit.length || known->node.key[length - unit.length - 1] != '_' ||
	    memcmp(known->node.key + length - unit.length, unit.text, unit.length) != 0)
		return lex_refuse(&p->in, unit.text, unit.length,
		                  "the unit that the metric's name ends with, behind a '_'");
	return 0;
}

/* What a line that begins with '#' says of a family; nothing where it is a mere comment. */
static int (*comment_parser(const struct parser *p, struct span word))(struct parser *p,
                                                                       struct known_family *known)
{
	if (word.length != 4)
		return NULL;
	if (!memcmp(word.text, "HELP", 4))
		return parse_help;
	if (!memcmp(word.text, "TYPE", 4))
		return parse_type;
	return p->is_open && !memcmp(word.text, "UNIT", 4) ? parse_unit : NULL;
}

/* A line that begins with '#', which has been read. */
static int parse_comment(struct parser *p)
{
	int (*parse)(struct parser *, struct known_family *);
	struct target target;
	struct span name;
	const char *at;
	int r;

	lex_skip_blanks(&p->in);
	parse = comment_parser(p, lex_word(&p->in));
	if (!parse)
		return 0;
	lex_skip_blanks(&p->in);
	at = p->in.at;
	r = lex_name(&p->in, true, &name);
	if (r < 0 || p->in.at == p->in.end)
		return r;
	if (!lex_is_blank(*p->in.at))
		return lex_refuse(&p->in, p->in.at, 0, "a metric name and a blank behind it");
	r = prom_take_family(p, at, name, false, &target);
	if (r < 0)
		return r;
	lex_skip_blanks(&p->in);
	return p->in.at == p->in.end ? 0 : parse(p, target.known);
}

static int parse_line(struct parser *p)
{
	bool is_eof = p->is_open && (size_t)(p->in.end - p->in.begin) == strlen(eof_line) &&
	              !memcmp(p->in.begin, eof_line, strlen(eof_line));

	if (is_eof && p->in.end + 1 < p->end)
		return lex_fail(&p->in, p->in.begin,
		                "expected one line \"# EOF\", the last one, found an earlier one");
	lex_skip_blanks(&p->in);
	if (p->in.at == p->in.end)
		return 0;
	if (*p->in.at != '#')
		return prom_parse_sample(p);
	p->in.at++;
	return parse_comment(p);
}

/* The next line, which p->in.at begins. */
static int take_line(struct parser *p)
{
	p->in.begin = p->in.at;
	p->in.number++;
	p->in.end = memchr(p->in.at, '\n', (size_t)(p->end - p->in.at));
	if (p->in.end)
		return parse_line(p);
	p->in.end = p->end;
	lex_skip_blanks(&p->in);
	if (p->in.at == p->end)
		return 0;
	return lex_fault(&p->in, p->end, PROM_CUT,
	                 "expected a newline to end the last line, too, found the end of the text");
}

static int parse_lines(struct parser *p, const char *text)
{
	struct prom_error later;
	int r = 0;

	for (p->in.at = text; p->in.at < p->end; p->in.at = p->in.end + 1) {
		int line = take_line(p);

		if (line < 0 && !p->limits->report)
			return line;
		if (line < 0)
			p->limits->report(p->limits->context, p->in.error);
		/* What follows too many is too many. */
		if (line < 0 && p->in.error->fault == PROM_TOO_MANY)
			return line;
		if (line < 0 && r == 0) {
			r = line;
			p->in.error = &later;
		}
	}
	return r;
}

/* Only families with samples are left, and parts have the help of what they are parts of. */
static void finish_families(struct prom_family **families)
{
	for (struct prom_family *f = *families; f; f = f->next) {
		const struct known_family *known =
			(const void *)((const char *)f - offsetof(struct known_family, family));

		if (!f->help && known->parent)
			f->help = known->parent->family.help;
	}
	while (*families) {
		if ((*families)->n_samples)
			families = &(*families)->next;
		else
			*families = (*families)->next;
	}
}

/* Whether the last line is OpenMetrics' end. */
static bool ends_open(const char *text, size_t size)
{
	size_t length = strlen(eof_line);

	return size > length && text[size - 1] == '\n' &&
	       !memcmp(text + size - 1 - length, eof_line, length) &&
	       (size == length + 1 || text[size - length - 2] == '\n');
}

int promtext_parse(struct arena *a, const char *text, size_t size, const struct prom_limits *limits,
                   struct prom_text *ret, struct prom_error *error)
{
	struct prom_text result = { .is_open = ends_open(text, size) };
	struct parser p = {
		.arena = a,
		.limits = limits,
		.in = { .pool = arena_alloc(a, size + 16), .error = error },
		.end = text + size,
		.is_open = result.is_open,
	};
	const char *pool_end = p.in.pool + size + 16;
	int r;

	p.family_end = &result.families;
	r = parse_lines(&p, text);
	assert(p.in.pool <= pool_end);
	if (r < 0 && !limits->report)
		return r;
	finish_families(&result.families);
	for (const struct prom_family *f = result.families; f; f = f->next)
		result.n_samples += f->n_samples;
	*ret = result;
	return r;
}

char *promtext_utf8(struct arena *a, const char *text, size_t size)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *copy = arena_alloc(a, size * 3 + 1), *to = copy;

	while (size) {
		size_t good = utf8_prefix(text, size);

		memcpy(to, text, good);
		to += good;
		text += good;
		size -= good;
		if (!size)
			break;
		memcpy(to, replacement, 3);
		to += 3;
		do {
			text++;
			size--;
		} while (size && !utf8_prefix(text, size));
	}
	*to = '\0';
	return copy;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * The text format as expfmt 0.70.1 takes it with legacy names. Lines, each ended by a newline:
 *
 *   # HELP name text          text with \\, \n and \"; a second one is an error, an empty one none
 *   # TYPE name type          in any case; before the first sample and once
 *   # anything else
 *   name{label="value",…} value [timestamp]
 *   {name,label="value",…} value [timestamp]
 *
 * Blanks and tabs may stand before a line and around its tokens, but not behind the last one. Names
 * may be quoted, or even go over into quotes. A value may follow the name at once where it cannot
 * be taken for more of it ("a-1"). What expfmt gets wrong or cannot mean is refused here, too: a
 * braced line without a name, backslashes in a type, gauge histograms, label names that begin with
 * "__", NULs, and counts that are no number from 0 to 2^64.
 */
#include "promtext.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "lex.h"
#include "sampleset.h"
#include "text.h"
#include "trie.h"

static_assert((int)PROM_LABELS_MAX == (int)SET_LABELS_MAX, "a family must fit into a sample set");
static_assert(PROM_LABELS_MAX <= 64, "one bit each of a uint64_t");

struct known_series {
	struct trie_node node; /* by its labels */
	struct prom_series series;
};

struct known_family {
	struct trie_node node; /* by its name */
	struct prom_family family;
	const char **labels; /* the family's, to be written; the room is 4, 8, 16 … and the NULL */
	bool has_type;
	struct trie_node *series; /* of a summary or histogram */
	struct prom_series **end;
};

/* A label as it stands in the line. */
struct raw_label {
	struct span name;
	struct span raw;   /* the name as it stands there, maybe in quotes */
	const char *value; /* without quotes and escapes; ends with a NUL */
	size_t length;
	const char *value_at;
};

struct parser {
	struct arena *arena;
	struct lex in;
	unsigned n_samples;
	unsigned n_families;
	struct trie_node *families;
	struct prom_family **family_end;
	struct prom_text *result;
	size_t n_labels;
	struct raw_label labels[PROM_LABELS_MAX + 1]; /* le or quantile comes on top */
};

/* Which family a line is about, and which part the name's ending says it is. */
struct target {
	struct known_family *known;
	enum metric_part part; /* PART_SUM, PART_COUNT, else PART_VALUE */
};

static struct known_family *find_family(struct parser *p, struct span name,
                                        struct trie_node **ret_closest)
{
	return (struct known_family *)trie_find(p->families, name.text, name.length, ret_closest);
}

/* Whether name is that of a known family of this type with suffix behind it. */
static bool is_part_of(struct parser *p, struct span name, const char *suffix,
                       enum metric_type type, struct known_family **ret)
{
	size_t length = strlen(suffix);
	struct span stem = { name.text, name.length - length };
	struct known_family *known;
	struct trie_node *closest;

	if (name.length <= length || memcmp(name.text + stem.length, suffix, length) != 0)
		return false;
	known = find_family(p, stem, &closest);
	if (!known || known->family.type != type)
		return false;
	*ret = known;
	return true;
}

static struct known_family *add_family(struct parser *p, struct span name,
                                       struct trie_node *closest)
{
	struct known_family *known = arena_alloc(p->arena, sizeof(*known));

	memmove(p->in.pool, name.text, name.length);
	p->in.pool[name.length] = '\0';
	*known = (struct known_family){
		.node = { .key = p->in.pool, .length = name.length },
		.family = { .name = p->in.pool, .type = METRIC_UNTYPED },
	};
	p->in.pool += name.length + 1;
	known->end = &known->family.series;
	trie_add(&p->families, &known->node, closest);
	*p->family_end = &known->family;
	p->family_end = &known->family.next;
	return known;
}

/*
 * The family that a name stands for: its own if there is one, else the summary or histogram that
 * it is a part of, else a new one.
 */
static int take_family(struct parser *p, const char *at, struct span name, struct target *ret)
{
	static const struct {
		enum metric_type type;
		const char *suffix;
		enum metric_part part;
	} parts[] = {
		{ METRIC_SUMMARY, "_count", PART_COUNT },    { METRIC_SUMMARY, "_sum", PART_SUM },
		{ METRIC_HISTOGRAM, "_count", PART_COUNT },  { METRIC_HISTOGRAM, "_sum", PART_SUM },
		{ METRIC_HISTOGRAM, "_bucket", PART_VALUE },
	};
	struct target target = { .part = PART_VALUE };
	struct trie_node *closest;

	if (!lex_is_name(name, true))
		return lex_refuse(&p->in, at, (size_t)(p->in.at - at), "a metric name");
	target.known = find_family(p, name, &closest);
	for (size_t i = 0; !target.known && i < ARRAY_SIZE(parts); i++)
		if (is_part_of(p, name, parts[i].suffix, parts[i].type, &target.known))
			target.part = parts[i].part;
	if (!target.known && p->n_families++ == PROM_FAMILIES_MAX)
		return lex_fail(&p->in, at, "expected no more than %d different metrics, found %d",
		                PROM_FAMILIES_MAX, PROM_FAMILIES_MAX + 1);
	if (!target.known)
		target.known = add_family(p, name, closest);
	*ret = target;
	return 0;
}

static int parse_help(struct parser *p, struct prom_family *family)
{
	const char *at = p->in.at;
	size_t length;
	int r;

	if (family->help)
		return lex_fail(&p->in, p->in.begin,
		                "expected one HELP line of %.64s, found a second one",
		                family->name);
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
	static const char *const names[METRIC_TYPES] = {
		[METRIC_COUNTER] = "counter",     [METRIC_GAUGE] = "gauge",
		[METRIC_UNTYPED] = "untyped",     [METRIC_SUMMARY] = "summary",
		[METRIC_HISTOGRAM] = "histogram",
	};
	struct span rest = { p->in.at, (size_t)(p->in.end - p->in.at) };

	if (known->has_type)
		return lex_fail(
			&p->in, p->in.begin,
			"expected one TYPE line of %.64s, before all its samples, found a later one",
			known->family.name);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (lex_is_word(rest, names[i])) {
			known->family.type = (enum metric_type)i;
			known->has_type = true;
			return 0;
		}
	}
	return lex_refuse(&p->in, p->in.at, rest.length,
	                  "counter, gauge, histogram, summary or untyped");
}

/* A line that begins with '#', which has been read. */
static int parse_comment(struct parser *p)
{
	struct target target;
	struct span word, name;
	const char *at;
	bool is_help;
	int r;

	lex_skip_blanks(&p->in);
	word = lex_word(&p->in);
	is_help = word.length == 4 && !memcmp(word.text, "HELP", 4);
	if (!is_help && (word.length != 4 || memcmp(word.text, "TYPE", 4) != 0))
		return 0;
	lex_skip_blanks(&p->in);
	at = p->in.at;
	r = lex_name(&p->in, true, &name);
	if (r < 0 || p->in.at == p->in.end)
		return r;
	if (!lex_is_blank(*p->in.at))
		return lex_refuse(&p->in, p->in.at, 0, "a metric name and a blank behind it");
	r = take_family(p, at, name, &target);
	if (r < 0)
		return r;
	lex_skip_blanks(&p->in);
	if (p->in.at == p->in.end)
		return 0;
	return is_help ? parse_help(p, &target.known->family) : parse_type(p, target.known);
}

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
	p->in.pool += label->length + 1;
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
		return take_family(p, at, name, target);
	}
	p->in.at++;
	if (!lex_is_name(name, false))
		return lex_refuse(&p->in, at, length, "a label name");
	if (name.length >= 2 && !memcmp(name.text, "__", 2))
		return lex_refuse(&p->in, at, length,
		                  "a label name that does not begin with \"__\"");
	if (p->n_labels == ARRAY_SIZE(p->labels))
		return lex_refuse(&p->in, at, length, "not more than 64 labels");
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

/* The labels of a line, sorted out. */
struct label_set {
	double bound; /* NaN where the line has none */
	uint64_t used;
	size_t n;
	struct prom_label labels[PROM_LABELS_MAX]; /* in the order of the line */
	const struct raw_label *by_name[PROM_LABELS_MAX];
};

static int sort_labels(struct parser *p, struct known_family *known, struct label_set *ret)
{
	const char *bound = NULL;

	if (known->family.type == METRIC_SUMMARY)
		bound = "quantile";
	if (known->family.type == METRIC_HISTOGRAM)
		bound = "le";
	ret->bound = NAN;
	ret->used = 0;
	ret->n = 0;
	for (size_t i = 0; i < p->n_labels; i++) {
		const struct raw_label *label = &p->labels[i];
		struct span value = { label->value, label->length };
		unsigned name;

		if (bound && label->name.length == strlen(bound) &&
		    !memcmp(label->name.text, bound, label->name.length)) {
			if (lex_number(value, &ret->bound) < 0)
				return lex_refuse(&p->in, label->value_at, label->length + 2,
				                  "a number");
			continue;
		}
		if (!label_number(p, known, label->name, ret->n, &name))
			return lex_refuse(&p->in, label->raw.text, label->raw.length,
			                  "not more than 64 label names in a family");
		if (ret->used & (UINT64_C(1) << name))
			return lex_refuse(&p->in, label->raw.text, label->raw.length,
			                  "each label name once");
		ret->used |= UINT64_C(1) << name;
		ret->by_name[name] = label;
		ret->labels[ret->n++] = (struct prom_label){ .value = label->value, .name = name };
	}
	return 0;
}

static void add_series(struct parser *p, struct known_family *known, struct prom_series *series,
                       const struct label_set *set)
{
	struct prom_label *labels = NULL;

	if (set->n) {
		labels = arena_alloc(p->arena, set->n * sizeof(*labels));
		memcpy(labels, set->labels, set->n * sizeof(*labels));
	}
	series->n_labels = set->n;
	series->labels = labels;
	series->next = NULL;
	*known->end = series;
	known->end = &series->next;
	known->family.n_series++;
}

/* The summary or histogram with these labels. Strings in the pool from pool on are its own. */
static struct prom_series *take_series(struct parser *p, struct known_family *known,
                                       const struct label_set *set, char *pool)
{
	struct span key = { .text = p->in.pool };
	struct known_series *series;
	struct trie_node *closest;
	char *to = p->in.pool;

	for (unsigned i = 0; i < known->family.n_labels; i++) {
		if (!(set->used & (UINT64_C(1) << i)))
			continue;
		*to++ = (char)(i + 1);
		memcpy(to, set->by_name[i]->value, set->by_name[i]->length);
		to += set->by_name[i]->length;
		*to++ = '\xff'; /* never part of UTF-8 */
	}
	key.length = (size_t)(to - p->in.pool);
	series = (struct known_series *)trie_find(known->series, key.text, key.length, &closest);
	if (series) {
		p->in.pool = pool;
		return &series->series;
	}
	p->in.pool = to;
	series = arena_alloc(p->arena, sizeof(*series));
	series->node = (struct trie_node){ .key = key.text, .length = key.length };
	series->series.parts = NULL;
	trie_add(&known->series, &series->node, closest);
	add_series(p, known, &series->series, set);
	return &series->series;
}

/* What stands behind the labels: a value and maybe a timestamp. */
static int take_value(struct parser *p, double *ret)
{
	struct span word;
	int r;

	lex_skip_blanks(&p->in);
	word = lex_word(&p->in);
	r = lex_number(word, ret);
	if (r < 0)
		return lex_refuse(&p->in, word.text, word.length,
		                  r == -ERANGE ? "a number that fits a double" : "a number");
	if (p->in.at == p->in.end)
		return 0;
	lex_skip_blanks(&p->in);
	word = lex_word(&p->in);
	if (!word.length)
		return lex_fail(&p->in, p->in.at - 1,
		                "expected the end of the line behind the value, found a blank");
	if (!lex_is_timestamp(word))
		return lex_refuse(&p->in, word.text, word.length,
		                  "the end of the line or a timestamp in milliseconds");
	if (p->in.at != p->in.end)
		return lex_refuse(&p->in, p->in.at, (size_t)(p->in.end - p->in.at),
		                  "the end of the line behind the timestamp");
	if (!p->result->timestamp_line) {
		p->result->timestamp_line = p->in.number;
		p->result->timestamp_column = (unsigned)(word.text - p->in.begin) + 1;
	}
	return 0;
}

/* A line of a summary or histogram. One with neither bound nor suffix says only that it exists. */
static int add_part(struct parser *p, const struct target *target, const struct label_set *set,
                    char *pool, double value, const char *value_at)
{
	enum metric_type type = target->known->family.type;
	enum metric_part part = target->part;
	struct prom_series *series;
	struct prom_part *new;

	if (part == PART_VALUE && !isnan(set->bound))
		part = type == METRIC_SUMMARY ? PART_QUANTILE : PART_BUCKET;
	/* expfmt cuts the fraction off here only. */
	if (part == PART_COUNT && type == METRIC_SUMMARY)
		value = trunc(value);
	if ((part == PART_COUNT || part == PART_BUCKET) && !(value >= 0 && value < 0x1p64))
		return lex_refuse(&p->in, value_at, strcspn(value_at, " \t\n"),
		                  "a count, from 0 to 2^64");

	series = take_series(p, target->known, set, pool);
	if (part == PART_VALUE)
		return 0;
	new = arena_alloc(p->arena, sizeof(*new));
	*new = (struct prom_part){
		.part = part,
		.line = p->in.number,
		.bound = part == PART_QUANTILE || part == PART_BUCKET ? set->bound : 0,
		.value = value,
		.next = series->parts,
	};
	series->parts = new;
	return 0;
}

static int parse_sample(struct parser *p)
{
	const char *at = p->in.at, *value_at;
	struct target target = { .known = NULL };
	struct prom_series *series;
	struct label_set set;
	struct span name;
	char *pool;
	double value;
	int r;

	if (++p->n_samples > PROM_SAMPLES_MAX)
		return lex_fail(&p->in, at, "expected no more than %d samples, found %d",
		                PROM_SAMPLES_MAX, PROM_SAMPLES_MAX + 1);
	p->n_labels = 0;
	if (*p->in.at != '{') {
		r = lex_name(&p->in, true, &name);
		if (r < 0)
			return r;
		if (p->in.at == at)
			return lex_refuse(&p->in, at, 0, "a metric name, '#' or '{'");
		r = take_family(p, at, name, &target);
		if (r < 0)
			return r;
		lex_skip_blanks(&p->in);
	}
	pool = p->in.pool;
	if (p->in.at < p->in.end && *p->in.at == '{') {
		p->in.at++;
		r = take_labels(p, &target);
		if (r < 0)
			return r;
	}
	lex_skip_blanks(&p->in);
	value_at = p->in.at;
	r = take_value(p, &value);
	if (r < 0)
		return r;
	target.known->has_type = true;
	r = sort_labels(p, target.known, &set);
	if (r < 0)
		return r;
	if (target.known->family.type == METRIC_SUMMARY ||
	    target.known->family.type == METRIC_HISTOGRAM)
		return add_part(p, &target, &set, pool, value, value_at);
	series = arena_alloc(p->arena, sizeof(*series));
	series->value = value;
	add_series(p, target.known, series, &set);
	return 0;
}

static int parse_line(struct parser *p)
{
	lex_skip_blanks(&p->in);
	if (p->in.at == p->in.end)
		return 0;
	if (*p->in.at != '#')
		return parse_sample(p);
	p->in.at++;
	return parse_comment(p);
}

static int parse_lines(struct parser *p, const char *text, size_t size)
{
	const char *end = text + size;
	int r;

	for (p->in.at = text; p->in.at < end; p->in.at = p->in.end + 1) {
		p->in.begin = p->in.at;
		p->in.number++;
		p->in.end = memchr(p->in.at, '\n', (size_t)(end - p->in.at));
		if (!p->in.end) {
			p->in.end = end;
			lex_skip_blanks(&p->in);
			if (p->in.at == end)
				return 0;
			return lex_fail(
				&p->in, end,
				"expected a newline to end the last line, too, found the end of the text");
		}
		r = parse_line(p);
		if (r < 0)
			return r;
	}
	return 0;
}

int promtext_parse(struct arena *a, const char *text, size_t size, struct prom_text *ret,
                   struct prom_error *error)
{
	struct prom_text result = { .families = NULL };
	struct parser p = {
		.arena = a,
		.in = { .pool = arena_alloc(a, size * 2 + 16), .error = error },
		.result = &result,
	};
	const char *pool_end = p.in.pool + size * 2 + 16;
	int r;

	p.family_end = &result.families;
	r = parse_lines(&p, text, size);
	assert(p.in.pool <= pool_end);
	if (r < 0)
		return r;
	for (struct prom_family **f = &result.families; *f;) {
		if ((*f)->n_series)
			f = &(*f)->next;
		else
			*f = (*f)->next;
	}
	*ret = result;
	return 0;
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

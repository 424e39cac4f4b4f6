// SPDX-License-Identifier: Apache-2.0
#include "naive.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { LABELS_MAX = 64, LINE_LABELS_MAX = LABELS_MAX + 1 };

/* A copy of a line without its newline. NULs in it have become 0xff, which is nowhere right either.
 */
struct cursor {
	const char *at;
	const char *end;
};

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
		c->at++;
}

static char peek(const struct cursor *c)
{
	return c->at < c->end ? *c->at : '\0';
}

static bool is_at(const struct cursor *c, char wanted)
{
	return c->at < c->end && *c->at == wanted;
}

static char *cut_word(struct cursor *c)
{
	const char *from = c->at;

	while (c->at < c->end && *c->at != ' ' && *c->at != '\t')
		c->at++;
	return xasprintf("%.*s", (int)(c->at - from), from);
}

static bool is_name_char(char c, bool is_first, bool has_colon)
{
	return (c && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", c)) ||
	       (c && !is_first && strchr("0123456789", c)) || (has_colon && c == ':');
}

static bool is_plain_name(const char *name, bool has_colon)
{
	for (size_t i = 0; name[i]; i++)
		if (!is_name_char(name[i], i == 0, has_colon))
			return false;
	return *name;
}

/* RFC 3629 by its table. */
static bool is_utf8(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	while (*c) {
		size_t more = *c < 0x80 ? 0 : *c >= 0xc2 && *c <= 0xdf ? 1 : 2;

		if (*c >= 0x80 && (*c < 0xc2 || *c > 0xf4))
			return false;
		if (*c >= 0xf0)
			more = 3;
		for (size_t i = 1; i <= more; i++)
			if (c[i] < 0x80 || c[i] > 0xbf)
				return false;
		if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) ||
		    (*c == 0xf0 && c[1] < 0x90) || (*c == 0xf4 && c[1] > 0x8f))
			return false;
		c += more + 1;
	}
	return true;
}

/* What stands up to stop, without escapes; NULL where they are wrong. */
static char *unescape(struct cursor *c, char stop)
{
	char *text = xmalloc((size_t)(c->end - c->at) + 1);
	size_t n = 0;

	while (c->at < c->end && *c->at != stop) {
		char first = *c->at++;

		if (first != '\\') {
			text[n++] = first;
		} else if (c->at < c->end && strchr("\\\"n", *c->at)) {
			text[n++] = *c->at == 'n' ? '\n' : *c->at;
			c->at++;
		} else {
			free(text);
			return NULL;
		}
	}
	text[n] = '\0';
	return text;
}

/* From a quote to the closing one. */
static char *cut_quoted(struct cursor *c)
{
	char *text;

	c->at++;
	text = unescape(c, '"');
	if (text && !is_at(c, '"')) {
		free(text);
		text = NULL;
	}
	c->at++;
	return text;
}

/* A name, maybe in quotes from some character on; "" where there is none, NULL for a bad one. */
static char *cut_name(struct cursor *c, bool has_colon, bool *ret_is_quoted)
{
	const char *from = c->at;
	char *plain, *quoted, *name;

	while (c->at < c->end && is_name_char(*c->at, c->at == from, has_colon))
		c->at++;
	plain = xasprintf("%.*s", (int)(c->at - from), from);
	*ret_is_quoted = is_at(c, '"');
	if (!*ret_is_quoted)
		return plain;
	quoted = cut_quoted(c);
	name = quoted ? xasprintf("%s%s", plain, quoted) : NULL;
	free(plain);
	free(quoted);
	return name;
}

static bool is_name_good(const char *name, bool has_colon, bool is_quoted)
{
	return is_plain_name(name, has_colon) || (is_quoted && *name && is_utf8(name));
}

static bool read_number(const char *text, double *ret)
{
	const char *body = text + (*text == '+' || *text == '-');
	char *end;

	if (strcasecmp(text, "nan") == 0) {
		*ret = NAN;
		return true;
	}
	if (strcasecmp(body, "inf") == 0 || strcasecmp(body, "infinity") == 0) {
		*ret = *text == '-' ? -INFINITY : INFINITY;
		return true;
	}
	if (!*text || text[strspn(text, "0123456789+-.eE")])
		return false;
	*ret = strtod(text, &end);
	return end != text && !*end && !isinf(*ret);
}

static bool cut_number(struct cursor *c, double *ret)
{
	bool is_good;
	char *word;

	skip_blanks(c);
	word = cut_word(c);
	is_good = read_number(word, ret);
	free(word);
	return is_good;
}

/* --- Families --- */

static bool is_type(const struct naive_family *f, const char *type)
{
	return f->type && strcmp(f->type, type) == 0;
}

enum metric_type naive_type(const struct naive_family *f)
{
	if (is_type(f, "counter"))
		return METRIC_COUNTER;
	if (is_type(f, "summary"))
		return METRIC_SUMMARY;
	if (is_type(f, "histogram"))
		return METRIC_HISTOGRAM;
	return !f->type || is_type(f, "untyped") || is_type(f, "unknown") ? METRIC_UNTYPED
	                                                                  : METRIC_GAUGE;
}

/* The index + 1 of the family called like the first length bytes of name, or 0. */
static size_t find_family(const struct naive *n, const char *name, size_t length)
{
	for (size_t i = 0; i < n->n_families; i++)
		if (strlen(n->families[i].name) == length &&
		    memcmp(n->families[i].name, name, length) == 0)
			return i + 1;
	return 0;
}

/* The same for name without suffix, of a family of that type. */
static size_t find_whole(const struct naive *n, const char *name, const char *suffix,
                         const char *type)
{
	size_t length = strlen(name), cut = strlen(suffix), found;

	if (length <= cut || strcmp(name + length - cut, suffix) != 0)
		return 0;
	found = find_family(n, name, length - cut);
	return found && is_type(&n->families[found - 1], type) ? found : 0;
}

static size_t add_family(struct naive *n, const char *name)
{
	n->families = xrealloc(n->families, (n->n_families + 1) * sizeof(*n->families));
	n->families[n->n_families++] = (struct naive_family){ .name = xstrdup(name) };
	return n->n_families;
}

/* What a name in a sample or comment is about. */
struct meaning {
	size_t family; /* index + 1 */
	enum metric_part part;
	bool is_dropped;
};

static struct meaning make_part(struct naive *n, const char *name, size_t whole, const char *type)
{
	size_t part = add_family(n, name);

	n->families[part - 1].type = xstrdup(type);
	n->families[part - 1].is_fixed = true;
	n->families[part - 1].parent = whole;
	return (struct meaning){ .family = part };
}

static struct meaning understand(struct naive *n, const char *name, bool is_sample)
{
	static const char *const dated[] = { "counter", "summary", "histogram" };
	static const char *const gauges[] = { "_bucket", "_gcount", "_gsum" };
	size_t whole = find_family(n, name, strlen(name));

	if (whole)
		return (struct meaning){ .family = whole };
	for (size_t i = 1; i < ARRAY_SIZE(dated); i++) {
		if ((whole = find_whole(n, name, "_sum", dated[i])))
			return (struct meaning){ whole, PART_SUM, false };
		if ((whole = find_whole(n, name, "_count", dated[i])))
			return (struct meaning){ whole, PART_COUNT, false };
	}
	if ((whole = find_whole(n, name, "_bucket", "histogram")))
		return (struct meaning){ .family = whole };
	if (!n->is_open || !is_sample)
		return (struct meaning){ .family = add_family(n, name) };
	if ((whole = find_whole(n, name, "_total", "counter")))
		return make_part(n, name, whole, "counter");
	if ((whole = find_whole(n, name, "_info", "info")))
		return make_part(n, name, whole, "gauge");
	for (size_t i = 0; i < ARRAY_SIZE(gauges); i++)
		if ((whole = find_whole(n, name, gauges[i], "gaugehistogram")))
			return make_part(n, name, whole, "gauge");
	for (size_t i = 0; i < ARRAY_SIZE(dated); i++)
		if ((whole = find_whole(n, name, "_created", dated[i])))
			return (struct meaning){ whole, PART_VALUE, true };
	return (struct meaning){ .family = add_family(n, name) };
}

/* --- Lines --- */

static bool read_type(struct naive *n, struct naive_family *f, const char *rest)
{
	static const char *const types[] = { "counter", "gauge",     "untyped",
		                             "summary", "histogram", "unknown",
		                             "info",    "stateset",  "gaugehistogram" };

	if (f->is_fixed)
		return false;
	for (size_t i = 0; i < (n->is_open ? ARRAY_SIZE(types) : 5); i++) {
		if (strcasecmp(rest, types[i]) != 0)
			continue;
		f->type = xstrdup(types[i]);
		f->is_fixed = true;
		return true;
	}
	return false;
}

static bool read_unit(const struct naive_family *f, const char *rest)
{
	CLEANUP(cleanup_free) char *ending = xasprintf("_%s", rest);
	size_t length = strlen(f->name), cut = strlen(ending);

	return !strpbrk(rest, " \t") && length >= cut && !strcmp(f->name + length - cut, ending);
}

/* raw is the line as it was. */
static bool read_comment(struct naive *n, struct cursor *c, const char *line, const char *raw)
{
	CLEANUP(cleanup_free) char *word = NULL, *name = NULL, *rest = NULL;
	struct naive_family *f;
	struct meaning about;
	bool is_quoted;

	c->at++;
	skip_blanks(c);
	word = cut_word(c);
	if (strcmp(word, "HELP") != 0 && strcmp(word, "TYPE") != 0 &&
	    !(n->is_open && strcmp(word, "UNIT") == 0))
		return true;
	skip_blanks(c);
	name = cut_name(c, true, &is_quoted);
	if (!name)
		return false;
	if (c->at >= c->end)
		return true;
	if (!is_at(c, ' ') && !is_at(c, '\t'))
		return false;
	if (!is_name_good(name, true, is_quoted))
		return false;
	about = understand(n, name, false);
	f = &n->families[about.family - 1];
	skip_blanks(c);
	if (c->at == c->end)
		return true;
	if (*word == 'T' || *word == 'U') {
		rest = xasprintf("%.*s", (int)(c->end - c->at), c->at);
		return *word == 'T' ? read_type(n, f, rest) : read_unit(f, rest);
	}
	if (f->help || memchr(raw + (c->at - line), '\0', (size_t)(c->end - c->at)))
		return false;
	f->help = unescape(c, '\n');
	return f->help;
}

/* A label behind its name, from the equals sign on. */
static bool read_label(struct cursor *c, size_t max_label, const char *name,
                       struct naive_label *ret)
{
	char *value;

	c->at++;
	skip_blanks(c);
	if (!is_at(c, '"'))
		return false;
	value = cut_quoted(c);
	if (value && (!is_utf8(value) || strlen(value) > max_label || strlen(name) > max_label)) {
		free(value);
		value = NULL;
	}
	if (!value)
		return false;
	*ret = (struct naive_label){ xstrdup(name), value };
	return true;
}

static void free_labels(struct naive_label *labels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(labels[i].name);
		free(labels[i].value);
	}
	free(labels);
}

/* Labels, from '{' to '}', into sample; the metric's name, too, where it is not known yet. */
static bool read_labels(struct naive *n, struct cursor *c, size_t max_label,
                        struct meaning *meaning, struct naive_sample *sample)
{
	bool may_be_name = !meaning->family;

	c->at++;
	skip_blanks(c);
	while (!is_at(c, '}')) {
		CLEANUP(cleanup_free) char *name = NULL;
		const char *from = c->at;
		bool is_quoted;

		name = cut_name(c, false, &is_quoted);
		if (!name || c->at == from)
			return false;
		skip_blanks(c);
		if (is_at(c, '=')) {
			if (!is_name_good(name, false, is_quoted) || !strncmp(name, "__", 2) ||
			    sample->n_labels == LINE_LABELS_MAX)
				return false;
			sample->labels = xrealloc(sample->labels,
			                          (sample->n_labels + 1) * sizeof(*sample->labels));
			if (!read_label(c, max_label, name, &sample->labels[sample->n_labels]))
				return false;
			sample->n_labels++;
		} else {
			if (!may_be_name || meaning->family || (peek(c) != ',' && peek(c) != '}') ||
			    !is_name_good(name, true, is_quoted))
				return false;
			*meaning = understand(n, name, true);
		}
		skip_blanks(c);
		if (is_at(c, ',')) {
			c->at++;
			skip_blanks(c);
		} else if (!is_at(c, '}')) {
			return false;
		}
	}
	c->at++;
	return meaning->family;
}

/* Take le or quantile out where it is a bound, and note the other names in the family. */
static bool settle_labels(struct naive_family *f, struct naive_sample *s)
{
	enum metric_type type = naive_type(f);
	const char *bound = type == METRIC_SUMMARY     ? "quantile"
	                    : type == METRIC_HISTOGRAM ? "le"
	                                               : "";
	size_t kept = 0;
	bool is_good = true;

	s->bound = NAN;
	for (size_t i = 0; i < s->n_labels; i++) {
		struct naive_label label = s->labels[i];
		size_t at = 0;

		if (strcmp(label.name, bound) == 0) {
			is_good &= read_number(label.value, &s->bound);
			free(label.name);
			free(label.value);
			continue;
		}
		for (size_t k = 0; k < kept; k++)
			is_good &= strcmp(s->labels[k].name, label.name) != 0;
		while (at < f->n_names && strcmp(f->names[at], label.name) != 0)
			at++;
		if (at == f->n_names) {
			f->names = xrealloc(f->names, (at + 1) * sizeof(*f->names));
			f->names[f->n_names++] = xstrdup(label.name);
		}
		s->labels[kept++] = label;
	}
	s->n_labels = kept;
	return is_good && f->n_names <= LABELS_MAX;
}

static bool settle_part(enum metric_type type, const struct meaning *meaning,
                        struct naive_sample *s)
{
	if (type != METRIC_SUMMARY && type != METRIC_HISTOGRAM)
		return true;
	s->part = meaning->part;
	if (s->part == PART_VALUE && !isnan(s->bound))
		s->part = type == METRIC_SUMMARY ? PART_QUANTILE : PART_BUCKET;
	if (s->part == PART_COUNT && type == METRIC_SUMMARY)
		s->value = trunc(s->value);
	if (s->part == PART_VALUE)
		s->value = 0;
	if (s->part != PART_COUNT && s->part != PART_BUCKET)
		return true;
	return s->value >= 0 && s->value < 18446744073709551616.0;
}

/* Behind the value there may be an exemplar, but nothing else. */
static bool read_rest(struct naive *n, struct cursor *c, size_t max_label,
                      const struct meaning *meaning)
{
	struct meaning same = *meaning;
	struct naive_sample exemplar = { 0 };
	bool is_good;

	if (c->at == c->end)
		return true;
	skip_blanks(c);
	if (!n->is_open || !is_at(c, '#'))
		return false;
	c->at++;
	skip_blanks(c);
	is_good = is_at(c, '{') && read_labels(n, c, max_label, &same, &exemplar);
	free_labels(exemplar.labels, exemplar.n_labels);
	is_good = is_good && cut_number(c, &exemplar.value);
	if (is_good && c->at < c->end) {
		is_good = cut_number(c, &exemplar.value);
		skip_blanks(c);
		is_good &= c->at == c->end && c->at[-1] != ' ' && c->at[-1] != '\t';
	}
	return is_good;
}

static bool read_sample(struct naive *n, struct cursor *c, size_t max_label)
{
	CLEANUP(cleanup_free) char *name = NULL;
	struct naive_sample sample = { 0 };
	struct meaning meaning = { 0 };
	struct naive_family *f;
	bool is_quoted, is_good;

	if (!is_at(c, '{')) {
		name = cut_name(c, true, &is_quoted);
		if (!name || !is_name_good(name, true, is_quoted))
			return false;
		meaning = understand(n, name, true);
		skip_blanks(c);
	}
	is_good = !is_at(c, '{') || read_labels(n, c, max_label, &meaning, &sample);
	if (!meaning.family || !is_good) {
		free_labels(sample.labels, sample.n_labels);
		return false;
	}
	f = &n->families[meaning.family - 1];
	is_good = settle_labels(f, &sample) && cut_number(c, &sample.value) &&
	          settle_part(naive_type(f), &meaning, &sample) &&
	          read_rest(n, c, max_label, &meaning);
	f->is_fixed = true;
	if (!is_good || meaning.is_dropped) {
		free_labels(sample.labels, sample.n_labels);
		return is_good;
	}
	sample.family = meaning.family - 1;
	n->samples = xrealloc(n->samples, (n->n_samples + 1) * sizeof(*n->samples));
	n->samples[n->n_samples++] = sample;
	return true;
}

static bool read_line(struct naive *n, const char *raw, size_t length, size_t max_samples,
                      size_t max_label)
{
	char *line = memcpy(xmalloc(length + 1), raw, length);
	struct cursor c = { line, line + length };
	bool is_good = true;

	line[length] = '\0';
	for (size_t i = 0; i < length; i++)
		if (!line[i])
			line[i] = '\xff';
	skip_blanks(&c);
	if (is_at(&c, '#'))
		is_good = read_comment(n, &c, line, raw);
	else if (c.at < c.end)
		is_good = ++n->n_lines <= max_samples && read_sample(n, &c, max_label);
	free(line);
	return is_good;
}

bool naive_parse(const char *text, size_t size, size_t max_samples, size_t max_label,
                 struct naive *ret)
{
	static const char eof[] = "# EOF\n";
	size_t eof_size = sizeof(eof) - 1;

	*ret = (struct naive){ 0 };
	ret->is_open = size >= eof_size && !memcmp(text + size - eof_size, eof, eof_size) &&
	               (size == eof_size || text[size - eof_size - 1] == '\n');
	while (size) {
		const char *end = memchr(text, '\n', size);
		size_t length = end ? (size_t)(end - text) : size;

		if (!end) {
			while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
				length--;
			return !length;
		}
		if (ret->is_open && length == eof_size - 1 && !memcmp(text, eof, length) &&
		    size > eof_size)
			return false;
		if (!read_line(ret, text, length, max_samples, max_label))
			return false;
		text = end + 1;
		size -= length + 1;
	}
	return true;
}

void naive_free(struct naive *n)
{
	for (size_t i = 0; i < n->n_families; i++) {
		struct naive_family *f = &n->families[i];

		for (size_t k = 0; k < f->n_names; k++)
			free(f->names[k]);
		free(f->names);
		free(f->name);
		free(f->help);
		free(f->type);
	}
	for (size_t i = 0; i < n->n_samples; i++)
		free_labels(n->samples[i].labels, n->samples[i].n_labels);
	free(n->families);
	free(n->samples);
	*n = (struct naive){ 0 };
}

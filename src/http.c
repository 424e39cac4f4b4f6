// SPDX-License-Identifier: Apache-2.0
/* The rules are those of Go's net/url and of what client_golang negotiates with. */
#include "http.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "text.h"

enum {
	PAIRS_MAX = 1024,
	QUALITY_TEXT_MAX = 64,         /* longer values of an Accept clause's q are bad ones */
	QUALITY_UNIT_MAX = 1000000000, /* nine digits after an encoding's point, no more */
};

/* A piece of a header or query: not NUL-terminated. */
struct slice {
	const char *text;
	size_t length;
};

static bool is_slice(struct slice s, const char *text)
{
	return s.length == strlen(text) && !memcmp(s.text, text, s.length);
}

/* Cut s at the first sep: the part before it is returned, *s becomes the part behind it. */
static struct slice cut(struct slice *s, char sep)
{
	const char *end = s->length ? memchr(s->text, sep, s->length) : NULL;
	size_t length = end ? (size_t)(end - s->text) : s->length;
	size_t skipped = end ? length + 1 : length;
	struct slice part = { s->text, length };

	s->text += skipped;
	s->length -= skipped;
	return part;
}

/* Without blanks, but not without tabs, at both ends. */
static struct slice strip(struct slice s)
{
	while (s.length && s.text[0] == ' ') {
		s.text++;
		s.length--;
	}
	while (s.length && s.text[s.length - 1] == ' ')
		s.length--;
	return s;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/*
 * s with its %-escapes resolved, NULL when one is bad. In a query '+' is a blank. An escaped NUL
 * stays as it is written: as "%00" it is in no name that anybody has, and hides nothing behind it.
 */
static char *unescape(struct arena *a, struct slice s, bool is_query)
{
	char *text = arena_alloc(a, s.length + 1);
	char *to = text;

	for (size_t i = 0; i < s.length; i++) {
		int high = -1, low = -1;

		if (s.text[i] != '%') {
			*to++ = s.text[i] == '+' && is_query ? ' ' : s.text[i];
			continue;
		}
		if (s.length - i > 2) {
			high = hex_digit(s.text[i + 1]);
			low = hex_digit(s.text[i + 2]);
		}
		if (high < 0 || low < 0)
			return NULL;
		if (!high && !low) {
			*to++ = '%';
			continue;
		}
		*to++ = (char)(high << 4 | low);
		i += 2;
	}
	*to = '\0';
	return text;
}

/* The values of one parameter. */
struct values {
	const char **items;
	size_t count;
};

static void add_value(struct arena *a, struct values *v, size_t room, const char *value)
{
	if (!v->items)
		v->items = arena_alloc(a, (room + 1) * sizeof(const char *));
	v->items[v->count++] = value;
	v->items[v->count] = NULL;
}

void http_query_parse(struct arena *a, const char *raw, struct http_query *ret)
{
	static const char *const names[] = { "collect[]", "exclude[]", "name[]" };
	struct values values[ARRAY_SIZE(names)] = { 0 };
	struct slice rest = { raw ? raw : "", raw ? strlen(raw) : 0 };
	size_t room = 1;

	for (size_t i = 0; i < rest.length && room < PAIRS_MAX; i++)
		room += rest.text[i] == '&';
	for (size_t looked_at = 0; rest.length && looked_at < PAIRS_MAX;) {
		struct slice value = cut(&rest, '&');
		const char *key, *text;

		if (!value.length)
			continue;
		looked_at++;
		if (memchr(value.text, ';', value.length))
			continue;
		key = unescape(a, cut(&value, '='), true);
		text = key ? unescape(a, value, true) : NULL;
		for (size_t i = 0; text && i < ARRAY_SIZE(names); i++)
			if (!strcmp(key, names[i]))
				add_value(a, &values[i], room, text);
	}
	ret->collect = values[0].items;
	ret->exclude = values[1].items;
	ret->names = values[2].items;
}

/* One clause of an Accept header: "text/plain;version=0.0.4;q=0.5". */
struct clause {
	struct slice type;
	struct slice subtype;
	struct slice params; /* what follows the first semicolon */
	double quality;
};

/* A parameter's name and value, cut off *params. False when it is not of that form. */
static bool next_param(struct slice *params, struct slice *ret_name, struct slice *ret_value)
{
	struct slice rest = cut(params, ';');
	struct slice name = cut(&rest, '=');
	struct slice value;

	if (!rest.length)
		return false;
	value = cut(&rest, '=');
	if (rest.length)
		return false;
	*ret_name = strip(name);
	*ret_value = value;
	return true;
}

/* The last value of a parameter; empty when there is none. */
static struct slice find_param(const struct clause *c, const char *wanted)
{
	struct slice params = c->params, found = { "", 0 }, name, value;

	while (params.length)
		if (next_param(&params, &name, &value) && is_slice(name, wanted))
			found = strip(value);
	return found;
}

/* What Go's ParseFloat makes of a q, as a 32-bit number; 0 for what is none. */
static double parse_quality(struct slice s)
{
	char text[QUALITY_TEXT_MAX];
	double quality;
	int r;

	if (s.length >= sizeof(text))
		return 0;
	memcpy(text, s.text, s.length);
	text[s.length] = '\0';
	r = parse_double(text, &quality);
	if (r == -ERANGE)
		return text[0] == '-' ? -INFINITY : INFINITY;
	return r < 0 || isnan(quality) ? 0 : (double)(float)quality;
}

/* Take the next clause off *header. False when it is to be skipped. */
static bool next_clause(struct slice *header, struct clause *ret)
{
	struct slice params = strip(cut(header, ','));
	struct slice subtype = cut(&params, ';');
	struct slice type = cut(&subtype, '/'), name, value;

	*ret = (struct clause){ .type = strip(type), .params = params, .quality = 1 };
	if (subtype.length) {
		ret->subtype = strip(cut(&subtype, '/'));
		if (subtype.length)
			return false;
	} else if (is_slice(ret->type, "*")) {
		ret->subtype = ret->type;
	} else {
		return false;
	}
	while (params.length)
		if (next_param(&params, &name, &value) && is_slice(name, "q"))
			ret->quality = parse_quality(value);
	return true;
}

static const char *const escaping_names[] = {
	[ESCAPING_UNDERSCORES] = "underscores",
	[ESCAPING_DOTS] = "dots",
	[ESCAPING_VALUES] = "values",
	[ESCAPING_UTF8] = "allow-utf-8",
};

/* Whether the clause names a known escaping scheme. */
static bool find_escaping(const struct clause *c, enum escaping *ret)
{
	struct slice value = find_param(c, "escaping");

	for (size_t i = 0; i < ARRAY_SIZE(escaping_names); i++) {
		if (is_slice(value, escaping_names[i])) {
			*ret = (enum escaping)i;
			return true;
		}
	}
	return false;
}

#define CONTENT_TYPES(base) \
	{ \
		[ESCAPING_UNDERSCORES] = base "; escaping=underscores", \
		[ESCAPING_DOTS] = base "; escaping=dots", \
		[ESCAPING_VALUES] = base "; escaping=values", \
		[ESCAPING_UTF8] = base "; escaping=allow-utf-8", \
	}

#define PROTOBUF(name, value) \
	.type = "application", .subtype = "vnd.google.protobuf", .format = (value), \
	.params = { { "proto", "io.prometheus.client.MetricFamily", .may_lack = false }, \
		    { "encoding", name, .may_lack = false } }, \
	.content_types = CONTENT_TYPES("application/vnd.google.protobuf; " \
	                               "proto=io.prometheus.client.MetricFamily; encoding=" name)

/* The formats that are offered; the first one also serves those who accept none. */
static const struct offer {
	const char *type;
	const char *subtype;
	struct offer_param {
		const char *name;
		const char *value;
		bool may_lack;
	} params[2];
	enum expo_format format;
	const char *content_types[ESCAPINGS];
} offers[] = {
	{
		.type = "text",
		.subtype = "plain",
		.params = { { "version", "0.0.4", .may_lack = true } },
		.format = EXPO_TEXT,
		.content_types = CONTENT_TYPES("text/plain; version=0.0.4; charset=utf-8"),
	},
	{ PROTOBUF("delimited", EXPO_PROTOBUF) },
	{ PROTOBUF("text", EXPO_PROTOBUF_TEXT) },
	{ PROTOBUF("compact-text", EXPO_PROTOBUF_COMPACT) },
	{
		.type = "application",
		.subtype = "openmetrics-text",
		.params = { { "version", "1.0.0", .may_lack = false } },
		.format = EXPO_OPENMETRICS,
		.content_types =
			CONTENT_TYPES("application/openmetrics-text; version=1.0.0; charset=utf-8"),
	},
	{
		.type = "application",
		.subtype = "openmetrics-text",
		.params = { { "version", "0.0.1", .may_lack = true } },
		.format = EXPO_OPENMETRICS,
		.content_types =
			CONTENT_TYPES("application/openmetrics-text; version=0.0.1; charset=utf-8"),
	},
};

/* The format that a clause accepts, or NULL. */
static const struct offer *find_offer(const struct clause *c, bool has_openmetrics)
{
	for (size_t i = 0; i < ARRAY_SIZE(offers); i++) {
		const struct offer *o = &offers[i];
		bool fits = is_slice(c->type, o->type) && is_slice(c->subtype, o->subtype) &&
		            (o->format != EXPO_OPENMETRICS || has_openmetrics);

		for (size_t k = 0; fits && k < ARRAY_SIZE(o->params) && o->params[k].name; k++) {
			struct slice value = find_param(c, o->params[k].name);

			fits = is_slice(value, o->params[k].value) ||
			       (o->params[k].may_lack && !value.length);
		}
		if (fits)
			return o;
	}
	return NULL;
}

/*
 * The clauses are walked in order of quality, and as they stand where that is equal, until one is
 * acceptable; each on the way, acceptable or not, may set the escaping. Instead of sorting them
 * (there can be thousands) first the acceptable one is found, then among those before it the last
 * one with an escaping.
 */
struct http_format http_negotiate(const char *accept, bool has_openmetrics)
{
	const struct slice header = { accept ? accept : "", accept ? strlen(accept) : 0 };
	const struct offer *chosen = NULL;
	enum escaping escaping = ESCAPING_UNDERSCORES, scheme;
	double quality = -INFINITY, lowest = INFINITY;
	const char *place = header.text + header.length;
	struct slice rest = header;
	struct clause c;

	while (rest.length) {
		const char *here = rest.text;
		const struct offer *offer;

		if (!next_clause(&rest, &c) || (chosen && c.quality <= quality))
			continue;
		offer = find_offer(&c, has_openmetrics);
		if (offer) {
			chosen = offer;
			quality = c.quality;
			place = here;
		}
	}
	rest = header;
	while (rest.length) {
		const char *here = rest.text;

		if (!next_clause(&rest, &c) || c.quality > lowest || c.quality < quality ||
		    (c.quality == quality && here > place))
			continue;
		if (find_escaping(&c, &scheme)) {
			escaping = scheme;
			lowest = c.quality;
		}
	}
	if (!chosen)
		chosen = &offers[0];
	return (struct http_format){
		.format = chosen->format,
		.escaping = escaping,
		.content_type = chosen->content_types[escaping],
	};
}

static const char *skip_space(const char *s)
{
	return s + strspn(s, " \t\r\n");
}

/* The value of "q=": 0 or 1 with a fraction. NULL when it begins otherwise, else where it ends. */
static const char *take_quality(const char *s, double *ret)
{
	double quality, digits = 0, unit = 1;

	if (*s != '0' && *s != '1')
		return NULL;
	quality = *s++ - '0';
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++) {
			if (unit >= QUALITY_UNIT_MAX)
				continue;
			digits = digits * 10 + (*s - '0');
			unit *= 10;
		}
	}
	*ret = quality + digits / unit;
	return s;
}

/* Note the best quality of gzip and of identity in one line, up to what is malformed. */
static void scan_encodings(const char *line, double *gzip, double *identity)
{
	const char *s = skip_space(line);

	for (;;) {
		struct slice name = { s, 0 };
		double quality = 1;

		while (s[0] > ' ' && s[0] < 0x7f && !strchr("\"(),:;<=>?@[\\]{}", s[0]))
			s++;
		name.length = (size_t)(s - name.text);
		if (!name.length)
			return;
		s = skip_space(s);
		if (*s == ';') {
			s = skip_space(s + 1);
			if (s[0] != 'q' || s[1] != '=')
				return;
			s = take_quality(s + 2, &quality);
			if (!s)
				return;
		}
		if (is_slice(name, "gzip") || is_slice(name, "*"))
			*gzip = MAX(*gzip, quality);
		if (is_slice(name, "identity") || is_slice(name, "*"))
			*identity = MAX(*identity, quality);
		s = skip_space(s);
		if (*s != ',')
			return;
		s = skip_space(s + 1);
	}
}

bool http_wants_gzip(const char *const *lines, size_t count)
{
	double gzip = 0, identity = -1;

	for (size_t i = 0; i < count; i++)
		scan_encodings(lines[i], &gzip, &identity);
	return gzip > 0 && gzip > identity;
}

const char *http_path_clean(struct arena *a, const char *path)
{
	char *text, *clean, *to;
	struct slice rest;
	bool is_dir;

	if (path[0] != '/')
		return NULL;
	text = unescape(a, (struct slice){ path, strlen(path) }, false);
	if (!text)
		return NULL;
	rest = (struct slice){ text, strlen(text) };
	is_dir = text[rest.length - 1] == '/';
	to = clean = arena_alloc(a, rest.length + 2);
	while (rest.length) {
		struct slice part = cut(&rest, '/');

		if (is_slice(part, "..")) {
			while (to > clean && *--to != '/')
				;
		} else if (part.length && !is_slice(part, ".")) {
			*to++ = '/';
			memcpy(to, part.text, part.length);
			to += part.length;
		}
	}
	if (is_dir || to == clean)
		*to++ = '/';
	*to = '\0';
	return clean;
}

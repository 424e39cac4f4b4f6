// SPDX-License-Identifier: Apache-2.0
/* What a request asks for: query, format, compression. Knows nothing of libmicrohttpd. */
#pragma once

#include "arena.h"
#include "expo.h"

struct http_query {
	const char *const *collect; /* collect[], each ends with NULL; NULL: none given */
	const char *const *exclude; /* exclude[] */
	const char *const *names;   /* name[] */
};

/*
 * Take a raw query string ("collect[]=cpu&name%5B%5D=up", without '?', NULL for none) apart as Go's
 * net/url does: a pair that holds a semicolon or a bad escape is left out. At most 1,024 pairs are
 * looked at. Results live in a.
 */
void http_query_parse(struct arena *a, const char *raw, struct http_query *ret);

/*
 * The format for an Accept header (its first line; NULL: none), as promhttp negotiates it; whether
 * it offers OpenMetrics is up to has_openmetrics.
 */
struct http_format {
	enum expo_format format;
	enum escaping escaping;
	const char *content_type; /* complete, and another one for each format and escaping */
};
struct http_format http_negotiate(const char *accept, bool has_openmetrics);

/* Whether gzip wins over identity for the Accept-Encoding header lines (may be none). */
bool http_wants_gzip(const char *const *lines, size_t count);

/*
 * The path with its %-escapes resolved and, like Go's mux, cleaned of "//", "/./" and "/../":
 * NULL when an escape is bad or the path does not begin with '/'. Lives in a.
 */
const char *http_path_clean(struct arena *a, const char *path);

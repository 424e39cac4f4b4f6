// SPDX-License-Identifier: Apache-2.0
/*
 * libcurl starts a thread where it has to look up a name. It is told the address instead, but for
 * "localhost" and for what is an address already, which it does not look up.
 */
#include "post.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "collector.h"
#include "library.h"
#include "resolve.h"

/* Of all header lines of an answer together; libcurl keeps them. */
enum { HEAD_MAX = 256 * 1024, PORT_TEXT_MAX = 8 };

#define FUNCTIONS(F) \
	F(easy_cleanup) \
	F(easy_getinfo) \
	F(easy_init) \
	F(easy_perform) \
	F(easy_reset) \
	F(easy_strerror) \
	F(free) \
	F(global_init) \
	F(slist_append) \
	F(slist_free_all) \
	F(url) \
	F(url_cleanup) \
	F(url_get) \
	F(url_set)

#define POINTER(NAME) __typeof__(&(curl_##NAME)) NAME;
static struct {
	FUNCTIONS(POINTER)
	CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...); /* also a macro */
} lib;

#define SYMBOL(NAME) { "curl_" #NAME, &lib.NAME },
static const struct library_symbol symbols[] = {
	FUNCTIONS(SYMBOL){ "curl_easy_setopt", &lib.easy_setopt }, { 0 }
};

static int load(struct scrape *s, const char *who)
{
	CURLcode code;
	int r;

	if (lib.easy_init)
		return 0;
	r = library_load(s, LIBCURL_SONAME, symbols);
	if (r < 0)
		return r;
	code = lib.global_init(CURL_GLOBAL_DEFAULT);
	return code ? fail(s, -EIO, "%s: %s", who, lib.easy_strerror(code)) : 0;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
	struct post *p = data;

	size *= count; /* is 1 */
	if (p->reply->used > p->limit || size > p->limit - p->reply->used)
		return 0;
	buffer_add(p->reply, bytes, size);
	return size;
}

static size_t take_head(char *bytes, size_t size, size_t count, void *data)
{
	struct post *p = data;

	(void)bytes; /* libcurl reads them */
	size *= count;
	p->head_size += size;
	return p->head_size > HEAD_MAX ? 0 : size;
}

/* Host and port of a URL, for curl_free(). */
static int split_url(const char *text, char **host, char **port)
{
	CURLU *url = lib.url();
	int r = -EINVAL;

	if (url && lib.url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
	    lib.url_get(url, CURLUPART_HOST, host, 0) == CURLUE_OK &&
	    lib.url_get(url, CURLUPART_PORT, port, CURLU_DEFAULT_PORT) == CURLUE_OK)
		r = 0;
	lib.url_cleanup(url);
	return r;
}

static bool needs_look_up(const char *host)
{
	struct in_addr v4;

	/* Addresses of IPv6 are in brackets. */
	return host[0] != '[' && strcasecmp(host, "localhost") != 0 &&
	       inet_pton(AF_INET, host, &v4) != 1;
}

/* Look up the URL's host. What libcurl is to know of it is a text of the scrape's. */
static int find_address(struct scrape *s, const struct post_request *request, char **ret)
{
	char *host = NULL, *port = NULL, address[INET6_ADDRSTRLEN];
	struct resolved found;
	int r;

	*ret = NULL;
	r = split_url(request->url, &host, &port);
	if (r < 0)
		(void)fail(s, r, "%s: expected http://HOST:PORT/PATH or the like", request->who);
	if (r == 0 && !request->socket && needs_look_up(host)) {
		r = resolve(s, request->who, host, port, &found);
		if (r == 0 && inet_ntop(found.addresses[0].any.sa_family,
		                        found.addresses[0].any.sa_family == AF_INET6
		                                ? (const void *)&found.addresses[0].v6.sin6_addr
		                                : (const void *)&found.addresses[0].v4.sin_addr,
		                        address, sizeof(address)))
			*ret = scrape_printf(s, "%s:%s:%s", host, port, address);
	}
	lib.free(host);
	lib.free(port);
	return r;
}

/* Everything but what curl_easy_perform() reports. */
static CURLcode set_up(struct post *p, const struct post_request *request, int64_t timeout,
                       struct curl_slist *header, struct curl_slist *pins)
{
	const struct {
		CURLoption option;
		const void *value;
	} pointers[] = {
		{ CURLOPT_URL, request->url },
		{ CURLOPT_UNIX_SOCKET_PATH, request->socket },
		{ CURLOPT_POSTFIELDS, request->body },
		{ CURLOPT_HTTPHEADER, header },
		{ CURLOPT_RESOLVE, pins },
		{ CURLOPT_PROTOCOLS_STR, "http,https" },
		{ CURLOPT_PROXY, "" },
		{ CURLOPT_WRITEDATA, p },
		{ CURLOPT_HEADERDATA, p },
	};
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_TIMEOUT_MS, (long)(timeout / NS_PER_MS) + 1 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_MAXCONNECTS, 1 },
	};
	CURLcode code = CURLE_OK;

	lib.easy_reset(p->handle);
	for (size_t i = 0; !code && i < ARRAY_SIZE(pointers); i++)
		code = lib.easy_setopt(p->handle, pointers[i].option, pointers[i].value);
	for (size_t i = 0; !code && i < ARRAY_SIZE(numbers); i++)
		code = lib.easy_setopt(p->handle, numbers[i].option, numbers[i].value);
	if (!code)
		code = lib.easy_setopt(p->handle, CURLOPT_WRITEFUNCTION, take_body);
	if (!code)
		code = lib.easy_setopt(p->handle, CURLOPT_HEADERFUNCTION, take_head);
	return code;
}

static int check(struct scrape *s, struct post *p, const struct post_request *request,
                 CURLcode code)
{
	long status = 0, error = 0;

	if (code == CURLE_OPERATION_TIMEDOUT)
		return fail(s, -ETIMEDOUT, "%s: no answer in time", request->who);
	if (code == CURLE_WRITE_ERROR)
		return fail(s, -EFBIG, "%s: its answer is longer than %zu bytes", request->who,
		            p->head_size > HEAD_MAX ? (size_t)HEAD_MAX : p->limit);
	if (code == CURLE_COULDNT_CONNECT &&
	    lib.easy_getinfo(p->handle, CURLINFO_OS_ERRNO, &error) == CURLE_OK && error > 0)
		return fail(s, -(int)error, "%s: %s", request->who, error_text((int)error));
	if (code)
		return fail(s, -EIO, "%s: %s", request->who, lib.easy_strerror(code));
	code = lib.easy_getinfo(p->handle, CURLINFO_RESPONSE_CODE, &status);
	if (code || status < 200 || status > 299)
		return fail(s, -EPROTO, "%s: HTTP status %ld", request->who, status);
	return 0;
}

int post_send(struct scrape *s, struct post *p, const struct post_request *request,
              struct buffer *reply)
{
	struct curl_slist *header = NULL, *pins = NULL;
	CURLcode code = CURLE_OUT_OF_MEMORY;
	int64_t timeout;
	char *address;
	int r;

	r = load(s, request->who);
	if (r == 0)
		r = find_address(s, request, &address);
	if (r < 0)
		return r;
	timeout = MIN(request->timeout, wait_limit(s) - now_ns());
	if (timeout <= 0)
		return fail(s, -ETIMEDOUT, "%s: no answer in time", request->who);
	if (!p->handle)
		p->handle = lib.easy_init();
	p->reply = reply;
	p->limit = request->limit;
	p->head_size = 0;
	header = lib.slist_append(NULL, request->type);
	pins = address ? lib.slist_append(NULL, address) : NULL;
	if (p->handle && header && (pins || !address))
		code = set_up(p, request, timeout, header, pins);
	if (!code)
		code = lib.easy_perform(p->handle);
	r = check(s, p, request, code);
	lib.slist_free_all(header);
	lib.slist_free_all(pins);
	return r;
}

void post_close(struct post *p)
{
	if (p->handle)
		lib.easy_cleanup(p->handle);
	p->handle = NULL;
}

// SPDX-License-Identifier: Apache-2.0
#include "web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <microhttpd.h>

#include "answer.h"
#include "compress.h"
#include "crew.h"
#include "guest.h"
#include "head.h"
#include "history.h"
#include "host.h"
#include "http.h"
#include "log.h"
#include "login.h"
#include "options.h"
#include "page.h"
#include "rate.h"
#include "shared.h"
#include "text.h"
#include "tls.h"
#include "version.h"

#define TIMEOUT_MAX 86400.0        /* seconds a client may claim to wait */
#define LOGIN_NS (30 * NS_PER_SEC) /* nobody waits longer to be let in */

/* How old figures of a page may be, and how long new ones are waited for. */
#define PAGE_AGE_NS (60 * NS_PER_SEC) /* whoever looks once, and probes that do so all the time */
#define LIVE_AGE_NS (900 * NS_PER_MS) /* whoever looks each second */
#define PAGE_WAIT_NS (60 * NS_PER_MS)
#define LIST_WAIT_NS (2 * NS_PER_SEC)

enum {
	AT_ONCE = 64,    /* connections that are let in */
	TRIM_ABOVE = 16, /* connections, of which half have gone */
	/*
	 * Of libmicrohttpd's memory for a connection, which is 16 KiB together: what a head may
	 * take with its fields, and what is left for that of the answer, less configured fields.
	 */
	ANSWER_MEMORY = 1536,
	HEAD_MEMORY = 16 * 1024 - ANSWER_MEMORY,
	LOCATION_MAX = 1024,
	FIELD_MEMORY = 8 * sizeof(void *),
	SPARE_FIELDS = 2,    /* of ours */
	WHOLE_MAX = 4 << 20, /* larger bodies are streamed */
	CHUNK = 64 * 1024,
	SCRATCH_KEEP = 1 << 20,
};

#define LOGIN_RETRY "5" /* s, for whom nobody had the time to let in */

/* What is not an exposition, but made of a run's figures. */
enum page { PAGE_NONE, PAGE_HTML, PAGE_LIVE, PAGE_STATUS, PAGE_METRICS };

/* One request, from its first line to the end of its answer. */
struct request {
	struct arena arena;
	const char *uri;
	enum {
		REQUEST_NEW,
		REQUEST_READ,
		REQUEST_WAITING, /* for a check of its password or for its run */
		REQUEST_LET_IN,
		REQUEST_READY,
		REQUEST_GONE,
	} state;
	bool is_metrics; /* counted as in flight */
	bool is_gzip;
	bool is_admitted; /* by the rate limit */
	bool is_options;  /* asked by load balancers to see whether somebody is there */
	enum page page;
	int64_t began;
	int64_t timeout; /* ns that the client names; 0: none */
	const char *agent;
	const char *known_tag; /* If-None-Match */
	size_t size;           /* of the body; 0: not known */
	struct MHD_Connection *connection;
	struct run *run;
	struct request *next; /* of the same run or check */
	int64_t deadline;
	int64_t login_deadline;
	struct http_query query;
	struct http_format format;
	struct body *body;
	unsigned status;
};

/* A response, and how many requests have still to queue it. */
struct body {
	struct MHD_Response *response;
	size_t shares;
	size_t size; /* 0: not known beforehand */
};

/* A large body on its way. */
struct stream {
	struct answer *answer;
	struct arena names_arena;
	struct expo expo;
	struct compressor *compressor; /* NULL: identity */
	struct buffer text;
	struct buffer out;
	size_t sent; /* of out */
	bool is_last;
};

static struct {
	struct MHD_Daemon *mhd;
	const struct webconfig *config;
	struct rate rate;
	bool is_retired;
	size_t requests;    /* begun and not ended */
	size_t guests_peak; /* since memory was given back last */
	size_t in_flight;
	bool has_resumed; /* requests that libmicrohttpd should go on with */
	struct buffer scratch;
	struct body *lists[2]; /* all metrics as JSON, lately made; the second one is gzipped */
	int64_t list_until;    /* when to forget them */
	int64_t vain_until;    /* collectors were not done in time: do not wait for them before */
} self;

/* --- Answers that are made of nothing --- */

static struct body *make_body(struct MHD_Response *response)
{
	struct body *body = xmalloc(sizeof(*body));

	if (!response)
		abort(); /* out of memory */
	*body = (struct body){ .response = response, .shares = 1 };
	return body;
}

static void drop_body(struct body *body)
{
	if (!body || --body->shares)
		return;
	MHD_destroy_response(body->response);
	free(body);
}

static struct body *make_text(const char *text, const char *type)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);

	if (!r || MHD_add_response_header(r, "Content-Type", type) == MHD_NO ||
	    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff") == MHD_NO)
		abort();
	return make_body(r);
}

static const char allowed[] = "GET, HEAD, OPTIONS";

static void set_text(struct request *q, unsigned status, const char *text)
{
	q->status = status;
	q->body = make_text(text, "text/plain; charset=utf-8");
	q->state = REQUEST_READY;
}

/* --- Pages --- */

static void add_tag(struct request *q, struct MHD_Response *r, const char *text, size_t size)
{
	char tag[32];

	snprintf(tag, sizeof(tag), "\"%016llx%s\"", (unsigned long long)hash_bytes(0, text, size),
	         q->is_gzip ? "z" : "");
	if (q->known_tag && strstr(q->known_tag, tag))
		q->status = MHD_HTTP_NOT_MODIFIED;
	if (MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, tag) == MHD_NO)
		abort();
}

static void add_page_headers(struct MHD_Response *r, const struct request *q)
{
	bool is_html = q->page == PAGE_HTML || q->page == PAGE_LIVE;
	const char *const headers[][2] = {
		{ "Content-Type", is_html ? "text/html; charset=UTF-8" : "application/json" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Content-Security-Policy", page_policy },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cache-Control", "no-cache" },
		{ "Vary", "Accept-Encoding" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		if (MHD_add_response_header(r, headers[i][0], headers[i][1]) == MHD_NO)
			abort();
	if (q->is_gzip && MHD_add_response_header(r, "Content-Encoding", "gzip") == MHD_NO)
		abort();
}

/* What is known now as q wants it; g, all metrics, is for PAGE_METRICS only. */
static struct body *make_page(struct request *q, const struct gather *g)
{
	struct buffer *text = &self.scratch, packed = { 0 };
	struct MHD_Response *r;

	text->used = 0;
	if (q->page == PAGE_METRICS)
		page_metrics(text, g);
	else if (q->page == PAGE_STATUS)
		page_status(text);
	else if (q->page == PAGE_LIVE)
		page_live(text);
	else if (page_is_full())
		page_html(text);
	else
		page_plain(text);
	if (q->is_gzip) {
		compress_whole(text->data, text->used, &packed);
		r = MHD_create_response_from_buffer(packed.used, packed.data,
		                                    MHD_RESPMEM_MUST_FREE);
	} else {
		r = MHD_create_response_from_buffer(text->used, text->data, MHD_RESPMEM_MUST_COPY);
	}
	if (!r)
		abort();
	add_page_headers(r, q);
	add_tag(q, r, text->data, text->used);
	if (text->size > SCRATCH_KEEP)
		buffer_free(text);
	return make_body(r);
}

static void forget_lists(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(self.lists); i++) {
		drop_body(self.lists[i]);
		self.lists[i] = NULL;
	}
}

/* What is known once a run was answered for. A list is for whoever wants it in the next second. */
static struct body *make_page_of(struct request *q, struct answer *a)
{
	struct body *body = make_page(q, answer_gather(a, ESCAPING_UTF8));

	if (q->page == PAGE_METRICS) {
		forget_lists();
		self.list_until = now_ns() + LIVE_AGE_NS;
		self.lists[q->is_gzip] = body;
		body->shares++;
	}
	return body;
}

static void set_page(struct request *q)
{
	q->status = MHD_HTTP_OK;
	q->body = q->page == PAGE_METRICS ? self.lists[q->is_gzip] : make_page(q, NULL);
	q->body->shares += q->page == PAGE_METRICS;
	q->state = REQUEST_READY;
}

/* Remember what a run has shown. */
static void take_figures(struct answer *a)
{
	if (!page_is_full())
		return;
	host_take(answer_gather(a, ESCAPING_UTF8), now_ns());
	history_count(answer_gather(a, ESCAPING_UTF8));
}

/* --- Expositions --- */

static bool same_names(const char *const *a, const char *const *b)
{
	if (!a || !b)
		return a == b;
	for (; *a && *b; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return *a == *b;
}

static void add_exposition_headers(struct MHD_Response *r, const struct request *q)
{
	if (MHD_add_response_header(r, "Content-Type", q->format.content_type) == MHD_NO ||
	    (q->is_gzip && MHD_add_response_header(r, "Content-Encoding", "gzip") == MHD_NO))
		abort();
}

static void free_stream(void *cls)
{
	struct stream *st = cls;

	answer_release(st->answer);
	arena_free(&st->names_arena);
	if (st->compressor)
		compressor_free(st->compressor);
	buffer_free(&st->text);
	buffer_free(&st->out);
	free(st);
}

/* The next bytes of a large body. */
static ssize_t read_stream(void *cls, uint64_t position, char *to, size_t size)
{
	struct stream *st = cls;
	struct buffer *from = st->compressor ? &st->out : &st->text;

	(void)position; /* asked for in order */
	while (st->sent == from->used) {
		if (st->is_last)
			return MHD_CONTENT_READER_END_OF_STREAM;
		st->text.used = st->out.used = st->sent = 0;
		st->is_last = !expo_write(&st->expo, &st->text, CHUNK);
		if (st->compressor)
			compressor_add(st->compressor, st->text.data, st->text.used, st->is_last,
			               &st->out);
	}
	size = MIN(size, from->used - st->sent);
	memcpy(to, from->data + st->sent, size);
	st->sent += size;
	return (ssize_t)size;
}

static const char *const *copy_names(struct arena *a, const char *const *names)
{
	const char **copy;
	size_t count = 0;

	if (!names)
		return NULL;
	while (names[count])
		count++;
	copy = arena_alloc(a, (count + 1) * sizeof(*copy));
	for (size_t i = 0; i < count; i++)
		copy[i] = arena_strdup(a, names[i]);
	copy[count] = NULL;
	return copy;
}

static struct MHD_Response *stream_response(struct answer *a, const struct request *q)
{
	struct stream *st = xcalloc(1, sizeof(*st));
	struct MHD_Response *r;

	st->answer = answer_share(a);
	st->expo = (struct expo){ .gather = answer_gather(a, q->format.escaping),
		                  .format = q->format.format,
		                  .names = copy_names(&st->names_arena, q->query.names) };
	if (q->is_gzip)
		st->compressor = compressor_new();
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CHUNK, read_stream, st,
	                                      free_stream);
	if (!r)
		abort();
	return r;
}

/* The body of an answer: whole, or, where it is large and the answer may stay, in pieces. */
static struct body *make_exposition(struct answer *a, bool may_stream, const struct request *q)
{
	struct expo e = { .gather = answer_gather(a, q->format.escaping),
		          .format = q->format.format,
		          .names = q->query.names };
	struct buffer *text = &self.scratch;
	struct buffer packed = { 0 };
	struct MHD_Response *r;
	struct body *body;

	text->used = 0;
	while (expo_write(&e, text, CHUNK))
		if (may_stream && text->used > WHOLE_MAX)
			break;
	if (may_stream && text->used > WHOLE_MAX) {
		r = stream_response(a, q);
	} else if (q->is_gzip) {
		compress_whole(text->data, text->used, &packed);
		r = MHD_create_response_from_buffer(packed.used, packed.data,
		                                    MHD_RESPMEM_MUST_FREE);
	} else {
		r = MHD_create_response_from_buffer(text->used, text->data, MHD_RESPMEM_MUST_COPY);
	}
	if (!r)
		abort();
	add_exposition_headers(r, q);
	body = make_body(r);
	body->size = packed.used ? packed.used : text->used;
	if (may_stream && text->used > WHOLE_MAX)
		body->size = 0;
	if (text->size > SCRATCH_KEEP)
		buffer_free(text);
	return body;
}

/* The request's answer is there: MHD asks for it once the connection goes on. */
static void resume(struct request *q, struct body *body)
{
	q->body = body;
	if (!q->status)
		q->status = MHD_HTTP_OK;
	q->state = REQUEST_READY;
	q->run = NULL;
	self.has_resumed = true;
	MHD_resume_connection(q->connection);
}

static bool wants_the_same(const struct request *a, const struct request *b)
{
	return !a->page && !b->page && a->is_gzip == b->is_gzip &&
	       a->format.content_type == b->format.content_type &&
	       same_names(a->query.names, b->query.names);
}

/* Answer all that wait for a run which has come to its end; those alike share one body. */
static void answer_all(struct run *run)
{
	struct answer_facts facts = { .in_flight = self.in_flight,
		                      .is_for_page = run->is_for_page || !run->requests };
	struct answer *a;

	a = answer_new(run, true, &facts);
	take_figures(a);
	while (run->requests) {
		struct request *first = run->requests, **at = &first->next;
		struct body *body =
			first->page ? make_page_of(first, a) : make_exposition(a, true, first);
		/* A stream is one client's own. */
		bool is_shared = self.scratch.used <= WHOLE_MAX;

		run->requests = first->next;
		at = &run->requests;
		while (is_shared && *at) {
			struct request *q = *at;

			if (!wants_the_same(first, q)) {
				at = &q->next;
				continue;
			}
			*at = q->next;
			body->shares++;
			resume(q, body);
		}
		resume(first, body);
	}
	answer_release(a);
}

/* One request's deadline is past while others of its run can still wait. */
static void answer_early(struct run *run, struct request *q)
{
	struct answer_facts facts = { .in_flight = self.in_flight, .is_for_page = q->page };
	struct answer *a;

	if (q->page)
		self.vain_until = now_ns() + LIVE_AGE_NS;
	a = answer_new(run, false, &facts);
	take_figures(a);
	for (struct request **at = &run->requests; *at; at = &(*at)->next) {
		if (*at != q)
			continue;
		*at = q->next;
		break;
	}
	resume(q, q->page ? make_page_of(q, a) : make_exposition(a, false, q));
	answer_release(a);
}

/* --- Passwords --- */

/* Answer somebody who is not let in. */
static void set_refused(struct request *q, enum login login)
{
	const char *name = MHD_HTTP_HEADER_WWW_AUTHENTICATE, *value = "Basic";

	if (login == LOGIN_BAD) {
		set_text(q, MHD_HTTP_UNAUTHORIZED, "Unauthorized\n");
	} else {
		set_text(q, MHD_HTTP_SERVICE_UNAVAILABLE,
		         "Too many passwords are being checked, try again later.\n");
		name = MHD_HTTP_HEADER_RETRY_AFTER;
		value = LOGIN_RETRY;
	}
	if (MHD_add_response_header(q->body->response, name, value) == MHD_NO)
		abort();
}

/* What was found out about a request's password; libmicrohttpd goes on with it. */
static void settle(struct request *q, enum login login)
{
	if (login == LOGIN_GOOD)
		q->state = REQUEST_LET_IN;
	else
		set_refused(q, login);
	self.has_resumed = true;
	MHD_resume_connection(q->connection);
}

/* Whether a suspended request's client has closed its connection, which libmicrohttpd does not see.
 */
static bool is_gone(const struct request *q)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd fd = { .fd = info ? info->connect_fd : -1, .events = POLLRDHUP };

	return poll(&fd, 1, 0) > 0;
}

/* Take those out who wait no longer. */
static void drop_gone(struct check *check)
{
	struct request **at = &check->requests;

	while (*at) {
		struct request *q = *at;

		if (!is_gone(q)) {
			at = &q->next;
			continue;
		}
		*at = q->next;
		q->state = REQUEST_GONE;
		self.has_resumed = true;
		MHD_resume_connection(q->connection);
	}
}

static int64_t answer_late(struct check *check, int64_t now)
{
	struct request **at = &check->requests;
	int64_t next = INT64_MAX;

	while (*at) {
		struct request *q = *at;

		if (now < q->login_deadline) {
			next = MIN(next, q->login_deadline);
			at = &q->next;
			continue;
		}
		*at = q->next;
		settle(q, LOGIN_BUSY);
	}
	return next;
}

/* Answer whoever waits for a password that has been checked, or has waited long enough. */
static int64_t answer_logins(int64_t now)
{
	int64_t next = INT64_MAX;
	struct check *check;

	for (struct check *c = login_first(), *after; c; c = after) {
		after = c->next;
		if (c->login == LOGIN_WAITING || c->login == LOGIN_UNDER_WAY) {
			next = MIN(next, answer_late(c, now));
			continue;
		}
		while (c->requests) {
			struct request *q = c->requests;

			c->requests = q->next;
			settle(q, c->login);
		}
		login_end(c);
	}
	while ((check = login_next())) {
		drop_gone(check);
		if (check->requests)
			login_begin(check);
		else
			login_end(check);
	}
	return next;
}

int64_t web_answer_due(bool at_once)
{
	int64_t now = now_ns(), next = answer_logins(at_once ? INT64_MAX : now);

	if (self.list_until && now >= self.list_until) {
		forget_lists();
		self.list_until = 0;
	}
	for (struct run *run = runs_first(), *after; run; run = after) {
		after = run->next;
		if (at_once && run->requests)
			answer_all(run);
		if (!run->n_pending || now >= run->deadline) {
			/* Where all were answered early the page still wants to know. */
			if (run->requests || page_is_full())
				answer_all(run);
			run_end(run);
			continue;
		}
		for (struct request *q = run->requests, *other; q; q = other) {
			other = q->next;
			if (now >= q->deadline)
				answer_early(run, q);
			else
				next = MIN(next, q->deadline);
		}
	}
	return self.list_until ? MIN(next, self.list_until) : next;
}

/* --- Requests --- */

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

struct lines {
	const char *texts[16];
	size_t count;
};

static enum MHD_Result add_encoding(void *cls, enum MHD_ValueKind kind, const char *key,
                                    const char *value)
{
	struct lines *l = cls;

	(void)kind;
	if (strcasecmp(key, "Accept-Encoding") == 0 && l->count < ARRAY_SIZE(l->texts))
		l->texts[l->count++] = value ? value : "";
	return MHD_YES;
}

/*
 * When the answer has to go out: the scraper's own timeout less an offset, which is at most half of
 * it, or the flag's.
 */
static int64_t find_deadline(struct MHD_Connection *connection, int64_t *ret_named)
{
	const char *text = header(connection, "X-Prometheus-Scrape-Timeout-Seconds");
	int64_t timeout = options.scrape_timeout;
	double seconds;

	if (text && parse_double(text, &seconds) == 0 && seconds > 0 && seconds <= TIMEOUT_MAX) {
		timeout = *ret_named = (int64_t)(seconds * 1e9);
		timeout -= MIN(options.timeout_offset, timeout / 2);
	}
	return now_ns() + MAX(timeout, NS_PER_MS);
}

/* Which collectors a query wants. False, with an answer set, where it cannot be. */
static bool choose(struct request *q, bool wanted[static COLLECTORS_MAX])
{
	static const char failed[] = "Couldn't create filtered metrics handler: couldn't create "
				     "collector: %s collector: %s";
	const char *const *collect = q->query.collect, *const *exclude = q->query.exclude;
	bool has_any = false;

	memset(wanted, 0, COLLECTORS_MAX * sizeof(*wanted));
	if (collect && exclude) {
		set_text(q, MHD_HTTP_BAD_REQUEST,
		         "Combined collect and exclude queries are not allowed.");
		return false;
	}
	for (; collect && *collect; collect++) {
		int id = registry_find(*collect);

		if (id < 0 || !collector_switches[id].is_on) {
			set_text(q, MHD_HTTP_BAD_REQUEST,
			         arena_printf(&q->arena, failed, id < 0 ? "missing" : "disabled",
			                      *collect));
			return false;
		}
		wanted[id] = has_any = true;
	}
	for (size_t id = 0; !has_any && exclude && id < registry_count(); id++)
		wanted[id] = collector_switches[id].is_on;
	for (; exclude && *exclude; exclude++)
		if (registry_find(*exclude) >= 0)
			wanted[registry_find(*exclude)] = false;
	/* Upstream: an exclusion of everything is none. */
	has_any = memchr(wanted, true, COLLECTORS_MAX) != NULL;
	for (size_t id = 0; !has_any && id < registry_count(); id++)
		wanted[id] = collector_switches[id].is_on;
	wanted[SELF_ID] = !options.disable_exporter_metrics;
	return true;
}

static void set_limited(struct request *q)
{
	ledger->requests_refused++;
	set_text(q, MHD_HTTP_SERVICE_UNAVAILABLE,
	         arena_printf(&q->arena,
	                      "Limit of concurrent requests reached (%lld), try again later.\n",
	                      (long long)options.max_requests));
}

static void wait_for(struct request *q, struct MHD_Connection *connection, struct run *run)
{
	q->connection = connection;
	q->run = run;
	q->next = run->requests;
	run->requests = q;
	q->state = REQUEST_WAITING;
	MHD_suspend_connection(connection);
}

/* An exposition is wanted: join a run or begin one, and wait for it. */
static void ask_metrics(struct request *q, struct MHD_Connection *connection, const char *query)
{
	const char *agent = header(connection, MHD_HTTP_HEADER_USER_AGENT);
	bool wanted[COLLECTORS_MAX];
	struct lines encodings = { .count = 0 };
	struct run *run;

	http_query_parse(&q->arena, query, &q->query);
	if (!choose(q, wanted))
		return;
	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, add_encoding, &encodings);
	q->is_gzip = http_wants_gzip(encodings.texts, encodings.count);
	q->format = http_negotiate(header(connection, MHD_HTTP_HEADER_ACCEPT),
	                           options.enable_openmetrics);
	run = run_covering(wanted);
	if (!run && options.max_requests > 0 && runs_count() >= (size_t)options.max_requests) {
		set_limited(q);
		return;
	}
	if (run)
		run_extend(run, q->deadline);
	else
		run = run_begin(wanted, q->deadline);
	run->is_for_page = false;
	q->is_metrics = true;
	q->agent = arena_strdup(&q->arena, agent ? agent : "");
	self.in_flight++;
	wait_for(q, connection, run);
}

/*
 * Something for people: what is known already while that is young, else what a run has shown within
 * a moment. The run itself has as long as any other, so that being looked at does no collector
 * harm.
 */
static void ask_page(struct request *q, struct MHD_Connection *connection, enum page page)
{
	int64_t now = now_ns(), max_age = page == PAGE_HTML ? PAGE_AGE_NS : LIVE_AGE_NS;
	const char *tag = header(connection, MHD_HTTP_HEADER_IF_NONE_MATCH);
	struct lines encodings = { .count = 0 };
	bool wanted[COLLECTORS_MAX] = { false }, is_known;
	struct run *run;

	(void)MHD_get_connection_values(connection, MHD_HEADER_KIND, add_encoding, &encodings);
	q->is_gzip = http_wants_gzip(encodings.texts, encodings.count);
	q->known_tag = tag ? arena_strdup(&q->arena, tag) : NULL;
	q->page = page;
	if (page == PAGE_METRICS)
		is_known = self.lists[q->is_gzip] != NULL;
	else
		is_known = !page_is_full() || now < self.vain_until ||
		           (host_latest() && now - host_latest() < max_age);
	if (is_known) {
		set_page(q);
		return;
	}
	for (size_t id = 0; id < registry_count(); id++)
		wanted[id] =
			collector_switches[id].is_on && (page == PAGE_METRICS || !host_latest() ||
		                                         host_needs(collectors[id]->name));
	q->deadline = now + (page == PAGE_METRICS ? LIST_WAIT_NS : PAGE_WAIT_NS);
	run = run_covering(wanted);
	if (!run) {
		run = run_begin(wanted, now + options.scrape_timeout);
		run->is_for_page = true;
	}
	wait_for(q, connection, run);
}

static void redirect(struct request *q, const char *path, const char *query)
{
	const char *to = query ? arena_printf(&q->arena, "%s?%s", path, query) : path;

	if (strlen(to) > LOCATION_MAX) {
		set_text(q, MHD_HTTP_URI_TOO_LONG, "URI Too Long\n");
		return;
	}
	set_text(q, MHD_HTTP_MOVED_PERMANENTLY, "");
	if (MHD_add_response_header(q->body->response, "Location", to) == MHD_NO)
		q->status = MHD_HTTP_BAD_REQUEST;
}

static enum page find_page(const char *path)
{
	static const struct {
		const char *path;
		enum page page;
	} pages[] = {
		{ "/", PAGE_HTML },
		{ "/api/v1/live", PAGE_LIVE },
		{ "/api/v1/metrics", PAGE_METRICS },
		{ "/api/v1/status", PAGE_STATUS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		if (strcmp(path, pages[i].path) == 0 && strcmp(options.page, "off") != 0 &&
		    (page_is_full() || pages[i].page == PAGE_HTML))
			return pages[i].page;
	return PAGE_NONE;
}

/* "/metrics" for "/metrics/": the slash is missing. */
static bool lacks_slash(const char *path, const char *directory)
{
	size_t length = strlen(path);

	return starts_with(directory, path) && strcmp(directory + length, "/") == 0;
}

static void set_options(struct request *q)
{
	set_text(q, MHD_HTTP_OK, "");
	if (MHD_add_response_header(q->body->response, "Allow", allowed) == MHD_NO)
		abort();
}

static void route(struct request *q, struct MHD_Connection *connection)
{
	const char *uri = q->uri, *mark = strchr(uri, '?'), *query = mark ? mark + 1 : NULL;
	char *raw = arena_memdup(&q->arena, uri, mark ? (size_t)(mark - uri) : strlen(uri));
	const char *path = http_path_clean(&q->arena, raw);
	const char *metrics = options.telemetry_path;
	enum page page = path ? find_page(path) : PAGE_NONE;

	if (!path)
		set_text(q, MHD_HTTP_BAD_REQUEST, "400 Bad Request\n");
	else if (q->is_options)
		set_options(q);
	else if (strcmp(path, metrics) == 0 && strcmp(raw, path) != 0 && strstr(raw, "//"))
		redirect(q, path, query);
	else if (strcmp(path, metrics) == 0)
		ask_metrics(q, connection, query);
	else if (lacks_slash(path, metrics))
		redirect(q, metrics, query);
	else if (strcmp(path, "/-/healthy") == 0)
		set_text(q, MHD_HTTP_OK, "nodegauge is healthy.\n");
	else if (strcmp(path, "/-/ready") == 0 && crew_is_ready())
		set_text(q, MHD_HTTP_OK, "nodegauge is ready.\n");
	else if (strcmp(path, "/-/ready") == 0)
		set_text(q, MHD_HTTP_SERVICE_UNAVAILABLE, "nodegauge is starting.\n");
	else if (metrics[strlen(metrics) - 1] == '/' && starts_with(path, metrics))
		ask_metrics(q, connection, query);
	else if (page != PAGE_NONE)
		ask_page(q, connection, page);
	else
		set_text(q, MHD_HTTP_NOT_FOUND, "404 page not found\n");
}

/* In place of one of ours. It may be there already: bodies are shared by requests. */
static void set_header(struct MHD_Response *r, const char *name, const char *value)
{
	const char *old = MHD_get_response_header(r, name);

	if (old && strcmp(old, value) == 0)
		return;
	if ((old && MHD_del_response_header(r, name, old) == MHD_NO) ||
	    MHD_add_response_header(r, name, value) == MHD_NO)
		abort();
}

static struct guest *guest_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
	        ->socket_context;
}

static enum MHD_Result queue(struct request *q, struct MHD_Connection *connection)
{
	const struct webconfig *config = self.config;
	struct guest *g = guest_of(connection);
	enum MHD_Result r;

	for (size_t i = 0; q->is_admitted && i < config->n_headers; i++)
		if (*config->headers[i].value)
			set_header(q->body->response, config->headers[i].name,
			           config->headers[i].value);
	/* A body that others get, too, is no place to say so; one of its own comes by. */
	if (self.is_retired || (guest_is_worn(g) && q->body->shares == 1))
		set_header(q->body->response, MHD_HTTP_HEADER_CONNECTION, "close");
	q->size = q->body->size;
	r = MHD_queue_response(connection, q->status, q->body->response);
	drop_body(q->body);
	q->body = NULL;
	guest_has_answer(g);
	return r;
}

static const struct sockaddr *address_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info ? info->client_addr : NULL;
}

/*
 * What libmicrohttpd finds first, so that it never looks at a client's own: 0.9.75 sends the head
 * of its answer twice where it does not like one. Whether there is a body is for head_judge() to
 * say.
 */
static const char no_body[] = "Content-Length";

static enum MHD_Result add_field(void *cls, enum MHD_ValueKind kind, const char *name,
                                 size_t name_size, const char *value, size_t value_size)
{
	(void)kind;
	if (name != no_body)
		head_add(cls, name, name_size, value ? value : "", value_size);
	return MHD_YES;
}

/* Up to then it takes much for a line's end, or the head's, and refuses what it has read twice. */
static bool is_lax(void)
{
	return starts_with(MHD_get_version(), "0.");
}

/* Bytes of a head that has been read; 0 while it has not. */
static size_t head_size(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return info ? info->header_size : 0;
}

/* What libmicrohttpd has made of cookies: a copy, and a field of each. */
static size_t cookie_memory(struct MHD_Connection *connection)
{
	const char *cookies = header(connection, MHD_HTTP_HEADER_COOKIE);
	int count = MHD_get_connection_values(connection, MHD_COOKIE_KIND, NULL, NULL);

	return cookies ? strlen(cookies) + (size_t)(count + 1) * FIELD_MEMORY : 0;
}

/* The answer where libmicrohttpd has no memory for one; the connection is to be closed. */
static void refuse_by_hand(struct guest *g)
{
	static const char text[] = "HTTP/1.1 431 Request Header Fields Too Large\r\n"
				   "Connection: close\r\n"
				   "Content-Length: 0\r\n\r\n";

	if (self.config->tls.is_on)
		tls_write(MHD_get_connection_info(g->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)
		                  ->tls_session,
		          text, sizeof(text) - 1);
	else
		(void)!send(g->fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/*
 * What is refused before anything is looked at; the connection ends with it. False where there is
 * no memory to say so.
 */
static bool refuse(struct request *q, struct MHD_Connection *connection, const char *url,
                   const char *method, const char *version)
{
	size_t size = head_size(connection);
	struct head head = { 0 };
	const char *why;
	unsigned status;

	if (is_lax())
		head_trace(&head, method, q->uri, url, version);
	(void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add_field, &head);
	if (is_lax())
		head_close(&head, size);
	size += (head.fields + SPARE_FIELDS) * FIELD_MEMORY + cookie_memory(connection);
	if (size > HEAD_MEMORY)
		return false;
	status = head_judge(&head, method, q->uri, version, &why);
	if (!status)
		return true;
	set_text(q, status, why);
	if (MHD_add_response_header(q->body->response, "Connection", "close") == MHD_NO ||
	    (status == MHD_HTTP_METHOD_NOT_ALLOWED &&
	     MHD_add_response_header(q->body->response, "Allow", allowed) == MHD_NO))
		abort();
	return true;
}

/* Let a request in that has the right password, or is not asked for one. */
static void admit(struct request *q, struct MHD_Connection *connection)
{
	enum login login = LOGIN_GOOD;
	struct check *check = NULL;
	int64_t now = now_ns();

	q->connection = connection;
	q->deadline = find_deadline(connection, &q->timeout);
	q->is_admitted = rate_allows(&self.rate, now);
	if (!q->is_admitted) {
		set_text(q, MHD_HTTP_TOO_MANY_REQUESTS, "Too Many Requests\n");
		return;
	}
	if (self.config->n_users)
		login = login_ask(header(connection, MHD_HTTP_HEADER_AUTHORIZATION),
		                  address_of(connection), &check);
	if (login == LOGIN_GOOD) {
		route(q, connection);
	} else if (login != LOGIN_WAITING) {
		set_refused(q, login);
	} else {
		q->login_deadline = MIN(q->deadline, now + LOGIN_NS);
		q->next = check->requests;
		check->requests = q;
		q->state = REQUEST_WAITING;
		MHD_suspend_connection(connection);
	}
}

/* libmicrohttpd's handler: first with the headers, then for an answer, again when resumed. */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload_data,
                              size_t *upload_size, void **con_cls)
{
	struct request *q = *con_cls;

	(void)cls, (void)upload_data;
	if (!q)
		return MHD_NO;
	switch (q->state) {
	case REQUEST_NEW:
		q->state = REQUEST_READ;
		guest_is_served(guest_of(connection));
		q->is_options = strcmp(method, "OPTIONS") == 0;
		if (!refuse(q, connection, url, method, version)) {
			refuse_by_hand(guest_of(connection));
			return MHD_NO;
		}
		return q->body ? queue(q, connection) : MHD_YES;
	case REQUEST_READ:
		if (*upload_size)
			return MHD_NO;
		/* Whom this server lets in the other one may not; who comes back asks that one. */
		if (self.is_retired && self.config->n_users && guest_of(connection)->has_answer)
			return MHD_NO;
		admit(q, connection);
		return q->state == REQUEST_READY ? queue(q, connection) : MHD_YES;
	case REQUEST_LET_IN:
		route(q, connection);
		return q->state == REQUEST_READY ? queue(q, connection) : MHD_YES;
	case REQUEST_WAITING:
		return MHD_YES;
	case REQUEST_READY:
		return q->body ? queue(q, connection) : MHD_YES;
	case REQUEST_GONE:
		break;
	}
	return MHD_NO;
}

/*
 * libmicrohttpd takes the query apart, too, which costs it memory: from some 250 pairs on 0.9.75
 * loses the request. It has given us its own text, which may end where the query begins.
 */
static void hide_query(const char *uri)
{
	char *mark = strchr((char *)(uintptr_t)uri, '?');

	if (mark)
		mark[1] = '\0';
}

/* The raw target of a request that begins. */
static void *begin_request(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct request *q = xcalloc(1, sizeof(*q));

	(void)cls;
	q->uri = arena_strdup(&q->arena, uri);
	q->began = now_ns();
	/* Without memory for this there is none for a field of the client's either. */
	(void)MHD_set_connection_value(connection, MHD_HEADER_KIND, no_body, "0");
	hide_query(uri);
	guest_reads(guest_of(connection));
	self.requests++;
	return q;
}

/* The address without the port, which is another one each time. */
static void name_client(struct MHD_Connection *connection, char text[static ADDRESS_MAX])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	const void *bytes = NULL;

	if (address && address->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	else if (address && address->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	if (!bytes || !inet_ntop(address->sa_family, bytes, text, ADDRESS_MAX))
		snprintf(text, ADDRESS_MAX, "%s", "local");
	if (starts_with(text, "::ffff:") && strchr(text, '.'))
		memmove(text, text + strlen("::ffff:"), strlen(text + strlen("::ffff:")) + 1);
}

static void note_scraper(const struct request *q, struct MHD_Connection *connection)
{
	struct scraper s = {
		.at = now_ns(), .deadline = q->timeout, .bytes = q->size, .is_gzip = q->is_gzip
	};
	const char *type = q->format.content_type, *detail = strstr(type, "version=");

	s.duration = s.at - q->began;
	name_client(connection, s.address);
	snprintf(s.agent, sizeof(s.agent), "%s", q->agent);
	if (!detail)
		detail = strstr(type, "encoding=");
	detail = detail ? strchr(detail, '=') + 1 : "";
	snprintf(s.format, sizeof(s.format), "%.*s %.*s", (int)strcspn(type, ";"), type,
	         (int)strcspn(detail, ";"), detail);
	scraper_note(&s);
}

static void end_request(void *cls, struct MHD_Connection *connection, void **con_cls,
                        enum MHD_RequestTerminationCode code)
{
	struct request *q = *con_cls;

	(void)cls;
	if (!q)
		return;
	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		guest_is_idle(guest_of(connection));
	self.requests--;
	if (q->is_metrics) {
		self.in_flight--;
		if (q->status == MHD_HTTP_OK)
			ledger->requests_ok++;
		if (q->status == MHD_HTTP_OK && page_is_full())
			note_scraper(q, connection);
	}
	drop_body(q->body);
	arena_free(&q->arena);
	free(q);
	*con_cls = NULL;
}

static void count_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                             enum MHD_ConnectionNotificationCode code)
{
	struct guest *g;

	(void)cls;
	if (code != MHD_CONNECTION_NOTIFY_STARTED) {
		guest_left(*socket_context);
		return;
	}
	g = guests_find(
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
	g->connection = connection;
	*socket_context = g;
	if (self.config->tls.is_on)
		tls_prepare(MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)
		                    ->tls_session,
		            g);
}

/* Paths are taken apart by http.c; libmicrohttpd's own unescaping stays out of it. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text)
{
	(void)cls, (void)connection;
	return strlen(text);
}

/*
 * libmicrohttpd has something to say while it has read a head, and has not asked for an answer: it
 * refuses it, for want of memory for its cookies, and 0.9.75 would do so twice. That is prevented.
 */
static void refuse_once(void)
{
	for (struct guest *g = guests_reading(NULL); g; g = guests_reading(g)) {
		if (!head_size(g->connection))
			continue;
		refuse_by_hand(g);
		guest_leaves(g);
		return;
	}
}

/* What libmicrohttpd has to say is about clients that went away; it is for those who debug. */
static void log_mhd(void *cls, const char *fmt, va_list args) PRINTF(2, 0);
static void log_mhd(void *cls, const char *fmt, va_list args)
{
	char text[256];
	int length;

	(void)cls;
	if (is_lax())
		refuse_once();
	if (!is_logged(LOG_DEBUG))
		return;
	length = vsnprintf(text, sizeof(text), fmt, args);
	if (length > 0)
		log_at(LOG_DEBUG, "libmicrohttpd", "text", trim(text));
}

static size_t connection_memory(const struct webconfig *config)
{
	size_t size = HEAD_MEMORY + ANSWER_MEMORY;

	for (size_t i = 0; i < config->n_headers; i++)
		size += strlen(config->headers[i].name) + strlen(config->headers[i].value) +
		        strlen(": \r\n");
	return size;
}

int web_open(const struct webconfig *config, int *ret_door)
{
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls_priorities() },
		{ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, tls_callback() },
		{ MHD_OPTION_END, 0, NULL },
	};
	const union MHD_DaemonInfo *info;

	self.config = config;
	self.rate = (struct rate){ .interval = config->rate_interval, .burst = config->rate_burst };
	*ret_door = guests_open(config->tls.is_on);
	if (*ret_door < 0) {
		log_at(LOG_ERROR, "The server could not be set up", "err", error_text(*ret_door));
		return *ret_door;
	}
	self.mhd = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET |
			MHD_USE_ERROR_LOG | (config->tls.is_on ? MHD_USE_TLS : 0),
		0, NULL, NULL, handle, NULL, MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)guests_max(),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory(config),
		MHD_OPTION_URI_LOG_CALLBACK, begin_request, NULL, MHD_OPTION_UNESCAPE_CALLBACK,
		leave_escaped, NULL, MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL,
		MHD_OPTION_NOTIFY_CONNECTION, count_connection, NULL, MHD_OPTION_ARRAY,
		config->tls.is_on ? tls : &tls[ARRAY_SIZE(tls) - 1], MHD_OPTION_END);
	info = self.mhd ? MHD_get_daemon_info(self.mhd, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info) {
		log_at(LOG_ERROR, "libmicrohttpd could not be started");
		return -EIO;
	}
	return info->epoll_fd;
}

static void let_in(struct guest *g)
{
	int fd = g->fd;

	/* It may have been taken on and closed again, and g be gone. */
	if (MHD_add_connection(self.mhd, fd, &g->address.any, g->size) != MHD_YES &&
	    guests_find(fd) == g)
		guest_left(g);
}

void web_add(int fd, const struct sockaddr *address, socklen_t size)
{
	struct guest *g = guests_add(fd, address, size);

	if (g)
		let_in(g);
}

void web_hear_door(void)
{
	struct guest *g;

	for (unsigned i = 0; i < AT_ONCE; i++) {
		g = guests_next();
		if (!g)
			return;
		if (!g->is_paused) {
			let_in(g);
			continue;
		}
		g->is_paused = false;
		MHD_resume_connection(g->connection);
	}
}

bool web_is_full(void)
{
	return guests_are_full();
}

void web_retire(void)
{
	self.is_retired = true;
}

bool web_is_busy(void)
{
	return self.requests > 0;
}

size_t web_in_flight(void)
{
	return self.in_flight;
}

void web_go_on(void)
{
	self.has_resumed = false;
	(void)guests_tick();
	(void)MHD_run(self.mhd);
	for (struct guest *g = guests_starved(); g; g = guests_starved())
		MHD_suspend_connection(g->connection);
	/* What GnuTLS had for many clients lies in pieces all over the heap. */
	self.guests_peak = MAX(self.guests_peak, guests_count());
	if (self.guests_peak >= TRIM_ABOVE && guests_count() <= self.guests_peak / 2) {
		(void)malloc_trim(0);
		self.guests_peak = guests_count();
	}
}

bool web_has_resumed(void)
{
	return self.has_resumed;
}

int64_t web_timeout(void)
{
	int64_t next = guests_tick(), ms = INT64_MAX;
	unsigned MHD_LONG_LONG pending;

	if (next != INT64_MAX)
		ms = MAX(next - now_ns() + NS_PER_MS - 1, 0) / NS_PER_MS;
	return MHD_get_timeout(self.mhd, &pending) == MHD_YES ? MIN((int64_t)pending, ms) : ms;
}

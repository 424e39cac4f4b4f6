// SPDX-License-Identifier: Apache-2.0
#include "webmetrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "compress.h"
#include "crew.h"
#include "history.h"
#include "options.h"
#include "page.h"
#include "shared.h"
#include "text.h"

enum {
	WHOLE_MAX = 4 << 20, /* larger bodies are streamed */
	CHUNK = 64 * 1024,
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
	size_t in_flight;
} self;

static bool same_names(const char *const *a, const char *const *b)
{
	if (!a || !b)
		return a == b;
	for (; *a && *b; a++, b++)
		if (strcmp(*a, *b) != 0)
			return false;
	return *a == *b;
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

static struct body *make_stream(struct answer *a, const struct request *q)
{
	struct stream *st = xcalloc(1, sizeof(*st));

	st->answer = answer_share(a);
	st->expo = (struct expo){ .gather = answer_gather(a, q->format.escaping),
		                  .format = q->format.format,
		                  .names = copy_names(&st->names_arena, q->query.names) };
	if (q->is_gzip)
		st->compressor = compressor_new();
	return body_new(MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CHUNK, read_stream, st,
	                                                  free_stream));
}

struct body *webmetrics_make(struct answer *a, bool may_stream, const struct request *q)
{
	struct expo e = { .gather = answer_gather(a, q->format.escaping),
		          .format = q->format.format,
		          .names = q->query.names };
	struct buffer *text = body_scratch();
	struct body *body;

	while (expo_write(&e, text, CHUNK))
		if (may_stream && text->used > WHOLE_MAX)
			break;
	if (may_stream && text->used > WHOLE_MAX) {
		buffer_free(text);
		body = make_stream(a, q);
	} else {
		body = body_of_scratch(q->is_gzip);
	}
	body_add(body, "Content-Type", q->format.content_type);
	if (q->is_gzip)
		body_add(body, "Content-Encoding", "gzip");
	return body;
}

bool webmetrics_are_same(const struct request *a, const struct request *b)
{
	return a->is_gzip == b->is_gzip && a->format.content_type == b->format.content_type &&
	       same_names(a->query.names, b->query.names);
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
		request_set_text(q, MHD_HTTP_BAD_REQUEST,
		                 "Combined collect and exclude queries are not allowed.");
		return false;
	}
	for (; collect && *collect; collect++) {
		int id = registry_find(*collect);

		if (id < 0 || !collector_switches[id].is_on) {
			request_set_text(q, MHD_HTTP_BAD_REQUEST,
			                 arena_printf(&q->arena, failed,
			                              id < 0 ? "missing" : "disabled", *collect));
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
	request_set_text(
		q, MHD_HTTP_SERVICE_UNAVAILABLE,
		arena_printf(&q->arena,
	                     "Limit of concurrent requests reached (%lld), try again later.\n",
	                     (long long)options.max_requests));
}

void webmetrics_ask(struct request *q, const char *query)
{
	const char *agent = request_header(q, MHD_HTTP_HEADER_USER_AGENT);
	bool wanted[COLLECTORS_MAX];
	struct run *run;

	http_query_parse(&q->arena, query, &q->query);
	if (!choose(q, wanted))
		return;
	q->is_gzip = request_wants_gzip(q);
	q->format = http_negotiate(request_header(q, MHD_HTTP_HEADER_ACCEPT),
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
	request_wait(q, run);
}

/* The address without the port, which is another one each time. */
static void name_client(const struct request *q, char text[static ADDRESS_MAX])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
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

static void note_scraper(const struct request *q)
{
	struct scraper s = {
		.at = now_ns(), .deadline = q->timeout, .bytes = q->size, .is_gzip = q->is_gzip
	};
	const char *type = q->format.content_type, *detail = strstr(type, "version=");

	s.duration = s.at - q->began;
	name_client(q, s.address);
	snprintf(s.agent, sizeof(s.agent), "%s", q->agent);
	if (!detail)
		detail = strstr(type, "encoding=");
	detail = detail ? strchr(detail, '=') + 1 : "";
	snprintf(s.format, sizeof(s.format), "%.*s %.*s", (int)strcspn(type, ";"), type,
	         (int)strcspn(detail, ";"), detail);
	scraper_note(&s);
}

void webmetrics_end(const struct request *q)
{
	if (!q->is_metrics)
		return;
	self.in_flight--;
	if (q->status != MHD_HTTP_OK)
		return;
	ledger->requests_ok++;
	if (page_is_full())
		note_scraper(q);
}

size_t webmetrics_in_flight(void)
{
	return self.in_flight;
}

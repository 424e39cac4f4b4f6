// SPDX-License-Identifier: Apache-2.0
#include "web.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include <microhttpd.h>

#include "guest.h"
#include "log.h"
#include "text.h"
#include "tls.h"
#include "webadmit.h"
#include "webanswer.h"
#include "webhead.h"
#include "webmetrics.h"
#include "webpage.h"
#include "webroute.h"

enum {
	AT_ONCE = 8,     /* connections that are let in */
	TRIM_ABOVE = 16, /* connections, of which half have gone */
};

static struct {
	struct MHD_Daemon *mhd;
	const struct webconfig *config;
	bool is_retired;
	size_t requests;    /* begun and not ended */
	size_t guests_peak; /* since memory was given back last */
} self;

/* --- Requests --- */

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

static enum MHD_Result queue(struct request *q)
{
	const struct webconfig *config = self.config;
	struct guest *g = guest_of(q->connection);
	enum MHD_Result r;

	for (size_t i = 0; q->is_admitted && i < config->n_headers; i++)
		if (*config->headers[i].value)
			set_header(q->body->response, config->headers[i].name,
			           config->headers[i].value);
	/* A body that others get, too, is no place to say so; one of its own comes by. */
	if (self.is_retired || (guest_is_worn(g) && q->body->shares == 1))
		set_header(q->body->response, MHD_HTTP_HEADER_CONNECTION, "close");
	q->size = q->body->size;
	r = MHD_queue_response(q->connection, q->status, q->body->response);
	body_drop(q->body);
	q->body = NULL;
	guest_has_answer(g);
	return r;
}

/* libmicrohttpd's handler: first with the headers, then for an answer, again when resumed. */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload_data,
                              size_t *upload_size, void **con_cls)
{
	struct request *q = *con_cls;

	(void)cls, (void)url, (void)upload_data;
	if (!q)
		return MHD_NO;
	switch (q->state) {
	case REQUEST_NEW:
		q->state = REQUEST_READ;
		guest_is_served(guest_of(connection));
		q->is_options = strcmp(method, "OPTIONS") == 0;
		if (!webhead_judge(q, method, version))
			return MHD_NO;
		return q->body ? queue(q) : MHD_YES;
	case REQUEST_READ:
		if (*upload_size)
			return MHD_NO;
		/* Whom this server lets in the other one may not; who comes back asks that one. */
		if (self.is_retired && self.config->n_users && guest_of(connection)->has_answer)
			return MHD_NO;
		if (webadmit_ask(q))
			webroute(q);
		return q->state == REQUEST_READY ? queue(q) : MHD_YES;
	case REQUEST_LET_IN:
		webroute(q);
		return q->state == REQUEST_READY ? queue(q) : MHD_YES;
	case REQUEST_WAITING:
		return MHD_YES;
	case REQUEST_READY:
		return q->body ? queue(q) : MHD_YES;
	case REQUEST_GONE:
		break;
	}
	return MHD_NO;
}

/* The raw target of a request that begins. */
static void *begin_request(void *cls, const char *uri, struct MHD_Connection *connection)
{
	struct request *q = xcalloc(1, sizeof(*q));

	(void)cls;
	q->uri = arena_strdup(&q->arena, uri);
	q->began = now_ns();
	q->connection = connection;
	webhead_begin(q, uri);
	guest_reads(guest_of(connection));
	self.requests++;
	return q;
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
	webmetrics_end(q);
	body_drop(q->body);
	arena_free(&q->arena);
	free(q);
	*con_cls = NULL;
}

/* --- Connections --- */

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

/* What libmicrohttpd has to say is about clients that went away; it is for those who debug. */
static void log_mhd(void *cls, const char *fmt, va_list args) PRINTF(2, 0);
static void log_mhd(void *cls, const char *fmt, va_list args)
{
	char text[256];
	int length;

	(void)cls;
	webhead_hear();
	if (!is_logged(LOG_DEBUG))
		return;
	length = vsnprintf(text, sizeof(text), fmt, args);
	if (length > 0)
		log_at(LOG_DEBUG, "libmicrohttpd", "text", trim(text));
}

int web_open(const struct webconfig *config, int *ret_door)
{
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls_priorities() },
		{ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, tls_callback() },
		{ MHD_OPTION_END, 0, NULL },
	};
	/* Then 1.0 refuses folded lines, blanks in targets and the like; 0.9.75 answers oddly. */
	const int is_strict = MHD_VERSION >= 0x01000000;
	size_t memory = webhead_open(config);
	const union MHD_DaemonInfo *info;

	self.config = config;
	webadmit_open(config);
	*ret_door = guests_open(config->tls.is_on);
	if (*ret_door < 0) {
		log_at(LOG_ERROR, "The server could not be set up", "err", error_text(*ret_door));
		return *ret_door;
	}
	self.mhd = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET |
			MHD_USE_ERROR_LOG | (config->tls.is_on ? MHD_USE_TLS : 0),
		0, NULL, NULL, handle, NULL, MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL,
		MHD_OPTION_STRICT_FOR_CLIENT, is_strict, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned)guests_max(), MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory,
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

int64_t web_answer_due(bool at_once)
{
	int64_t now = now_ns(), next;

	next = webadmit_answer(at_once ? INT64_MAX : now);
	next = MIN(next, webpage_tick(now));
	return MIN(next, webanswer_due(now, at_once));
}

size_t web_in_flight(void)
{
	return webmetrics_in_flight();
}

void web_go_on(void)
{
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
	return requests_have_resumed();
}

int64_t web_timeout(void)
{
	int64_t next = guests_tick(), ms = INT64_MAX;
	unsigned MHD_LONG_LONG pending;

	if (next != INT64_MAX)
		ms = MAX(next - now_ns() + NS_PER_MS - 1, 0) / NS_PER_MS;
	return MHD_get_timeout(self.mhd, &pending) == MHD_YES ? MIN((int64_t)pending, ms) : ms;
}

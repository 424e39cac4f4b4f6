// SPDX-License-Identifier: Apache-2.0
#include "webhead.h"

#include <string.h>
#include <sys/socket.h>

#include "guest.h"
#include "head.h"
#include "text.h"
#include "tls.h"

enum {
	/*
	 * Of libmicrohttpd's memory for a connection, which is 16 KiB together: what a head may
	 * take with its fields, and what is left for that of the answer, less configured fields.
	 */
	ANSWER_MEMORY = 1536,
	HEAD_MEMORY = 16 * 1024 - ANSWER_MEMORY,
	FIELD_MEMORY = 8 * sizeof(void *),
	SPARE_FIELDS = 2, /* of ours */
};

static struct {
	bool is_tls;
	bool is_old; /* before 1.0, libmicrohttpd may refuse twice */
} self;

const char webhead_methods[] = "GET, HEAD, OPTIONS";

size_t webhead_open(const struct webconfig *config)
{
	size_t size = HEAD_MEMORY + ANSWER_MEMORY;

	self.is_tls = config->tls.is_on;
	self.is_old = starts_with(MHD_get_version(), "0.");
	/*
	 * 1.0 drops a request that has waited where its head leaves little of the buffer that it
	 * was read into, half of this memory. What is not used is not touched.
	 */
	if (!self.is_old)
		size *= 3;
	for (size_t i = 0; i < config->n_headers; i++)
		size += strlen(config->headers[i].name) + strlen(config->headers[i].value) +
		        strlen(": \r\n");
	return size;
}

/*
 * What libmicrohttpd finds first, so that it never looks at a client's own: 0.9.75 sends the head
 * of its answer twice where it does not like one. Whether there is a body is for head_judge() to
 * say.
 */
static const char no_body[] = "Content-Length";

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

void webhead_begin(struct request *q, const char *uri)
{
	/* Without memory for this there is none for a field of the client's either. */
	(void)MHD_set_connection_value(q->connection, MHD_HEADER_KIND, no_body, "0");
	hide_query(uri);
}

static enum MHD_Result add_field(void *cls, enum MHD_ValueKind kind, const char *name,
                                 size_t name_size, const char *value, size_t value_size)
{
	(void)kind;
	if (name != no_body)
		head_add(cls, name, name_size, value ? value : "", value_size);
	return MHD_YES;
}

/* Bytes of a head that has been read; 0 while it has not. */
static size_t head_size(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return info ? info->header_size : 0;
}

/* What libmicrohttpd has made of cookies: a copy, and a field of each. */
static size_t cookie_memory(const struct request *q)
{
	const char *cookies = request_header(q, MHD_HTTP_HEADER_COOKIE);
	int count = MHD_get_connection_values(q->connection, MHD_COOKIE_KIND, NULL, NULL);

	return cookies ? strlen(cookies) + (size_t)(count + 1) * FIELD_MEMORY : 0;
}

/* The answer where libmicrohttpd has no memory for one; the connection is to be closed. */
static void refuse_by_hand(struct guest *g)
{
	static const char text[] = "HTTP/1.1 431 Request Header Fields Too Large\r\n"
				   "Connection: close\r\n"
				   "Content-Length: 0\r\n\r\n";

	if (self.is_tls)
		tls_write(MHD_get_connection_info(g->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)
		                  ->tls_session,
		          text, sizeof(text) - 1);
	else
		(void)!send(g->fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool webhead_judge(struct request *q, const char *method, const char *version)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct guest *g = info->socket_context;
	size_t size = head_size(q->connection);
	/* It is the last one of these; all before it were good, or the connection had ended. */
	struct head head = { .is_malformed = g->heard.heads < g->requests };
	const char *why;
	unsigned status;

	(void)MHD_get_connection_values_n(q->connection, MHD_HEADER_KIND, add_field, &head);
	size += (head.fields + SPARE_FIELDS) * FIELD_MEMORY + cookie_memory(q);
	if (size > HEAD_MEMORY) {
		refuse_by_hand(g);
		return false;
	}
	status = head_judge(&head, method, q->uri, version, &why);
	if (!status)
		return true;
	request_set_text(q, status, why);
	body_add(q->body, "Connection", "close");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		body_add(q->body, "Allow", webhead_methods);
	return true;
}

/*
 * Who has read a head, and has not asked for an answer, refuses it, for want of memory for its
 * cookies; 0.9.75 would do so twice. That is prevented.
 */
void webhead_hear(void)
{
	if (!self.is_old)
		return;
	for (struct guest *g = guests_reading(NULL); g; g = guests_reading(g)) {
		if (!head_size(g->connection))
			continue;
		refuse_by_hand(g);
		guest_leaves(g);
		return;
	}
}

// SPDX-License-Identifier: Apache-2.0
#include "request.h"

#include <string.h>
#include <strings.h>

#include "compress.h"

enum { SCRATCH_KEEP = 1 << 20 };

static struct {
	struct buffer scratch;
	bool has_resumed;
} self;

struct body *body_new(struct MHD_Response *response)
{
	struct body *body = xmalloc(sizeof(*body));

	if (!response)
		abort(); /* out of memory */
	*body = (struct body){ .response = response, .shares = 1 };
	return body;
}

void body_drop(struct body *body)
{
	if (!body || --body->shares)
		return;
	MHD_destroy_response(body->response);
	free(body);
}

struct buffer *body_scratch(void)
{
	self.scratch.used = 0;
	return &self.scratch;
}

struct body *body_of_scratch(bool is_gzip)
{
	struct buffer *text = &self.scratch, packed = { 0 };
	struct body *body;

	if (is_gzip) {
		compress_whole(text->data, text->used, &packed);
		body = body_new(MHD_create_response_from_buffer(packed.used, packed.data,
		                                                MHD_RESPMEM_MUST_FREE));
	} else {
		body = body_new(MHD_create_response_from_buffer(text->used, text->data,
		                                                MHD_RESPMEM_MUST_COPY));
	}
	body->size = is_gzip ? packed.used : text->used;
	if (text->size > SCRATCH_KEEP)
		buffer_free(text);
	return body;
}

void body_add(struct body *body, const char *name, const char *value)
{
	if (MHD_add_response_header(body->response, name, value) == MHD_NO)
		abort(); /* out of memory */
}

void request_set_text(struct request *q, unsigned status, const char *text)
{
	q->status = status;
	q->body = body_new(MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
	                                                   MHD_RESPMEM_MUST_COPY));
	body_add(q->body, "Content-Type", "text/plain; charset=utf-8");
	body_add(q->body, "X-Content-Type-Options", "nosniff");
	q->state = REQUEST_READY;
}

const char *request_header(const struct request *q, const char *name)
{
	return MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name);
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

bool request_wants_gzip(const struct request *q)
{
	struct lines encodings = { .count = 0 };

	(void)MHD_get_connection_values(q->connection, MHD_HEADER_KIND, add_encoding, &encodings);
	return http_wants_gzip(encodings.texts, encodings.count);
}

void request_suspend(struct request *q)
{
	q->state = REQUEST_WAITING;
	MHD_suspend_connection(q->connection);
}

void request_wait(struct request *q, struct run *run)
{
	q->run = run;
	q->next = run->requests;
	run->requests = q;
	request_suspend(q);
}

void request_resume(struct request *q)
{
	self.has_resumed = true;
	MHD_resume_connection(q->connection);
}

void request_answer(struct request *q, struct body *body)
{
	q->body = body;
	if (!q->status)
		q->status = MHD_HTTP_OK;
	q->state = REQUEST_READY;
	q->run = NULL;
	request_resume(q);
}

bool requests_have_resumed(void)
{
	bool has_resumed = self.has_resumed;

	self.has_resumed = false;
	return has_resumed;
}

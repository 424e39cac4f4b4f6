// SPDX-License-Identifier: Apache-2.0
/* A request, and what it is answered with: what all that answer requests share. */
#pragma once

#include <microhttpd.h>

#include "arena.h"
#include "buffer.h"
#include "http.h"
#include "run.h"

/* What is not an exposition, but made of a run's figures. */
enum page { PAGE_NONE, PAGE_HTML, PAGE_LIVE, PAGE_STATUS, PAGE_METRICS };

/* A response, and how many requests have still to queue it. */
struct body {
	struct MHD_Response *response;
	size_t shares;
	size_t size; /* 0: not known beforehand */
};

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

/* A body for one request; its response must be there. */
struct body *body_new(struct MHD_Response *response);
void body_drop(struct body *body); /* NULL: there is none */

/*
 * Where bodies are written, empty; and one that is made of it, compressed where is_gzip. Its memory
 * is given back where it is much.
 */
struct buffer *body_scratch(void);
struct body *body_of_scratch(bool is_gzip);

/* Add a field to the body's head. */
void body_add(struct body *body, const char *name, const char *value);

/* A plain text is the answer, which is ready. */
void request_set_text(struct request *q, unsigned status, const char *text);

/* The first field of that name; NULL: none. */
const char *request_header(const struct request *q, const char *name);

/* Whether it wants gzip, by all fields that say so. */
bool request_wants_gzip(const struct request *q);

/* Wait for the run, on whose list it is from now on; or for something else. */
void request_wait(struct request *q, struct run *run);
void request_suspend(struct request *q);

/* libmicrohttpd is to go on with it, in a new state; with a body it is ready. */
void request_resume(struct request *q);
void request_answer(struct request *q, struct body *body);

/* Whether any has been resumed since it was asked last. */
bool requests_have_resumed(void);

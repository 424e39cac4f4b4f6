// SPDX-License-Identifier: Apache-2.0
/* HTTP requests by libcurl, which is loaded for the first of them. */
#pragma once

#include "buffer.h"

struct scrape;

/* What is kept from one request to the next: all zero at first. */
struct post {
	void *handle;         /* of libcurl's, with its connections */
	struct buffer *reply; /* while it comes in */
	size_t limit;         /* bytes of the reply */
	size_t head_size;     /* of all header lines so far */
};

struct post_request {
	const char *who;    /* for messages, which do not name the URL: it may have a password */
	const char *url;    /* http or https; may have user:password@ */
	const char *socket; /* the path of a Unix socket to send it to; NULL: to the URL's host */
	const char *type;   /* a whole header line: "Content-Type: text/xml" */
	const char *body;
	size_t limit;    /* bytes that the reply may have */
	int64_t timeout; /* ns for all of it, within wait_limit() */
};

/*
 * Send a request, and put the body of its answer behind what reply has. Redirections are not
 * followed, proxies are not used. 0 where the status is 2xx, or a negative errno after fail().
 */
int post_send(struct scrape *s, struct post *p, const struct post_request *request,
              struct buffer *reply) MUST_CHECK;
void post_close(struct post *p);

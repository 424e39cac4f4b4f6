// SPDX-License-Identifier: Apache-2.0
/* Whether the head of a request is one that is answered. Knows nothing of libmicrohttpd. */
#pragma once

#include "util.h"

enum { HEAD_TARGET_MAX = 8 * 1024, HEAD_FIELDS_MAX = 100 };

/* What has been seen of a request's head; begins as zeros, or as malformed. */
struct head {
	size_t fields;
	size_t hosts;
	size_t lengths;
	bool is_malformed;
	bool has_body;
	bool has_expectation;
};

/* Take a header field, whose texts need not end with a NUL. */
void head_add(struct head *h, const char *name, size_t name_size, const char *value,
              size_t value_size);

/*
 * 0 where the request may be answered: GET, HEAD or OPTIONS, no body, an origin-form target (a
 * path, perhaps with a query) whose path has no bad escape, one Host (or none before HTTP/1.1), and
 * nothing that two readers could take for different things (RFC 9112, sections 3.2, 5.1, 6.3). Else
 * the status with which it is to be refused, and in *ret_why the words. The connection has to end
 * with that answer, as nobody knows where the next request begins.
 */
unsigned head_judge(const struct head *h, const char *method, const char *target,
                    const char *version, const char **ret_why);

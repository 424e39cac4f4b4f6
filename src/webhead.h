// SPDX-License-Identifier: Apache-2.0
/*
 * Heads of requests: what libmicrohttpd makes of them is judged, and what it must not see, or not
 * answer, is kept from it.
 */
#pragma once

#include "request.h"
#include "webconfig.h"

/* The methods that are answered. */
extern const char webhead_methods[];

/* Begin; the memory that libmicrohttpd is to have for each connection. */
size_t webhead_open(const struct webconfig *config);

/* The first line has been read, of which uri is libmicrohttpd's own text; q has a copy. */
void webhead_begin(struct request *q, const char *uri);

/*
 * The head has been read. It may be refused, then the connection ends with that answer. False where
 * there is no memory to say so: that has been done, and the connection is to be closed.
 */
bool webhead_judge(struct request *q, const char *method, const char *version);

/* libmicrohttpd has something to log, and may be about to refuse a head by itself. */
void webhead_hear(void);

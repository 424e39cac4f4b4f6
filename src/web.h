// SPDX-License-Identifier: Apache-2.0
/* Requests and answers: all that the server does with libmicrohttpd. */
#pragma once

#include <sys/socket.h>

#include "webconfig.h"

/*
 * Start libmicrohttpd as config says, which must stay. The descriptor that says when there is
 * something to do for web_go_on(), and in *ret_door one that says when there is for
 * web_hear_door(); or a negative errno after logging why.
 */
int web_open(const struct webconfig *config, int *ret_door) MUST_CHECK;

/* Take on a connection; fd is its. web_hear_door() goes on with those that have said something. */
void web_add(int fd, const struct sockaddr *address, socklen_t size);
void web_hear_door(void);

/* From now on each answer is the last one on its connection. */
void web_retire(void);

/* Whether a request is being read or answered. */
bool web_is_busy(void);

/* Whether there are as many connections as there may be. */
bool web_is_full(void);

/* Read requests, begin or join runs for them, write answers: what can be done without waiting. */
void web_go_on(void);

/*
 * Answer whoever waits for a run that has ended, or whose deadline is past; with at_once everybody,
 * with what there is. Returns when the next deadline is. web_has_resumed() says whether
 * web_go_on() is needed for that.
 */
int64_t web_answer_due(bool at_once);
bool web_has_resumed(void);

/* Requests for expositions that are not answered yet. */
size_t web_in_flight(void);

/* Milliseconds until web_go_on() has to be called in any case; INT64_MAX: never. */
int64_t web_timeout(void);

// SPDX-License-Identifier: Apache-2.0
/* Expositions: asked for, made of a run, counted. */
#pragma once

#include "answer.h"
#include "request.h"

/* One is wanted: join a run or begin one, and wait for it. */
void webmetrics_ask(struct request *q, const char *query);

/*
 * The body of an answer: whole, or, where it is large and the answer may stay, in pieces, which are
 * one client's own.
 */
struct body *webmetrics_make(struct answer *a, bool may_stream, const struct request *q);

/* Whether two want the same bytes of a run. */
bool webmetrics_are_same(const struct request *a, const struct request *b);

/* The request is over, answered or not. */
void webmetrics_end(const struct request *q);

/* How many are not over. */
size_t webmetrics_in_flight(void);

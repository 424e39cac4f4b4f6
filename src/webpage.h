// SPDX-License-Identifier: Apache-2.0
/* Answers for people: the page at /, its parts, the same as JSON. */
#pragma once

#include "answer.h"
#include "request.h"

/* Which of them lies at a path; PAGE_NONE: none. */
enum page webpage_find(const char *path);

/*
 * It is wanted: what is known already while that is young, else what a run has shown within a
 * moment. The run itself has as long as any other, so that being looked at does no collector harm.
 */
void webpage_ask(struct request *q, enum page page);

/* What is known once a run was answered for; is_early: it has not come to its end. */
struct body *webpage_make(struct request *q, struct answer *a, bool is_early);

/* Remember what a run has shown. */
void webpage_take(struct answer *a);

/* Forget what is too old; when to come again, INT64_MAX: no need to. */
int64_t webpage_tick(int64_t now);

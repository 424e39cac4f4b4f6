// SPDX-License-Identifier: Apache-2.0
/* Who is let in: the rate limit, and passwords, which may have to be waited for. */
#pragma once

#include "request.h"
#include "webconfig.h"

/* Begin; config must stay. */
void webadmit_open(const struct webconfig *config);

/* Whether a request goes on. Else it has its answer, or waits for one. */
bool webadmit_ask(struct request *q);

/*
 * Answer whoever waits for a password that has been checked, or has waited long enough, and begin
 * the next check. Returns when the next of them has waited long enough.
 */
int64_t webadmit_answer(int64_t now);

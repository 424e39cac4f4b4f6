// SPDX-License-Identifier: Apache-2.0
/* A limit to how often something may happen. */
#pragma once

#include "util.h"

struct rate {
	int64_t interval;   /* ns for each further time; 0: no limit */
	int64_t burst;      /* times that it may happen at once after a long pause; 0: never */
	int64_t used_until; /* begins at 0; when all that was used has been made up for */
};

/* Whether it may happen now (ns of now_ns()), which then counts. */
bool rate_allows(struct rate *rate, int64_t now);

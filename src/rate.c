// SPDX-License-Identifier: Apache-2.0
#include "rate.h"

bool rate_allows(struct rate *rate, int64_t now)
{
	int64_t from = MAX(rate->used_until, now), until, limit;

	if (!rate->interval)
		return true;
	if (__builtin_mul_overflow(rate->interval, rate->burst, &limit) ||
	    __builtin_add_overflow(limit, now, &limit))
		limit = INT64_MAX;
	if (__builtin_add_overflow(from, rate->interval, &until) || until > limit)
		return false;
	rate->used_until = until;
	return true;
}

// SPDX-License-Identifier: Apache-2.0
#include "cputimes.h"

#include <string.h>

#define IDLE_BACK 3.0

static uint64_t checksum(const struct cputimes_cpu *c)
{
	return hash_bytes(hash_bytes(0, &c->scrape, sizeof(c->scrape)), c->seconds,
	                  sizeof(c->seconds));
}

void cputimes_hold(struct cputimes *times, uint64_t cpu, double seconds[static CPUTIMES_COLUMNS])
{
	struct cputimes_cpu *c;
	bool is_known;

	if (cpu >= CPUTIMES_CPUS)
		return;
	c = &times->cpus[cpu];
	/* Those of this scrape are from a process that died in it. */
	is_known = (c->scrape == times->scrape || c->scrape == times->scrape + 1) &&
	           c->checksum == checksum(c);
	if (is_known && c->seconds[CPUTIMES_IDLE] - seconds[CPUTIMES_IDLE] < IDLE_BACK)
		for (size_t i = 0; i < CPUTIMES_COLUMNS; i++)
			seconds[i] = MAX(seconds[i], c->seconds[i]);
	memcpy(c->seconds, seconds, sizeof(c->seconds));
	c->scrape = times->scrape + 1;
	c->checksum = checksum(c);
}

void cputimes_end_scrape(struct cputimes *times)
{
	times->scrape++;
}

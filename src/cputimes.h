// SPDX-License-Identifier: Apache-2.0
/* Times of CPUs, which the kernel lets go back now and then, made to go on. */
#pragma once

#include "util.h"

/* CPUs whose times never go back; those of others are left as they are. */
enum { CPUTIMES_CPUS = 4096 };

/* The columns of procfs stat, of which only idle matters here. */
enum { CPUTIMES_IDLE = 3, CPUTIMES_COLUMNS = 10 };

/*
 * The times of the last scrape; all zero to begin with. For memory that keep() gives: nobody else
 * writes there, but a process may have died halfway. What the checksum does not confirm is
 * forgotten.
 */
struct cputimes {
	uint64_t scrape;
	struct cputimes_cpu {
		uint64_t checksum;
		uint64_t scrape; /* in which it was written: a CPU that was away begins anew */
		double seconds[CPUTIMES_COLUMNS];
	} cpus[CPUTIMES_CPUS];
};

/*
 * Raise seconds to what they were in the last scrape, and remember them. When idle goes back by 3
 * seconds or more, the CPU counts as a new one.
 */
void cputimes_hold(struct cputimes *times, uint64_t cpu, double seconds[static CPUTIMES_COLUMNS]);

/* All CPUs of a scrape have been there. */
void cputimes_end_scrape(struct cputimes *times);

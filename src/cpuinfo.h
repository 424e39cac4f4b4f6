// SPDX-License-Identifier: Apache-2.0
/* /proc/cpuinfo, which looks different on every architecture. */
#pragma once

#include "util.h"

struct scrape;

/* What is known of a CPU. The first ones are the labels of node_cpu_info, in their order. */
enum cpuinfo_field {
	CPUINFO_PACKAGE,
	CPUINFO_CORE,
	CPUINFO_NUMBER,
	CPUINFO_VENDOR,
	CPUINFO_FAMILY,
	CPUINFO_MODEL,
	CPUINFO_MODEL_NAME,
	CPUINFO_MICROCODE,
	CPUINFO_STEPPING,
	CPUINFO_CACHE_SIZE,
	CPUINFO_LABELS, /* how many labels there are */
	CPUINFO_MHZ = CPUINFO_LABELS,
	CPUINFO_FLAGS,
	CPUINFO_BUGS,
	CPUINFO_FIELDS, /* how many there are in all */
};

struct cpuinfo {
	char *fields[CPUINFO_FIELDS]; /* as the kernel wrote them; NULL: not said */
};

/*
 * Take text, which is cut up, apart into CPUs. Which architecture wrote it is told from what it
 * says, not from the one this was built for. 0, or -EINVAL after fail() when it is none that
 * upstream understands; a line that is not as expected is left out with warn().
 */
int cpuinfo_parse(struct scrape *s, char *text, struct cpuinfo **ret, size_t *ret_count) MUST_CHECK;

/* The clock in Hz out of CPUINFO_MHZ ("799.998", "3690.000000MHz"). -EINVAL where it has none. */
int cpuinfo_hertz(const char *text, double *ret) MUST_CHECK;

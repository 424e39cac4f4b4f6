// SPDX-License-Identifier: Apache-2.0
/* The kernel's pool of randomness: sys/kernel/random in procfs, a number in each file. */

#include <errno.h>

#include "collector.h"

static const struct figure {
	const char *file;
	struct metric metric;
} figures[] = {
	{ "entropy_avail",
	  { .name = "node_entropy_available_bits",
	    .help = "Randomness that the kernel has gathered.",
	    .type = METRIC_GAUGE } },
	{ "poolsize",
	  { .name = "node_entropy_pool_size_bits",
	    .help = "Randomness that the kernel's pool can hold.",
	    .type = METRIC_GAUGE } },
};

static int entropy_collect(struct scrape *s)
{
	const char *why = NULL;
	int r, result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		uint64_t bits;

		r = tree_read_u64(s, TREE_PROC, &bits, "sys/kernel/random/%s", figures[i].file);
		if (r < 0 && result == 0) {
			result = r;
			why = failure(s, r);
		}
		if (r == 0)
			emit(s, &figures[i].metric, (double)bits);
	}
	return result < 0 ? fail(s, result, "%s", why) : 0;
}

COLLECTOR(entropy, .help = "the kernel's pool of randomness", .default_on = true,
          .collect = entropy_collect);

// SPDX-License-Identifier: Apache-2.0
/* /proc/loadavg: "0.21 0.37 0.39 1/719 19737", of which the first three are exported. */

#include <errno.h>

#include "collector.h"

static const struct metric loads[] = {
	{ .name = "node_load1",
	  .help = "Tasks running or waiting for a CPU or a disk, averaged over 1 minute.",
	  .type = METRIC_GAUGE },
	{ .name = "node_load5",
	  .help = "Tasks running or waiting for a CPU or a disk, averaged over 5 minutes.",
	  .type = METRIC_GAUGE },
	{ .name = "node_load15",
	  .help = "Tasks running or waiting for a CPU or a disk, averaged over 15 minutes.",
	  .type = METRIC_GAUGE },
};

static int loadavg_collect(struct scrape *s)
{
	char *text;
	int r;

	r = tree_read(s, TREE_PROC, &text, "loadavg");
	if (r < 0)
		return r;

	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		char *field = next_field(&text);
		double load;

		if (!field || parse_double(field, &load) < 0)
			return fail(s, -EINVAL, "loadavg: no number in field %zu", i + 1);
		emit(s, &loads[i], load);
	}
	return 0;
}

COLLECTOR(loadavg, .help = "load averages", .default_on = true, .collect = loadavg_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/cgroups: the controllers of control groups, one a line:
 *
 *   #subsys_name	hierarchy	num_cgroups	enabled
 *   cpuset	5	47	1
 */

#include <errno.h>

#include "collector.h"

static const struct metric cgroups = {
	.name = "node_cgroups_cgroups",
	.help = "Control groups in the hierarchy that the controller belongs to.",
	.type = METRIC_GAUGE,
	.labels = LABELS("subsys_name"),
};

static const struct metric enabled = {
	.name = "node_cgroups_enabled",
	.help = "Whether the controller can be used.",
	.type = METRIC_GAUGE,
	.labels = LABELS("subsys_name"),
};

enum { HIERARCHY, GROUPS, ENABLED, NUMBERS };

static bool collect_controller(struct scrape *s, char *line, size_t number)
{
	const char *name = next_field(&line);
	int64_t numbers[NUMBERS];

	for (size_t i = 0; i < NUMBERS; i++) {
		const char *field = next_field(&line);

		if (field && parse_i64(field, &numbers[i]) == 0)
			continue;
		warn(s, "procfs cgroups: line %zu: expected a number in field %zu, found \"%.32s\"",
		     number, i + 2, field ? field : "");
		return false;
	}
	emit(s, &cgroups, (double)numbers[GROUPS], name);
	emit(s, &enabled, (double)numbers[ENABLED], name);
	return true;
}

static int cgroups_collect(struct scrape *s)
{
	size_t number = 0, n_lines = 0, found = 0;
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "cgroups");
	if (r < 0)
		return r;
	while ((line = next_line(&text))) {
		number++;
		if (*line == '#')
			continue;
		n_lines++;
		found += collect_controller(s, line, number);
	}
	if (n_lines && !found)
		return fail(s, -EINVAL, "procfs cgroups: none of the expected lines in it");
	return 0;
}

COLLECTOR(cgroups, .help = "controllers of control groups", .needs = "control groups of version 1",
          .collect = cgroups_collect);

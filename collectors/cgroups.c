// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/cgroups: the controllers of control groups, one a line:
 *
 *   #subsys_name	hierarchy	num_cgroups	enabled
 *   cpuset	5	47	1
 */

#include "collector.h"
#include "columns.h"

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

static enum columns_line visit_controller(struct scrape *s, char *line, size_t number)
{
	int64_t numbers[NUMBERS];
	const char *name;

	if (*line == '#')
		return LINE_PASSED;
	name = next_field(&line);
	if (!columns_signed(s, "cgroups", number, &line, 2, numbers, NUMBERS))
		return LINE_BAD;
	emit(s, &cgroups, (double)numbers[GROUPS], name);
	emit(s, &enabled, (double)numbers[ENABLED], name);
	return LINE_GOOD;
}

static int cgroups_collect(struct scrape *s)
{
	return columns_visit(s, "cgroups", visit_controller);
}

COLLECTOR(cgroups, .help = "controllers of control groups", .needs = "control groups of version 1",
          .collect = cgroups_collect);

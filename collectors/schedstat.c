// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/schedstat: of the lines about CPUs, numbers seven to nine: nanoseconds that the CPU ran
 * tasks, nanoseconds that tasks waited for it while they could have run, and how often it was given
 * to one.
 *
 *   version 15
 *   timestamp 15819019232
 *   cpu0 0 0 0 0 0 0 2045936778163039 343796328169361 4767485306
 *   domain0 00000000,00000003 212499247 210112015 …
 */

#include <errno.h>
#include <string.h>

#include "collector.h"
#include "columns.h"

enum { RUNNING = 6, WAITING, TIMESLICES, COLUMNS };

static const struct metric running = {
	.name = "node_schedstat_running_seconds_total",
	.help = "Time in which the CPU ran tasks.",
	.type = METRIC_COUNTER,
	.labels = LABELS("cpu"),
};

static const struct metric waiting = {
	.name = "node_schedstat_waiting_seconds_total",
	.help = "Time that tasks waited for the CPU while they could have run, added up.",
	.type = METRIC_COUNTER,
	.labels = LABELS("cpu"),
};

static const struct metric timeslices = {
	.name = "node_schedstat_timeslices_total",
	.help = "Times that a task was given the CPU.",
	.type = METRIC_COUNTER,
	.labels = LABELS("cpu"),
};

static void collect_cpu(struct scrape *s, char *line)
{
	const char *cpu = next_field(&line) + strlen("cpu"), *bad;
	uint64_t numbers[COLUMNS] = { 0 }, number;
	size_t count;

	if (parse_u64(cpu, &number) < 0)
		return;
	count = columns_parse(line, parse_u64, numbers, COLUMNS, &bad);
	if (count < COLUMNS) {
		warn(s, "procfs schedstat: cpu%s: expected %d numbers, found %zu", cpu, COLUMNS,
		     count);
		return;
	}
	emit(s, &running, (double)numbers[RUNNING] / 1e9, cpu);
	emit(s, &waiting, (double)numbers[WAITING] / 1e9, cpu);
	emit(s, &timeslices, (double)numbers[TIMESLICES], cpu);
}

static int schedstat_collect(struct scrape *s)
{
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "schedstat");
	if (r == -ENOENT)
		return NO_DATA;
	if (r < 0)
		return r;
	while ((line = next_line(&text)))
		if (starts_with(line, "cpu"))
			collect_cpu(s, line);
	return 0;
}

COLLECTOR(schedstat, .help = "how long CPUs ran tasks and tasks waited for CPUs",
          .needs = "CONFIG_SCHEDSTATS", .default_on = true, .collect = schedstat_collect);

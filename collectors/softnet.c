// SPDX-License-Identifier: Apache-2.0
/*
 * procfs net/softnet_stat: how CPUs take packets off network devices. A line for each CPU, of
 * hexadecimal numbers without headings; there were 9 of them at first, and the CPU's own number is
 * the 13th, since Linux 5.14:
 *
 *   0000272d 00000000 00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000000 …
 */

#include <errno.h>

#include "collector.h"
#include "columns.h"

enum { COLUMNS_MIN = 9, CPU = 12, COLUMNS };

#define SOFTNET_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_softnet_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("cpu") \
	}

static const struct column {
	size_t column;
	size_t columns_min; /* how many there must be for it to be looked at */
	struct metric metric;
} columns[] = {
	{ 0, 0, SOFTNET_METRIC(COUNTER, "processed_total", "Packets that were taken.") },
	{ 1, 0,
	  SOFTNET_METRIC(COUNTER, "dropped_total", "Packets dropped as the backlog was full.") },
	{ 2, 0,
	  SOFTNET_METRIC(COUNTER, "times_squeezed_total",
	                 "Times that time or budget ran out before the packets did.") },
	{ 8, 0,
	  SOFTNET_METRIC(COUNTER, "cpu_collision_total",
	                 "Times that another CPU had locked the device for sending.") },
	{ 9, 10,
	  SOFTNET_METRIC(COUNTER, "received_rps_total",
	                 "Times that another CPU handed packets over (RPS).") },
	{ 10, 11,
	  SOFTNET_METRIC(COUNTER, "flow_limit_count_total",
	                 "Packets dropped as one flow had too many of them waiting.") },
	{ 11, 13, SOFTNET_METRIC(GAUGE, "backlog_len", "Packets that wait in the backlog.") },
};

static void collect_cpu(struct scrape *s, char *line, size_t number)
{
	uint64_t numbers[COLUMNS] = { 0 };
	const char *bad, *cpu;
	size_t count;

	count = columns_parse(line, parse_hex, numbers, COLUMNS, &bad);
	if (bad && count < COLUMNS) {
		warn(s,
		     "procfs net/softnet_stat: line %zu: expected a number in field %zu, "
		     "found \"%.32s\"",
		     number + 1, count + 1, bad);
		return;
	}
	if (count < COLUMNS_MIN) {
		warn(s, "procfs net/softnet_stat: line %zu: expected %d numbers, found %zu",
		     number + 1, COLUMNS_MIN, count);
		return;
	}
	cpu = scrape_printf(s, "%llu",
	                    (unsigned long long)(count >= COLUMNS ? numbers[CPU] : number));
	/* Upstream has 0 for what older kernels lack. */
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		emit(s, &columns[i].metric,
		     count < columns[i].columns_min ? 0 : (double)numbers[columns[i].column], cpu);
}

static int softnet_collect(struct scrape *s)
{
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/softnet_stat");
	if (r < 0)
		return r;
	for (size_t i = 0; (line = next_line(&text)); i++)
		collect_cpu(s, line, i);
	return 0;
}

COLLECTOR(softnet, .help = "how CPUs take packets off network devices", .default_on = true,
          .collect = softnet_collect);

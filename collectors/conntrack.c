// SPDX-License-Identifier: Apache-2.0
/*
 * Connections that netfilter tracks: their number and its limit in procfs sys/net/netfilter, and
 * net/stat/nf_conntrack, which has a line of headings and then one of hexadecimal counters for each
 * CPU, the last of them since Linux 2.6.39:
 *
 *   entries  searched found new invalid ignore delete delete_list insert insert_failed drop …
 *   00000011 00000000 0000000a 00000000 0000001b 00000c22 00000000 00000000 00000000 00000000 …
 */

#include <errno.h>

#include "collector.h"
#include "columns.h"

enum { COLUMNS_MIN = 16, COLUMNS_MAX };

#define GAUGE(NAME, HELP) \
	{ \
		.name = "node_nf_conntrack_" NAME, .help = (HELP), .type = METRIC_GAUGE \
	}

static const struct limit {
	const char *file;
	struct metric metric;
} limits[] = {
	{ "nf_conntrack_count", GAUGE("entries", "Connections that are being tracked.") },
	{ "nf_conntrack_max", GAUGE("entries_limit", "How many connections may be tracked.") },
};

/* Gauges as upstream has them, although they count. */
static const struct column {
	size_t column;
	struct metric metric;
} columns[] = {
	{ 2, GAUGE("stat_found", "Look-ups that found a tracked connection.") },
	{ 4, GAUGE("stat_invalid", "Packets that could not be tracked.") },
	{ 5, GAUGE("stat_ignore", "Packets that belonged to a connection from the outset.") },
	{ 8, GAUGE("stat_insert", "Connections added to the table.") },
	{ 9, GAUGE("stat_insert_failed", "Connections that were in the table already.") },
	{ 10, GAUGE("stat_drop", "Packets dropped as tracking them failed.") },
	{ 11, GAUGE("stat_early_drop", "Connections given up to make room for new ones.") },
	{ 16, GAUGE("stat_search_restart", "Look-ups begun anew as the table was resized.") },
};

/* Some of the sum is worse than none, so one bad line costs all counters, as it does upstream. */
static int collect_counters(struct scrape *s)
{
	uint64_t sums[COLUMNS_MAX] = { 0 };
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/stat/nf_conntrack");
	if (r < 0)
		return r;
	for (size_t i = 0; (line = next_line(&text)); i++) {
		uint64_t numbers[COLUMNS_MAX] = { 0 };
		const char *bad;
		size_t count;

		if (!i)
			continue;
		count = columns_parse(line, parse_hex, numbers, ARRAY_SIZE(numbers), &bad);
		if (bad)
			return fail(s, -EINVAL,
			            "procfs net/stat/nf_conntrack: line %zu: expected a number in "
			            "field %zu, found \"%.32s\"",
			            i + 1, count + 1, bad);
		if (count < COLUMNS_MIN || count > COLUMNS_MAX)
			return fail(s, -EINVAL,
			            "procfs net/stat/nf_conntrack: line %zu: expected %d or %d "
			            "numbers, found %zu",
			            i + 1, COLUMNS_MIN, COLUMNS_MAX, count);
		for (size_t k = 0; k < COLUMNS_MAX; k++)
			sums[k] += numbers[k];
	}
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		emit(s, &columns[i].metric, (double)sums[columns[i].column]);
	return 0;
}

static int conntrack_collect(struct scrape *s)
{
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		uint64_t value;

		r = tree_read_u64(s, TREE_PROC, &value, "sys/net/netfilter/%s", limits[i].file);
		if (r == -ENOENT)
			return NO_DATA;
		if (r < 0)
			warn(s, "%s", failure(s, r));
		else
			emit(s, &limits[i].metric, (double)value);
	}
	r = collect_counters(s);
	return r == -ENOENT ? NO_DATA : r;
}

COLLECTOR(conntrack, .help = "connections that netfilter tracks",
          .needs = "the module nf_conntrack", .default_on = true, .collect = conntrack_collect);

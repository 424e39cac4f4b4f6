// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/swaps: swap areas, one a line, sizes in KiB. Blanks in names are written as \040, also in
 * the
 * "\040(deleted)" behind a file that has been removed; names stay as they are written.
 *
 *   Filename				Type		Size		Used		Priority
 *   /dev/zram0                              partition	4194300		123		100
 */

#include "collector.h"
#include "columns.h"

#define SWAP_METRIC(NAME, HELP) \
	{ \
		.name = "node_swap_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS("device", "swap_type") \
	}

/* In the order of the columns behind the type. */
static const struct column {
	struct metric metric;
	int64_t unit;
} columns[] = {
	{ SWAP_METRIC("size_bytes", "Size of the swap area."), 1024 },
	{ SWAP_METRIC("used_bytes", "Used part of the swap area."), 1024 },
	{ SWAP_METRIC("priority", "Priority of the swap area: the highest is used first."), 1 },
};

static enum columns_line visit_area(struct scrape *s, char *line, size_t number)
{
	int64_t numbers[ARRAY_SIZE(columns)];
	const char *device, *type;

	/* The header: where it is all there is, there is no swap. */
	if (number == 1)
		return LINE_PASSED;
	device = next_field(&line);
	type = next_field(&line);
	if (!columns_signed(s, "swaps", number, &line, 3, numbers, ARRAY_SIZE(columns)))
		return LINE_BAD;
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		emit(s, &columns[i].metric, (double)numbers[i] * (double)columns[i].unit, device,
		     type);
	return LINE_GOOD;
}

static int swap_collect(struct scrape *s)
{
	return columns_visit(s, "swaps", visit_area);
}

COLLECTOR(swap, .help = "swap areas", .collect = swap_collect);

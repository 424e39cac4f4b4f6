// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/swaps: swap areas, one a line, sizes in KiB. Blanks in names are written as \040, also in
 * the
 * "\040(deleted)" behind a file that has been removed; names stay as they are written.
 *
 *   Filename				Type		Size		Used		Priority
 *   /dev/zram0                              partition	4194300		123		100
 */

#include <errno.h>

#include "collector.h"

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

static bool collect_area(struct scrape *s, char *line, size_t number)
{
	const char *device = next_field(&line), *type = next_field(&line);
	int64_t numbers[ARRAY_SIZE(columns)];

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		const char *field = next_field(&line);

		if (field && parse_i64(field, &numbers[i]) == 0)
			continue;
		warn(s, "procfs swaps: line %zu: expected a number in field %zu, found \"%.32s\"",
		     number, i + 3, field ? field : "");
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		emit(s, &columns[i].metric, (double)numbers[i] * (double)columns[i].unit, device,
		     type);
	return true;
}

static int swap_collect(struct scrape *s)
{
	size_t number = 1, found = 0;
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "swaps");
	if (r < 0)
		return r;
	(void)next_line(&text); /* the header, or nothing at all: no swap either way */
	while ((line = next_line(&text)))
		found += collect_area(s, line, ++number);
	if (number > 1 && !found)
		return fail(s, -EINVAL, "procfs swaps: none of the expected lines in it");
	return 0;
}

COLLECTOR(swap, .help = "swap areas", .collect = swap_collect);

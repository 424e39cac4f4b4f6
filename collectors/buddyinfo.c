// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/buddyinfo: a line for each zone of memory, with how many free blocks there are of 1, 2, 4,
 * … pages:
 *
 *   Node 0, zone    DMA32    759    572    791    475    194     45     12      0      0      0 0
 */

#include <string.h>

#include "collector.h"
#include "columns.h"

/* Linux has 11 by default and can be built with a few more. */
enum { ORDERS_MAX = 64 };

static const struct metric blocks = {
	.name = "node_buddyinfo_blocks",
	.help = "Free blocks of 2 to the power of size pages each.",
	.type = METRIC_GAUGE,
	.labels = LABELS("node", "zone", "size"),
};

static void cut_comma(char *word)
{
	size_t length = strlen(word);

	if (length && word[length - 1] == ',')
		word[length - 1] = '\0';
}

static enum columns_line visit_zone(struct scrape *s, char *line, size_t number)
{
	uint64_t counts[ORDERS_MAX];
	char *words[4]; /* "Node", its number, "zone", its name */
	const char *bad;
	size_t count;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		words[i] = next_field(&line);
		if (words[i])
			continue;
		warn(s, "procfs buddyinfo: line %zu: expected a node and a zone", number);
		return LINE_BAD;
	}
	count = columns_parse(line, parse_u64, counts, ORDERS_MAX, &bad);
	if (bad || !count || count > ORDERS_MAX) {
		warn(s, "procfs buddyinfo: line %zu: expected up to %d numbers, found \"%.32s\"",
		     number, ORDERS_MAX, bad ? bad : "");
		return LINE_BAD;
	}
	cut_comma(words[1]);
	cut_comma(words[3]);
	for (size_t i = 0; i < count; i++)
		emit(s, &blocks, (double)counts[i], words[1], words[3], scrape_printf(s, "%zu", i));
	return LINE_GOOD;
}

static int buddyinfo_collect(struct scrape *s)
{
	return columns_visit(s, "buddyinfo", visit_zone);
}

COLLECTOR(buddyinfo, .help = "free blocks of memory by their size", .collect = buddyinfo_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/buddyinfo: a line for each zone of memory, with how many free blocks there are of 1, 2, 4,
 * … pages:
 *
 *   Node 0, zone    DMA32    759    572    791    475    194     45     12      0      0      0 0
 */

#include <errno.h>
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

static bool collect_zone(struct scrape *s, char *line, size_t number)
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
		return false;
	}
	count = columns_parse(line, parse_u64, counts, ORDERS_MAX, &bad);
	if (bad || !count || count > ORDERS_MAX) {
		warn(s, "procfs buddyinfo: line %zu: expected up to %d numbers, found \"%.32s\"",
		     number, ORDERS_MAX, bad ? bad : "");
		return false;
	}
	cut_comma(words[1]);
	cut_comma(words[3]);
	for (size_t i = 0; i < count; i++)
		emit(s, &blocks, (double)counts[i], words[1], words[3], scrape_printf(s, "%zu", i));
	return true;
}

static int buddyinfo_collect(struct scrape *s)
{
	size_t n_lines = 0, found = 0;
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "buddyinfo");
	if (r < 0)
		return r;
	while ((line = next_line(&text)))
		found += collect_zone(s, line, ++n_lines);
	if (n_lines && !found)
		return fail(s, -EINVAL, "procfs buddyinfo: none of the expected lines in it");
	return 0;
}

COLLECTOR(buddyinfo, .help = "free blocks of memory by their size", .collect = buddyinfo_collect);

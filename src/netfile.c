// SPDX-License-Identifier: Apache-2.0
/*
 * Two lines of headings, and then a name and eight numbers for each direction:
 *
 *   eth0: 9876543 1234 0 3 0 0 0 17 1234567 987 0 0 0 0 0 0
 */
#include "netfile.h"

#include <string.h>

#include "collector.h"
#include "columns.h"

static const uint8_t columns[] = {
	RX_BYTES,       RX_PACKETS,      RX_ERRORS,         RX_DROPPED,
	RX_FIFO_ERRORS, RX_FRAME_ERRORS, RX_COMPRESSED,     MULTICAST,
	TX_BYTES,       TX_PACKETS,      TX_ERRORS,         TX_DROPPED,
	TX_FIFO_ERRORS, COLLISIONS,      TX_CARRIER_ERRORS, TX_COMPRESSED,
};

/* The name may have colons ("eth0:1"), the numbers follow the last one. */
static bool parse_line(struct scrape *s, char *line, struct rtlink *ret)
{
	uint64_t values[ARRAY_SIZE(columns)];
	char *colon = strrchr(line, ':');
	const char *bad;
	size_t count;

	*ret = (struct rtlink){ .alias = "", .has_stats = true };
	if (colon)
		*colon++ = '\0';
	ret->name = trim(line);
	if (!colon || !ret->name[0]) {
		warn(s, "procfs net/dev: expected a name and a colon, found \"%s\"", line);
		return false;
	}
	count = columns_parse(colon, parse_u64, values, ARRAY_SIZE(values), &bad);
	if (count < ARRAY_SIZE(values)) {
		warn(s, "procfs net/dev: %s: expected a number in field %zu, found \"%s\"",
		     ret->name, count + 2, bad ? bad : "");
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		ret->stats[columns[i]] = values[i];
	return true;
}

int netfile_links(struct scrape *s, const struct rtlink **ret, size_t *ret_count)
{
	struct rtlink *links;
	size_t count = 0, room = 1;
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/dev");
	if (r < 0)
		return r;
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		room++;
	links = scrape_alloc(s, room * sizeof(*links));
	for (size_t i = 0; (line = next_line(&text)); i++) {
		if (i >= 2 && parse_line(s, line, &links[count]))
			count++;
	}
	*ret = links;
	*ret_count = count;
	return 0;
}

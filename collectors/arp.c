// SPDX-License-Identifier: Apache-2.0
/*
 * Neighbours of IPv4, from rtnetlink or from procfs net/arp. The latter has a line of headings and
 * then six fields for each neighbour, the last of which is the device:
 *
 *   192.168.1.1      0x1         0x2         52:54:00:12:34:56     *        eth0
 */

#include <errno.h>
#include <linux/neighbour.h>
#include <string.h>
#include <sys/socket.h>

#include "collector.h"
#include "rtlink.h"
#include "rtnetlink.h"

enum { WORDS = 6, HEADING_WORDS = 9 };

static const struct metric entries = {
	.name = "node_arp_entries",
	.help = "Neighbours of IPv4 that the kernel knows of, by device.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device"),
};

static struct {
	struct filter filter;
	bool uses_netlink;
	bool is_netlink_given;
} self;

static const struct flag flags[] = {
	{ .name = "collector.arp.device-exclude",
	  .type = FLAG_REGEX,
	  .target = &self.filter.exclude,
	  .help = "Leave out network devices whose name matches." },
	{ .name = "collector.arp.device-include",
	  .type = FLAG_REGEX,
	  .target = &self.filter.include,
	  .help = "Export only network devices whose name matches." },
	{ .name = "collector.arp.netlink",
	  .type = FLAG_BOOL,
	  .target = &self.uses_netlink,
	  .value = "true",
	  .help = "Ask rtnetlink for the neighbours instead of reading net/arp.",
	  .given = &self.is_netlink_given },
	{ 0 },
};

static void emit_count(struct scrape *s, const char *device, size_t count)
{
	if (filter_keeps(&self.filter, device))
		emit(s, &entries, (double)count, device);
}

/* The device of a line; NULL for headings, empty lines and, after a warning, all others. */
static const char *parse_line(struct scrape *s, char *line)
{
	char *words[HEADING_WORDS + 1] = { 0 };
	size_t count = 0;

	while (count < ARRAY_SIZE(words) && (words[count] = next_field(&line)))
		count++;
	if (count == WORDS)
		return words[WORDS - 1];
	if (count && count != HEADING_WORDS)
		warn(s, "procfs net/arp: expected %d fields, found %zu behind \"%.32s\"", WORDS,
		     count, words[0]);
	return NULL;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int collect_file(struct scrape *s)
{
	size_t count = 0, room = 1, first = 0;
	const char **devices;
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/arp");
	if (r < 0)
		return r;
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		room++;
	devices = scrape_alloc(s, room * sizeof(*devices));
	while ((line = next_line(&text))) {
		devices[count] = parse_line(s, line);
		count += devices[count] != NULL;
	}
	if (count)
		qsort(devices, count, sizeof(*devices), compare_names);
	for (size_t i = 1; i <= count; i++) {
		if (i < count && strcmp(devices[i], devices[first]) == 0)
			continue;
		emit_count(s, devices[first], i - first);
		first = i;
	}
	return 0;
}

static int compare_indexes(const void *a, const void *b)
{
	const struct rtnetlink_neighbour *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static int collect_netlink(struct scrape *s)
{
	size_t n_all, n_links, count = 0, first = 0;
	struct rtnetlink_neighbour *all;
	const struct rtlink *links;
	int r;

	r = rtnetlink_neighbours(s, &all, &n_all);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n_all; i++) {
		if (all[i].family == AF_INET && !(all[i].state & NUD_NOARP))
			all[count++] = all[i];
	}
	if (!count)
		return 0;
	r = rtlink_list(s, &links, &n_links);
	if (r < 0)
		return r;
	qsort(all, count, sizeof(*all), compare_indexes);
	for (size_t i = 1; i <= count; i++) {
		const struct rtlink *link;

		if (i < count && all[i].index == all[first].index)
			continue;
		/* One that has gone meanwhile is left out. */
		link = rtlink_find(links, n_links, all[first].index);
		if (link)
			emit_count(s, link->name, i - first);
		first = i;
	}
	return 0;
}

static int arp_start(struct scrape *s)
{
	if (netlink_is_supported() || !self.uses_netlink)
		return 0;
	if (self.is_netlink_given)
		return fail(s, -EOPNOTSUPP, "--collector.arp.netlink: built without libmnl");
	self.uses_netlink = false;
	return 0;
}

static int arp_collect(struct scrape *s)
{
	return self.uses_netlink ? collect_netlink(s) : collect_file(s);
}

COLLECTOR(arp, .help = "neighbours of IPv4, by device", .default_on = true, .may_block = true,
          .flags = flags, .start = arp_start, .collect = arp_collect);

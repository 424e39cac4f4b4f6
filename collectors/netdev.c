// SPDX-License-Identifier: Apache-2.0
/*
 * Counters of network devices, from rtnetlink (rtlink.h) or from procfs net/dev (netfile.h), and
 * their internet addresses.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "address.h"
#include "collector.h"
#include "netfile.h"
#include "rtlink.h"
#include "rtnetlink.h"

/* Where a family is exported: by the source and by --collector.netdev.enable-detailed-metrics. */
enum {
	NETLINK_SUMS = 1, /* the names and sums of net/dev, by default */
	FILE_SUMS = 2,
	NETLINK_DETAILS = 4, /* the kernel's names */
	FILE_DETAILS = 8,    /* the same of what net/dev has not summed up, its own of the rest */
	SUMS = NETLINK_SUMS | FILE_SUMS,
	DETAILS = NETLINK_DETAILS | FILE_DETAILS,
};

#define COUNTER(NAME, HELP, ...) \
	{ \
		.name = "node_network_" NAME "_total", .help = (HELP), .type = METRIC_COUNTER, \
		.labels = LABELS(__VA_ARGS__) \
	}

/* Last, the counters of the kernel that the family is the sum of. */
#define FAMILY(MODES, NAME, HELP, ...) \
	{ \
		.modes = (MODES), \
		.metrics = { COUNTER(NAME, HELP, "device"), \
			     COUNTER(NAME, HELP, "device", "ifalias") }, \
		.n_stats = sizeof((uint8_t[]){ __VA_ARGS__ }), .stats = { \
			__VA_ARGS__ \
		} \
	}

static const struct family {
	uint8_t modes;
	struct metric metrics[2]; /* without and with --collector.netdev.label-ifalias */
	uint8_t n_stats;
	uint8_t stats[4];
} families[] = {
	FAMILY(SUMS | DETAILS, "receive_bytes", "Bytes received.", RX_BYTES),
	FAMILY(SUMS | DETAILS, "receive_packets", "Packets received.", RX_PACKETS),
	FAMILY(SUMS | DETAILS, "receive_compressed", "Packets received in compressed form.",
	       RX_COMPRESSED),
	FAMILY(SUMS | DETAILS, "transmit_bytes", "Bytes sent.", TX_BYTES),
	FAMILY(SUMS | DETAILS, "transmit_packets", "Packets sent.", TX_PACKETS),
	FAMILY(SUMS | DETAILS, "transmit_compressed", "Packets sent in compressed form.",
	       TX_COMPRESSED),
	FAMILY(NETLINK_SUMS | NETLINK_DETAILS, "receive_nohandler",
	       "Packets received that no protocol took.", RX_NOHANDLER),
	FAMILY(SUMS, "receive_errs", "Packets received with an error of any kind.", RX_ERRORS),
	FAMILY(SUMS, "receive_drop",
	       "Packets dropped after they came in, for want of use or of room.", RX_DROPPED,
	       RX_MISSED_ERRORS),
	FAMILY(SUMS, "transmit_errs", "Packets that an error kept from being sent.", TX_ERRORS),
	FAMILY(SUMS, "transmit_drop", "Packets dropped on their way out.", TX_DROPPED),
	FAMILY(SUMS | FILE_DETAILS, "receive_fifo", "Packets lost as the receive queue overflowed.",
	       RX_FIFO_ERRORS),
	FAMILY(SUMS | FILE_DETAILS, "receive_frame",
	       "Packets received with a bad length, frame or checksum.", RX_LENGTH_ERRORS,
	       RX_OVER_ERRORS, RX_CRC_ERRORS, RX_FRAME_ERRORS),
	FAMILY(SUMS | FILE_DETAILS, "receive_multicast", "Multicast packets received.", MULTICAST),
	FAMILY(SUMS | FILE_DETAILS, "transmit_fifo", "Packets not sent as the send queue failed.",
	       TX_FIFO_ERRORS),
	FAMILY(SUMS | FILE_DETAILS, "transmit_colls", "Collisions while sending.", COLLISIONS),
	FAMILY(SUMS | FILE_DETAILS, "transmit_carrier",
	       "Packets not sent for carrier, window and like reasons.", TX_ABORTED_ERRORS,
	       TX_CARRIER_ERRORS, TX_HEARTBEAT_ERRORS, TX_WINDOW_ERRORS),
	FAMILY(DETAILS, "receive_errors", "Packets received with an error of any kind.", RX_ERRORS),
	FAMILY(DETAILS, "receive_dropped", "Packets dropped after they came in.", RX_DROPPED),
	FAMILY(DETAILS, "transmit_errors", "Packets that an error kept from being sent.",
	       TX_ERRORS),
	FAMILY(DETAILS, "transmit_dropped", "Packets dropped on their way out.", TX_DROPPED),
	FAMILY(NETLINK_DETAILS, "multicast", "Multicast packets received.", MULTICAST),
	FAMILY(NETLINK_DETAILS, "collisions", "Collisions while sending.", COLLISIONS),
	FAMILY(NETLINK_DETAILS, "receive_length_errors", "Packets received with a bad length.",
	       RX_LENGTH_ERRORS),
	FAMILY(NETLINK_DETAILS, "receive_over_errors", "Packets that overran the receiver.",
	       RX_OVER_ERRORS),
	FAMILY(NETLINK_DETAILS, "receive_crc_errors", "Packets received with a bad checksum.",
	       RX_CRC_ERRORS),
	FAMILY(NETLINK_DETAILS, "receive_frame_errors", "Packets received with a bad alignment.",
	       RX_FRAME_ERRORS),
	FAMILY(NETLINK_DETAILS, "receive_fifo_errors",
	       "Packets lost as the receive queue overflowed.", RX_FIFO_ERRORS),
	FAMILY(NETLINK_DETAILS, "receive_missed_errors", "Packets that the host had no room for.",
	       RX_MISSED_ERRORS),
	FAMILY(NETLINK_DETAILS, "transmit_aborted_errors", "Packets whose sending was given up.",
	       TX_ABORTED_ERRORS),
	FAMILY(NETLINK_DETAILS, "transmit_carrier_errors",
	       "Packets not sent for loss of the carrier.", TX_CARRIER_ERRORS),
	FAMILY(NETLINK_DETAILS, "transmit_fifo_errors",
	       "Packets not sent as the send queue failed.", TX_FIFO_ERRORS),
	FAMILY(NETLINK_DETAILS, "transmit_heartbeat_errors",
	       "Packets not sent for want of a heartbeat.", TX_HEARTBEAT_ERRORS),
	FAMILY(NETLINK_DETAILS, "transmit_window_errors", "Packets not sent for late collisions.",
	       TX_WINDOW_ERRORS),
};

static const struct metric address_info = {
	.name = "node_network_address_info",
	.help = "An internet address of a network device; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "address", "netmask", "scope"),
};

static struct {
	struct filter filter;
	struct regex blacklist;
	struct regex whitelist;
	bool has_addresses;
	bool is_detailed;
	bool has_aliases;
	bool uses_netlink;
	bool is_netlink_given;
} self;

static const struct flag flags[] = {
	{ .name = "collector.netdev.address-info",
	  .type = FLAG_BOOL,
	  .target = &self.has_addresses,
	  .help = "Export the internet addresses of each network device." },
	{ .name = "collector.netdev.device-blacklist",
	  .type = FLAG_REGEX,
	  .target = &self.blacklist,
	  .help = "Old name of --collector.netdev.device-exclude.",
	  .hidden = true },
	{ .name = "collector.netdev.device-exclude",
	  .type = FLAG_REGEX,
	  .target = &self.filter.exclude,
	  .help = "Leave out network devices whose name matches." },
	{ .name = "collector.netdev.device-include",
	  .type = FLAG_REGEX,
	  .target = &self.filter.include,
	  .help = "Export only network devices whose name matches." },
	{ .name = "collector.netdev.device-whitelist",
	  .type = FLAG_REGEX,
	  .target = &self.whitelist,
	  .help = "Old name of --collector.netdev.device-include.",
	  .hidden = true },
	{ .name = "collector.netdev.enable-detailed-metrics",
	  .type = FLAG_BOOL,
	  .target = &self.is_detailed,
	  .help = "Export each counter of the kernel's instead of the sums in net/dev." },
	{ .name = "collector.netdev.label-ifalias",
	  .type = FLAG_BOOL,
	  .target = &self.has_aliases,
	  .help = "Add the alias of the network device as a label ifalias." },
	{ .name = "collector.netdev.netlink",
	  .type = FLAG_BOOL,
	  .target = &self.uses_netlink,
	  .value = "true",
	  .help = "Ask rtnetlink for the counters instead of reading net/dev.",
	  .given = &self.is_netlink_given },
	{ 0 },
};

static int compare_names(const void *a, const void *b)
{
	const struct rtlink *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	return order ? order : (*x > *y) - (*x < *y);
}

/*
 * Those that the filter keeps and that have counters. A device that is there twice, as the list
 * changed while it was read, is as the later one.
 */
static const struct rtlink **pick_links(struct scrape *s, const struct rtlink *links, size_t count,
                                        size_t *ret_count)
{
	const struct rtlink **picked = scrape_alloc(s, count * sizeof(*picked));
	size_t n = 0, last = 0;

	for (size_t i = 0; i < count; i++) {
		if (links[i].has_stats && filter_keeps(&self.filter, links[i].name))
			picked[n++] = &links[i];
	}
	if (n)
		qsort(picked, n, sizeof(*picked), compare_names);
	for (size_t i = 1; i < n; i++) {
		last += strcmp(picked[i]->name, picked[last]->name) != 0;
		picked[last] = picked[i];
	}
	*ret_count = n ? last + 1 : 0;
	return picked;
}

/* The alias by sysfs; "" where the device has gone, or is an "eth0:1". */
static const char *read_alias(struct scrape *s, const char *device)
{
	char *alias;
	int r;

	tree_identify(TREE_SYS, "class/net/%s", device);
	r = tree_read_attr(s, TREE_SYS, &alias, "class/net/%s/ifalias", device);
	if (r == 0)
		return alias;
	if (r != -ENOENT && r != -ENODEV && r != -EACCES && r != -EPERM && r != -EINVAL &&
	    r != -EOPNOTSUPP)
		warn(s, "%s", failure(s, r));
	return "";
}

static void emit_counters(struct scrape *s, const struct rtlink *l, bool reads_alias)
{
	const char *alias = !self.has_aliases ? NULL
	                    : reads_alias     ? read_alias(s, l->name)
	                                      : rtlink_alias(s, l);
	const char *const labels[] = { l->name, alias, NULL };
	unsigned mode =
		(self.is_detailed ? DETAILS : SUMS) &
		(self.uses_netlink ? NETLINK_SUMS | NETLINK_DETAILS : FILE_SUMS | FILE_DETAILS);

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct family *f = &families[i];
		uint64_t sum = 0;

		if (!(f->modes & mode))
			continue;
		for (size_t k = 0; k < f->n_stats; k++)
			sum += l->stats[f->stats[k]];
		emit_labels(s, &f->metrics[self.has_aliases], (double)sum, labels);
	}
}

static void collect_addresses(struct scrape *s, const struct rtlink *links, size_t n_links)
{
	struct rtnetlink_address *addresses;
	size_t count;
	int r;

	r = rtnetlink_addresses(s, &addresses, &count);
	if (r < 0) {
		warn(s, "%s", failure(s, r));
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct rtnetlink_address *a = &addresses[i];
		const struct rtlink *l = rtlink_find(links, n_links, a->index);
		char text[ADDRESS_TEXT_MAX], prefix[4];

		if (!l || !filter_keeps(&self.filter, l->name))
			continue;
		(void)snprintf(prefix, sizeof(prefix), "%u", a->prefix); /* fits */
		emit(s, &address_info, 1, l->name, address_text(a->family, a->bytes, text), prefix,
		     address_scope(a->family, a->bytes));
	}
}

static int netdev_start(struct scrape *s)
{
	int r;

	r = regex_alias(s, &self.filter.include, "collector.netdev.device-include", &self.whitelist,
	                "collector.netdev.device-whitelist");
	if (r == 0)
		r = regex_alias(s, &self.filter.exclude, "collector.netdev.device-exclude",
		                &self.blacklist, "collector.netdev.device-blacklist");
	if (r == 0)
		r = filter_settle(s, &self.filter, "collector.netdev.device-include",
		                  "collector.netdev.device-exclude");
	if (r < 0 || netlink_is_supported())
		return r;
	if (self.uses_netlink && self.is_netlink_given)
		return fail(s, -EOPNOTSUPP, "--collector.netdev.netlink: built without libmnl");
	if (self.has_addresses)
		return fail(s, -EOPNOTSUPP,
		            "--collector.netdev.address-info: built without libmnl");
	self.uses_netlink = false;
	return 0;
}

static int netdev_collect(struct scrape *s)
{
	bool reads_alias = self.has_aliases && (!self.uses_netlink || !tree_is_default(TREE_SYS));
	const struct rtlink *links, **picked;
	size_t n_links, n_picked;
	int r;

	r = self.uses_netlink ? rtlink_list(s, &links, &n_links)
	                      : netfile_links(s, &links, &n_links);
	if (r < 0)
		return r;
	if (reads_alias && !tree_exists(s, TREE_SYS, "class/net"))
		return fail(s, -ENOENT, "sysfs class/net: %s", error_text(ENOENT));
	picked = pick_links(s, links, n_links, &n_picked);
	for (size_t i = 0; i < n_picked; i++)
		emit_counters(s, picked[i], reads_alias);

	if (!self.has_addresses)
		return 0;
	if (!self.uses_netlink) {
		r = rtlink_list(s, &links, &n_links);
		if (r < 0)
			return r;
	}
	collect_addresses(s, links, n_links);
	return 0;
}

COLLECTOR(netdev, .help = "network devices: bytes, packets, errors", .default_on = true,
          .may_block = true, .flags = flags, .start = netdev_start, .collect = netdev_collect);

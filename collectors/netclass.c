// SPDX-License-Identifier: Apache-2.0
/*
 * Attributes of network devices, in two shapes: that of sysfs class/net, whoever is asked for them
 * (linkattr.h), and with --collector.netclass.netlink that of rtnetlink.
 */

#include <errno.h>
#include <linux/if.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "linkattr.h"
#include "linkfacts.h"
#include "linkmode.h"
#include "rtlink.h"

#define DEVICE_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_network_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("device") \
	}
#define GAUGE(NAME, HELP) DEVICE_METRIC(GAUGE, NAME, HELP)
#define COUNTER(NAME, HELP) DEVICE_METRIC(COUNTER, NAME, HELP)

static const struct metric info = {
	.name = "node_network_info",
	.help = "What a network device is and how it is set up; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "address", "broadcast", "duplex", "operstate", "adminstate",
	                 "ifalias"),
};

static const struct metric link_info = {
	.name = "node_network_info",
	.help = "What a network device is, as rtnetlink tells; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "address", "broadcast", "duplex", "operstate", "ifalias"),
};

static const struct metric altnames_info = {
	.name = "node_network_altnames_info",
	.help = "Another name of a network device; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("altname", "device"),
};

static const struct metric up = GAUGE("up", "Whether the operational state is up.");

static const struct metric metrics[ATTR_NUMBERS] = {
	[ATTR_ADDR_ASSIGN_TYPE] =
		GAUGE("address_assign_type",
	              "Where the address is from: 0 burnt in, 1 random, 2 another device, 3 set."),
	[ATTR_CARRIER] = GAUGE("carrier", "Whether there is a carrier."),
	[ATTR_CARRIER_CHANGES] =
		COUNTER("carrier_changes_total", "Times that the carrier came or went."),
	[ATTR_CARRIER_DOWN_COUNT] =
		COUNTER("carrier_down_changes_total", "Times that the carrier went."),
	[ATTR_CARRIER_UP_COUNT] =
		COUNTER("carrier_up_changes_total", "Times that the carrier came."),
	[ATTR_DEV_ID] =
		GAUGE("device_id", "Number that tells apart devices with the same address."),
	[ATTR_DORMANT] =
		GAUGE("dormant", "Whether the device waits for something else, as for 802.1X."),
	[ATTR_FLAGS] = GAUGE("flags", "Flags of the device as a number (IFF_UP is 1, and so on)."),
	[ATTR_IFINDEX] = GAUGE("iface_id", "Number of the device."),
	[ATTR_IFLINK] = GAUGE("iface_link", "Number of the device that this one is on top of."),
	[ATTR_LINK_MODE] =
		GAUGE("iface_link_mode", "Who brings the link up: 0 the kernel, 1 a programme."),
	[ATTR_MTU] = GAUGE("mtu_bytes", "Bytes that fit into a frame."),
	[ATTR_NAME_ASSIGN_TYPE] =
		GAUGE("name_assign_type",
	              "Where the name is from: 1 the kernel's count, 2 it is predictable, 3 user "
	              "space, 4 it was renamed."),
	[ATTR_NETDEV_GROUP] = GAUGE("net_dev_group", "Number of the group that the device is in."),
	[ATTR_SPEED] = GAUGE("speed_bytes", "Speed of the link in bytes a second."),
	[ATTR_TX_QUEUE_LEN] =
		GAUGE("transmit_queue_length", "Packets that the send queue has room for."),
	[ATTR_TYPE] = GAUGE("protocol_type", "Kind of link, as a number (ARPHRD_ETHER is 1)."),
};

#define STATISTIC(NAME, HELP) GAUGE(NAME "_total", "Statistics of the device: " HELP)
static const struct metric statistics[LINK_STATS] = {
	[RX_PACKETS] = STATISTIC("receive_packets", "packets received."),
	[TX_PACKETS] = STATISTIC("transmit_packets", "packets sent."),
	[RX_BYTES] = STATISTIC("receive_bytes", "bytes received."),
	[TX_BYTES] = STATISTIC("transmit_bytes", "bytes sent."),
	[RX_ERRORS] = STATISTIC("receive_errors", "packets received with any error."),
	[TX_ERRORS] = STATISTIC("transmit_errors", "packets that an error kept from being sent."),
	[RX_DROPPED] = STATISTIC("receive_dropped", "packets dropped after they came in."),
	[TX_DROPPED] = STATISTIC("transmit_dropped", "packets dropped on their way out."),
	[MULTICAST] = STATISTIC("multicast", "multicast packets received."),
	[COLLISIONS] = STATISTIC("collisions", "collisions while sending."),
	[RX_LENGTH_ERRORS] = STATISTIC("receive_length_errors", "packets with a bad length."),
	[RX_OVER_ERRORS] = STATISTIC("receive_over_errors", "packets that overran the receiver."),
	[RX_CRC_ERRORS] = STATISTIC("receive_crc_errors", "packets with a bad checksum."),
	[RX_FRAME_ERRORS] = STATISTIC("receive_frame_errors", "packets with a bad alignment."),
	[RX_FIFO_ERRORS] = STATISTIC("receive_fifo_errors", "packets the queue had no room for."),
	[RX_MISSED_ERRORS] =
		STATISTIC("receive_missed_errors", "packets the host had no room for."),
	[TX_ABORTED_ERRORS] = STATISTIC("transmit_aborted_errors", "packets given up."),
	[TX_CARRIER_ERRORS] = STATISTIC("transmit_carrier_errors", "losses of the carrier."),
	[TX_FIFO_ERRORS] = STATISTIC("transmit_fifo_errors", "failures of the send queue."),
	[TX_HEARTBEAT_ERRORS] = STATISTIC("transmit_heartbeat_errors", "missing heartbeats."),
	[TX_WINDOW_ERRORS] = STATISTIC("transmit_window_errors", "late collisions."),
	[RX_COMPRESSED] = STATISTIC("receive_compressed", "compressed packets received."),
	[TX_COMPRESSED] = STATISTIC("transmit_compressed", "compressed packets sent."),
	[RX_NOHANDLER] = STATISTIC("receive_nohandler", "packets that no protocol took."),
};

static struct {
	struct regex ignored;
	bool ignores_invalid_speed;
	bool uses_netlink; /* and its shape */
	bool has_statistics;
} self;

static const struct flag flags[] = {
	{ .name = "collector.netclass.ignore-invalid-speed",
	  .type = FLAG_BOOL,
	  .target = &self.ignores_invalid_speed,
	  .help = "Leave out the speed of devices that say it is negative." },
	{ .name = "collector.netclass.ignored-devices",
	  .type = FLAG_REGEX,
	  .target = &self.ignored,
	  .value = "^$",
	  .help = "Leave out network devices whose name matches." },
	{ .name = "collector.netclass.netlink",
	  .type = FLAG_BOOL,
	  .target = &self.uses_netlink,
	  .help = "Export what rtnetlink says, which differs from what sysfs shows." },
	{ .name = "collector.netclass_rtnl.with-stats",
	  .type = FLAG_BOOL,
	  .target = &self.has_statistics,
	  .help = "With --collector.netclass.netlink: export the counters, too, as gauges." },
	{ 0 },
};

static void emit_number(struct scrape *s, const struct linkattr *a, enum linkattr_number which)
{
	int64_t value = a->numbers[which];

	if (!(a->has & 1U << which) ||
	    (which == ATTR_SPEED && value < 0 && self.ignores_invalid_speed))
		return;
	/* Megabits, in integers and wrapping around as upstream. */
	if (which == ATTR_SPEED)
		value = (int64_t)((uint64_t)value * 1000 * 1000) / 8;
	emit(s, &metrics[which], (double)value, a->device);
}

static void emit_device(struct scrape *s, const struct linkattr *a)
{
	const char *admin_state = "unknown";

	for (size_t i = 0; i < ATTR_NUMBERS; i++)
		emit_number(s, a, i);
	emit(s, &up, strcmp(a->operstate, "up") == 0, a->device);
	if (a->has & 1U << ATTR_FLAGS)
		admin_state = a->numbers[ATTR_FLAGS] & IFF_UP ? "up" : "down";
	if (self.uses_netlink)
		emit(s, &link_info, 1, a->device, a->address, a->broadcast, a->duplex, a->operstate,
		     a->alias);
	else
		emit(s, &info, 1, a->device, a->address, a->broadcast, a->duplex, a->operstate,
		     admin_state, a->alias);
}

static int collect_files(struct scrape *s)
{
	struct linkattr a;
	char **devices;
	int r;

	r = tree_list(s, TREE_SYS, &devices, "class/net");
	if (r == -ENOENT || r == -EACCES || r == -EPERM)
		return NO_DATA;
	if (r < 0)
		return r;
	for (; *devices; devices++) {
		if (!regex_matches(&self.ignored, *devices) && linkattr_read(s, *devices, &a))
			emit_device(s, &a);
	}
	return 0;
}

/* What collect_files() would export, by a few system calls for all devices; or a reason not to. */
static int collect_quickly(struct scrape *s)
{
	const struct linkfacts *facts;
	const struct rtlink *links;
	struct linkmode *modes;
	size_t count, n_modes;
	bool has_modes;
	int r;

	r = rtlink_list(s, &links, &count);
	if (r == 0)
		r = linkfacts_get(s, links, count, &facts);
	if (r < 0)
		return r;
	has_modes = linkmode_list(s, &modes, &n_modes) == 0;
	for (size_t i = 0; i < count; i++) {
		const struct linkmode *mode = NULL;
		struct linkattr a;

		if (!facts[i].is_known || regex_matches(&self.ignored, links[i].name))
			continue;
		if (has_modes)
			mode = linkmode_find(modes, n_modes, links[i].index);
		linkattr_convert(s, &links[i], &facts[i], mode, &a);
		if (!has_modes)
			linkattr_read_speed(s, &a);
		emit_device(s, &a);
	}
	return 0;
}

static void emit_link(struct scrape *s, const struct rtlink *l, const struct linkfacts *facts,
                      const struct linkmode *mode)
{
	struct linkattr a;

	linkattr_tell(s, l, facts, mode, &a);
	emit_device(s, &a);
	for (const char *const *name = l->altnames; *name; name++)
		emit(s, &altnames_info, 1, *name, l->name);
	for (size_t i = 0; i < LINK_STATS && self.has_statistics && l->has_stats; i++)
		emit(s, &statistics[i], (double)l->stats[i], l->name);
}

static int collect_links(struct scrape *s)
{
	const struct linkfacts none = { 0 }, *facts = NULL;
	struct linkmode *modes = NULL;
	const struct rtlink *links;
	size_t count, n_modes = 0;
	int r;

	r = rtlink_list(s, &links, &count);
	if (r < 0)
		return r;
	/* Without either the rest is still good. */
	r = linkfacts_get(s, links, count, &facts);
	if (r < 0 && !attr_is_quiet(r))
		warn(s, "%s", failure(s, r));
	r = linkmode_list(s, &modes, &n_modes);
	if (r < 0 && r != -ENOENT)
		warn(s, "%s", failure(s, r));
	for (size_t i = 0; i < count; i++) {
		if (!regex_matches(&self.ignored, links[i].name))
			emit_link(s, &links[i], facts ? &facts[i] : &none,
			          linkmode_find(modes, n_modes, links[i].index));
	}
	return 0;
}

static int netclass_start(struct scrape *s)
{
	if (self.uses_netlink && !netlink_is_supported())
		return fail(s, -EOPNOTSUPP, "--collector.netclass.netlink: built without libmnl");
	return 0;
}

static int netclass_collect(struct scrape *s)
{
	if (self.uses_netlink)
		return collect_links(s);
	/* Files are there for whoever may not, or cannot, use netlink. */
	if (tree_is_default(TREE_SYS) && tree_is_default(TREE_PROC) && collect_quickly(s) == 0)
		return 0;
	return collect_files(s);
}

COLLECTOR(netclass, .help = "network devices: state, speed, addresses and other attributes",
          .default_on = true, .may_block = true, .flags = flags, .start = netclass_start,
          .collect = netclass_collect);

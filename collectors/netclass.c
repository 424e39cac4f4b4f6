// SPDX-License-Identifier: Apache-2.0
/*
 * Attributes of network devices: sysfs class/net has a directory for each of them (and, for bonds,
 * a file bonding_masters), with one number or text in each file. Some numbers are hexadecimal
 * ("0x1003"); files that make no sense for a device cannot be read.
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

enum { IFF_UP = 1 };

#define DEVICE_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_network_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("device") \
	}
#define GAUGE(FILE, NAME, HELP) \
	{ \
		FILE, false, DEVICE_METRIC(GAUGE, NAME, HELP) \
	}
#define COUNTER(FILE, NAME, HELP) \
	{ \
		FILE, false, DEVICE_METRIC(COUNTER, NAME, HELP) \
	}
#define LOCKED(FILE, NAME, HELP) \
	{ \
		FILE, true, DEVICE_METRIC(GAUGE, NAME, HELP) \
	}

static const struct metric info = {
	.name = "node_network_info",
	.help = "What a network device is and how it is set up; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "address", "broadcast", "duplex", "operstate", "adminstate",
	                 "ifalias"),
};

static const struct metric up = DEVICE_METRIC(GAUGE, "up", "Whether the operational state is up.");
static const struct metric speed_bytes =
	DEVICE_METRIC(GAUGE, "speed_bytes", "Speed of the link in bytes a second.");

static const struct attribute {
	const char *file;
	bool is_locked; /* the kernel takes the lock on all links for it */
	struct metric metric;
} attributes[] = {
	GAUGE("addr_assign_type", "address_assign_type",
	      "Where the address is from: 0 burnt in, 1 random, 2 another device, 3 set."),
	LOCKED("carrier", "carrier", "Whether there is a carrier."),
	COUNTER("carrier_changes", "carrier_changes_total", "Times that the carrier came or went."),
	COUNTER("carrier_down_count", "carrier_down_changes_total", "Times that the carrier went."),
	COUNTER("carrier_up_count", "carrier_up_changes_total", "Times that the carrier came."),
	GAUGE("dev_id", "device_id", "Number that tells apart devices with the same address."),
	GAUGE("dormant", "dormant", "Whether the device waits for something else, as for 802.1X."),
	GAUGE("flags", "flags", "Flags of the device as a number (IFF_UP is 1, and so on)."),
	GAUGE("ifindex", "iface_id", "Number of the device."),
	GAUGE("iflink", "iface_link", "Number of the device that this one is on top of."),
	GAUGE("link_mode", "iface_link_mode",
	      "Who brings the link up: 0 the kernel, 1 a programme."),
	GAUGE("mtu", "mtu_bytes", "Bytes that fit into a frame."),
	GAUGE("name_assign_type", "name_assign_type",
	      "Where the name is from: 1 the kernel's count, 2 it is predictable, 3 user space, 4 it "
	      "was renamed."),
	GAUGE("netdev_group", "net_dev_group", "Number of the group that the device is in."),
	GAUGE("tx_queue_len", "transmit_queue_length", "Packets that the send queue has room for."),
	GAUGE("type", "protocol_type", "Kind of link, as a number (ARPHRD_ETHER is 1)."),
};

static struct {
	struct regex ignored;
	bool ignores_invalid_speed;
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
	{ 0 },
};

/* An attribute. That a device does not have it, or not now, is no news. */
static int read_text(struct scrape *s, const char *device, const char *file, char **ret)
{
	int r;

	r = tree_read_attr(s, TREE_SYS, ret, "class/net/%s/%s", device, file);
	if (r < 0 && r != -ENOENT && r != -ENODEV && r != -ENXIO && r != -EACCES && r != -EPERM &&
	    r != -EINVAL && r != -EOPNOTSUPP && r != -ENOTDIR)
		warn(s, "%s", failure(s, r));
	return r;
}

/* A number in any base that has a prefix. */
static int parse_number(struct scrape *s, const char *device, const char *file, const char *text,
                        int64_t *ret)
{
	bool is_negative = text[0] == '-';
	uint64_t size;

	if (parse_u64_any(text + is_negative, &size) < 0 || size > INT64_MAX) {
		warn(s, "sysfs class/net/%s/%s: expected a number, found \"%.32s\"", device, file,
		     text);
		return -EINVAL;
	}
	*ret = is_negative ? -(int64_t)size : (int64_t)size;
	return 0;
}

static const char *read_label(struct scrape *s, const char *device, const char *file)
{
	char *text;

	return read_text(s, device, file, &text) == 0 ? text : "";
}

static void collect_speed(struct scrape *s, const char *device)
{
	int64_t speed;
	char *text;

	if (read_text(s, device, "speed", &text) < 0 ||
	    parse_number(s, device, "speed", text, &speed) < 0 ||
	    (speed < 0 && self.ignores_invalid_speed))
		return;
	/* Megabits, in integers and wrapping around as upstream. */
	speed = (int64_t)((uint64_t)speed * 1000 * 1000);
	emit(s, &speed_bytes, (double)(speed / 8), device);
}

/* The numbers; returns what the flags say the device is set to. */
static const char *collect_numbers(struct scrape *s, const char *device, bool has_lock)
{
	const char *state = "unknown";

	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		const struct attribute *a = &attributes[i];
		int64_t value;
		char *text;

		if ((a->is_locked && !has_lock) || read_text(s, device, a->file, &text) < 0 ||
		    parse_number(s, device, a->file, text, &value) < 0)
			continue;
		emit(s, &a->metric, (double)value, device);
		if (strcmp(a->file, "flags") == 0)
			state = value & IFF_UP ? "up" : "down";
	}
	return state;
}

static void collect_device(struct scrape *s, const char *device)
{
	const char *state, *admin_state, *duplex = "";
	char *text;
	bool has_lock;
	int r;

	tree_identify(TREE_SYS, "class/net/%s", device);
	r = read_text(s, device, "operstate", &text);
	/* bonding_masters, or a device that has just gone */
	if (r == -ENOTDIR || r == -ENODEV || r == -ENXIO ||
	    (r == -ENOENT && !tree_exists(s, TREE_SYS, "class/net/%s/.", device)))
		return;
	state = r == 0 ? text : "";

	/* One driver that does not come back with the lock makes all devices wait. */
	has_lock = hazard(s, "rtnl lock");
	if (has_lock) {
		duplex = read_label(s, device, "duplex");
		collect_speed(s, device);
	}
	admin_state = collect_numbers(s, device, has_lock);
	emit(s, &up, strcmp(state, "up") == 0, device);
	emit(s, &info, 1, device, read_label(s, device, "address"),
	     read_label(s, device, "broadcast"), duplex, state, admin_state,
	     read_label(s, device, "ifalias"));
}

static int netclass_collect(struct scrape *s)
{
	char **devices;
	int r;

	r = tree_list(s, TREE_SYS, &devices, "class/net");
	if (r == -ENOENT || r == -EACCES || r == -EPERM)
		return NO_DATA;
	if (r < 0)
		return r;
	for (; *devices; devices++) {
		if (!regex_matches(&self.ignored, *devices))
			collect_device(s, *devices);
	}
	return 0;
}

COLLECTOR(netclass, .help = "network devices: state, speed, addresses and other attributes",
          .default_on = true, .may_block = true, .flags = flags, .collect = netclass_collect);

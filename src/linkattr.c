// SPDX-License-Identifier: Apache-2.0
/*
 * sysfs class/net has a directory for each device, with one number or text in each file. Some
 * numbers are hexadecimal ("0x1003"); files that make no sense for a device, or not now, cannot be
 * read. What netlink says of the same was compared with net/core/net-sysfs.c of Linux 6.18.
 */
#include "linkattr.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <string.h>

#include "collector.h"
#include "linkfacts.h"
#include "linkmode.h"
#include "rtlink.h"

static const char *const files[ATTR_NUMBERS] = {
	[ATTR_ADDR_ASSIGN_TYPE] = "addr_assign_type",
	[ATTR_CARRIER] = "carrier",
	[ATTR_CARRIER_CHANGES] = "carrier_changes",
	[ATTR_CARRIER_DOWN_COUNT] = "carrier_down_count",
	[ATTR_CARRIER_UP_COUNT] = "carrier_up_count",
	[ATTR_DEV_ID] = "dev_id",
	[ATTR_DORMANT] = "dormant",
	[ATTR_FLAGS] = "flags",
	[ATTR_IFINDEX] = "ifindex",
	[ATTR_IFLINK] = "iflink",
	[ATTR_LINK_MODE] = "link_mode",
	[ATTR_MTU] = "mtu",
	[ATTR_NAME_ASSIGN_TYPE] = "name_assign_type",
	[ATTR_NETDEV_GROUP] = "netdev_group",
	[ATTR_SPEED] = "speed",
	[ATTR_TX_QUEUE_LEN] = "tx_queue_len",
	[ATTR_TYPE] = "type",
};

static const char *const operstates[] = { "unknown", "notpresent", "down", "lowerlayerdown",
	                                  "testing", "dormant",    "up" };

const char *linkattr_operstate(uint32_t number)
{
	return number < ARRAY_SIZE(operstates) ? operstates[number] : "";
}

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

static const char *read_label(struct scrape *s, const char *device, const char *file)
{
	char *text;

	return read_text(s, device, file, &text) == 0 ? text : "";
}

int linkattr_read_number(struct scrape *s, const char *device, enum linkattr_number which,
                         int64_t *ret)
{
	char *text;
	int r;

	r = read_text(s, device, files[which], &text);
	if (r < 0)
		return r;
	r = parse_i64_any(text, ret);
	if (r < 0)
		warn(s, "sysfs class/net/%s/%s: expected a number, found \"%.32s\"", device,
		     files[which], text);
	return r;
}

static void read_number(struct scrape *s, struct linkattr *a, enum linkattr_number which)
{
	if (linkattr_read_number(s, a->device, which, &a->numbers[which]) == 0)
		a->has |= 1U << which;
}

void linkattr_read_speed(struct scrape *s, struct linkattr *a)
{
	/* One driver that does not come back with the lock makes all devices wait. */
	if (!hazard(s, "rtnetlink"))
		return;
	a->duplex = read_label(s, a->device, "duplex");
	read_number(s, a, ATTR_SPEED);
}

bool linkattr_read(struct scrape *s, const char *device, struct linkattr *ret)
{
	char *state;
	int r;

	tree_identify(TREE_SYS, "class/net/%s", device);
	r = read_text(s, device, "operstate", &state);
	if (r == -ENOTDIR || r == -ENODEV || r == -ENXIO ||
	    (r == -ENOENT && !tree_exists(s, TREE_SYS, "class/net/%s/.", device)))
		return false;
	*ret = (struct linkattr){ .device = device,
		                  .duplex = "",
		                  .operstate = r == 0 ? state : "" };
	linkattr_read_speed(s, ret);
	if (hazard(s, "rtnetlink"))
		read_number(s, ret, ATTR_CARRIER);
	for (size_t i = 0; i < ATTR_NUMBERS; i++) {
		if (i != ATTR_SPEED && i != ATTR_CARRIER)
			read_number(s, ret, i);
	}
	ret->address = read_label(s, device, "address");
	ret->broadcast = read_label(s, device, "broadcast");
	ret->alias = read_label(s, device, "ifalias");
	return true;
}

static void set(struct linkattr *a, enum linkattr_number which, int64_t value)
{
	a->numbers[which] = value;
	a->has |= 1U << which;
}

static void set_from(struct linkattr *a, enum linkattr_number which, const struct rtlink *link,
                     enum link_number from, bool is_signed)
{
	uint32_t value;

	if (rtlink_number(link, from, &value))
		set(a, which, is_signed ? (int64_t)(int32_t)value : value);
}

/* What is the same in both shapes, but that most files show numbers as if they were signed. */
static void set_common(struct linkattr *a, const struct rtlink *link, const struct linkfacts *facts,
                       bool is_signed)
{
	static const struct {
		uint8_t attr;
		uint8_t link;
	} numbers[] = {
		{ ATTR_CARRIER_CHANGES, LINK_CARRIER_CHANGES },
		{ ATTR_CARRIER_DOWN_COUNT, LINK_CARRIER_DOWNS },
		{ ATTR_CARRIER_UP_COUNT, LINK_CARRIER_UPS },
		{ ATTR_LINK_MODE, LINK_MODE },
		{ ATTR_MTU, LINK_MTU },
		{ ATTR_NETDEV_GROUP, LINK_GROUP },
		{ ATTR_TX_QUEUE_LEN, LINK_TX_QUEUE_LENGTH },
	};
	uint32_t state = UINT32_MAX;

	*a = (struct linkattr){ .device = link->name,
		                .address = link->address,
		                .broadcast = link->broadcast,
		                .duplex = "",
		                .alias = link->alias };
	(void)rtlink_number(link, LINK_OPERSTATE, &state);
	a->operstate = linkattr_operstate(state);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		set_from(a, numbers[i].attr, link, numbers[i].link, is_signed);
	set(a, ATTR_IFINDEX, link->index);
	set(a, ATTR_IFLINK, link->index);
	set(a, ATTR_TYPE, link->type);
	if (facts->has_addr_assign_type)
		set(a, ATTR_ADDR_ASSIGN_TYPE, facts->addr_assign_type);
	if (facts->has_name_assign_type)
		set(a, ATTR_NAME_ASSIGN_TYPE, facts->name_assign_type);
	if (facts->has_dev_id)
		set(a, ATTR_DEV_ID, facts->dev_id);
}

/* Only promiscuity and allmulti count all who asked for them; the rest is of sockets' making. */
static int64_t convert_flags(struct scrape *s, const struct rtlink *link,
                             const struct linkfacts *facts)
{
	const uint32_t derived = IFF_RUNNING | IFF_LOWER_UP | IFF_DORMANT;
	uint32_t promiscuity, allmulti, flags;
	int64_t shown;

	if (!rtlink_number(link, LINK_PROMISCUITY, &promiscuity) ||
	    !rtlink_number(link, LINK_ALLMULTI, &allmulti)) {
		/* What is not told is not remembered, either. */
		if (linkattr_read_number(s, link->name, ATTR_FLAGS, &shown) == 0)
			return shown;
		return -1;
	}
	flags = (link->flags & ~(derived | IFF_PROMISC | IFF_ALLMULTI)) | (facts->flags & derived);
	if (promiscuity)
		flags |= IFF_PROMISC;
	if (allmulti)
		flags |= IFF_ALLMULTI;
	return flags;
}

static const char *convert_duplex(uint8_t duplex)
{
	switch (duplex) {
	case DUPLEX_HALF:
		return "half";
	case DUPLEX_FULL:
		return "full";
	default:
		return "unknown";
	}
}

void linkattr_convert(struct scrape *s, const struct rtlink *link, const struct linkfacts *facts,
                      const struct linkmode *mode, struct linkattr *ret)
{
	int64_t flags = convert_flags(s, link, facts);

	set_common(ret, link, facts, true);
	ret->alias = rtlink_alias(s, link);
	set_from(ret, ATTR_IFLINK, link, LINK_LOWER, true);
	if (flags >= 0)
		set(ret, ATTR_FLAGS, flags);
	/* What cannot be read of a device that is down. */
	if (!(link->flags & IFF_UP))
		return;
	set_from(ret, ATTR_CARRIER, link, LINK_CARRIER, true);
	set(ret, ATTR_DORMANT, (link->flags & IFF_DORMANT) != 0);
	if (mode) {
		ret->duplex = convert_duplex(mode->duplex);
		set(ret, ATTR_SPEED, (int32_t)mode->speed);
	}
}

static const char *told_duplex(struct scrape *s, uint8_t duplex)
{
	switch (duplex) {
	case DUPLEX_HALF:
		return "Half";
	case DUPLEX_FULL:
		return "Full";
	case DUPLEX_UNKNOWN:
		return "Unknown";
	default:
		return scrape_printf(s, "Duplex(%u)", duplex);
	}
}

void linkattr_tell(struct scrape *s, const struct rtlink *link, const struct linkfacts *facts,
                   const struct linkmode *mode, struct linkattr *ret)
{
	uint32_t lower;

	set_common(ret, link, facts, false);
	if (rtlink_number(link, LINK_LOWER, &lower) && lower)
		set(ret, ATTR_IFLINK, lower);
	if (!(ret->has & 1U << ATTR_MTU))
		set(ret, ATTR_MTU, 0);
	set(ret, ATTR_FLAGS, link->flags);
	set_from(ret, ATTR_CARRIER, link, LINK_CARRIER, false);
	set_from(ret, ATTR_DORMANT, link, LINK_MODE, false);
	if (mode) {
		ret->duplex = told_duplex(s, mode->duplex);
		set(ret, ATTR_SPEED, mode->speed);
	}
}

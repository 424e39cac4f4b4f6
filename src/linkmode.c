// SPDX-License-Identifier: Apache-2.0
#include "linkmode.h"

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "genetlink.h"
#include "metric.h"

static struct {
	struct genetlink genetlink;
} self = { .genetlink = { .family = ETHTOOL_GENL_NAME } };

static int compare_modes(const void *a, const void *b)
{
	const struct linkmode *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static bool parse_mode(const struct nlmsghdr *m, struct linkmode *ret)
{
	const struct nlattr *header[ETHTOOL_A_HEADER_DEV_INDEX + 1];
	const struct nlattr *attributes[ETHTOOL_A_LINKMODES_DUPLEX + 1];

	if (m->nlmsg_type < NLMSG_MIN_TYPE ||
	    !netlink_parse(m, m->nlmsg_type, GENL_HDRLEN, attributes, ARRAY_SIZE(attributes)))
		return false;
	netlink_sort(netlink_inside(attributes[ETHTOOL_A_LINKMODES_HEADER]), header,
	             ARRAY_SIZE(header));
	return netlink_value(header[ETHTOOL_A_HEADER_DEV_INDEX], &ret->index, sizeof(ret->index)) &&
	       netlink_value(attributes[ETHTOOL_A_LINKMODES_SPEED], &ret->speed,
	                     sizeof(ret->speed)) &&
	       netlink_value(attributes[ETHTOOL_A_LINKMODES_DUPLEX], &ret->duplex,
	                     sizeof(ret->duplex));
}

void linkmode_parse(struct scrape *s, struct netlink_reply reply, struct linkmode **ret,
                    size_t *ret_count)
{
	struct netlink_reply rest = reply;
	const struct nlmsghdr *m;
	struct linkmode *modes;
	size_t count = 0;

	while (netlink_next(&rest))
		count++;
	modes = scrape_alloc(s, count * sizeof(*modes));
	count = 0;
	while ((m = netlink_next(&reply)))
		count += parse_mode(m, &modes[count]);
	if (count)
		qsort(modes, count, sizeof(*modes), compare_modes);
	*ret = modes;
	*ret_count = count;
}

int linkmode_list(struct scrape *s, struct linkmode **ret, size_t *ret_count)
{
	/* Without this flag each answer has the names of all modes that there are. */
	static const struct {
		struct genlmsghdr header;
		struct nlattr common;
		struct nlattr flags;
		uint32_t value;
	} body = {
		.header = { .cmd = ETHTOOL_MSG_LINKMODES_GET, .version = ETHTOOL_GENL_VERSION },
		.common = { .nla_len = 12, .nla_type = ETHTOOL_A_LINKMODES_HEADER | NLA_F_NESTED },
		.flags = { .nla_len = 8, .nla_type = ETHTOOL_A_HEADER_FLAGS },
		.value = ETHTOOL_FLAG_COMPACT_BITSETS,
	};
	static const struct netlink_request request = {
		.what = "ethtool link modes",
		.hazard = "rtnetlink",
		.is_dump = true,
		.body = &body,
		.size = sizeof(body),
	};
	struct netlink_reply reply;
	int r;

	r = genetlink_ask(s, &self.genetlink, &request, &reply);
	if (r < 0)
		return r;
	linkmode_parse(s, reply, ret, ret_count);
	return 0;
}

const struct linkmode *linkmode_find(const struct linkmode *modes, size_t count, uint32_t index)
{
	const struct linkmode key = { .index = index };

	return count ? bsearch(&key, modes, count, sizeof(key), compare_modes) : NULL;
}

// SPDX-License-Identifier: Apache-2.0
#include "rtnetlink.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "metric.h"

static struct {
	struct netlink netlink; /* one for all, as they are asked one after the other */
} self;

int rtnetlink_dump(struct scrape *s, const char *what, uint16_t type, const void *body, size_t size,
                   struct netlink_reply *ret)
{
	const struct netlink_request request = {
		.what = what,
		.hazard = "rtnetlink",
		.type = type,
		.is_dump = true,
		.body = body,
		.size = size,
	};

	return netlink_ask(s, &self.netlink, &request, ret);
}

static size_t count_messages(struct netlink_reply reply)
{
	size_t count = 0;

	while (netlink_next(&reply))
		count++;
	return count;
}

static bool parse_address(const struct nlmsghdr *m, struct rtnetlink_address *ret)
{
	const struct nlattr *attributes[IFA_LOCAL + 1], *own;
	const struct ifaddrmsg *header;
	size_t size;

	header = netlink_parse(m, RTM_NEWADDR, sizeof(*header), attributes, ARRAY_SIZE(attributes));
	if (!header || (header->ifa_family != AF_INET && header->ifa_family != AF_INET6))
		return false;
	/* On point-to-point links IFA_ADDRESS is the other side's. */
	own = attributes[IFA_LOCAL] ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
	size = header->ifa_family == AF_INET ? 4 : 16;
	if (netlink_inside(own).size != size)
		return false;
	*ret = (struct rtnetlink_address){
		.index = header->ifa_index,
		.family = header->ifa_family,
		.prefix = header->ifa_prefixlen,
	};
	return netlink_value(own, ret->bytes, size);
}

void rtnetlink_parse_addresses(struct scrape *s, struct netlink_reply reply,
                               struct rtnetlink_address **ret, size_t *ret_count)
{
	struct rtnetlink_address *addresses;
	const struct nlmsghdr *m;
	size_t count = 0;

	addresses = scrape_alloc(s, count_messages(reply) * sizeof(*addresses));
	while ((m = netlink_next(&reply)))
		count += parse_address(m, &addresses[count]);
	*ret = addresses;
	*ret_count = count;
}

void rtnetlink_parse_neighbours(struct scrape *s, struct netlink_reply reply,
                                struct rtnetlink_neighbour **ret, size_t *ret_count)
{
	struct rtnetlink_neighbour *neighbours;
	const struct nlmsghdr *m;
	size_t count = 0;

	neighbours = scrape_alloc(s, count_messages(reply) * sizeof(*neighbours));
	while ((m = netlink_next(&reply))) {
		const struct ndmsg *header =
			netlink_parse(m, RTM_NEWNEIGH, sizeof(*header), NULL, 0);

		if (header)
			neighbours[count++] = (struct rtnetlink_neighbour){
				.index = (uint32_t)header->ndm_ifindex,
				.state = header->ndm_state,
				.family = header->ndm_family,
			};
	}
	*ret = neighbours;
	*ret_count = count;
}

int rtnetlink_addresses(struct scrape *s, struct rtnetlink_address **ret, size_t *ret_count)
{
	static const struct ifaddrmsg header = { .ifa_family = AF_UNSPEC };
	struct netlink_reply reply;
	int r;

	r = rtnetlink_dump(s, "rtnetlink addresses", RTM_GETADDR, &header, sizeof(header), &reply);
	if (r < 0)
		return r;
	rtnetlink_parse_addresses(s, reply, ret, ret_count);
	return 0;
}

int rtnetlink_neighbours(struct scrape *s, struct rtnetlink_neighbour **ret, size_t *ret_count)
{
	static const struct ndmsg header = { .ndm_family = AF_INET };
	struct netlink_reply reply;
	int r;

	r = rtnetlink_dump(s, "rtnetlink neighbours", RTM_GETNEIGH, &header, sizeof(header),
	                   &reply);
	if (r < 0)
		return r;
	rtnetlink_parse_neighbours(s, reply, ret, ret_count);
	return 0;
}

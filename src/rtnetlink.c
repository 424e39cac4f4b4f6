// SPDX-License-Identifier: Apache-2.0
#include "rtnetlink.h"

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "metric.h"

enum {
	/* Without the padding at the end, which the kernel does not always send. */
	BASIC_SIZE = offsetof(struct gnet_stats_basic, packets) + sizeof(uint32_t),
	OLD_SIZE = offsetof(struct tc_stats, backlog) + sizeof(uint32_t),
};

static struct {
	struct netlink netlink; /* one for all, as they are asked one after the other */
} self;

int rtnetlink_dump(struct scrape *s, const struct netlink_request *request,
                   struct netlink_reply *ret)
{
	struct netlink_request all = *request;

	all.is_dump = true;
	all.hazard = "rtnetlink";
	return netlink_ask(s, &self.netlink, &all, ret);
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

static struct rtnetlink_bytes parse_bytes(const struct nlattr *a)
{
	struct rtnetlink_bytes b = { .size = (uint8_t)MIN(netlink_inside(a).size, (size_t)255) };

	if ((b.size != 4 && b.size != 16) || !netlink_value(a, b.bytes, b.size))
		b.size = 0;
	return b;
}

/* The next of the next hops in RTA_MULTIPATH; NULL at the end and where the rest is cut short. */
static const struct rtnexthop *next_hop(struct netlink_reply *rest)
{
	const struct rtnexthop *hop = (const void *)rest->bytes;
	size_t size;

	if (rest->size < sizeof(*hop) || hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > rest->size)
		return NULL;
	size = MIN((size_t)RTNH_ALIGN(hop->rtnh_len), rest->size);
	rest->bytes += size;
	rest->size -= size;
	return hop;
}

/* Write the entries that a route makes to ret, unless that is NULL; how many they are. */
static size_t parse_route(const struct nlmsghdr *m, struct rtnetlink_route *ret)
{
	const struct nlattr *attributes[RTA_MULTIPATH + 1], *of_hop[RTA_GATEWAY + 1];
	const struct rtnexthop *hop;
	const struct rtmsg *header;
	struct rtnetlink_route route;
	struct netlink_reply hops;
	size_t count = 0;

	header =
		netlink_parse(m, RTM_NEWROUTE, sizeof(*header), attributes, ARRAY_SIZE(attributes));
	if (!header || header->rtm_type != RTN_UNICAST)
		return 0;
	memset(&route, 0, sizeof(route));
	route.protocol = header->rtm_protocol;
	route.prefix = header->rtm_dst_len;
	route.source = parse_bytes(attributes[RTA_PREFSRC]);
	route.destination = parse_bytes(attributes[RTA_DST]);
	route.gateway = parse_bytes(attributes[RTA_GATEWAY]);
	(void)netlink_value(attributes[RTA_OIF], &route.index, sizeof(route.index));
	(void)netlink_value(attributes[RTA_PRIORITY], &route.priority, sizeof(route.priority));
	if (route.prefix && !route.destination.size)
		return 0;
	hops = netlink_inside(attributes[RTA_MULTIPATH]);
	for (; (hop = next_hop(&hops)); count++) {
		struct netlink_reply inside = { (const char *)hop + sizeof(*hop),
			                        hop->rtnh_len - sizeof(*hop) };

		netlink_sort(inside, of_hop, ARRAY_SIZE(of_hop));
		route.index = (uint32_t)hop->rtnh_ifindex;
		route.weight = (uint16_t)(hop->rtnh_hops + 1);
		route.gateway = parse_bytes(of_hop[RTA_GATEWAY]);
		if (ret)
			ret[count] = route;
	}
	if (!count && ret)
		*ret = route;
	return MAX(count, (size_t)1);
}

void rtnetlink_parse_routes(struct scrape *s, struct netlink_reply reply,
                            struct rtnetlink_route **ret, size_t *ret_count)
{
	struct netlink_reply rest = reply;
	struct rtnetlink_route *routes;
	const struct nlmsghdr *m;
	size_t count = 0;

	while ((m = netlink_next(&rest)))
		count += parse_route(m, NULL);
	routes = scrape_alloc(s, count * sizeof(*routes));
	count = 0;
	while ((m = netlink_next(&reply)))
		count += parse_route(m, routes + count);
	*ret = routes;
	*ret_count = count;
}

static bool parse_qdisc(struct scrape *s, const struct nlmsghdr *m, struct rtnetlink_qdisc *ret)
{
	const struct nlattr *attributes[TCA_STATS2 + 1], *stats[TCA_STATS_QUEUE + 1];
	struct gnet_stats_basic basic = { 0 };
	struct gnet_stats_queue queue = { 0 };
	struct tc_stats old = { 0 };
	const struct tcmsg *header;

	header =
		netlink_parse(m, RTM_NEWQDISC, sizeof(*header), attributes, ARRAY_SIZE(attributes));
	if (!header || !attributes[TCA_KIND])
		return false;
	netlink_sort(netlink_inside(attributes[TCA_STATS2]), stats, ARRAY_SIZE(stats));
	if (!netlink_value(stats[TCA_STATS_BASIC], &basic, BASIC_SIZE))
		(void)netlink_value(attributes[TCA_STATS], &basic, BASIC_SIZE);
	if (!netlink_value(stats[TCA_STATS_QUEUE], &queue, sizeof(queue)) &&
	    netlink_value(attributes[TCA_STATS], &old, OLD_SIZE))
		queue = (struct gnet_stats_queue){ .qlen = old.qlen,
			                           .backlog = old.backlog,
			                           .drops = old.drops,
			                           .overlimits = old.overlimits };
	*ret = (struct rtnetlink_qdisc){
		.index = (uint32_t)header->tcm_ifindex,
		.parent = header->tcm_parent,
		.kind = netlink_text(s, attributes[TCA_KIND]),
		.bytes = basic.bytes,
		.packets = basic.packets,
		.drops = queue.drops,
		.requeues = queue.requeues,
		.overlimits = queue.overlimits,
		.queue_length = queue.qlen,
		.backlog = queue.backlog,
	};
	return true;
}

void rtnetlink_parse_qdiscs(struct scrape *s, struct netlink_reply reply,
                            struct rtnetlink_qdisc **ret, size_t *ret_count)
{
	struct rtnetlink_qdisc *qdiscs;
	const struct nlmsghdr *m;
	size_t count = 0;

	qdiscs = scrape_alloc(s, count_messages(reply) * sizeof(*qdiscs));
	while ((m = netlink_next(&reply)))
		count += parse_qdisc(s, m, &qdiscs[count]);
	*ret = qdiscs;
	*ret_count = count;
}

static int ask(struct scrape *s, const char *what, uint16_t type, const void *header, size_t size,
               struct netlink_reply *ret)
{
	const struct netlink_request request = {
		.what = what,
		.type = type,
		.body = header,
		.size = size,
	};

	return rtnetlink_dump(s, &request, ret);
}

static int compare_addresses(const void *a, const void *b)
{
	const struct rtnetlink_address *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	if (x->family != y->family || x->prefix != y->prefix)
		return (x->family << 8 | x->prefix) - (y->family << 8 | y->prefix);
	return memcmp(x->bytes, y->bytes, sizeof(x->bytes));
}

/* With several peers the kernel has an address several times. */
static size_t drop_repeated(struct rtnetlink_address *all, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(all, count, sizeof(*all), compare_addresses);
	for (size_t i = 0; i < count; i++) {
		if (!kept || compare_addresses(&all[i], &all[kept - 1]) != 0)
			all[kept++] = all[i];
	}
	return kept;
}

int rtnetlink_addresses(struct scrape *s, struct rtnetlink_address **ret, size_t *ret_count)
{
	static const struct ifaddrmsg header = { .ifa_family = AF_UNSPEC };
	struct netlink_reply reply;
	size_t count;
	int r;

	r = ask(s, "rtnetlink addresses", RTM_GETADDR, &header, sizeof(header), &reply);
	if (r < 0)
		return r;
	rtnetlink_parse_addresses(s, reply, ret, &count);
	for (size_t i = 0; i < count; i++)
		address_unmap(&(*ret)[i].family, (*ret)[i].bytes);
	*ret_count = drop_repeated(*ret, count);
	return 0;
}

int rtnetlink_neighbours(struct scrape *s, struct rtnetlink_neighbour **ret, size_t *ret_count)
{
	static const struct ndmsg header = { .ndm_family = AF_INET };
	struct netlink_reply reply;
	int r;

	r = ask(s, "rtnetlink neighbours", RTM_GETNEIGH, &header, sizeof(header), &reply);
	if (r == 0)
		rtnetlink_parse_neighbours(s, reply, ret, ret_count);
	return r;
}

int rtnetlink_routes(struct scrape *s, struct rtnetlink_route **ret, size_t *ret_count)
{
	static const struct rtmsg header = { .rtm_family = AF_UNSPEC };
	struct netlink_reply reply;
	int r;

	r = ask(s, "rtnetlink routes", RTM_GETROUTE, &header, sizeof(header), &reply);
	if (r == 0)
		rtnetlink_parse_routes(s, reply, ret, ret_count);
	return r;
}

int rtnetlink_qdiscs(struct scrape *s, struct rtnetlink_qdisc **ret, size_t *ret_count)
{
	static const struct tcmsg header = { .tcm_family = AF_UNSPEC };
	struct netlink_reply reply;
	int r;

	r = ask(s, "rtnetlink qdiscs", RTM_GETQDISC, &header, sizeof(header), &reply);
	if (r == 0)
		rtnetlink_parse_qdiscs(s, reply, ret, ret_count);
	return r;
}

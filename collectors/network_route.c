// SPDX-License-Identifier: Apache-2.0
/* Unicast routes of all families and tables, from rtnetlink. */

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "collector.h"
#include "rtlink.h"
#include "rtnetlink.h"

static const struct metric route_info = {
	.name = "node_network_route_info",
	.help = "A unicast route, or one next hop of it; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "src", "dest", "gw", "priority", "proto", "weight"),
};

static const struct metric route_count = {
	.name = "node_network_routes",
	.help = "Unicast routes that lead to the device, each next hop for itself.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device"),
};

static const char *const protocols[] = {
	[RTPROT_UNSPEC] = "unspec", [RTPROT_REDIRECT] = "redirect", [RTPROT_KERNEL] = "kernel",
	[RTPROT_BOOT] = "boot",     [RTPROT_STATIC] = "static",     [RTPROT_GATED] = "gated",
	[RTPROT_RA] = "ra",         [RTPROT_MRT] = "mrt",           [RTPROT_ZEBRA] = "zebra",
	[RTPROT_BIRD] = "bird",     [RTPROT_DNROUTED] = "dnrouted", [RTPROT_XORP] = "xorp",
	[RTPROT_NTK] = "ntk",       [RTPROT_DHCP] = "dhcp",         [RTPROT_MROUTED] = "mrouted",
	[RTPROT_BABEL] = "babel",   [RTPROT_BGP] = "bgp",           [RTPROT_ISIS] = "isis",
	[RTPROT_OSPF] = "ospf",     [RTPROT_RIP] = "rip",           [RTPROT_EIGRP] = "eigrp",
};

static int compare_routes(const void *a, const void *b)
{
	const struct rtnetlink_route *x = a, *y = b;

	if (x->index != y->index)
		return x->index < y->index ? -1 : 1;
	return memcmp(x, y, RTNETLINK_ROUTE_SIZE);
}

/* "" for none. */
static const char *text_of(const struct rtnetlink_bytes *b, char text[static ADDRESS_TEXT_MAX])
{
	return b->size ? address_text(b->size == 4 ? AF_INET : AF_INET6, b->bytes, text) : "";
}

static void emit_route(struct scrape *s, const char *device, const struct rtnetlink_route *r)
{
	char source[ADDRESS_TEXT_MAX], gateway[ADDRESS_TEXT_MAX], address[ADDRESS_TEXT_MAX];
	char destination[ADDRESS_TEXT_MAX + 4] = "default", priority[12], weight[8] = "";
	const char *protocol = NULL;

	/* All of these fit. */
	if (r->prefix)
		(void)snprintf(destination, sizeof(destination), "%s/%u",
		               text_of(&r->destination, address), r->prefix);
	(void)snprintf(priority, sizeof(priority), "%u", r->priority);
	if (r->weight)
		(void)snprintf(weight, sizeof(weight), "%u", r->weight);
	if (r->protocol < ARRAY_SIZE(protocols))
		protocol = protocols[r->protocol];
	emit(s, &route_info, 1, device, text_of(&r->source, source), destination,
	     text_of(&r->gateway, gateway), priority, protocol ? protocol : "unknown", weight);
}

static int network_route_collect(struct scrape *s)
{
	size_t n_links, count, first = 0;
	struct rtnetlink_route *routes;
	const struct rtlink *links;
	int r;

	r = rtlink_list(s, &links, &n_links);
	if (r == 0)
		r = rtnetlink_routes(s, &routes, &count);
	if (r < 0)
		return r;
	/* All unknown links are one. */
	for (size_t i = 0; i < count; i++) {
		if (!rtlink_find(links, n_links, routes[i].index))
			routes[i].index = 0;
	}
	if (count)
		qsort(routes, count, sizeof(*routes), compare_routes);
	for (size_t i = 0; i < count; i++) {
		const struct rtlink *link = rtlink_find(links, n_links, routes[i].index);
		const char *device = link ? link->name : "";

		/* Routes of different tables may be the same by all that is exported. */
		if (!i || compare_routes(&routes[i], &routes[i - 1]) != 0)
			emit_route(s, device, &routes[i]);
		if (i + 1 < count && routes[i + 1].index == routes[i].index)
			continue;
		emit(s, &route_count, (double)(i + 1 - first), device);
		first = i + 1;
	}
	return 0;
}

COLLECTOR(network_route, .help = "routes, by rtnetlink", .may_block = true,
          .collect = network_route_collect);

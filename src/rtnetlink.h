// SPDX-License-Identifier: Apache-2.0
/* What rtnetlink knows but for the links (rtlink.h): addresses, neighbours, routes, qdiscs. */
#pragma once

#include "netlink.h"

struct rtnetlink_address {
	uint32_t index; /* of its link */
	uint8_t family; /* AF_INET or AF_INET6 */
	uint8_t prefix; /* bits of the network part */
	uint8_t bytes[16];
};

struct rtnetlink_neighbour {
	uint32_t index; /* of the link it is on */
	uint16_t state; /* NUD_… */
	uint8_t family;
};

/*
 * netlink_ask() for all there are of a type. The request need not say that, nor a hazard, which is
 * "rtnetlink". One socket serves all.
 */
int rtnetlink_dump(struct scrape *s, const struct netlink_request *request,
                   struct netlink_reply *ret) MUST_CHECK;

/* An address of either kind. */
struct rtnetlink_bytes {
	uint8_t size; /* 4 or 16; 0: none */
	uint8_t bytes[16];
};

/* A unicast route; of one with several next hops, one of these. */
struct rtnetlink_route {
	uint32_t index;    /* of the link it leads to; 0: none */
	uint32_t priority; /* 0 where it has none */
	uint16_t weight;   /* of the next hop; 0 where it is the only one */
	uint8_t protocol;  /* RTPROT_… */
	uint8_t prefix;    /* bits of the destination */
	struct rtnetlink_bytes source;
	struct rtnetlink_bytes destination;
	struct rtnetlink_bytes gateway;
};

/* So much of two routes is for memcmp(). */
enum {
	RTNETLINK_ROUTE_SIZE =
		offsetof(struct rtnetlink_route, gateway) + sizeof(struct rtnetlink_bytes)
};

struct rtnetlink_qdisc {
	uint32_t index; /* of its link */
	uint32_t parent;
	const char *kind;
	uint64_t bytes;
	uint32_t packets;
	uint32_t drops;
	uint32_t requeues;
	uint32_t overlimits;
	uint32_t queue_length;
	uint32_t backlog;
};

/*
 * All internet addresses of this machine's own side, each once, in order of index and with those of
 * IPv4 that are written as IPv6 as what they are; all neighbours of IPv4, all unicast routes of
 * all families and tables, all qdiscs. Results live as long as s.
 */
int rtnetlink_addresses(struct scrape *s, struct rtnetlink_address **ret, size_t *ret_count)
	MUST_CHECK;
int rtnetlink_neighbours(struct scrape *s, struct rtnetlink_neighbour **ret, size_t *ret_count)
	MUST_CHECK;
int rtnetlink_routes(struct scrape *s, struct rtnetlink_route **ret, size_t *ret_count) MUST_CHECK;
int rtnetlink_qdiscs(struct scrape *s, struct rtnetlink_qdisc **ret, size_t *ret_count) MUST_CHECK;

/* The parts of these that need no kernel; malformed messages and attributes are left out. */
void rtnetlink_parse_addresses(struct scrape *s, struct netlink_reply reply,
                               struct rtnetlink_address **ret, size_t *ret_count);
void rtnetlink_parse_neighbours(struct scrape *s, struct netlink_reply reply,
                                struct rtnetlink_neighbour **ret, size_t *ret_count);
void rtnetlink_parse_routes(struct scrape *s, struct netlink_reply reply,
                            struct rtnetlink_route **ret, size_t *ret_count);
void rtnetlink_parse_qdiscs(struct scrape *s, struct netlink_reply reply,
                            struct rtnetlink_qdisc **ret, size_t *ret_count);

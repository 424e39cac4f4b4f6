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

/* netlink_ask() for all there are of a type; the hazard is "rtnetlink". One socket serves all. */
int rtnetlink_dump(struct scrape *s, const char *what, uint16_t type, const void *body, size_t size,
                   struct netlink_reply *ret) MUST_CHECK;

/*
 * All internet addresses of this machine's own side, and all neighbours of IPv4. Results live as
 * long as s.
 */
int rtnetlink_addresses(struct scrape *s, struct rtnetlink_address **ret, size_t *ret_count)
	MUST_CHECK;
int rtnetlink_neighbours(struct scrape *s, struct rtnetlink_neighbour **ret, size_t *ret_count)
	MUST_CHECK;

/* The parts of these that need no kernel; malformed messages and attributes are left out. */
void rtnetlink_parse_addresses(struct scrape *s, struct netlink_reply reply,
                               struct rtnetlink_address **ret, size_t *ret_count);
void rtnetlink_parse_neighbours(struct scrape *s, struct netlink_reply reply,
                                struct rtnetlink_neighbour **ret, size_t *ret_count);

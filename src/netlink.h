// SPDX-License-Identifier: Apache-2.0
/* What the kernel says over rtnetlink: of our own network namespace, whatever the path flags are.
 */
#pragma once

#include "util.h"

struct scrape;

/* A connection to keep from scrape to scrape: all zero at first, opened when it is needed. */
struct netlink {
	struct mnl_socket *socket;
	uint32_t sequence; /* of the last request */
};

/* Without libmnl all that follows is -EOPNOTSUPP, or does nothing. */
bool netlink_is_supported(void);

void netlink_close(struct netlink *n);

/* The counters of a link, in the order of struct rtnl_link_stats64. */
enum link_stat {
	RX_PACKETS,
	TX_PACKETS,
	RX_BYTES,
	TX_BYTES,
	RX_ERRORS,
	TX_ERRORS,
	RX_DROPPED,
	TX_DROPPED,
	MULTICAST,
	COLLISIONS,
	RX_LENGTH_ERRORS,
	RX_OVER_ERRORS,
	RX_CRC_ERRORS,
	RX_FRAME_ERRORS,
	RX_FIFO_ERRORS,
	RX_MISSED_ERRORS,
	TX_ABORTED_ERRORS,
	TX_CARRIER_ERRORS,
	TX_FIFO_ERRORS,
	TX_HEARTBEAT_ERRORS,
	TX_WINDOW_ERRORS,
	RX_COMPRESSED,
	TX_COMPRESSED,
	RX_NOHANDLER, /* 0 where the kernel does not send it: before Linux 4.6 */
	LINK_STATS,   /* how many there are */
};

struct netlink_link {
	uint32_t index;
	const char *name;
	const char *alias; /* "" where there is none */
	bool has_stats;
	uint64_t stats[LINK_STATS];
};

struct netlink_address {
	uint32_t index; /* of its link */
	uint8_t family; /* AF_INET or AF_INET6 */
	uint8_t prefix; /* bits of the network part */
	uint8_t bytes[16];
};

struct netlink_neighbour {
	uint32_t index; /* of the link it is on */
	uint16_t state; /* NUD_… */
	uint8_t family;
};

/*
 * All links, all internet addresses of this machine's own side, and all neighbours. The kernel's
 * locks may take long, so each announces a hazard. Where links came and went during each of four
 * attempts, some may be missing or there twice. Results live as long as s.
 */
int netlink_links(struct scrape *s, struct netlink *n, struct netlink_link **ret, size_t *ret_count)
	MUST_CHECK;
int netlink_addresses(struct scrape *s, struct netlink *n, struct netlink_address **ret,
                      size_t *ret_count) MUST_CHECK;
int netlink_neighbours(struct scrape *s, struct netlink *n, struct netlink_neighbour **ret,
                       size_t *ret_count) MUST_CHECK;

/* What a dump brought: whole messages, one behind the other. */
struct netlink_reply {
	const char *bytes;
	size_t size;
};

/*
 * Ask for everything of one type (RTM_GETLINK), with a header of so many zero bytes
 * (sizeof(struct ifinfomsg)). what names it in messages ("links").
 */
int netlink_dump(struct scrape *s, struct netlink *n, const char *what, uint16_t type,
                 size_t header_size, struct netlink_reply *ret) MUST_CHECK;

/*
 * The parts of the above that need no kernel. netlink_scan() looks at a datagram that answers this
 * request: 1 when more are to come, 0 when it was the last, or a negative errno that the kernel
 * sent or that says what is wrong with it; *interrupted is set where the kernel says so. The
 * parsing functions leave malformed messages and attributes out.
 */
int netlink_scan(const void *datagram, size_t size, uint32_t sequence, uint32_t port,
                 bool *interrupted) MUST_CHECK;
void netlink_parse_links(struct scrape *s, struct netlink_reply reply, struct netlink_link **ret,
                         size_t *ret_count);
void netlink_parse_addresses(struct scrape *s, struct netlink_reply reply,
                             struct netlink_address **ret, size_t *ret_count);
void netlink_parse_neighbours(struct scrape *s, struct netlink_reply reply,
                              struct netlink_neighbour **ret, size_t *ret_count);

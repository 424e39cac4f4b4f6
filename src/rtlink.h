// SPDX-License-Identifier: Apache-2.0
/* Network devices, which rtnetlink calls links. */
#pragma once

#include "arena.h"
#include "netlink.h"

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

/* Numbers that a link may have, IFLA_… in linux/if_link.h. */
enum link_number {
	LINK_ALLMULTI, /* since Linux 6.0 */
	LINK_CARRIER,
	LINK_CARRIER_CHANGES,
	LINK_CARRIER_DOWNS,
	LINK_CARRIER_UPS,
	LINK_GROUP,
	LINK_LOWER, /* number of the link below; only where that is another one */
	LINK_MODE,
	LINK_MTU,
	LINK_OPERSTATE,
	LINK_PROMISCUITY,
	LINK_TX_QUEUE_LENGTH,
	LINK_NUMBERS, /* how many there are */
};

struct rtlink {
	uint32_t index;
	uint32_t flags; /* IFF_… as the interface of sockets has them */
	uint16_t type;  /* ARPHRD_… */
	bool has_stats;
	uint16_t has; /* bit n: numbers[n] was there */
	const char *name;
	const char *alias;           /* "" where there is none */
	const char *address;         /* of the hardware, as in "52:54:00:12:34:56"; "" */
	const char *broadcast;       /* the same */
	const char *const *altnames; /* ends with NULL */
	uint32_t numbers[LINK_NUMBERS];
	uint64_t stats[LINK_STATS];
};

/*
 * All links in order of index, asked for once a run (s->run) and then the same for all collectors.
 * The hazard is "rtnetlink": the kernel holds its lock on all links meanwhile, which a driver may
 * keep for itself. Results live until the next run.
 */
int rtlink_list(struct scrape *s, const struct rtlink **ret, size_t *ret_count) MUST_CHECK;

/* One of them by its index; NULL where there is none. */
const struct rtlink *rtlink_find(const struct rtlink *links, size_t count, uint32_t index);

/* Whether a link has the number, and then what it is. */
bool rtlink_number(const struct rtlink *link, enum link_number which, uint32_t *ret);

/* Its alias as sysfs shows it to upstream: 128 bytes of it, without white space at both ends. */
const char *rtlink_alias(struct scrape *s, const struct rtlink *link);

/* Links as they are told. Zeroed: none. */
struct rtlinks {
	struct arena arena; /* of what they point to */
	struct rtlink *items;
	size_t count;
	size_t room;
};

/*
 * The parts of rtlink_list() that need no kernel: add the links in a part of an answer, where
 * malformed messages and attributes are left out, an empty part beginning anew; put them in order
 * of index, each once.
 */
void rtlink_take(void *links, struct netlink_reply part);
void rtlink_settle(struct rtlinks *links);
void rtlink_free(struct rtlinks *links);

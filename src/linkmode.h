// SPDX-License-Identifier: Apache-2.0
/* Speed and duplex of network devices, from the generic netlink family "ethtool". */
#pragma once

#include "netlink.h"

struct linkmode {
	uint32_t index; /* of the link */
	uint32_t speed; /* Mbit/s; UINT32_MAX: not known */
	uint8_t duplex; /* DUPLEX_… */
};

/*
 * Those of all devices that have any, in order of index. -ENOENT before Linux 5.6. The hazard is
 * "rtnetlink", as the kernel holds the lock on all links meanwhile. Results live as long as s.
 */
int linkmode_list(struct scrape *s, struct linkmode **ret, size_t *ret_count) MUST_CHECK;

/* That of one device; NULL where it has none. */
const struct linkmode *linkmode_find(const struct linkmode *modes, size_t count, uint32_t index);

/* The part of linkmode_list() that needs no kernel; what is malformed is left out. */
void linkmode_parse(struct scrape *s, struct netlink_reply reply, struct linkmode **ret,
                    size_t *ret_count);

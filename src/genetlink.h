// SPDX-License-Identifier: Apache-2.0
/* Generic netlink: families of messages whose numbers the kernel gives away as they register. */
#pragma once

#include "netlink.h"

/* Zeroed but for the name. */
struct genetlink {
	const char *family;     /* "nl80211"; shorter than 16 */
	struct netlink netlink; /* its protocol is set at the first use */
	uint16_t type;          /* the family's number; 0: not known yet */
};

/*
 * netlink_ask() with the family's number for the type. The body begins with struct genlmsghdr.
 * -ENOENT where the kernel has no such family (now).
 */
int genetlink_ask(struct scrape *s, struct genetlink *g, const struct netlink_request *request,
                  struct netlink_reply *ret) MUST_CHECK;

/* The number in an answer to CTRL_CMD_GETFAMILY; 0 where there is none. */
uint16_t genetlink_parse_family(struct netlink_reply reply);

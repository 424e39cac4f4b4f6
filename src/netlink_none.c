// SPDX-License-Identifier: Apache-2.0
/* Stands in for netlink_mnl.c in builds without libmnl. */
#include <errno.h>

#include "collector.h"
#include "netlink.h"

bool netlink_is_supported(void)
{
	return false;
}

void netlink_close(struct netlink *n)
{
	(void)n; /* is never open */
}

int netlink_ask(struct scrape *s, struct netlink *n, const struct netlink_request *request,
                struct netlink_reply *ret)
{
	(void)n;
	(void)ret;
	return fail(s, -EOPNOTSUPP, "%s: built without libmnl", request->what);
}

int netlink_hear(struct netlink *n, unsigned group,
                 struct netlink_head ret[static NETLINK_HEADS_MAX])
{
	(void)n;
	(void)group;
	(void)ret;
	return -EOPNOTSUPP;
}

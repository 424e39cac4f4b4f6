// SPDX-License-Identifier: Apache-2.0
/* Stands in for netlink.c in builds without libmnl. */
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

int netlink_links(struct scrape *s, struct netlink *n, struct netlink_link **ret, size_t *ret_count)
{
	(void)n;
	(void)ret;
	(void)ret_count;
	return fail(s, -EOPNOTSUPP, "rtnetlink links: built without libmnl");
}

int netlink_addresses(struct scrape *s, struct netlink *n, struct netlink_address **ret,
                      size_t *ret_count)
{
	(void)n;
	(void)ret;
	(void)ret_count;
	return fail(s, -EOPNOTSUPP, "rtnetlink addresses: built without libmnl");
}

int netlink_neighbours(struct scrape *s, struct netlink *n, struct netlink_neighbour **ret,
                       size_t *ret_count)
{
	(void)n;
	(void)ret;
	(void)ret_count;
	return fail(s, -EOPNOTSUPP, "rtnetlink neighbours: built without libmnl");
}

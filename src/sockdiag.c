// SPDX-License-Identifier: Apache-2.0
#include "sockdiag.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>

#include "collector.h"
#include "netlink.h"

static struct {
	struct netlink netlink; /* for everybody, while the process lives */
} self = { .netlink = { .protocol = NETLINK_SOCK_DIAG } };

/* A part of the answer; what is too short for a socket is left out. */
static void add_sockets(void *context, struct netlink_reply part)
{
	struct sockdiag_totals *totals = context;
	const struct nlmsghdr *m;

	if (!part.size)
		memset(totals, 0, sizeof(*totals));
	while ((m = netlink_next(&part))) {
		struct inet_diag_msg socket;

		if (m->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		    m->nlmsg_len < NLMSG_LENGTH(sizeof(socket)))
			continue;
		memcpy(&socket, (const char *)m + NLMSG_HDRLEN, sizeof(socket));
		totals->counts[socket.idiag_state < SOCKDIAG_STATES ? socket.idiag_state : 0]++;
		totals->received += socket.idiag_rqueue;
		totals->sent += socket.idiag_wqueue;
	}
}

int sockdiag_sum(struct scrape *s, uint8_t family, uint8_t protocol, uint32_t states,
                 struct sockdiag_totals *ret)
{
	const struct inet_diag_req_v2 body = {
		.sdiag_family = family,
		.sdiag_protocol = protocol,
		.idiag_states = states,
	};
	struct sockdiag_totals totals = { 0 };
	struct netlink_reply rest;
	const struct netlink_request request = {
		.what = scrape_printf(s, "sock_diag %s%s", protocol == IPPROTO_TCP ? "tcp" : "udp",
		                      family == AF_INET6 ? "6" : ""),
		.hazard = "sock_diag",
		.type = SOCK_DIAG_BY_FAMILY,
		.is_dump = true,
		.body = &body,
		.size = sizeof(body),
		.take = add_sockets,
		.context = &totals,
	};
	int r;

	r = netlink_ask(s, &self.netlink, &request, &rest);
	if (r < 0)
		return r;
	*ret = totals;
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
/* TCP sockets by their state, and what is in their queues, by sock_diag(7). */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "collector.h"
#include "sockdiag.h"

enum { STATES = 0xfff }; /* all that TCP has */

static const struct metric connections = {
	.name = "node_tcp_connection_states",
	.help = "TCP sockets by their state; also bytes that wait to be read (rx_queued_bytes), or to "
		"be sent and acknowledged (tx_queued_bytes).",
	.type = METRIC_GAUGE,
	.labels = LABELS("state"),
};

/* By the kernel's numbers. */
static const char *const names[SOCKDIAG_STATES] = {
	[TCP_ESTABLISHED] = "established",
	[TCP_SYN_SENT] = "syn_sent",
	[TCP_SYN_RECV] = "syn_recv",
	[TCP_FIN_WAIT1] = "fin_wait1",
	[TCP_FIN_WAIT2] = "fin_wait2",
	[TCP_TIME_WAIT] = "time_wait",
	[TCP_CLOSE] = "close",
	[TCP_CLOSE_WAIT] = "close_wait",
	[TCP_LAST_ACK] = "last_ack",
	[TCP_LISTEN] = "listen",
	[TCP_CLOSING] = "closing",
};

static int tcpstat_collect(struct scrape *s)
{
	struct sockdiag_totals totals, v6 = { 0 };
	uint64_t n_sockets = 0, unknown = 0;
	int r;

	r = sockdiag_sum(s, AF_INET, IPPROTO_TCP, STATES, &totals);
	if (r == 0 && tree_exists(s, TREE_PROC, "net/tcp6"))
		r = sockdiag_sum(s, AF_INET6, IPPROTO_TCP, STATES, &v6);
	if (r < 0)
		return r;
	for (size_t i = 0; i < SOCKDIAG_STATES; i++) {
		uint64_t count = totals.counts[i] + v6.counts[i];

		n_sockets += count;
		if (!names[i])
			unknown += count;
		else if (count)
			emit(s, &connections, (double)count, names[i]);
	}
	if (unknown)
		emit(s, &connections, (double)unknown, "unknown");
	if (!n_sockets)
		return 0;
	emit(s, &connections, (double)(totals.received + v6.received), "rx_queued_bytes");
	emit(s, &connections, (double)(totals.sent + v6.sent), "tx_queued_bytes");
	return 0;
}

COLLECTOR(tcpstat, .help = "TCP sockets by state", .may_block = true, .collect = tcpstat_collect);

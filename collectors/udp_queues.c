// SPDX-License-Identifier: Apache-2.0
/*
 * UDP sockets, from sock_diag(7) where --path.procfs is the live one, or from procfs net/udp and
 * net/udp6: a line of headings and then one for each socket, whose fifth field is what waits to be
 * sent and to be read, in hexadecimal bytes:
 *
 *    sl  local_address rem_address   st tx_queue:rx_queue tr tm->when retrnsmt   uid  timeout …
 *   467: 00000000:0044 00000000:0000 07 00000000:00000300 00:00000000 00000000     0        0 …
 */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "collector.h"
#include "netlink.h"
#include "sockdiag.h"

enum { QUEUES = 5 };

static const struct metric queues = {
	.name = "node_udp_queues",
	.help = "Bytes in the queues of all UDP sockets, by direction and version of IP.",
	.type = METRIC_GAUGE,
	.labels = LABELS("queue", "ip"),
};

static struct {
	bool has_no_diag; /* the kernel was built without it, or may not be asked */
} self;

/* Add one socket's. False where its line is not as expected. */
static bool add_socket(char *line, uint64_t *tx, uint64_t *rx)
{
	char *field = NULL, *colon;
	uint64_t sent, received;

	for (size_t i = 0; i < QUEUES; i++) {
		field = next_field(&line);
		if (!field)
			return false;
	}
	colon = strchr(field, ':');
	if (!colon)
		return false;
	*colon = '\0';
	if (parse_hex(field, &sent) < 0 || parse_hex(colon + 1, &received) < 0)
		return false;
	*tx += sent;
	*rx += received;
	return true;
}

static void emit_queues(struct scrape *s, uint64_t tx, uint64_t rx, const char *ip)
{
	emit(s, &queues, (double)tx, "tx", ip);
	emit(s, &queues, (double)rx, "rx", ip);
}

static int collect_file(struct scrape *s, const char *file, const char *ip)
{
	uint64_t tx = 0, rx = 0;
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/%s", file);
	if (r < 0)
		return r;
	for (size_t i = 0; (line = next_line(&text)); i++) {
		if (i && !add_socket(line, &tx, &rx))
			warn(s, "procfs net/%s: expected the queues of a socket, found \"%.64s\"",
			     file, line);
	}
	emit_queues(s, tx, rx, ip);
	return 0;
}

static int collect_files(struct scrape *s)
{
	int v4 = collect_file(s, "udp", "v4");
	const char *why = v4 < 0 ? failure(s, v4) : NULL;
	int v6 = collect_file(s, "udp6", "v6");

	if (v4 == -ENOENT && v6 == -ENOENT)
		return NO_DATA;
	if (v4 < 0 && v4 != -ENOENT)
		return fail(s, v4, "%s", why);
	return v6 == -ENOENT ? 0 : v6;
}

/* The same from the kernel itself; nothing is exported unless it answers for both. */
static int collect_diag(struct scrape *s)
{
	bool has_v6 = tree_exists(s, TREE_PROC, "net/udp6");
	struct sockdiag_totals v4, v6;
	int r;

	r = sockdiag_sum(s, AF_INET, IPPROTO_UDP, UINT32_MAX, &v4);
	if (r == 0 && has_v6)
		r = sockdiag_sum(s, AF_INET6, IPPROTO_UDP, UINT32_MAX, &v6);
	if (r < 0)
		return r;
	emit_queues(s, v4.sent, v4.received, "v4");
	if (has_v6)
		emit_queues(s, v6.sent, v6.received, "v6");
	return 0;
}

static int udp_queues_collect(struct scrape *s)
{
	int r = self.has_no_diag ? -EOPNOTSUPP : collect_diag(s);

	if (r == 0)
		return 0;
	/* Asking in vain would have the kernel look for a module each time. */
	self.has_no_diag = r != -EBUSY;
	return collect_files(s);
}

static int udp_queues_start(struct scrape *s)
{
	(void)s;
	self.has_no_diag = !netlink_is_supported() || !tree_is_default(TREE_PROC);
	return 0;
}

COLLECTOR(udp_queues, .help = "what waits in the queues of UDP sockets", .default_on = true,
          .may_block = true, .start = udp_queues_start, .collect = udp_queues_collect);

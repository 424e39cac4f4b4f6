// SPDX-License-Identifier: Apache-2.0
/* tcpstat and udp_queues with answers of sock_diag made by hand, by the structures of its header.
 */
#include "unit.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#include "collect.h"
#include "netlink.h"

extern const struct collector tcpstat_collector, udp_queues_collector;

enum { SOCKETS_MAX = 32 };

/* The sockets there are. */
static struct {
	struct {
		uint8_t family, protocol, state;
		uint32_t rx, tx;
	} sockets[SOCKETS_MAX];
	size_t count;
	int error;
	uint8_t error_family; /* 0: both */
	size_t cut;           /* bytes missing at the end of each message */
	bool is_repeated;     /* a first attempt was interrupted */
	size_t n_asked;
} self;

int __wrap_netlink_ask(struct scrape *s, struct netlink *n, const struct netlink_request *request,
                       struct netlink_reply *ret);

static void answer(const struct netlink_request *request)
{
	const struct inet_diag_req_v2 *asked = request->body;

	request->take(request->context, (struct netlink_reply){ 0 });
	for (size_t i = 0; i < self.count; i++) {
		struct {
			struct nlmsghdr header;
			struct inet_diag_msg socket;
			struct nlattr shutdown;
		} m = {
			.header = { .nlmsg_len = (uint32_t)(sizeof(m) - self.cut),
			            .nlmsg_type = SOCK_DIAG_BY_FAMILY },
			.socket = { .idiag_family = self.sockets[i].family,
			            .idiag_state = self.sockets[i].state,
			            .idiag_rqueue = self.sockets[i].rx,
			            .idiag_wqueue = self.sockets[i].tx },
			.shutdown = { .nla_len = NLA_HDRLEN, .nla_type = INET_DIAG_SHUTDOWN },
		};

		if (self.sockets[i].family == asked->sdiag_family &&
		    self.sockets[i].protocol == asked->sdiag_protocol)
			request->take(
				request->context,
				(struct netlink_reply){ (const char *)&m, m.header.nlmsg_len });
	}
}

int __wrap_netlink_ask(struct scrape *s, struct netlink *n, const struct netlink_request *request,
                       struct netlink_reply *ret)
{
	const struct inet_diag_req_v2 *asked = request->body;
	const struct nlmsghdr done = { .nlmsg_len = sizeof(done), .nlmsg_type = NLMSG_DONE };

	self.n_asked++;
	assert_int_equal(n->protocol, NETLINK_SOCK_DIAG);
	assert_int_equal(request->type, SOCK_DIAG_BY_FAMILY);
	assert_int_equal(request->size, 56);
	assert_true(request->is_dump);
	assert_int_equal(asked->idiag_ext, 0);
	assert_int_equal(asked->idiag_states, asked->sdiag_protocol == IPPROTO_TCP ? 0xfff : ~0u);
	*ret = (struct netlink_reply){ 0 };
	if (self.is_repeated)
		answer(request);
	if (self.error && (!self.error_family || self.error_family == asked->sdiag_family))
		return fail(s, self.error, "%s: %s", request->what, error_text(self.error));
	answer(request);
	request->take(request->context,
	              (struct netlink_reply){ (const char *)&done, sizeof(done) });
	return 0;
}

static void add(uint8_t family, uint8_t protocol, uint8_t state, uint32_t rx, uint32_t tx)
{
	assert_true(self.count < SOCKETS_MAX);
	self.sockets[self.count].family = family;
	self.sockets[self.count].protocol = protocol;
	self.sockets[self.count].state = state;
	self.sockets[self.count].rx = rx;
	self.sockets[self.count++].tx = tx;
}

static int set_up(void **state)
{
	(void)state;
	memset(&self, 0, sizeof(self));
	return tree_set_root(TREE_PROC, "/proc", true);
}

static int tear_down(void **state)
{
	(void)state;
	collect_end(&tcpstat_collector);
	return 0;
}

static bool has_v6(void)
{
	struct stat st;

	return stat("/proc/net/tcp6", &st) == 0;
}

static void states_have_names(void **state)
{
	(void)state;
	for (uint8_t i = 0; i <= 12; i++)
		add(AF_INET, IPPROTO_TCP, i, i, UINT32_MAX);
	add(AF_INET, IPPROTO_TCP, TCP_LISTEN, 0, 4096);
	add(AF_INET, IPPROTO_TCP, 255, 0, 0);
	assert_int_equal(collect(&tcpstat_collector), 0);
	assert_samples("node_tcp_connection_states{state=\"close\"} 1\n"
	               "node_tcp_connection_states{state=\"close_wait\"} 1\n"
	               "node_tcp_connection_states{state=\"closing\"} 1\n"
	               "node_tcp_connection_states{state=\"established\"} 1\n"
	               "node_tcp_connection_states{state=\"fin_wait1\"} 1\n"
	               "node_tcp_connection_states{state=\"fin_wait2\"} 1\n"
	               "node_tcp_connection_states{state=\"last_ack\"} 1\n"
	               "node_tcp_connection_states{state=\"listen\"} 2\n"
	               "node_tcp_connection_states{state=\"rx_queued_bytes\"} 78\n"
	               "node_tcp_connection_states{state=\"syn_recv\"} 1\n"
	               "node_tcp_connection_states{state=\"syn_sent\"} 1\n"
	               "node_tcp_connection_states{state=\"time_wait\"} 1\n"
	               "node_tcp_connection_states{state=\"tx_queued_bytes\"} 5.5834578931e+10\n"
	               "node_tcp_connection_states{state=\"unknown\"} 3\n");
}

static void nothing_is_no_sample(void **state)
{
	(void)state;
	add(AF_INET, IPPROTO_UDP, TCP_CLOSE, 5, 5);
	assert_int_equal(collect(&tcpstat_collector), 0);
	assert_samples("");
}

static void both_families_count(void **state)
{
	(void)state;
	if (!has_v6())
		skip();
	add(AF_INET, IPPROTO_TCP, TCP_ESTABLISHED, 10, 1);
	add(AF_INET6, IPPROTO_TCP, TCP_ESTABLISHED, 20, 2);
	self.is_repeated = true;
	assert_int_equal(collect(&tcpstat_collector), 0);
	assert_samples("node_tcp_connection_states{state=\"established\"} 2\n"
	               "node_tcp_connection_states{state=\"rx_queued_bytes\"} 30\n"
	               "node_tcp_connection_states{state=\"tx_queued_bytes\"} 3\n");
	/* One of them failing costs all. */
	self.error = -EPERM;
	self.error_family = AF_INET6;
	assert_int_equal(collect(&tcpstat_collector), -EPERM);
	assert_string_equal(collect_reason(-EPERM), "sock_diag tcp6: operation not permitted");
	assert_samples("");
	self.error_family = AF_INET;
	assert_int_equal(collect(&tcpstat_collector), -EPERM);
	assert_samples("");
}

static void short_messages_are_left_out(void **state)
{
	(void)state;
	add(AF_INET, IPPROTO_TCP, TCP_ESTABLISHED, 10, 1);
	self.cut = sizeof(struct nlattr);
	assert_int_equal(collect(&tcpstat_collector), 0);
	assert_true(has_sample("node_tcp_connection_states{state=\"established\"} 1"));
	for (self.cut++; self.cut <= sizeof(struct nlattr) + sizeof(struct inet_diag_msg);
	     self.cut++) {
		assert_int_equal(collect(&tcpstat_collector), 0);
		assert_samples("");
	}
}

static void udp_sockets_are_added_up(void **state)
{
	(void)state;
	if (!has_v6())
		skip();
	add(AF_INET, IPPROTO_UDP, TCP_CLOSE, 768, 0);
	add(AF_INET, IPPROTO_UDP, TCP_ESTABLISHED, 1, 1280);
	add(AF_INET6, IPPROTO_UDP, TCP_CLOSE, 3, 4);
	add(AF_INET, IPPROTO_TCP, TCP_ESTABLISHED, 99, 99);
	assert_int_equal(collect_start(&udp_queues_collector), 0);
	assert_int_equal(collect(&udp_queues_collector), 0);
	assert_samples("node_udp_queues{ip=\"v4\",queue=\"rx\"} 769\n"
	               "node_udp_queues{ip=\"v4\",queue=\"tx\"} 1280\n"
	               "node_udp_queues{ip=\"v6\",queue=\"rx\"} 3\n"
	               "node_udp_queues{ip=\"v6\",queue=\"tx\"} 4\n");
	assert_int_equal(self.n_asked, 2);
}

/* A kernel without sock_diag for UDP is asked once. */
static void files_stand_in(void **state)
{
	(void)state;
	assert_int_equal(collect_start(&udp_queues_collector), 0);
	self.error = -EBUSY; /* for now */
	assert_int_equal(collect(&udp_queues_collector), 0);
	assert_non_null(strstr(collected.text.data, "node_udp_queues{ip=\"v4\",queue=\"rx\"} "));
	self.error = -ENOENT;
	assert_int_equal(collect(&udp_queues_collector), 0);
	assert_non_null(strstr(collected.text.data, "node_udp_queues{ip=\"v4\",queue=\"rx\"} "));
	assert_int_equal(self.n_asked, 2);
	assert_int_equal(collect(&udp_queues_collector), 0);
	assert_int_equal(self.n_asked, 2);
	assert_string_equal(collected.warnings.data, "");
}

/* With another root nobody asks the kernel that runs. */
static void other_roots_have_files(void **state)
{
	(void)state;
	assert_int_equal(tree_set_root(TREE_PROC, "/proc/.", true), 0);
	assert_int_equal(collect_start(&udp_queues_collector), 0);
	assert_int_equal(collect(&udp_queues_collector), 0);
	assert_int_equal(self.n_asked, 0);
}

#define SOCKET_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SOCKET_TEST(states_have_names),        SOCKET_TEST(nothing_is_no_sample),
		SOCKET_TEST(both_families_count),      SOCKET_TEST(short_messages_are_left_out),
		SOCKET_TEST(udp_sockets_are_added_up), SOCKET_TEST(files_stand_in),
		SOCKET_TEST(other_roots_have_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

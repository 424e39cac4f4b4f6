// SPDX-License-Identifier: Apache-2.0
/* netlink: answers made by hand, and what the kernel says of the loopback device. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "emulated.h"
#include "genetlink.h"
#include "netlink.h"
#include "rtlink.h"
#include "rtnetlink.h"
#include "scrape.h"

enum { SEQUENCE = 7, PORT = 4711 };

/* A datagram in the making. */
static struct {
	_Alignas(8) unsigned char bytes[65536];
	size_t used;
	struct nlmsghdr *message; /* the one that grows */
	struct rtlinks links;     /* what was made of it */
} self;

static void begin(void)
{
	memset(self.bytes, 0xee, sizeof(self.bytes));
	self.used = 0;
}

static void add_bytes(const void *bytes, size_t size)
{
	assert_true(self.used + size + 4 < sizeof(self.bytes));
	if (size)
		memcpy(self.bytes + self.used, bytes, size);
	self.used += size;
	self.message->nlmsg_len += (uint32_t)size;
	while (self.used % NLMSG_ALIGNTO) {
		self.bytes[self.used++] = 0;
		self.message->nlmsg_len++;
	}
}

static void add_message(uint16_t type, uint16_t flags, const void *header, size_t size)
{
	self.message = (void *)(self.bytes + self.used);
	*self.message = (struct nlmsghdr){
		.nlmsg_len = sizeof(*self.message),
		.nlmsg_type = type,
		.nlmsg_flags = flags,
		.nlmsg_seq = SEQUENCE,
		.nlmsg_pid = PORT,
	};
	self.used += sizeof(*self.message);
	add_bytes(header, size);
}

static void add_attribute(uint16_t type, const void *value, size_t size)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + size), .nla_type = type };

	add_bytes(&a, sizeof(a));
	add_bytes(value, size);
}

static void add_link(int index, const char *name)
{
	const struct ifinfomsg header = { .ifi_index = index };

	add_message(RTM_NEWLINK, NLM_F_MULTI, &header, sizeof(header));
	if (name)
		add_attribute(IFLA_IFNAME, name, strlen(name) + 1);
}

static void add_stats64(size_t count)
{
	uint64_t values[40];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		values[i] = (uint64_t)1 << (i + 20);
	add_attribute(IFLA_STATS64, values, count * sizeof(values[0]));
}

static void add_stats32(size_t count)
{
	uint32_t values[40];

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		values[i] = (uint32_t)i + 1;
	add_attribute(IFLA_STATS, values, count * sizeof(values[0]));
}

static int scan(bool *interrupted)
{
	return netlink_scan(self.bytes, self.used, SEQUENCE, PORT, interrupted);
}

static struct rtlink *take_links(const void *bytes, size_t size, size_t *ret_count)
{
	rtlink_take(&self.links, (struct netlink_reply){ 0 });
	rtlink_take(&self.links, (struct netlink_reply){ bytes, size });
	rtlink_settle(&self.links);
	*ret_count = self.links.count;
	return self.links.items;
}

static struct rtlink *parse_links(size_t *ret_count)
{
	return take_links(self.bytes, self.used, ret_count);
}

static int forget_links(void **state)
{
	(void)state;
	rtlink_free(&self.links);
	return 0;
}

static void ends_of_dumps_are_seen(void **state)
{
	bool interrupted = false;
	int code = 0;

	(void)state;
	begin();
	add_link(1, "lo");
	assert_int_equal(scan(&interrupted), 1);
	add_link(2, "eth0");
	assert_int_equal(scan(&interrupted), 1);
	add_message(NLMSG_NOOP, 0, NULL, 0);
	assert_int_equal(scan(&interrupted), 1);
	add_message(NLMSG_DONE, NLM_F_MULTI, &code, sizeof(code));
	assert_int_equal(scan(&interrupted), 0);
	assert_false(interrupted);

	begin();
	add_message(NLMSG_DONE, NLM_F_MULTI, NULL, 0);
	assert_int_equal(scan(&interrupted), 0);
	code = -EMSGSIZE;
	begin();
	add_message(NLMSG_DONE, NLM_F_MULTI, &code, sizeof(code));
	assert_int_equal(scan(&interrupted), -EMSGSIZE);
}

static void interruptions_are_seen(void **state)
{
	bool interrupted = false;

	(void)state;
	begin();
	add_link(1, "lo");
	add_link(2, "eth0");
	self.message->nlmsg_flags |= NLM_F_DUMP_INTR;
	add_link(3, "eth1");
	assert_int_equal(scan(&interrupted), 1);
	assert_true(interrupted);
	interrupted = false;
	begin();
	add_message(NLMSG_DONE, NLM_F_MULTI | NLM_F_DUMP_INTR, NULL, 0);
	assert_int_equal(scan(&interrupted), 0);
	assert_true(interrupted);
}

static void errors_of_the_kernel_are_passed_on(void **state)
{
	static const int errors[] = { EPERM, EBUSY, EOPNOTSUPP, 0 };
	struct nlmsgerr error = { 0 };
	bool interrupted = false;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		begin();
		error.error = -errors[i];
		add_message(NLMSG_ERROR, 0, &error, sizeof(error));
		assert_int_equal(scan(&interrupted), -errors[i]);
	}
	begin();
	error.error = EPERM;
	add_message(NLMSG_ERROR, 0, &error, sizeof(error));
	assert_int_equal(scan(&interrupted), 0);
	begin();
	add_message(NLMSG_ERROR, 0, NULL, 0);
	assert_int_equal(scan(&interrupted), -EBADMSG);
	begin();
	add_message(NLMSG_OVERRUN, 0, NULL, 0);
	assert_int_equal(scan(&interrupted), -ENOBUFS);
}

static void foreign_messages_are_refused(void **state)
{
	bool interrupted = false;

	(void)state;
	begin();
	add_link(1, "lo");
	assert_int_equal(netlink_scan(self.bytes, self.used, SEQUENCE + 1, PORT, &interrupted),
	                 -EPROTO);
	assert_int_equal(netlink_scan(self.bytes, self.used, SEQUENCE, PORT + 1, &interrupted),
	                 -EPROTO);
}

/* Each length that a datagram or a message could claim: nothing is read behind the end. */
static void lengths_are_checked(void **state)
{
	static const uint32_t lies[] = {
		0,  1,  15,  16,         17,         31,         32,
		33, 99, 100, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff
	};
	struct scrape s = { 0 };
	bool interrupted = false;
	size_t whole, first, count;

	(void)state;
	begin();
	add_link(1, "lo");
	first = self.used;
	add_link(2, "eth0");
	add_stats64(24);
	whole = self.used;
	for (size_t size = 0; size <= whole; size++) {
		CLEANUP(cleanup_free) char *exact = xmalloc(size);
		bool is_even = size == first || size == whole;

		if (size)
			memcpy(exact, self.bytes, size);
		assert_int_equal(netlink_scan(exact, size, SEQUENCE, PORT, &interrupted),
		                 is_even ? 1 : -EBADMSG);
		(void)take_links(exact, size, &count);
		assert_int_equal(count, (size >= first) + (size == whole));
	}
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		CLEANUP(cleanup_free) char *exact = xmalloc(first);

		memcpy(exact, self.bytes, first);
		memcpy(exact, &lies[i], sizeof(lies[i]));
		assert_int_equal(netlink_scan(exact, first, SEQUENCE, PORT, &interrupted),
		                 -EBADMSG);
		(void)take_links(exact, first, &count);
		assert_in_range(count, 0, 1);
	}
	scrape_free(&s);
}

static void links_are_parsed(void **state)
{
	struct scrape s = { 0 };
	struct rtlink *links;
	size_t count;

	(void)state;
	begin();
	add_link(1, "lo");
	add_attribute(IFLA_ADDRESS,
	              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32);
	add_stats32(24);
	add_stats64(24);
	add_message(NLMSG_NOOP, 0, NULL, 0);
	add_message(RTM_NEWADDR, NLM_F_MULTI, &(struct ifaddrmsg){ 0 }, sizeof(struct ifaddrmsg));
	add_link(1000000, "fifteen_bytes_x");
	add_attribute(IFLA_IFALIAS, "up link", 7);
	add_attribute(200, "future", 6);
	add_attribute(IFLA_STATS64 | NLA_F_NESTED, "", 0);
	add_message(NLMSG_DONE, NLM_F_MULTI, NULL, 0);
	links = parse_links(&count);
	assert_int_equal(count, 2);
	assert_string_equal(links[0].name, "lo");
	assert_string_equal(links[0].alias, "");
	assert_int_equal(links[0].index, 1);
	assert_true(links[0].has_stats);
	for (size_t i = 0; i < LINK_STATS; i++)
		assert_int_equal(links[0].stats[i], (uint64_t)1 << (i + 20));
	assert_string_equal(links[1].name, "fifteen_bytes_x");
	assert_string_equal(links[1].alias, "up link");
	assert_int_equal(links[1].index, 1000000);
	assert_false(links[1].has_stats);
	scrape_free(&s);
}

static void counters_of_any_number_are_taken(void **state)
{
	static const struct {
		size_t wide, narrow;
		bool has_stats, is_wide, has_nohandler;
	} cases[] = {
		{ 25, 0, true, true, true },   { 40, 0, true, true, true },
		{ 24, 24, true, true, true },  { 23, 24, true, true, false },
		{ 22, 24, true, false, true }, { 0, 23, true, false, false },
		{ 0, 40, true, false, true },  { 22, 22, false, false, false },
		{ 0, 0, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scrape s = { 0 };
		struct rtlink *links;
		size_t count;

		begin();
		add_link(1, "lo");
		if (cases[i].wide)
			add_stats64(cases[i].wide);
		if (cases[i].narrow)
			add_stats32(cases[i].narrow);
		links = parse_links(&count);
		assert_int_equal(count, 1);
		assert_int_equal(links->has_stats, cases[i].has_stats);
		if (cases[i].has_stats) {
			assert_int_equal(links->stats[TX_COMPRESSED],
			                 cases[i].is_wide ? (uint64_t)1 << 42 : 23);
			assert_int_equal(links->stats[RX_NOHANDLER] != 0, cases[i].has_nohandler);
		}
		scrape_free(&s);
	}
}

static void malformed_links_are_left_out(void **state)
{
	const struct nlattr too_long = { .nla_len = 40, .nla_type = IFLA_IFALIAS };
	const struct nlattr too_short = { .nla_len = 3, .nla_type = IFLA_IFALIAS };
	struct scrape s = { 0 };
	struct rtlink *links;
	size_t count;

	(void)state;
	begin();
	add_link(1, NULL);
	add_link(2, "");
	add_message(RTM_NEWLINK, NLM_F_MULTI, NULL, 0);
	add_message(RTM_NEWLINK, NLM_F_MULTI, "1234567", 8);
	add_link(3, "cut");
	add_bytes(&too_long, sizeof(too_long));
	add_link(4, "short");
	add_bytes(&too_short, sizeof(too_short));
	add_stats64(24);
	add_link(5, "half");
	add_bytes("xy", 2);
	links = parse_links(&count);
	assert_int_equal(count, 3);
	assert_string_equal(links[0].name, "cut");
	assert_string_equal(links[0].alias, "");
	assert_string_equal(links[1].name, "short");
	assert_false(links[1].has_stats);
	assert_string_equal(links[2].name, "half");
	scrape_free(&s);
}

static void add_address(uint8_t family, const char *address, const char *local)
{
	const struct ifaddrmsg header = { .ifa_family = family,
		                          .ifa_prefixlen = 24,
		                          .ifa_index = 9 };
	unsigned char bytes[16] = { 0 };
	size_t size = family == AF_INET ? 4 : 16;

	add_message(RTM_NEWADDR, NLM_F_MULTI, &header, sizeof(header));
	if (address) {
		assert_int_equal(inet_pton(family, address, bytes), 1);
		add_attribute(IFA_ADDRESS, bytes, size);
	}
	if (local) {
		assert_int_equal(inet_pton(family, local, bytes), 1);
		add_attribute(IFA_LOCAL, bytes, size);
	}
}

static void addresses_are_parsed(void **state)
{
	const struct ifaddrmsg mpls = { .ifa_family = AF_MPLS }, four = { .ifa_family = AF_INET };
	struct rtnetlink_address *addresses;
	struct netlink_reply reply;
	struct scrape s = { 0 };
	size_t count;

	(void)state;
	begin();
	add_address(AF_INET, "192.0.2.1", "192.0.2.2");
	add_address(AF_INET, "192.0.2.3", NULL);
	add_address(AF_INET, NULL, NULL);
	add_address(AF_INET6, "2001:db8::5", NULL);
	add_message(RTM_NEWADDR, NLM_F_MULTI, &mpls, sizeof(mpls));
	add_attribute(IFA_ADDRESS, "1234", 4);
	add_message(RTM_NEWADDR, NLM_F_MULTI, &four, sizeof(four));
	add_attribute(IFA_ADDRESS, "12345678", 8);
	add_message(RTM_NEWADDR, NLM_F_MULTI, &four, 4);
	add_message(RTM_NEWLINK, NLM_F_MULTI, &four, sizeof(four));
	reply = (struct netlink_reply){ (const char *)self.bytes, self.used };
	rtnetlink_parse_addresses(&s, reply, &addresses, &count);
	assert_int_equal(count, 3);
	assert_int_equal(addresses[0].index, 9);
	assert_int_equal(addresses[0].family, AF_INET);
	assert_int_equal(addresses[0].prefix, 24);
	assert_memory_equal(addresses[0].bytes, "\xc0\0\x02\x02\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_memory_equal(addresses[1].bytes, "\xc0\0\x02\x03", 4);
	assert_int_equal(addresses[2].family, AF_INET6);
	assert_memory_equal(addresses[2].bytes, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x05", 16);
	scrape_free(&s);
}

static void neighbours_are_parsed(void **state)
{
	const struct ndmsg four = { .ndm_family = AF_INET, .ndm_ifindex = 2, .ndm_state = 0x40 };
	const struct ndmsg six = { .ndm_family = AF_INET6, .ndm_ifindex = 70000, .ndm_state = 2 };
	struct rtnetlink_neighbour *neighbours;
	struct netlink_reply reply;
	struct scrape s = { 0 };
	size_t count;

	(void)state;
	begin();
	add_message(RTM_NEWNEIGH, NLM_F_MULTI, &four, sizeof(four));
	add_attribute(NDA_DST, "\xc0\0\x02\x01", 4);
	add_message(RTM_NEWNEIGH, NLM_F_MULTI, &four, sizeof(four) - 4);
	add_message(RTM_DELNEIGH, NLM_F_MULTI, &four, sizeof(four));
	add_message(RTM_NEWNEIGH, NLM_F_MULTI, NULL, 0);
	add_message(RTM_NEWNEIGH, NLM_F_MULTI, &six, sizeof(six));
	reply = (struct netlink_reply){ (const char *)self.bytes, self.used };
	rtnetlink_parse_neighbours(&s, reply, &neighbours, &count);
	assert_int_equal(count, 2);
	assert_int_equal(neighbours[0].family, AF_INET);
	assert_int_equal(neighbours[0].index, 2);
	assert_int_equal(neighbours[0].state, 0x40);
	assert_int_equal(neighbours[1].family, AF_INET6);
	assert_int_equal(neighbours[1].index, 70000);
	assert_int_equal(neighbours[1].state, 2);
	scrape_free(&s);
}

static bool refuse_hazard(struct scrape *s, const char *item)
{
	(void)s;
	(void)item;
	return false;
}

static void the_kernel_answers(void **state)
{
	const struct netlink_request nothing = {
		.what = "nothing", .type = 0x7ff, .body = "1", .size = 1
	};
	struct netlink_reply reply;
	struct scrape s = { 0 };

	(void)state;
	if (is_emulated())
		print_message("did not run: qemu knows no RTM_GETNEIGH\n");
	if (is_emulated() || if_nametoindex("lo") == 0)
		skip();
	for (int i = 0; i < 3; i++) {
		struct rtnetlink_neighbour *neighbours;
		struct rtnetlink_address *addresses;
		size_t n_links, n_addresses, n_neighbours, lo = 0;
		const struct rtlink *links;

		assert_int_equal(rtlink_list(&s, &links, &n_links), 0);
		while (lo < n_links && strcmp(links[lo].name, "lo") != 0)
			lo++;
		assert_true(lo < n_links);
		assert_int_equal(links[lo].index, if_nametoindex("lo"));
		assert_true(links[lo].has_stats);
		assert_int_equal(links[lo].stats[RX_BYTES], links[lo].stats[TX_BYTES]);
		assert_int_equal(rtnetlink_addresses(&s, &addresses, &n_addresses), 0);
		assert_int_equal(rtnetlink_neighbours(&s, &neighbours, &n_neighbours), 0);
		/* An error in between does no harm. */
		if (i == 1)
			assert_true(rtnetlink_dump(&s, &nothing, &reply) < 0);
	}
	scrape_free(&s);
}

/* Within a run all see the same; a message more or less is for the next one. */
static void links_are_asked_for_once_a_run(void **state)
{
	const struct rtlink *first, *second;
	struct scrape s = { .run = 1 };
	size_t n_first, n_second;
	uint64_t bytes;

	(void)state;
	if (is_emulated())
		print_message("did not run: qemu knows no RTM_GETNEIGH\n");
	if (is_emulated() || if_nametoindex("lo") == 0)
		skip();
	assert_int_equal(rtlink_list(&s, &first, &n_first), 0);
	bytes = first->stats[RX_BYTES];
	for (int i = 0; i < 3; i++) {
		assert_int_equal(rtlink_list(&s, &second, &n_second), 0);
		assert_ptr_equal(first, second);
		assert_int_equal(n_first, n_second);
		assert_int_equal(second->stats[RX_BYTES], bytes);
	}
	/* Those of the last run do not stand in for what cannot be had. */
	s.run = 2;
	s.hooks = &(const struct scrape_hooks){ .hazard = refuse_hazard };
	assert_int_equal(rtlink_list(&s, &second, &n_second), -EBUSY);
	s.hooks = NULL;
	assert_int_equal(rtlink_list(&s, &second, &n_second), 0);
	assert_non_null(rtlink_find(second, n_second, if_nametoindex("lo")));
	assert_null(rtlink_find(second, n_second, 0));
	scrape_free(&s);
}

static void failures_are_explained(void **state)
{
	static const struct scrape_hooks hooks = { .hazard = refuse_hazard };
	struct netlink_request request = { .what = "rtnetlink nothing",
		                           .type = 0x7ff,
		                           .is_dump = true,
		                           .body = "1234",
		                           .size = 4 };
	struct netlink_reply reply = { 0 };
	struct netlink n = { 0 };
	struct scrape s = { 0 };

	(void)state;
	assert_int_equal(netlink_ask(&s, &n, &request, &reply), -EOPNOTSUPP);
	assert_string_equal(failure(&s, -EOPNOTSUPP), "rtnetlink nothing: operation not supported");
	assert_null(n.socket);
	s.hooks = &hooks;
	request.type = RTM_GETLINK;
	assert_int_equal(netlink_ask(&s, &n, &request, &reply), -EBUSY);
	assert_null(reply.bytes);
	scrape_free(&s);
}

static void families_are_found(void **state)
{
	static const struct genlmsghdr body = { .cmd = CTRL_CMD_GETFAMILY, .version = 2 };
	struct netlink_request request = { .what = "genetlink families",
		                           .hazard = "genetlink",
		                           .is_dump = true,
		                           .body = &body,
		                           .size = sizeof(body) };
	struct genetlink g = { .family = "nlctrl" }, none = { .family = "no such thing" };
	struct netlink_reply reply;
	struct scrape s = { 0 };

	(void)state;
	begin();
	assert_int_equal(genetlink_parse_family((struct netlink_reply){ 0 }), 0);
	add_message(GENL_ID_CTRL, 0, &body, sizeof(body));
	add_attribute(CTRL_ATTR_FAMILY_ID, "x", 1);
	assert_int_equal(
		genetlink_parse_family((struct netlink_reply){ (char *)self.bytes, self.used }), 0);
	if (genetlink_ask(&s, &g, &request, &reply) == 0) {
		assert_int_equal(g.type, GENL_ID_CTRL);
		assert_int_equal(genetlink_parse_family(reply), GENL_ID_CTRL);
		/* A number that is no longer its own. */
		g.type = 0x7ff;
		assert_int_equal(genetlink_ask(&s, &g, &request, &reply), 0);
		assert_int_equal(g.type, GENL_ID_CTRL);
		assert_int_equal(genetlink_ask(&s, &none, &request, &reply), -ENOENT);
		assert_string_equal(failure(&s, -ENOENT),
		                    "genetlink family no such thing: no such file or directory");
	}
	netlink_close(&g.netlink);
	netlink_close(&none.netlink);
	scrape_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_of_dumps_are_seen),
		cmocka_unit_test(interruptions_are_seen),
		cmocka_unit_test(errors_of_the_kernel_are_passed_on),
		cmocka_unit_test(foreign_messages_are_refused),
		cmocka_unit_test(lengths_are_checked),
		cmocka_unit_test(links_are_parsed),
		cmocka_unit_test(counters_of_any_number_are_taken),
		cmocka_unit_test(malformed_links_are_left_out),
		cmocka_unit_test(addresses_are_parsed),
		cmocka_unit_test(neighbours_are_parsed),
		cmocka_unit_test(the_kernel_answers),
		cmocka_unit_test(links_are_asked_for_once_a_run),
		cmocka_unit_test(failures_are_explained),
		cmocka_unit_test(families_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, forget_links);
}

// SPDX-License-Identifier: Apache-2.0
/* linkfacts, linkattr: what is remembered of links while the kernel, here the test, says nothing.
 */
#include "unit.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "linkattr.h"
#include "linkfacts.h"
#include "netlink.h"
#include "rtlink.h"
#include "scrape.h"
#include "tree.h"

static struct {
	char sysfs[64];
	struct scrape scrape;
	struct rtlink links[3];
	int answers[8]; /* of netlink_hear(): numbers of messages or errors, then 0 */
	uint32_t heard; /* the index in each message */
	uint16_t type;  /* of each message */
} self;

int netlink_hear(struct netlink *n, unsigned group,
                 struct netlink_head ret[static NETLINK_HEADS_MAX])
{
	int answer = self.answers[0];
	struct {
		struct nlmsghdr message;
		struct ifinfomsg link;
	} event = { { .nlmsg_type = self.type }, { .ifi_index = (int)self.heard } };

	(void)n;
	assert_int_equal(group, RTNLGRP_LINK);
	memmove(self.answers, self.answers + 1, sizeof(self.answers) - sizeof(*self.answers));
	for (int i = 0; i < answer; i++)
		memcpy(ret[i].bytes, &event, sizeof(event));
	return answer;
}

int netlink_ask(struct scrape *s, struct netlink *n, const struct netlink_request *request,
                struct netlink_reply *ret)
{
	(void)s;
	(void)n;
	(void)request;
	(void)ret;
	return -EPERM;
}

void netlink_close(struct netlink *n)
{
	(void)n;
}

bool netlink_is_supported(void)
{
	return true;
}

static char *path_of(const char *device, const char *file, char path[static 160])
{
	(void)snprintf(path, 160, "%s/class/net/%s/%s", self.sysfs, device, file);
	return path;
}

static void write_number(const char *device, const char *file, int number)
{
	char path[160];
	FILE *f = fopen(path_of(device, file, path), "we");

	assert_non_null(f);
	assert_true(fprintf(f, "%d\n", number) > 0);
	assert_int_equal(fclose(f), 0);
}

static void write_device(const char *device, int number)
{
	char path[160];

	assert_true(mkdir(path_of(device, "", path), 0755) == 0 || errno == EEXIST);
	write_number(device, "addr_assign_type", number);
	write_number(device, "dev_id", number);
	write_number(device, "name_assign_type", number);
	write_number(device, "flags", number);
}

static void remove_device(const char *device)
{
	static const char *const files[] = { "addr_assign_type", "dev_id", "name_assign_type",
		                             "flags", "ifindex" };
	char path[160];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		(void)unlink(path_of(device, files[i], path)); /* some are gone already */
	assert_int_equal(rmdir(path_of(device, "", path)), 0);
}

static int set_up(void **state)
{
	char path[160];

	(void)state;
	(void)snprintf(self.sysfs, sizeof(self.sysfs), "linkfacts.XXXXXX");
	assert_non_null(mkdtemp(self.sysfs));
	(void)snprintf(path, sizeof(path), "%s/class", self.sysfs);
	assert_int_equal(mkdir(path, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/class/net", self.sysfs);
	assert_int_equal(mkdir(path, 0755), 0);
	write_device("lo", 1);
	write_device("eth0", 1);
	assert_int_equal(tree_set_root(TREE_SYS, self.sysfs, true), 0);
	self.links[0] = (struct rtlink){ .index = 1, .name = "lo" };
	self.links[1] = (struct rtlink){ .index = 7, .name = "eth0" };
	self.links[2] = (struct rtlink){ .index = 9, .name = "wlan0" };
	self.type = RTM_NEWLINK;
	memset(self.answers, 0, sizeof(self.answers));
	return 0;
}

static int tear_down(void **state)
{
	char path[160];

	(void)state;
	remove_device("lo");
	remove_device("eth0");
	(void)snprintf(path, sizeof(path), "%s/class/net", self.sysfs);
	assert_int_equal(rmdir(path), 0);
	(void)snprintf(path, sizeof(path), "%s/class", self.sysfs);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(self.sysfs), 0);
	scrape_free(&self.scrape);
	self.scrape = (struct scrape){ 0 };
	return 0;
}

/* What is said of eth0's and lo's addr_assign_type, of two links. */
static void expect(int lo, int eth0)
{
	const struct linkfacts *facts;

	assert_int_equal(linkfacts_get(&self.scrape, self.links, 2, &facts), 0);
	assert_true(facts[0].is_known && facts[0].has_addr_assign_type);
	assert_int_equal(facts[0].addr_assign_type, lo);
	assert_int_equal(facts[1].addr_assign_type, eth0);
	assert_int_equal(facts[1].dev_id, eth0);
	assert_int_equal(facts[1].name_assign_type, eth0);
	assert_int_equal(facts[1].flags, eth0);
}

static void messages_are_heeded(void **state)
{
	static const struct {
		int answers[8];
		uint32_t index;
		uint16_t type;
		bool forgets_lo, forgets_eth0;
	} cases[] = {
		{ { 0 }, 7, RTM_NEWLINK, false, false },
		{ { 1 }, 7, RTM_NEWLINK, false, true },
		{ { 16, 16, 3 }, 1, RTM_DELLINK, true, false },
		{ { 1 }, 7, RTM_NEWADDR, false, false },
		{ { 2 }, 8, RTM_NEWLINK, false, false },
		{ { -ENOBUFS }, 0, RTM_NEWLINK, true, true },
		{ { 3, -ENOBUFS, 3 }, 8, RTM_NEWLINK, true, true },
		{ { -EPERM }, 0, RTM_NEWLINK, true, true },
		{ { -ENOBUFS, -EAFNOSUPPORT }, 0, RTM_NEWLINK, true, true },
		/* Nobody has listened since they were read. */
		{ { 0 }, 7, RTM_NEWLINK, true, true },
		{ { 0 }, 7, RTM_NEWLINK, false, false },
	};
	int lo = 1, eth0 = 1;

	(void)state;
	self.answers[0] = -EPERM;
	expect(1, 1);
	expect(1, 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int now = (int)i + 2;

		write_device("lo", now);
		write_device("eth0", now);
		memcpy(self.answers, cases[i].answers, sizeof(self.answers));
		self.heard = cases[i].index;
		self.type = cases[i].type;
		lo = cases[i].forgets_lo ? now : lo;
		eth0 = cases[i].forgets_eth0 ? now : eth0;
		expect(lo, eth0);
	}
}

static void links_come_and_go(void **state)
{
	const struct linkfacts *facts;

	(void)state;
	self.answers[0] = -EPERM;
	expect(1, 1);
	/* One that sysfs does not show. */
	assert_int_equal(linkfacts_get(&self.scrape, self.links, 3, &facts), -ESTALE);
	write_device("wlan0", 3);
	assert_int_equal(linkfacts_get(&self.scrape, self.links, 3, &facts), 0);
	assert_int_equal(facts[2].dev_id, 3);
	/* One without a message, another in its place. */
	write_device("wlan0", 4);
	self.links[2].index = 8;
	assert_int_equal(linkfacts_get(&self.scrape, self.links, 3, &facts), 0);
	assert_int_equal(facts[2].dev_id, 4);
	remove_device("wlan0");
	expect(1, 1);
	/* Without links there is nothing to say. */
	remove_device("eth0");
	remove_device("lo");
	assert_int_equal(linkfacts_get(&self.scrape, self.links, 0, &facts), 0);
	write_device("lo", 5);
	write_device("eth0", 5);
	expect(5, 5);
	/* Another one of the same name. */
	write_number("eth0", "ifindex", 8);
	self.heard = 7;
	self.answers[0] = 1;
	assert_int_equal(linkfacts_get(&self.scrape, self.links, 2, &facts), -ESTALE);
	write_number("eth0", "ifindex", 7);
	assert_int_equal(linkfacts_get(&self.scrape, self.links, 2, &facts), 0);
	/* More in sysfs than links, while one of these is new. */
	write_device("wlan0", 6);
	self.heard = 7;
	self.answers[0] = 1;
	assert_int_equal(linkfacts_get(&self.scrape, self.links, 2, &facts), -ESTALE);
	remove_device("wlan0");
}

static void attributes_may_be_missing(void **state)
{
	const struct linkfacts *facts;
	char path[160];

	(void)state;
	assert_int_equal(unlink(path_of("eth0", "name_assign_type", path)), 0);
	assert_int_equal(unlink(path_of("eth0", "addr_assign_type", path)), 0);
	self.answers[0] = -EPERM;
	assert_int_equal(linkfacts_get(&self.scrape, self.links, 2, &facts), 0);
	assert_true(facts[1].is_known && facts[1].has_dev_id);
	assert_false(facts[1].has_name_assign_type || facts[1].has_addr_assign_type);
}

/* sysfs' flags, from those of sockets and the two counts; from sysfs where one is not told. */
static void flags_are_those_of_sysfs(void **state)
{
	static const struct {
		uint32_t flags;
		int32_t promiscuity, allmulti; /* -1: not told */
		uint32_t in_sysfs;
		int64_t expected;
	} cases[] = {
		{ 0x11043, 0, 0, 0x1003, 0x1003 }, { 0x11043, 1, 0, 0x1003, 0x1103 },
		{ 0x11143, 0, 2, 0x1003, 0x1203 }, { 0x31043, 3, 2, 0x1003, 0x1303 },
		{ 0x11043, 0, 0, 0x1043, 0x1043 }, { 0x11043, -1, 0, 0x1103, 4 },
		{ 0x11043, 0, -1, 0x1103, 4 },
	};

	(void)state;
	write_number("eth0", "flags", 4);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct linkfacts facts = { .is_known = true, .flags = cases[i].in_sysfs };
		struct rtlink l = { .flags = cases[i].flags, .name = "eth0", .alias = "" };
		struct linkattr a;

		if (cases[i].promiscuity >= 0)
			l.has |= 1U << LINK_PROMISCUITY;
		if (cases[i].allmulti >= 0)
			l.has |= 1U << LINK_ALLMULTI;
		l.numbers[LINK_PROMISCUITY] = (uint32_t)cases[i].promiscuity;
		l.numbers[LINK_ALLMULTI] = (uint32_t)cases[i].allmulti;
		linkattr_convert(&self.scrape, &l, &facts, NULL, &a);
		assert_true(a.has & 1U << ATTR_FLAGS);
		assert_int_equal(a.numbers[ATTR_FLAGS], cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages_are_heeded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(links_come_and_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(attributes_may_be_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(flags_are_those_of_sysfs, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

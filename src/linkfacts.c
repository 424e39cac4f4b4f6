// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel sends RTM_NEWLINK after it has changed addr_assign_type or name_assign_type (with an
 * address or a name); dev_id and the flags that count here stay what they are.
 */
#include "linkfacts.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "collector.h"
#include "linkattr.h"
#include "netlink.h"
#include "rtlink.h"

enum { HEAR_MAX = 1024 };

static struct {
	struct netlink netlink;  /* that listens */
	struct linkfacts *facts; /* in order of index */
	size_t count;
	bool is_listening; /* since before these were read */
} self;

static int compare_facts(const void *a, const void *b)
{
	const struct linkfacts *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static void forget_all(void)
{
	for (size_t i = 0; i < self.count; i++)
		self.facts[i].is_known = false;
}

static void forget(const struct netlink_head *head)
{
	struct {
		struct nlmsghdr message;
		struct ifinfomsg link;
	} event;
	struct linkfacts key, *facts;

	_Static_assert(sizeof(event) == sizeof(*head), "a head must be just that");
	memcpy(&event, head, sizeof(event));
	if (event.message.nlmsg_type != RTM_NEWLINK && event.message.nlmsg_type != RTM_DELLINK)
		return;
	key.index = (uint32_t)event.link.ifi_index;
	facts = self.count ? bsearch(&key, self.facts, self.count, sizeof(key), compare_facts)
	                   : NULL;
	if (facts)
		facts->is_known = false;
}

/* Drop what may have changed. */
static void hear(void)
{
	struct netlink_head heads[NETLINK_HEADS_MAX];
	bool was_listening = self.is_listening;
	int count = 1;

	for (int n = 0; count > 0 && n < HEAR_MAX; n++) {
		count = netlink_hear(&self.netlink, RTNLGRP_LINK, heads);
		if (count == -ENOBUFS) {
			forget_all();
			count = 1;
			continue;
		}
		for (int i = 0; i < count; i++)
			forget(&heads[i]);
	}
	/* Otherwise nobody listens, or somebody never ends. */
	self.is_listening = count == 0;
	if (!self.is_listening || !was_listening)
		forget_all();
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether the devices in sysfs are these links. */
static int compare_with_sysfs(struct scrape *s, const struct rtlink *links, size_t count)
{
	const char **expected = scrape_alloc(s, count * sizeof(*expected));
	size_t n = 0;
	char **names;
	int r;

	r = tree_list(s, TREE_SYS, &names, "class/net");
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		expected[i] = links[i].name;
	if (count)
		qsort(expected, count, sizeof(*expected), compare_names);
	for (; *names; names++) {
		if (n < count && strcmp(*names, expected[n]) == 0)
			n++;
		/* bonding_masters is a file. */
		else if (tree_exists(s, TREE_SYS, "class/net/%s/.", *names))
			break;
	}
	return *names || n < count ? fail(s, -ESTALE, "sysfs class/net: shows other devices") : 0;
}

/* -ESTALE where sysfs has another link of that name. */
static int read_facts(struct scrape *s, const struct rtlink *link, struct linkfacts *ret)
{
	int64_t flags, index;
	int r;

	*ret = (struct linkfacts){ .index = link->index };
	tree_identify(TREE_SYS, "class/net/%s", link->name);
	if (linkattr_read_number(s, link->name, ATTR_IFINDEX, &index) == 0 && index != link->index)
		return fail(s, -ESTALE, "sysfs class/net/%s: is another device", link->name);
	r = linkattr_read_number(s, link->name, ATTR_ADDR_ASSIGN_TYPE, &ret->addr_assign_type);
	if (r == -ENOENT && !tree_exists(s, TREE_SYS, "class/net/%s/.", link->name))
		return 0;
	ret->is_known = r != -ENODEV;
	ret->has_addr_assign_type = r == 0;
	ret->has_dev_id = linkattr_read_number(s, link->name, ATTR_DEV_ID, &ret->dev_id) == 0;
	ret->has_name_assign_type = linkattr_read_number(s, link->name, ATTR_NAME_ASSIGN_TYPE,
	                                                 &ret->name_assign_type) == 0;
	if (linkattr_read_number(s, link->name, ATTR_FLAGS, &flags) == 0)
		ret->flags = (uint32_t)flags;
	return 0;
}

int linkfacts_get(struct scrape *s, const struct rtlink *links, size_t count,
                  const struct linkfacts **ret)
{
	struct linkfacts *facts = scrape_alloc(s, count * sizeof(*facts));
	size_t n_unknown = 0, old = 0;
	int r;

	hear();
	for (size_t i = 0; i < count; i++) {
		while (old < self.count && self.facts[old].index < links[i].index)
			old++;
		facts[i] = (struct linkfacts){ .index = links[i].index };
		if (old < self.count && self.facts[old].index == links[i].index)
			facts[i] = self.facts[old];
		n_unknown += !facts[i].is_known;
	}
	if (n_unknown) {
		r = compare_with_sysfs(s, links, count);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < count; i++) {
		r = facts[i].is_known ? 0 : read_facts(s, &links[i], &facts[i]);
		if (r < 0)
			return r;
	}
	if (count != self.count)
		self.facts = xrealloc(self.facts, MAX(count, (size_t)1) * sizeof(*facts));
	if (count)
		memcpy(self.facts, facts, count * sizeof(*facts));
	self.count = count;
	*ret = self.facts;
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "rtlink.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "rtnetlink.h"
#include "scrape.h"
#include "text.h"

enum {
	ARENA_KEEP = 1 << 20,
	ALLMULTI = 61,            /* IFLA_ALLMULTI, which headers have since Linux 6.0 */
	STATS_MIN = RX_NOHANDLER, /* counters that every kernel sends */
	ADDRESS_MAX = 32,
	ALIAS_MAX = 128,
	ROOM_FIRST = 32,
};

static const struct {
	uint8_t type;
	uint8_t size;
} numbers[LINK_NUMBERS] = {
	[LINK_ALLMULTI] = { ALLMULTI, 4 },
	[LINK_CARRIER] = { IFLA_CARRIER, 1 },
	[LINK_CARRIER_CHANGES] = { IFLA_CARRIER_CHANGES, 4 },
	[LINK_CARRIER_DOWNS] = { IFLA_CARRIER_DOWN_COUNT, 4 },
	[LINK_CARRIER_UPS] = { IFLA_CARRIER_UP_COUNT, 4 },
	[LINK_GROUP] = { IFLA_GROUP, 4 },
	[LINK_LOWER] = { IFLA_LINK, 4 },
	[LINK_MODE] = { IFLA_LINKMODE, 1 },
	[LINK_MTU] = { IFLA_MTU, 4 },
	[LINK_OPERSTATE] = { IFLA_OPERSTATE, 1 },
	[LINK_PROMISCUITY] = { IFLA_PROMISCUITY, 4 },
	[LINK_TX_QUEUE_LENGTH] = { IFLA_TXQLEN, 4 },
};

/* What the present run has asked for already. */
static struct {
	struct rtlinks links;
	unsigned run;
} self;

/* Kernels send more or fewer counters than we know; before 2.6.35 they were of 32 bits. */
static bool parse_stats(const struct nlattr *wide, const struct nlattr *narrow, uint64_t *ret)
{
	struct netlink_reply stats = netlink_inside(wide);
	uint32_t values[LINK_STATS] = { 0 };

	memset(ret, 0, LINK_STATS * sizeof(*ret));
	if (stats.size >= STATS_MIN * sizeof(*ret)) {
		memcpy(ret, stats.bytes, MIN(stats.size, LINK_STATS * sizeof(*ret)));
		return true;
	}
	stats = netlink_inside(narrow);
	if (stats.size < STATS_MIN * sizeof(*values))
		return false;
	memcpy(values, stats.bytes, MIN(stats.size, sizeof(values)));
	for (size_t i = 0; i < LINK_STATS; i++)
		ret[i] = values[i];
	return true;
}

static void parse_numbers(const struct nlattr *const *attributes, struct rtlink *link)
{
	for (size_t i = 0; i < LINK_NUMBERS; i++) {
		const struct nlattr *a = attributes[numbers[i].type];
		uint8_t byte;

		if (numbers[i].size == sizeof(byte) && netlink_value(a, &byte, sizeof(byte)))
			link->numbers[i] = byte;
		else if (numbers[i].size == sizeof(byte) || !netlink_value(a, &link->numbers[i], 4))
			continue;
		link->has |= (uint16_t)(1U << i);
	}
}

/* Text up to its end or its first NUL. */
static char *copy_text(struct arena *a, const struct nlattr *text)
{
	struct netlink_reply bytes = netlink_inside(text);

	return arena_memdup(a, bytes.bytes, bytes.size ? strnlen(bytes.bytes, bytes.size) : 0);
}

static const char *format_address(struct arena *a, const struct nlattr *address)
{
	static const char digits[] = "0123456789abcdef";
	struct netlink_reply bytes = netlink_inside(address);
	char text[3 * ADDRESS_MAX], *at = text;

	for (size_t i = 0; i < MIN(bytes.size, (size_t)ADDRESS_MAX); i++) {
		unsigned char byte = (unsigned char)bytes.bytes[i];

		if (i)
			*at++ = ':';
		*at++ = digits[byte >> 4];
		*at++ = digits[byte & 15];
	}
	return arena_memdup(a, text, (size_t)(at - text));
}

/* Those of IFLA_PROP_LIST. */
static const char *const *parse_altnames(struct arena *a, const struct nlattr *list)
{
	static const char *const none[] = { NULL };
	struct netlink_reply rest = netlink_inside(list);
	const struct nlattr *property;
	const char **names;
	size_t count = 0;

	while (netlink_next_attribute(&rest))
		count++;
	if (!count)
		return none;
	names = arena_alloc(a, (count + 1) * sizeof(*names));
	rest = netlink_inside(list);
	for (count = 0; (property = netlink_next_attribute(&rest));) {
		if (netlink_type(property) == IFLA_ALT_IFNAME)
			names[count++] = copy_text(a, property);
	}
	names[count] = NULL;
	return names;
}

static bool parse_link(struct arena *a, const struct nlmsghdr *m, struct rtlink *ret)
{
	const struct nlattr *attributes[ALLMULTI + 1];
	const struct ifinfomsg *header;

	header = netlink_parse(m, RTM_NEWLINK, sizeof(*header), attributes, ARRAY_SIZE(attributes));
	if (!header || !attributes[IFLA_IFNAME])
		return false;
	*ret = (struct rtlink){
		.index = (uint32_t)header->ifi_index,
		.flags = header->ifi_flags,
		.type = header->ifi_type,
		.name = copy_text(a, attributes[IFLA_IFNAME]),
		.alias = copy_text(a, attributes[IFLA_IFALIAS]),
		.address = format_address(a, attributes[IFLA_ADDRESS]),
		.broadcast = format_address(a, attributes[IFLA_BROADCAST]),
		.altnames = parse_altnames(a, attributes[IFLA_PROP_LIST]),
	};
	ret->has_stats = parse_stats(attributes[IFLA_STATS64], attributes[IFLA_STATS], ret->stats);
	parse_numbers(attributes, ret);
	return ret->name[0] != '\0';
}

static int compare_links(const void *a, const void *b)
{
	const struct rtlink *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

void rtlink_settle(struct rtlinks *links)
{
	struct rtlink *items = links->items;
	size_t last = 0, in_order = 1;

	/* Kernels since 6.2 send them like that. */
	while (in_order < links->count && items[in_order].index > items[in_order - 1].index)
		in_order++;
	if (in_order >= links->count)
		return;
	qsort(items, links->count, sizeof(*items), compare_links);
	for (size_t i = 1; i < links->count; i++) {
		if (items[i].index != items[last].index)
			items[++last] = items[i];
	}
	links->count = last + 1;
}

void rtlink_take(void *context, struct netlink_reply part)
{
	struct rtlinks *links = context;
	const struct nlmsghdr *m;

	if (!part.size) {
		links->count = 0;
		arena_reset(&links->arena, ARENA_KEEP);
	}
	while ((m = netlink_next(&part))) {
		if (links->count == links->room) {
			links->room = links->room ? links->room * 2 : ROOM_FIRST;
			links->items = xrealloc(links->items, links->room * sizeof(*links->items));
		}
		links->count += parse_link(&links->arena, m, &links->items[links->count]);
	}
}

void rtlink_free(struct rtlinks *links)
{
	arena_free(&links->arena);
	free(links->items);
	*links = (struct rtlinks){ 0 };
}

static int ask(struct scrape *s)
{
	static const struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	const struct netlink_request request = {
		.what = "rtnetlink links",
		.type = RTM_GETLINK,
		.body = &header,
		.size = sizeof(header),
		.take = rtlink_take,
		.context = &self.links,
	};
	struct netlink_reply none;
	int r;

	self.run = 0;
	r = rtnetlink_dump(s, &request, &none);
	if (r < 0)
		return r;
	rtlink_settle(&self.links);
	self.run = s->run;
	return 0;
}

int rtlink_list(struct scrape *s, const struct rtlink **ret, size_t *ret_count)
{
	int r = 0;

	if (!s->run || s->run != self.run)
		r = ask(s);
	if (r < 0)
		return r;
	*ret = self.links.items;
	*ret_count = self.links.count;
	return 0;
}

const struct rtlink *rtlink_find(const struct rtlink *links, size_t count, uint32_t index)
{
	const struct rtlink key = { .index = index };

	return count ? bsearch(&key, links, count, sizeof(key), compare_links) : NULL;
}

bool rtlink_number(const struct rtlink *link, enum link_number which, uint32_t *ret)
{
	if (!(link->has & 1U << which))
		return false;
	*ret = link->numbers[which];
	return true;
}

const char *rtlink_alias(struct scrape *s, const struct rtlink *link)
{
	return trim(scrape_printf(s, "%.*s", ALIAS_MAX, link->alias));
}

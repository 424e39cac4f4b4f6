// SPDX-License-Identifier: Apache-2.0
/* Messages and attributes; sockets are in netlink_mnl.c. */
#include "netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>

#include "scrape.h"

#define ALIGNED(size) (((size_t)(size) + NLMSG_ALIGNTO - 1) & ~(size_t)(NLMSG_ALIGNTO - 1))

const struct nlmsghdr *netlink_next(struct netlink_reply *rest)
{
	const struct nlmsghdr *m = (const void *)rest->bytes;
	size_t size;

	if (rest->size < sizeof(*m) || m->nlmsg_len < sizeof(*m) || m->nlmsg_len > rest->size)
		return NULL;
	size = MIN(ALIGNED(m->nlmsg_len), rest->size);
	rest->bytes += size;
	rest->size -= size;
	return m;
}

const struct nlattr *netlink_next_attribute(struct netlink_reply *rest)
{
	const struct nlattr *a = (const void *)rest->bytes;
	size_t size;

	if (rest->size < sizeof(*a) || a->nla_len < sizeof(*a) || a->nla_len > rest->size)
		return NULL;
	size = MIN(ALIGNED(a->nla_len), rest->size);
	rest->bytes += size;
	rest->size -= size;
	return a;
}

unsigned netlink_type(const struct nlattr *a)
{
	return a->nla_type & NLA_TYPE_MASK;
}

struct netlink_reply netlink_behind(const struct nlmsghdr *m, size_t size)
{
	size_t skipped = NLMSG_HDRLEN + ALIGNED(size);

	if (m->nlmsg_len <= skipped)
		return (struct netlink_reply){ 0 };
	return (struct netlink_reply){ (const char *)m + skipped, m->nlmsg_len - skipped };
}

struct netlink_reply netlink_inside(const struct nlattr *a)
{
	if (!a)
		return (struct netlink_reply){ 0 };
	return (struct netlink_reply){ (const char *)a + NLA_HDRLEN, a->nla_len - NLA_HDRLEN };
}

void netlink_sort(struct netlink_reply attributes, const struct nlattr **ret, size_t count)
{
	const struct nlattr *a;

	for (size_t i = 0; i < count; i++)
		ret[i] = NULL;
	while ((a = netlink_next_attribute(&attributes))) {
		if (netlink_type(a) < count)
			ret[netlink_type(a)] = a;
	}
}

const void *netlink_parse(const struct nlmsghdr *m, uint16_t type, size_t header_size,
                          const struct nlattr **ret, size_t count)
{
	if (m->nlmsg_type != type || m->nlmsg_len < NLMSG_HDRLEN + header_size)
		return NULL;
	netlink_sort(netlink_behind(m, header_size), ret, count);
	return (const char *)m + NLMSG_HDRLEN;
}

bool netlink_value(const struct nlattr *a, void *ret, size_t size)
{
	struct netlink_reply value = netlink_inside(a);

	if (!a || value.size < size)
		return false;
	memcpy(ret, value.bytes, size);
	return true;
}

const char *netlink_text(struct scrape *s, const struct nlattr *a)
{
	struct netlink_reply text = netlink_inside(a);

	if (!text.size)
		return "";
	return memchr(text.bytes, '\0', text.size) ? text.bytes
	                                           : arena_memdup(&s->arena, text.bytes, text.size);
}

/* The errno that heads the payload of NLMSG_DONE and NLMSG_ERROR. */
static int message_error(const struct nlmsghdr *m)
{
	struct netlink_reply payload = netlink_behind(m, 0);
	int error;

	if (payload.size < sizeof(error))
		return m->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&error, payload.bytes, sizeof(error));
	return MIN(error, 0);
}

int netlink_scan(const void *datagram, size_t size, uint32_t sequence, uint32_t port,
                 bool *interrupted)
{
	struct netlink_reply rest = { .bytes = datagram, .size = size };
	const struct nlmsghdr *m;

	while ((m = netlink_next(&rest))) {
		if (m->nlmsg_seq != sequence || m->nlmsg_pid != port)
			return -EPROTO;
		if (m->nlmsg_flags & NLM_F_DUMP_INTR)
			*interrupted = true;
		if (m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_ERROR)
			return message_error(m);
		if (m->nlmsg_type == NLMSG_OVERRUN)
			return -ENOBUFS;
	}
	return size == 0 || rest.size ? -EBADMSG : 1;
}

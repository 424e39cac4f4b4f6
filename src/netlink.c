// SPDX-License-Identifier: Apache-2.0
#include "netlink.h"

#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "scrape.h"

enum {
	RECEIVE_MIN = 64 * 1024, /* no datagram of a dump is larger than half of it */
	REPLY_MAX = 64 << 20,
	HEADER_MAX = 64,
	ATTEMPTS_MAX = 4,
	STATS_MIN = RX_NOHANDLER, /* counters that every kernel sends */
};

bool netlink_is_supported(void)
{
	return true;
}

void netlink_close(struct netlink *n)
{
	if (n->socket)
		(void)mnl_socket_close(n->socket); /* nothing was written that could be lost */
	n->socket = NULL;
}

static int open_socket(struct netlink *n)
{
	int r;

	if (n->socket)
		return 0;
	n->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (n->socket && mnl_socket_bind(n->socket, 0, MNL_SOCKET_AUTOPID) == 0)
		return 0;
	r = -errno;
	netlink_close(n);
	return r;
}

static int send_request(struct netlink *n, uint16_t type, size_t header_size)
{
	union {
		struct nlmsghdr message;
		char bytes[MNL_NLMSG_HDRLEN + HEADER_MAX];
	} request;
	struct nlmsghdr *m = mnl_nlmsg_put_header(&request);

	assert(header_size <= HEADER_MAX);
	m->nlmsg_type = type;
	m->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	m->nlmsg_seq = ++n->sequence;
	mnl_nlmsg_put_extra_header(m, header_size);
	return mnl_socket_sendto(n->socket, m, m->nlmsg_len) < 0 ? -errno : 0;
}

/* The next message, if it is there as a whole. libmnl's own check takes lengths above 2^31. */
static const struct nlmsghdr *next_message(struct netlink_reply *reply)
{
	const struct nlmsghdr *m = (const void *)reply->bytes;
	size_t size;

	if (reply->size < sizeof(*m) || m->nlmsg_len < sizeof(*m) || m->nlmsg_len > reply->size)
		return NULL;
	size = MIN(MNL_ALIGN((size_t)m->nlmsg_len), reply->size);
	reply->bytes += size;
	reply->size -= size;
	return m;
}

/* The errno that heads the payload of NLMSG_DONE and NLMSG_ERROR. */
static int message_error(const struct nlmsghdr *m)
{
	int error;

	if (mnl_nlmsg_get_payload_len(m) < sizeof(error))
		return m->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	memcpy(&error, mnl_nlmsg_get_payload(m), sizeof(error));
	return MIN(error, 0);
}

int netlink_scan(const void *datagram, size_t size, uint32_t sequence, uint32_t port,
                 bool *interrupted)
{
	struct netlink_reply rest = { .bytes = datagram, .size = size };
	const struct nlmsghdr *m;

	while ((m = next_message(&rest))) {
		if (!mnl_nlmsg_seq_ok(m, sequence) || !mnl_nlmsg_portid_ok(m, port))
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

/* Read one whole answer into s' arena. */
static int receive(struct scrape *s, struct netlink *n, char **data, size_t *ret_size,
                   bool *interrupted)
{
	uint32_t port = mnl_socket_get_portid(n->socket);
	size_t used = 0, room;
	ssize_t size;
	int r = 1;

	*interrupted = false;
	while (r > 0) {
		*data = arena_space(&s->arena, *data, used, RECEIVE_MIN, &room);
		room &= ~(size_t)(MNL_ALIGNTO - 1);
		size = mnl_socket_recvfrom(n->socket, *data + used, room);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return -errno;
		r = netlink_scan(*data + used, (size_t)size, n->sequence, port, interrupted);
		used += MNL_ALIGN((size_t)size);
		if (used > REPLY_MAX)
			return -EFBIG;
	}
	*ret_size = used;
	return r;
}

int netlink_dump(struct scrape *s, struct netlink *n, const char *what, uint16_t type,
                 size_t header_size, struct netlink_reply *ret)
{
	bool interrupted = true;
	char *data = NULL;
	size_t size = 0;
	int r = 0;

	/* The kernel holds its lock on all links meanwhile, which a driver may keep for itself. */
	if (!hazard(s, "rtnetlink"))
		return fail(s, -EBUSY, "rtnetlink %s: an earlier request is still unanswered",
		            what);
	for (int i = 0; i < ATTEMPTS_MAX && interrupted && r == 0; i++) {
		r = open_socket(n);
		if (r == 0)
			r = send_request(n, type, header_size);
		if (r == 0)
			r = receive(s, n, &data, &size, &interrupted);
	}
	if (r < 0) {
		/* What is left of the answer must not be taken for the next one's. */
		netlink_close(n);
		return fail(s, r, "rtnetlink %s: %s", what, error_text(r));
	}
	arena_take(&s->arena, size);
	*ret = (struct netlink_reply){ .bytes = data, .size = size };
	return 0;
}

/*
 * The attributes behind a header of header_size bytes by their types below count; NULL where there
 * is none. False where the message has no such header.
 */
static bool find_attributes(const struct nlmsghdr *m, size_t header_size, const struct nlattr **ret,
                            size_t count)
{
	const char *end = mnl_nlmsg_get_payload_tail(m);
	const struct nlattr *a;

	memset(ret, 0, count * sizeof(*ret));
	if (mnl_nlmsg_get_payload_len(m) < header_size)
		return false;
	a = mnl_nlmsg_get_payload_offset(m, header_size);
	for (; mnl_attr_ok(a, (int)(end - (const char *)a)); a = mnl_attr_next(a)) {
		if (mnl_attr_get_type(a) < count)
			ret[mnl_attr_get_type(a)] = a;
	}
	return true;
}

/* An attribute as text, in place where it ends with a NUL; "" for NULL. */
static const char *attribute_text(struct scrape *s, const struct nlattr *a)
{
	const char *text;
	size_t size;

	if (!a)
		return "";
	text = mnl_attr_get_payload(a);
	size = mnl_attr_get_payload_len(a);
	return memchr(text, '\0', size) ? text : arena_memdup(&s->arena, text, size);
}

static size_t count_messages(struct netlink_reply reply)
{
	size_t count = 0;

	while (next_message(&reply))
		count++;
	return count;
}

/* Kernels send more or fewer counters than we know; before 2.6.35 they were of 32 bits. */
static bool parse_stats(const struct nlattr *wide, const struct nlattr *narrow, uint64_t *ret)
{
	size_t size = wide ? mnl_attr_get_payload_len(wide) : 0;
	uint32_t values[LINK_STATS] = { 0 };

	memset(ret, 0, LINK_STATS * sizeof(*ret));
	if (size >= STATS_MIN * sizeof(*ret)) {
		memcpy(ret, mnl_attr_get_payload(wide), MIN(size, LINK_STATS * sizeof(*ret)));
		return true;
	}
	size = narrow ? mnl_attr_get_payload_len(narrow) : 0;
	if (size < STATS_MIN * sizeof(*values))
		return false;
	memcpy(values, mnl_attr_get_payload(narrow), MIN(size, sizeof(values)));
	for (size_t i = 0; i < LINK_STATS; i++)
		ret[i] = values[i];
	return true;
}

void netlink_parse_links(struct scrape *s, struct netlink_reply reply, struct netlink_link **ret,
                         size_t *ret_count)
{
	const struct nlattr *attributes[IFLA_STATS64 + 1];
	struct netlink_link *links;
	const struct nlmsghdr *m;
	size_t count = 0;

	links = scrape_alloc(s, count_messages(reply) * sizeof(*links));
	while ((m = next_message(&reply))) {
		const struct ifinfomsg *header = mnl_nlmsg_get_payload(m);
		struct netlink_link *link = &links[count];

		if (m->nlmsg_type != RTM_NEWLINK ||
		    !find_attributes(m, sizeof(*header), attributes, ARRAY_SIZE(attributes)))
			continue;
		link->index = (uint32_t)header->ifi_index;
		link->name = attribute_text(s, attributes[IFLA_IFNAME]);
		link->alias = attribute_text(s, attributes[IFLA_IFALIAS]);
		link->has_stats =
			parse_stats(attributes[IFLA_STATS64], attributes[IFLA_STATS], link->stats);
		if (link->name[0])
			count++;
	}
	*ret = links;
	*ret_count = count;
}

void netlink_parse_addresses(struct scrape *s, struct netlink_reply reply,
                             struct netlink_address **ret, size_t *ret_count)
{
	const struct nlattr *attributes[IFA_LOCAL + 1], *own;
	struct netlink_address *addresses;
	const struct nlmsghdr *m;
	size_t count = 0;

	addresses = scrape_alloc(s, count_messages(reply) * sizeof(*addresses));
	while ((m = next_message(&reply))) {
		const struct ifaddrmsg *header = mnl_nlmsg_get_payload(m);
		size_t size;

		if (m->nlmsg_type != RTM_NEWADDR ||
		    !find_attributes(m, sizeof(*header), attributes, ARRAY_SIZE(attributes)) ||
		    (header->ifa_family != AF_INET && header->ifa_family != AF_INET6))
			continue;
		/* On point-to-point links IFA_ADDRESS is the other side's. */
		own = attributes[IFA_LOCAL] ? attributes[IFA_LOCAL] : attributes[IFA_ADDRESS];
		size = header->ifa_family == AF_INET ? 4 : 16;
		if (!own || mnl_attr_get_payload_len(own) != size)
			continue;
		addresses[count] = (struct netlink_address){
			.index = header->ifa_index,
			.family = header->ifa_family,
			.prefix = header->ifa_prefixlen,
		};
		memcpy(addresses[count++].bytes, mnl_attr_get_payload(own), size);
	}
	*ret = addresses;
	*ret_count = count;
}

void netlink_parse_neighbours(struct scrape *s, struct netlink_reply reply,
                              struct netlink_neighbour **ret, size_t *ret_count)
{
	struct netlink_neighbour *neighbours;
	const struct nlmsghdr *m;
	size_t count = 0;

	neighbours = scrape_alloc(s, count_messages(reply) * sizeof(*neighbours));
	while ((m = next_message(&reply))) {
		const struct ndmsg *header = mnl_nlmsg_get_payload(m);

		if (m->nlmsg_type == RTM_NEWNEIGH &&
		    mnl_nlmsg_get_payload_len(m) >= sizeof(*header))
			neighbours[count++] = (struct netlink_neighbour){
				.index = (uint32_t)header->ndm_ifindex,
				.state = header->ndm_state,
				.family = header->ndm_family,
			};
	}
	*ret = neighbours;
	*ret_count = count;
}

int netlink_links(struct scrape *s, struct netlink *n, struct netlink_link **ret, size_t *ret_count)
{
	struct netlink_reply reply;
	int r;

	r = netlink_dump(s, n, "links", RTM_GETLINK, sizeof(struct ifinfomsg), &reply);
	if (r < 0)
		return r;
	netlink_parse_links(s, reply, ret, ret_count);
	return 0;
}

int netlink_addresses(struct scrape *s, struct netlink *n, struct netlink_address **ret,
                      size_t *ret_count)
{
	struct netlink_reply reply;
	int r;

	r = netlink_dump(s, n, "addresses", RTM_GETADDR, sizeof(struct ifaddrmsg), &reply);
	if (r < 0)
		return r;
	netlink_parse_addresses(s, reply, ret, ret_count);
	return 0;
}

int netlink_neighbours(struct scrape *s, struct netlink *n, struct netlink_neighbour **ret,
                       size_t *ret_count)
{
	struct netlink_reply reply;
	int r;

	r = netlink_dump(s, n, "neighbours", RTM_GETNEIGH, sizeof(struct ndmsg), &reply);
	if (r < 0)
		return r;
	netlink_parse_neighbours(s, reply, ret, ret_count);
	return 0;
}

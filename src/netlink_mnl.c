// SPDX-License-Identifier: Apache-2.0
/* The part of netlink.h that speaks with the kernel, by libmnl. */
#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink.h"
#include "scrape.h"

enum {
	/*
	 * The kernel fills up to 32 KiB once it knows that there is room for as much, and more
	 * only where one item is larger; its attributes end at 64 KiB.
	 */
	DATAGRAM_MAX = 64 * 1024,
	DATAGRAMS_MIN = 2, /* the shortest answer: one with data, one that ends it */
	DATAGRAMS_MAX = 8, /* read by one system call */
	REPLY_MAX = 64 << 20,
	ATTEMPTS_MAX = 4,
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

static int open_socket(struct netlink *n, int flags, unsigned groups)
{
	int r;

	if (n->socket)
		return 0;
	n->socket = mnl_socket_open2(n->protocol, SOCK_CLOEXEC | flags);
	if (n->socket && mnl_socket_bind(n->socket, groups, MNL_SOCKET_AUTOPID) == 0)
		return 0;
	r = -errno;
	netlink_close(n);
	return r;
}

static int send_request(struct netlink *n, const struct netlink_request *request)
{
	union {
		struct nlmsghdr message;
		char bytes[MNL_NLMSG_HDRLEN + NETLINK_BODY_MAX];
	} whole;
	struct nlmsghdr *m = mnl_nlmsg_put_header(&whole);

	assert(request->size <= NETLINK_BODY_MAX);
	m->nlmsg_type = request->type;
	/* What is not a dump ends with the acknowledgement. */
	m->nlmsg_flags = NLM_F_REQUEST | (request->is_dump ? NLM_F_DUMP : NLM_F_ACK);
	m->nlmsg_seq = ++n->sequence;
	memcpy(mnl_nlmsg_put_extra_header(m, request->size), request->body, request->size);
	return mnl_socket_sendto(n->socket, m, m->nlmsg_len) < 0 ? -errno : 0;
}

/* Read up to max datagrams, each to a place of its own; how many, or a negative errno. */
static int receive_some(struct netlink *n, char *data, size_t max,
                        size_t sizes[static DATAGRAMS_MAX])
{
	struct mmsghdr headers[DATAGRAMS_MAX] = { 0 };
	struct iovec places[DATAGRAMS_MAX];
	int count;

	for (size_t i = 0; i < max; i++) {
		places[i] = (struct iovec){ data + i * DATAGRAM_MAX, DATAGRAM_MAX };
		headers[i].msg_hdr.msg_iov = &places[i];
		headers[i].msg_hdr.msg_iovlen = 1;
	}
	/* Taking one makes the kernel write the next, so that it waits at most for the first. */
	do
		count = recvmmsg(mnl_socket_get_fd(n->socket), headers, (unsigned)max,
		                 MSG_WAITFORONE, NULL);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		if (headers[i].msg_hdr.msg_flags & MSG_TRUNC)
			return -EMSGSIZE;
		sizes[i] = headers[i].msg_len;
	}
	return count;
}

/* Read one whole answer into s' arena, its datagrams one behind the other, unless they are taken.
 */
static int receive(struct scrape *s, struct netlink *n, const struct netlink_request *request,
                   char **data, size_t *ret_size, bool *interrupted)
{
	uint32_t port = mnl_socket_get_portid(n->socket);
	size_t used = 0, wanted = DATAGRAMS_MIN, sizes[DATAGRAMS_MAX], room;
	int r = 1;

	*interrupted = false;
	if (request->take)
		request->take(request->context, (struct netlink_reply){ 0 });
	while (r > 0) {
		const char *from;
		int count;

		*data = arena_space(&s->arena, *data, used, wanted * DATAGRAM_MAX, &room);
		from = *data + used;
		count = receive_some(n, *data + used, wanted, sizes);
		if (count < 0)
			return count;
		for (int i = 0; i < count && r > 0; i++, from += DATAGRAM_MAX) {
			r = netlink_scan(from, sizes[i], n->sequence, port, interrupted);
			if (request->take) {
				request->take(request->context,
				              (struct netlink_reply){ from, sizes[i] });
				continue;
			}
			memmove(*data + used, from, sizes[i]);
			used += MNL_ALIGN(sizes[i]);
		}
		wanted = MIN(wanted * 2, (size_t)DATAGRAMS_MAX);
		if (used > REPLY_MAX)
			return -EFBIG;
	}
	*ret_size = used;
	return r;
}

int netlink_ask(struct scrape *s, struct netlink *n, const struct netlink_request *request,
                struct netlink_reply *ret)
{
	bool interrupted = true;
	char *data = NULL;
	size_t size = 0;
	int r = 0;

	if (!hazard(s, request->hazard))
		return fail(s, -EBUSY, "%s: an earlier request is still unanswered", request->what);
	for (int i = 0; i < ATTEMPTS_MAX && (r == -ENOBUFS || (r == 0 && interrupted)); i++) {
		r = open_socket(n, 0, 0);
		if (r == 0)
			r = send_request(n, request);
		if (r == 0)
			r = receive(s, n, request, &data, &size, &interrupted);
		/* What is left of the answer must not be taken for the next one's. */
		if (r < 0)
			netlink_close(n);
	}
	if (r < 0)
		return fail(s, r, "%s: %s", request->what, error_text(r));
	arena_take(&s->arena, size);
	*ret = (struct netlink_reply){ .bytes = data, .size = size };
	return 0;
}

int netlink_hear(struct netlink *n, unsigned group,
                 struct netlink_head ret[static NETLINK_HEADS_MAX])
{
	struct mmsghdr headers[NETLINK_HEADS_MAX] = { 0 };
	struct iovec places[NETLINK_HEADS_MAX];
	int count, r;

	r = open_socket(n, SOCK_NONBLOCK, 1U << (group - 1));
	if (r < 0)
		return r;
	for (size_t i = 0; i < NETLINK_HEADS_MAX; i++) {
		places[i] = (struct iovec){ ret[i].bytes, NETLINK_HEAD };
		headers[i].msg_hdr.msg_iov = &places[i];
		headers[i].msg_hdr.msg_iovlen = 1;
	}
	do
		count = recvmmsg(mnl_socket_get_fd(n->socket), headers, NETLINK_HEADS_MAX, 0, NULL);
	while (count < 0 && errno == EINTR);
	r = count < 0 ? -errno : count;
	if (r == -EAGAIN)
		return 0;
	if (r < 0 && r != -ENOBUFS)
		netlink_close(n);
	for (int i = 0; i < r; i++) {
		/* What was too short to be one is of type 0. */
		if (headers[i].msg_len < NETLINK_HEAD)
			ret[i] = (struct netlink_head){ 0 };
	}
	return r;
}

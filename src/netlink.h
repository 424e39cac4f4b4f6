// SPDX-License-Identifier: Apache-2.0
/* Asking the kernel over netlink: of our own network namespace, whatever the path flags are. */
#pragma once

#include "util.h"

struct nlattr;
struct nlmsghdr;
struct scrape;

/* A connection to keep from scrape to scrape: zeroed but for protocol, opened when it is needed. */
struct netlink {
	int protocol; /* NETLINK_ROUTE (which is 0), NETLINK_GENERIC, … */
	struct mnl_socket *socket;
	uint32_t sequence; /* of the last request */
};

/* Without libmnl netlink_ask() is -EOPNOTSUPP. */
bool netlink_is_supported(void);

void netlink_close(struct netlink *n);

/* Whole messages, or attributes, one behind the other. */
struct netlink_reply {
	const char *bytes;
	size_t size;
};

enum { NETLINK_BODY_MAX = 240 };

struct netlink_request {
	const char *what;   /* in messages: "rtnetlink links" */
	const char *hazard; /* what may keep the kernel from answering, as for hazard() */
	uint16_t type;      /* RTM_GETLINK, … */
	bool is_dump;       /* asks for all there are, not for one */
	const void *body;   /* what follows struct nlmsghdr: the family's own header, attributes */
	size_t size;        /* of body; up to NETLINK_BODY_MAX */

	/*
	 * For answers that need not be in memory as a whole, which then have no limit: takes each
	 * datagram as it comes, and an empty one when an attempt begins. NULL: the answer is kept.
	 */
	void (*take)(void *context, struct netlink_reply part);
	void *context;
};

/*
 * Send a request and wait for its whole answer, which lives as long as s. What the kernel had no
 * memory for (-ENOBUFS), or says was interrupted by changes, is asked for up to four times in all;
 * with the last of them some items may be missing or there twice. The limit is 64 MiB (-EFBIG).
 */
int netlink_ask(struct scrape *s, struct netlink *n, const struct netlink_request *request,
                struct netlink_reply *ret) MUST_CHECK;

/* The beginning of a message that nobody asked for: its header, and that of rtnetlink. */
enum { NETLINK_HEAD = 32, NETLINK_HEADS_MAX = 16 };
struct netlink_head {
	_Alignas(4) char bytes[NETLINK_HEAD];
};

/*
 * What the kernel has told a multicast group (RTNLGRP_LINK, up to 32) since the first call, or
 * since the last one that failed: how many messages this call has got, 0 when there are no more of
 * them. -ENOBUFS where the kernel had to drop some; after any other negative errno nobody is
 * listening.
 */
int netlink_hear(struct netlink *n, unsigned group,
                 struct netlink_head ret[static NETLINK_HEADS_MAX]) MUST_CHECK;

/*
 * What an answer consists of. Each of these cuts the next whole message or attribute off; NULL at
 * the end, and where the rest is cut short.
 */
const struct nlmsghdr *netlink_next(struct netlink_reply *rest);
const struct nlattr *netlink_next_attribute(struct netlink_reply *rest);

/* What an attribute is, less the flags in that number. */
unsigned netlink_type(const struct nlattr *a);

/* The payload of a message behind size bytes of its family's header, of an attribute; maybe none.
 */
struct netlink_reply netlink_behind(const struct nlmsghdr *m, size_t size);
struct netlink_reply netlink_inside(const struct nlattr *a);

/* The attributes by their types, of those below count; NULL where there is none. */
void netlink_sort(struct netlink_reply attributes, const struct nlattr **ret, size_t count);

/*
 * The family's header of a message, sort()ing the attributes behind it; NULL where the message is
 * of another type, or too short for such a header.
 */
const void *netlink_parse(const struct nlmsghdr *m, uint16_t type, size_t header_size,
                          const struct nlattr **ret, size_t count);

/* The first size bytes of an attribute: false, with *ret as it was, where it has less, or is NULL.
 */
bool netlink_value(const struct nlattr *a, void *ret, size_t size);

/* An attribute as text, up to its NUL where it has one; "" for NULL. Lives as long as s. */
const char *netlink_text(struct scrape *s, const struct nlattr *a);

/*
 * The part of netlink_ask() that needs no kernel: look at a datagram that answers this request. 1
 * when more are to come, 0 when it was the last, or a negative errno that the kernel sent or that
 * says what is wrong with it. *interrupted is set where the kernel says so.
 */
int netlink_scan(const void *datagram, size_t size, uint32_t sequence, uint32_t port,
                 bool *interrupted) MUST_CHECK;

// SPDX-License-Identifier: Apache-2.0
/* Listen sockets: made from --web.listen-address, or handed over by the service manager. */
#pragma once

#include "flag.h"

enum { LISTENERS_MAX = 32 };

struct listeners {
	size_t count;
	int fds[LISTENERS_MAX]; /* non-blocking, close-on-exec */
};

/*
 * Open one socket for each address: "host:port", ":port" for all addresses of IPv6 and IPv4 (of
 * IPv4 alone where there is no IPv6), "[host]:port" with a host of either kind,
 * "vsock://[cid]:port". 0, or a negative errno after logging which address could not be had and
 * why; then none is open.
 */
int listen_open(const struct list *addresses, struct listeners *ret) MUST_CHECK;

/* Take over sockets by sd_listen_fds(3)'s protocol. The same results. */
int listen_take_over(struct listeners *ret) MUST_CHECK;

/* The address a socket is bound to, as one would type it: "[::]:9100". */
#define LISTEN_TEXT_MAX 128
void listen_name(int fd, char text[static LISTEN_TEXT_MAX]);

/* Split "host:port" as Go's net package does: brackets are taken off the host. 0 or -EINVAL. */
int listen_split(const char *address, char *host, size_t host_size, const char **ret_port)
	MUST_CHECK;

void listen_close(struct listeners *l);

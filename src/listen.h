// SPDX-License-Identifier: Apache-2.0
/* Listen sockets: made from --web.listen-address, or handed over by the service manager. */
#pragma once

#include <sys/types.h>

#include "flag.h"

enum { LISTENERS_MAX = 32 };

struct listeners {
	size_t count;
	int fds[LISTENERS_MAX]; /* non-blocking, close-on-exec */
	/* Files of unix sockets that were made here; inode 0: none. */
	struct socket_file {
		dev_t device;
		ino_t inode;
	} files[LISTENERS_MAX];
};

/* Who may connect to a unix socket. */
struct socket_rights {
	mode_t mode;
	gid_t group; /* -1: that of the process */
};

/*
 * Open one socket for each address: "host:port", ":port" for all addresses of IPv6 and IPv4 (of
 * IPv4 alone where there is no IPv6), "[host]:port" with a host of either kind,
 * "vsock://[cid]:port" (of which only the port counts), "unix:/path", where a socket that nobody
 * listens on any more is replaced. 0, or a negative errno after logging which address could not be
 * had and why; then none is open.
 */
int listen_open(const struct list *addresses, const struct socket_rights *rights,
                struct listeners *ret) MUST_CHECK;

/* Take the files of our unix sockets away, unless they are somebody else's by now. */
void listen_remove_files(const struct listeners *l);

/* Take over sockets by sd_listen_fds(3)'s protocol. The same results. */
int listen_take_over(struct listeners *ret) MUST_CHECK;

/* The address a socket is bound to, as one would type it: "[::]:9100". */
#define LISTEN_TEXT_MAX 128
void listen_name(int fd, char text[static LISTEN_TEXT_MAX]);

/* Split "host:port" as Go's net package does: brackets are taken off the host. 0 or -EINVAL. */
int listen_split(const char *address, char *host, size_t host_size, const char **ret_port)
	MUST_CHECK;

void listen_close(struct listeners *l);

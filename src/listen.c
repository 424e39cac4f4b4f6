// SPDX-License-Identifier: Apache-2.0
#include "listen.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "log.h"
#include "text.h"

enum { BACKLOG = 1024, FIRST_PASSED_FD = 3 };

int listen_split(const char *address, char *host, size_t host_size, const char **ret_port)
{
	const char *colon = strrchr(address, ':'), *from = address, *to = colon;

	if (!colon || !colon[1])
		return -EINVAL;
	if (*from == '[') {
		from++;
		to = colon - 1;
		if (to < from || *to != ']' || memchr(from, ']', (size_t)(to - from)))
			return -EINVAL;
	} else if (memchr(from, ':', (size_t)(to - from)) ||
	           memchr(from, ']', (size_t)(to - from))) {
		return -EINVAL;
	}
	if ((size_t)(to - from) >= host_size)
		return -EINVAL;
	memcpy(host, from, (size_t)(to - from));
	host[to - from] = '\0';
	*ret_port = colon + 1;
	return 0;
}

/*
 * Connections inherit it. The messages of a TLS handshake would otherwise wait for one another to
 * be acknowledged; answers are not written in pieces. Fails where it is not TCP.
 */
static void send_at_once(int fd)
{
	const int yes = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

/* A bound and listening socket, or a negative errno. */
static int bind_one(int family, const struct sockaddr *address, socklen_t size, bool dual_stack)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int yes = 1, v6only = !dual_stack, r;

	if (fd < 0)
		return -errno;
	if (family == AF_INET || family == AF_INET6)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only));
	send_at_once(fd);
	if (bind(fd, address, size) < 0 || listen(fd, BACKLOG) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

static int open_vsock(const char *address, const char **ret_reason)
{
	struct sockaddr_vm vm = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY };
	const char *port;
	uint64_t number;
	char cid[32];

	*ret_reason = "expected vsock://:PORT";
	if (listen_split(address, cid, sizeof(cid), &port) < 0 || parse_u64(port, &number) < 0 ||
	    number >= UINT32_MAX)
		return -EINVAL;
	*ret_reason = NULL;
	vm.svm_port = (unsigned)number;
	return bind_one(AF_VSOCK, (const struct sockaddr *)&vm, sizeof(vm), false);
}

static bool is_listened_to(const struct sockaddr_un *un)
{
	CLEANUP(cleanup_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 || connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0 ||
	       errno != ECONNREFUSED;
}

/* Whoever may not have it must not have it for a moment either. */
static int bind_unix(const struct sockaddr_un *un, const struct socket_rights *rights)
{
	mode_t mask = umask(0777);
	int fd = bind_one(AF_UNIX, (const struct sockaddr *)un, sizeof(*un), false), r = 0;

	(void)umask(mask);
	if (fd < 0)
		return fd;
	if (rights->group != (gid_t)-1 && lchown(un->sun_path, (uid_t)-1, rights->group) < 0)
		r = -errno;
	if (r == 0 && chmod(un->sun_path, rights->mode) < 0)
		r = -errno;
	if (r == 0)
		return fd;
	(void)unlink(un->sun_path);
	close(fd);
	return r;
}

static int open_unix(const char *path, const struct socket_rights *rights,
                     struct socket_file *ret_file, const char **ret_reason)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	*ret_reason = "expected unix:/PATH of 107 bytes at most";
	if (path[0] != '/' || strlen(path) >= sizeof(un.sun_path))
		return -EINVAL;
	*ret_reason = NULL;
	memcpy(un.sun_path, path, strlen(path));
	if (lstat(path, &st) == 0) {
		*ret_reason = "there is something that is no socket";
		if (!S_ISSOCK(st.st_mode))
			return -EEXIST;
		*ret_reason = NULL;
		if (is_listened_to(&un))
			return -EADDRINUSE;
		if (unlink(path) < 0)
			return -errno;
	}
	fd = bind_unix(&un, rights);
	if (fd >= 0 && lstat(path, &st) == 0)
		*ret_file = (struct socket_file){ .device = st.st_dev, .inode = st.st_ino };
	return fd;
}

void listen_remove_files(const struct listeners *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct sockaddr_un un = { .sun_family = AF_UNSPEC };
		socklen_t size = sizeof(un);
		struct stat st;

		if (!l->files[i].inode ||
		    getsockname(l->fds[i], (struct sockaddr *)&un, &size) < 0 ||
		    lstat(un.sun_path, &st) < 0 || st.st_dev != l->files[i].device ||
		    st.st_ino != l->files[i].inode)
			continue;
		if (unlink(un.sun_path) < 0)
			log_at(LOG_WARN, "The socket's file could not be removed", "file",
			       un.sun_path, "err", error_text(errno));
	}
}

/* "0.0.0.0" and "::" are all addresses of both families, as no host is; so Go has it. */
static bool is_any(const char *host)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, host, &four) == 1)
		return four.s_addr == htonl(INADDR_ANY);
	return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_UNSPECIFIED(&six);
}

/* getaddrinfo() takes the last 16 bits of any number. */
static bool is_port(const char *port)
{
	uint64_t number;

	return isalpha((unsigned char)port[0]) ||
	       (parse_u64(port, &number) == 0 && number <= UINT16_MAX);
}

/* The first of the host's addresses that can be bound, IPv4 before IPv6 as Go has it. */
static int open_inet(const char *address, const char **ret_reason)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int fd = -EINVAL, r;
	char host[256];
	const char *port;

	*ret_reason = "expected HOST:PORT, :PORT or [HOST]:PORT";
	if (listen_split(address, host, sizeof(host), &port) < 0)
		return -EINVAL;
	*ret_reason = "expected a port of 0 to 65535";
	if (!is_port(port))
		return -EINVAL;
	if (is_any(host))
		host[0] = '\0';
	hints.ai_family = *host ? AF_UNSPEC : AF_INET6;
	r = getaddrinfo(*host ? host : NULL, port, &hints, &found);
	*ret_reason = r ? gai_strerror(r) : NULL;
	if (r)
		return r == EAI_SYSTEM ? -errno : -EINVAL;
	if (!*host)
		fd = bind_one(AF_INET6, found->ai_addr, found->ai_addrlen, true);
	for (unsigned pass = 0; *host && pass < 2 && fd < 0; pass++)
		for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
			if ((a->ai_family == AF_INET) == (pass == 0))
				fd = bind_one(a->ai_family, a->ai_addr, a->ai_addrlen, false);
	freeaddrinfo(found);
	if (*host || (fd != -EAFNOSUPPORT && fd != -EADDRNOTAVAIL))
		return fd;

	/* No IPv6 here. */
	hints.ai_family = AF_INET;
	r = getaddrinfo(NULL, port, &hints, &found);
	*ret_reason = r ? gai_strerror(r) : NULL;
	if (r)
		return -EINVAL;
	fd = bind_one(AF_INET, found->ai_addr, found->ai_addrlen, false);
	freeaddrinfo(found);
	return fd;
}

static int open_one(const char *address, const struct socket_rights *rights,
                    struct socket_file *ret_file, const char **ret_reason)
{
	if (starts_with(address, "vsock://"))
		return open_vsock(address + strlen("vsock://"), ret_reason);
	if (starts_with(address, "unix:"))
		return open_unix(address + strlen("unix:"), rights, ret_file, ret_reason);
	return open_inet(address, ret_reason);
}

int listen_open(const struct list *addresses, const struct socket_rights *rights,
                struct listeners *ret)
{
	struct listeners l = { 0 };

	for (size_t i = 0; i < addresses->count; i++) {
		const char *address = addresses->items[i], *reason = NULL;
		int fd = -E2BIG;

		if (l.count < LISTENERS_MAX)
			fd = open_one(address, rights, &l.files[l.count], &reason);
		if (fd < 0) {
			log_at(LOG_ERROR, "Could not listen", "address", address, "err",
			       reason ? reason : error_text(fd));
			listen_remove_files(&l);
			listen_close(&l);
			return fd;
		}
		l.fds[l.count++] = fd;
	}
	*ret = l;
	return 0;
}

int listen_take_over(struct listeners *ret)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	struct listeners l = { 0 };
	uint64_t wanted, count = 0;

	if (!pid || !fds || parse_u64(pid, &wanted) < 0 || wanted != (uint64_t)getpid() ||
	    parse_u64(fds, &count) < 0)
		count = 0;
	for (int fd = FIRST_PASSED_FD; fd < FIRST_PASSED_FD + (int)MIN(count, 1024); fd++) {
		socklen_t size = sizeof(int);
		int type = 0, listens = 0, flags;

		/* With Accept=yes they are connections. */
		flags = fcntl(fd, F_GETFL);
		if (flags < 0 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
		    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 ||
		    type != SOCK_STREAM || !listens || l.count == LISTENERS_MAX)
			continue;
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
		    fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
			continue;
		send_at_once(fd);
		l.fds[l.count++] = fd;
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (!l.count) {
		log_at(LOG_ERROR,
		       "--web.systemd-socket: no socket activation file descriptors found");
		return -ENOENT;
	}
	*ret = l;
	return 0;
}

void listen_name(int fd, char text[static LISTEN_TEXT_MAX])
{
	struct sockaddr_storage address = { 0 };
	socklen_t size = sizeof(address);
	char host[96], port[16];

	snprintf(text, LISTEN_TEXT_MAX, "unknown");
	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return;
	if (address.ss_family == AF_VSOCK) {
		const struct sockaddr_vm *vm = (const void *)&address;

		snprintf(text, LISTEN_TEXT_MAX, "vsock://:%u", vm->svm_port);
	} else if (address.ss_family == AF_UNIX) {
		const struct sockaddr_un *un = (const void *)&address;

		snprintf(text, LISTEN_TEXT_MAX, "unix:%.100s", un->sun_path);
	} else if (getnameinfo((const struct sockaddr *)&address, size, host, sizeof(host), port,
	                       sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
		snprintf(text, LISTEN_TEXT_MAX, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host,
		         port);
	}
}

void listen_close(struct listeners *l)
{
	for (size_t i = 0; i < l->count; i++)
		close(l->fds[i]);
	l->count = 0;
}

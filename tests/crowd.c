// SPDX-License-Identifier: Apache-2.0
/*
 * crowd PORT COUNT OPENING WATCHING HEX…: COUNT connections to 127.0.0.1:PORT, from 50 addresses of
 * 127.0.1.0/24, made evenly within OPENING seconds, in turn with each of these as their first
 * bytes ("-": none). Every second one says a byte a second for as long as it lasts. They are
 * watched until the other side has closed the last one, or WATCHING seconds from when it was made.
 * Prints as JSON how long the opening took, how many were left, and after how many seconds of
 * watching the last one was closed. In C, as the other side's machine is this one.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ADDRESSES = 50, EVENTS = 64, FIRST_MAX = 256, CONNECT_S = 10 };

struct first_bytes {
	unsigned char bytes[FIRST_MAX];
	size_t size;
};

static struct {
	uint16_t port;
	int epoll;
	int *fds; /* -1: closed */
	size_t count, opened, closed;
	size_t dripped; /* connections, over and over, that had their turn */
} self;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void parse_hex(const char *text, struct first_bytes *ret)
{
	static const char digits[] = "0123456789abcdef";
	size_t length = strcmp(text, "-") == 0 ? 0 : strlen(text);

	if (length % 2 || length / 2 > FIRST_MAX || strspn(text, digits) < length)
		errx(2, "%s: expected up to %d bytes in hexadecimal", text, FIRST_MAX);
	ret->size = length / 2;
	for (size_t i = 0; i < ret->size; i++)
		ret->bytes[i] = (unsigned char)((strchr(digits, text[2 * i]) - digits) * 16 +
		                                strchr(digits, text[2 * i + 1]) - digits);
}

static void say(int fd, const void *bytes, size_t size)
{
	/* Whoever is not heard any more has its end as an event. */
	(void)!send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void open_one(const struct first_bytes *first)
{
	struct timeval limit = { .tv_sec = CONNECT_S };
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(self.port) };
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP, .data.u64 = self.opened };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 256 + self.opened % ADDRESSES);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes)) < 0 ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    epoll_ctl(self.epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		err(1, "connection %zu", self.opened);
	if (first->size)
		say(fd, first->bytes, first->size);
	self.fds[self.opened++] = fd;
}

static void take_ends(void)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(self.epoll, events, EVENTS, 1);

	for (int i = 0; i < n; i++) {
		int *fd = &self.fds[events[i].data.u64];

		close(*fd);
		*fd = -1;
		self.closed++;
	}
}

/* Until so many have had their turn; each has one a second. */
static void drip(size_t turns)
{
	for (; self.dripped < turns; self.dripped++) {
		size_t i = self.dripped % self.count;

		if (i % 2 && i < self.opened && self.fds[i] >= 0)
			say(self.fds[i], "x", 1);
	}
}

int main(int argc, char **argv)
{
	struct first_bytes first[8];
	size_t n_first = argc > 5 ? (size_t)argc - 5 : 0;
	double began = now(), opening, watching, all_open = 0, last = 0;
	struct rlimit files;

	if (!n_first || n_first > sizeof(first) / sizeof(first[0]))
		errx(2, "usage: crowd PORT COUNT OPENING WATCHING HEX...");
	self.port = (uint16_t)strtoul(argv[1], NULL, 10);
	self.count = strtoul(argv[2], NULL, 10);
	opening = strtod(argv[3], NULL);
	watching = strtod(argv[4], NULL);
	for (size_t i = 0; i < n_first; i++)
		parse_hex(argv[5 + i], &first[i]);
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	self.fds = calloc(self.count, sizeof(int));
	self.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!self.fds || self.epoll < 0)
		err(1, "no memory or no epoll");
	while (self.closed < self.count && (!all_open || now() < all_open + watching)) {
		double passed = now() - began;
		size_t closed = self.closed, due = self.count;

		if (passed < opening)
			due = (size_t)((double)self.count * passed / opening);
		while (self.opened < due)
			open_one(&first[self.opened % n_first]);
		if (self.opened == self.count && !all_open)
			all_open = last = now();
		take_ends();
		if (self.closed > closed && all_open)
			last = now();
		drip((size_t)((double)self.count * (now() - began)));
	}
	printf("{\"opened\": %.3f, \"left\": %zu, \"last\": %.3f}\n", all_open - began,
	       self.count - self.closed, last - all_open);
	return 0;
}

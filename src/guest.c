// SPDX-License-Identifier: Apache-2.0
#include "guest.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#define HEAD_NS (10 * NS_PER_SEC)
#define SEND_NS (60 * NS_PER_SEC)
#define IDLE_NS (330 * NS_PER_SEC)
#define STALL_NS (15 * NS_PER_SEC) /* then who is being served may have to go, too */

enum {
	ROOM_MAX = 1000,
	SLACK = 32,         /* who leave, but are not closed yet */
	RESERVED_FDS = 64,  /* for everything else */
	STRANGERS_PART = 8, /* this part of the room they have in any case */
	CROWD_PART = 2,     /* no address has more than this part */
	CROWDS = 1024,
	REQUESTS_MAX = 1000,
	HANDSHAKE = 0x16, /* what a TLS record begins with */
};

static struct {
	int epoll;
	bool wants_tls;
	size_t room;
	size_t count; /* all that have a descriptor */
	size_t leaving;
	size_t hungry;
	size_t strangers; /* have no answer yet, and do not leave */
	int64_t next;     /* no deadline is before */
	uint64_t seed;
	struct guest *first, **end;
	struct guest **by_fd;
	size_t n_fds; /* that there is room for in by_fd */
	/* How many come from each address, or from those that the seed has put together. */
	uint16_t crowds[CROWDS];
} self;

int guests_open(bool wants_tls)
{
	struct rlimit files;
	size_t most = ROOM_MAX;

	self.wants_tls = wants_tls;
	self.end = &self.first;
	self.next = INT64_MAX;
	if (getrandom(&self.seed, sizeof(self.seed), 0) != sizeof(self.seed))
		return -errno;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0)
		most = files.rlim_cur > 2 * (SLACK + RESERVED_FDS)
		               ? files.rlim_cur - SLACK - RESERVED_FDS
		               : files.rlim_cur / 2;
	self.room = MIN(most, ROOM_MAX);
	self.epoll = epoll_create1(EPOLL_CLOEXEC);
	return self.epoll < 0 ? -errno : self.epoll;
}

size_t guests_max(void)
{
	return self.room + SLACK;
}

size_t guests_count(void)
{
	return self.count;
}

bool guests_are_full(void)
{
	return self.count >= self.room + SLACK;
}

/* --- States --- */

static bool is_stranger(const struct guest *g)
{
	return !g->has_answer && g->state != GUEST_LEAVING;
}

static void enter_state(struct guest *g, int state, int64_t lasts)
{
	int64_t now = now_ns();

	if (g->state == GUEST_LEAVING)
		return;
	g->state = state;
	g->since = now;
	g->deadline = lasts == INT64_MAX ? INT64_MAX : now + lasts;
	self.next = MIN(self.next, g->deadline);
}

void guest_reads(struct guest *g)
{
	g->has_begun = true;
	/* The first request's time began with the connection. */
	if (g->has_answer)
		enter_state(g, GUEST_READING, HEAD_NS);
}

void guest_is_served(struct guest *g)
{
	g->requests++;
	enter_state(g, GUEST_SERVED, INT64_MAX);
}

void guest_has_answer(struct guest *g)
{
	enter_state(g, GUEST_SERVED, SEND_NS);
}

void guest_leaves(struct guest *g)
{
	self.strangers -= is_stranger(g);
	self.leaving++;
	g->state = GUEST_LEAVING;
	g->deadline = INT64_MAX;
	(void)shutdown(g->fd, SHUT_RDWR); /* fails where the client was quicker */
}

void guest_is_idle(struct guest *g)
{
	char byte;

	self.strangers -= is_stranger(g);
	g->has_answer = true;
	enter_state(g, GUEST_IDLE, IDLE_NS);
	/* libmicrohttpd does not hear of an end that came with its last request. */
	if (!self.wants_tls && g->state == GUEST_IDLE && g->heard.heads == g->requests &&
	    recvfrom(g->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT, NULL, NULL) == 0)
		guest_leaves(g);
}

bool guest_is_worn(const struct guest *g)
{
	return g->requests >= REQUESTS_MAX;
}

void guest_left(struct guest *g)
{
	self.count--;
	self.hungry -= g->is_hungry;
	self.leaving -= g->state == GUEST_LEAVING;
	self.strangers -= is_stranger(g);
	self.crowds[g->crowd]--;
	if (self.by_fd[g->fd] == g)
		self.by_fd[g->fd] = NULL;
	*g->link = g->next;
	if (g->next)
		g->next->link = g->link;
	else
		self.end = g->link;
	free(g);
}

static void send_away(struct guest *g)
{
	if (g->state == GUEST_AT_DOOR) {
		close(g->fd);
		guest_left(g);
	} else {
		guest_leaves(g);
	}
}

int64_t guests_tick(void)
{
	int64_t now = now_ns();

	if (now < self.next)
		return self.next;
	self.next = INT64_MAX;
	for (struct guest *g = self.first, *after; g; g = after) {
		after = g->next;
		if (now >= g->deadline)
			send_away(g);
		else
			self.next = MIN(self.next, g->deadline);
	}
	return self.next;
}

/* --- Who has to go --- */

/* IPv4 addresses are told apart, of IPv6 addresses the networks; of other kinds there is one each.
 */
static uint16_t find_crowd(const struct guest *g)
{
	const uint8_t *bytes = g->address.in6.sin6_addr.s6_addr;
	uint64_t hash = hash_bytes(self.seed, &g->address.any.sa_family, sizeof(sa_family_t));

	if (g->address.any.sa_family == AF_INET)
		hash = hash_bytes(hash, &g->address.in.sin_addr, 4);
	else if (g->address.any.sa_family == AF_INET6 &&
	         IN6_IS_ADDR_V4MAPPED(&g->address.in6.sin6_addr))
		hash = hash_bytes(hash, bytes + 12, 4);
	else if (g->address.any.sa_family == AF_INET6)
		hash = hash_bytes(hash, bytes, 8);
	return hash % CROWDS;
}

static bool may_go(const struct guest *g, int64_t now)
{
	return g->state != GUEST_LEAVING && (g->state != GUEST_SERVED || now - g->since > STALL_NS);
}

/* Of those with or without an answer, in one crowd or (-1) any; NULL: nobody can go. */
static struct guest *find_victim(bool has_answer, int crowd, const struct guest *newcomer)
{
	struct guest *found = NULL;
	int64_t now = now_ns();

	for (struct guest *g = self.first; g; g = g->next) {
		if (g == newcomer || g->has_answer != has_answer || !may_go(g, now) ||
		    (crowd >= 0 && g->crowd != crowd))
			continue;
		if (!found || self.crowds[g->crowd] > self.crowds[found->crowd] ||
		    (self.crowds[g->crowd] == self.crowds[found->crowd] && g->since < found->since))
			found = g;
	}
	return found;
}

static void make_room(const struct guest *newcomer)
{
	bool is_crowded = self.crowds[newcomer->crowd] > MAX(self.room / CROWD_PART, 1);
	int crowd = is_crowded ? newcomer->crowd : -1;
	bool has_answer = !is_crowded && self.strangers <= self.room / STRANGERS_PART;
	struct guest *victim;

	if (!is_crowded && self.count - self.leaving <= self.room)
		return;
	victim = find_victim(has_answer, crowd, newcomer);
	if (!victim)
		victim = find_victim(!has_answer, crowd, newcomer);
	if (victim)
		send_away(victim);
}

/* --- The door --- */

/* Closed by whoever meets TLS where it expected none, and told so. */
static void tell_plain(struct guest *g)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n"
				   "Content-Type: text/plain; charset=utf-8\r\n"
				   "Content-Length: 48\r\n"
				   "Connection: close\r\n\r\n"
				   "Client sent an HTTP request to an HTTPS server.\n";
	char request[4096];

	/* What is not read would have the answer thrown away. Who does not take it goes without. */
	(void)!recvfrom(g->fd, request, sizeof(request), MSG_DONTWAIT, NULL, NULL);
	(void)!send(g->fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	send_away(g);
}

/* Whether its first byte is there and it is let in. It may be gone afterwards: *ret_waits says. */
static bool look(struct guest *g, bool *ret_waits)
{
	unsigned char byte = 0;
	ssize_t n = recvfrom(g->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT, NULL, NULL);

	*ret_waits = n < 0 && (errno == EAGAIN || errno == EINTR);
	if (*ret_waits)
		return false;
	if (n <= 0) {
		send_away(g);
		return false;
	}
	if (self.wants_tls && byte != HANDSHAKE) {
		tell_plain(g);
		return false;
	}
	g->state = GUEST_READING;
	return true;
}

static void note_fd(struct guest *g)
{
	size_t at = (size_t)g->fd, before = self.n_fds;

	if (at >= before) {
		self.n_fds = MAX(at + 1, before * 2);
		self.by_fd = xrealloc(self.by_fd, self.n_fds * sizeof(struct guest *));
		memset(self.by_fd + before, 0, (self.n_fds - before) * sizeof(struct guest *));
	}
	self.by_fd[at] = g;
}

struct guest *guests_add(int fd, const struct sockaddr *address, socklen_t size)
{
	struct guest *g = xcalloc(1, sizeof(*g));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = g };
	bool waits;

	g->fd = fd;
	g->size = MIN(size, (socklen_t)sizeof(g->address));
	memcpy(&g->address, address, g->size);
	g->crowd = find_crowd(g);
	g->link = self.end;
	*self.end = g;
	self.end = &g->next;
	self.count++;
	self.strangers++;
	self.crowds[g->crowd]++;
	note_fd(g);
	enter_state(g, GUEST_AT_DOOR, HEAD_NS);
	make_room(g);
	if (look(g, &waits))
		return g;
	if (waits && epoll_ctl(self.epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		send_away(g);
	return NULL;
}

struct guest *guests_next(void)
{
	struct epoll_event event;
	bool waits;

	/* One at a time, as letting one in may send another away. */
	while (epoll_wait(self.epoll, &event, 1, 0) == 1) {
		struct guest *g = event.data.ptr;

		if (!g->is_paused && !look(g, &waits)) {
			/* Heard, but not to be read, for ever: an urgent byte of a unix socket. */
			if (waits)
				send_away(g);
			continue;
		}
		(void)epoll_ctl(self.epoll, EPOLL_CTL_DEL, g->fd, NULL); /* it is in there */
		return g;
	}
	return NULL;
}

void guest_starves(struct guest *g)
{
	if (g->has_begun || g->is_hungry)
		return;
	g->is_hungry = true;
	self.hungry++;
}

struct guest *guests_starved(void)
{
	struct guest *g = self.hungry ? self.first : NULL;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

	while (g && !g->is_hungry)
		g = g->next;
	if (!g)
		return NULL;
	g->is_hungry = false;
	self.hungry--;
	event.data.ptr = g;
	g->is_paused = epoll_ctl(self.epoll, EPOLL_CTL_ADD, g->fd, &event) == 0;
	if (!g->is_paused)
		send_away(g);
	return g->is_paused ? g : guests_starved();
}

struct guest *guests_find(int fd)
{
	return fd >= 0 && (size_t)fd < self.n_fds ? self.by_fd[fd] : NULL;
}

struct guest *guests_reading(const struct guest *before)
{
	struct guest *g = before ? before->next : self.first;

	while (g && (g->state != GUEST_READING || !g->has_begun))
		g = g->next;
	return g;
}

bool guest_hears(struct guest *g, const void *bytes, size_t size)
{
	heard_add(&g->heard, bytes, size);
	return size || g->state != GUEST_SERVED;
}

/* libmicrohttpd calls this one in the place of libc's. */
ssize_t hear(int fd, void *to, size_t size, int flags) __asm__("recv");

ssize_t hear(int fd, void *to, size_t size, int flags)
{
	ssize_t n = recvfrom(fd, to, size, flags, NULL, NULL);
	struct guest *g = n >= 0 ? guests_find(fd) : NULL;

	if (!g || guest_hears(g, to, (size_t)n))
		return n;
	errno = EAGAIN;
	return -1;
}

// SPDX-License-Identifier: Apache-2.0
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "lock.h"
#include "log.h"
#include "options.h"
#include "shared.h"
#include "web.h"
#include "wire.h"

#define ACCEPT_PAUSE_NS (100 * NS_PER_MS) /* after accept(2) failed for want of something */
#define FLUSH_NS (300 * NS_PER_MS)        /* for answers to get out when the end has come */

enum { EVENTS_MAX = 64, ACCEPTS_MAX = 64, CHUNK = 64 * 1024, TRIM_ABOVE = 512 * 1024 };

static struct {
	int epoll;
	int keeper;
	const struct listeners *listeners;
	bool is_listening; /* listeners are in epoll */
	int64_t accept_at; /* when to listen again; 0: now */
	bool is_accept_logged;
	bool has_said_serving;
	int64_t stop_at; /* 0, or when to end at the latest */
	struct run *once;
} self;

/* What epoll's data points to where it is no worker. */
static char tag_web, tag_keeper, tag_listener;

static void watch(int fd, void *tag)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = tag };

	if (epoll_ctl(self.epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
		log_at(LOG_ERROR, "epoll_ctl failed", "err", error_text(errno));
		_exit(1);
	}
}

static void listen_now(bool yes)
{
	if (yes == self.is_listening)
		return;
	self.is_listening = yes;
	for (size_t i = 0; i < self.listeners->count; i++) {
		if (yes)
			watch(self.listeners->fds[i], &tag_listener);
		else
			(void)epoll_ctl(self.epoll, EPOLL_CTL_DEL, self.listeners->fds[i], NULL);
	}
}

/* Something is short: let clients wait in the backlog for a moment, and say so once. */
static void accept_failed(int err)
{
	if (!self.is_accept_logged)
		log_at(LOG_ERROR, "Connections cannot be accepted for now", "err", error_text(err));
	self.is_accept_logged = true;
	self.accept_at = now_ns() + ACCEPT_PAUSE_NS;
	listen_now(false);
}

static void accept_some(int listener)
{
	for (unsigned i = 0; i < ACCEPTS_MAX && !web_is_full(); i++) {
		struct sockaddr_storage address;
		socklen_t size = sizeof(address);
		int fd = accept4(listener, (struct sockaddr *)&address, &size,
		                 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 &&
		    (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
			accept_failed(errno);
		if (fd < 0 && (errno == ECONNABORTED || errno == EINTR))
			continue;
		if (fd < 0)
			return;
		self.is_accept_logged = false;
		if (!web_add(fd, (struct sockaddr *)&address, size))
			return;
	}
}

static void accept_all(void)
{
	for (size_t i = 0; i < self.listeners->count && self.is_listening; i++)
		accept_some(self.listeners->fds[i]);
	if (web_is_full())
		listen_now(false);
}

static void hear_keeper(void)
{
	struct wire_message m;
	int fds[2], n;

	while ((n = wire_receive(self.keeper, &m, sizeof(m), fds, 2)) == (int)sizeof(m)) {
		struct wire_message pong = { .kind = WIRE_PONG };

		if (m.kind == WIRE_PING)
			(void)wire_send(self.keeper, &pong, sizeof(pong), NULL, 0);
		else if (m.kind == WIRE_STOP)
			self.stop_at = now_ns() + FLUSH_NS;
		else
			runs_hear_keeper(&m, fds);
	}
	if (n != -EAGAIN)
		_exit(0);
}

static int wait_time(int64_t until)
{
	int64_t left = until == INT64_MAX ? INT64_MAX : MAX(until - now_ns(), 0);

	if (left != INT64_MAX)
		left = (left + NS_PER_MS - 1) / NS_PER_MS;
	left = MIN(left, web_timeout());
	return left > INT32_MAX ? -1 : (int)left;
}

/* Workers are freed by what the keeper says, so that is heard last. */
static void take_events(const struct epoll_event *events, int count)
{
	bool from_keeper = false, from_listener = false;

	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr == &tag_keeper)
			from_keeper = true;
		else if (events[i].data.ptr == &tag_listener)
			from_listener = true;
		else if (events[i].data.ptr != &tag_web)
			runs_hear_worker(events[i].data.ptr);
	}
	if (from_listener)
		accept_all();
	if (from_keeper)
		hear_keeper();
}

static void say_serving(void)
{
	struct wire_message m = { .kind = WIRE_SERVING };

	if (self.has_said_serving || !runs_are_ready())
		return;
	self.has_said_serving = true;
	(void)wire_send(self.keeper, &m, sizeof(m), NULL, 0);
}

/* --once: the exposition goes to standard output. */
static void write_once(void)
{
	struct answer_facts facts = { .in_flight = 0 };
	struct answer *a = answer_new(self.once, true, &facts);
	struct expo e = { .gather = answer_gather(a), .escaping = ESCAPING_UTF8 };
	struct buffer text = { 0 };

	for (; expo_text(&e, &text, CHUNK); text.used = 0) {
		for (size_t done = 0; done < text.used;) {
			ssize_t n = write(STDOUT_FILENO, text.data + done, text.used - done);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0) {
				log_at(LOG_ERROR, "Could not write to standard output", "err",
				       error_text(errno));
				_exit(1);
			}
			done += (size_t)n;
		}
	}
	_exit(answer_failures(a) ? 1 : 0);
}

static void go_once(void)
{
	bool wanted[COLLECTORS_MAX] = { false };

	if (!runs_are_ready())
		return;
	for (size_t id = 0; id < registry_count(); id++)
		wanted[id] = collector_switches[id].is_on;
	wanted[SELF_ID] = !options.disable_exporter_metrics;
	if (!self.once)
		self.once = run_begin(wanted, now_ns() + options.scrape_timeout);
	if (now_ns() >= self.once->deadline)
		run_take_finished(self.once);
	else if (self.once->n_pending)
		return;
	write_once();
}

static void open_all(int channel, const struct listeners *listeners)
{
	int web;

	self.keeper = channel;
	self.listeners = listeners;
	self.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (self.epoll < 0 || fcntl(channel, F_SETFL, O_NONBLOCK) < 0) {
		log_at(LOG_ERROR, "The server could not be set up", "err", error_text(errno));
		_exit(1);
	}
	web = web_open();
	if (web < 0)
		_exit(1);
	watch(web, &tag_web);
	watch(channel, &tag_keeper);
	runs_open(channel, self.epoll);
}

/* Do all that can be done now; returns when there is more. */
static int64_t go_on(void)
{
	int64_t next;

	if (options.once) {
		(void)runs_tick();
		go_once();
		return runs_tick();
	}
	do {
		web_go_on();
		(void)runs_tick();
		next = web_answer_due(self.stop_at != 0);
	} while (web_has_resumed());
	/* Collectors of runs that have ended may have been handed to others. */
	next = MIN(next, runs_tick());
	if (!self.is_listening && !self.stop_at && now_ns() >= self.accept_at && !web_is_full())
		listen_now(true);
	if (!self.is_listening && self.accept_at > now_ns())
		next = MIN(next, self.accept_at);
	return self.stop_at ? MIN(next, self.stop_at) : next;
}

void server_main(int channel, const struct listeners *listeners)
{
	struct epoll_event events[EVENTS_MAX];
	int64_t next;

	/* Bodies come and go with each scrape; their memory need not go back to the kernel each
	 * time. */
	(void)mallopt(M_TRIM_THRESHOLD, TRIM_ABOVE);
	(void)mallopt(M_MMAP_THRESHOLD, TRIM_ABOVE);
	open_all(channel, listeners);
	if (!lock_away_files())
		log_at(LOG_DEBUG, "No Landlock on this kernel: the server keeps its file access");
	if (!lock_away_calls())
		log_at(LOG_DEBUG, "No seccomp here: the server keeps its system calls");
	listen_now(true);
	for (;;) {
		next = go_on();
		say_serving();
		if (self.stop_at && (!web_in_flight() || now_ns() >= self.stop_at))
			_exit(0);
		take_events(events, epoll_wait(self.epoll, events, EVENTS_MAX, wait_time(next)));
	}
}

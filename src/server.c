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
#include "crew.h"
#include "dispatch.h"
#include "lock.h"
#include "log.h"
#include "login.h"
#include "options.h"
#include "shared.h"
#include "trim.h"
#include "watch.h"
#include "web.h"
#include "websetup.h"
#include "wire.h"

#define ACCEPT_PAUSE_NS (100 * NS_PER_MS) /* after accept(2) failed for want of something */
#define FLUSH_NS (300 * NS_PER_MS)        /* for answers to get out when the end has come */
#define LINGER_NS (1 * NS_PER_SEC)        /* for clients to be told that they should come anew */

enum {
	EVENTS_MAX = 64,
	ACCEPTS_MAX = 8, /* at once: who is inside need not wait while a crowd comes in */
	CHUNK = 64 * 1024,
	TRIM_ABOVE = 512 * 1024,
};

static struct {
	int epoll;
	const struct server_start *start;
	int keeper;
	const struct listeners *listeners;
	struct webconfig config;
	struct watch_list files; /* that config is made of */
	bool is_listening;       /* listeners are in epoll */
	int64_t accept_at;       /* when to listen again; 0: now */
	bool is_accept_logged;
	bool has_said_serving;
	int64_t stop_at;   /* 0, or when to end at the latest */
	int64_t retire_at; /* 0, or when to end at the earliest */
	struct run *once;
} self;

/* What epoll's data points to where it is no worker. */
static char tag_web, tag_door, tag_keeper, tag_listener, tag_login;

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
		web_add(fd, (struct sockaddr *)&address, size);
	}
}

static void accept_all(void)
{
	for (size_t i = 0; i < self.listeners->count && self.is_listening; i++)
		accept_some(self.listeners->fds[i]);
	if (web_is_full())
		listen_now(false);
}

/* Whoever comes now comes to the other server; whoever asks here once more is told to. */
static void retire(void)
{
	self.retire_at = now_ns() + LINGER_NS;
	listen_now(false);
	web_retire();
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
		else if (m.kind == WIRE_RETIRE)
			retire();
		else if (!login_hear_keeper(&m, fds))
			dispatch_hear_keeper(&m, fds);
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
	bool from_keeper = false, from_listener = false, from_door = false;

	for (int i = 0; i < count; i++) {
		if (events[i].data.ptr == &tag_keeper)
			from_keeper = true;
		else if (events[i].data.ptr == &tag_listener)
			from_listener = true;
		else if (events[i].data.ptr == &tag_door)
			from_door = true;
		else if (events[i].data.ptr == &tag_login)
			login_hear();
		else if (events[i].data.ptr != &tag_web)
			dispatch_hear_worker(events[i].data.ptr);
	}
	/* First whoever has waited: newcomers may take its place. */
	if (from_door)
		web_hear_door();
	if (from_listener)
		accept_all();
	if (from_keeper)
		hear_keeper();
}

static void say_serving(void)
{
	struct wire_message m = { .kind = WIRE_SERVING };

	if (self.has_said_serving || !crew_is_ready())
		return;
	self.has_said_serving = true;
	(void)wire_send(self.keeper, &m, sizeof(m), NULL, 0);
}

/* --once: the exposition goes to standard output. */
static void write_once(void)
{
	struct answer_facts facts = { .in_flight = 0 };
	struct answer *a = answer_new(self.once, true, &facts);
	struct expo e = { .gather = answer_gather(a, ESCAPING_UTF8) };
	struct buffer text = { 0 };

	for (; expo_write(&e, &text, CHUNK); text.used = 0) {
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

	if (!crew_is_ready())
		return;
	for (size_t id = 0; id < registry_count(); id++)
		wanted[id] = collector_switches[id].is_on;
	wanted[SELF_ID] = !options.disable_exporter_metrics;
	if (!self.once)
		self.once = run_begin(wanted, now_ns() + options.scrape_timeout);
	if (!self.once->n_pending || now_ns() >= self.once->deadline)
		write_once();
}

static void log_tls(void)
{
	char address[LISTEN_TEXT_MAX];

	for (size_t i = 0; i < self.listeners->count; i++) {
		listen_name(self.listeners->fds[i], address);
		log_at(LOG_INFO, self.config.tls.is_on ? "TLS is enabled." : "TLS is disabled.",
		       "http2", "false", "address", address);
	}
	if (self.config.tls.is_on && self.config.http2 && !self.start->is_successor)
		log_at(LOG_INFO, "HTTP/2 is not offered; HTTP/1.1 is");
	if (self.config.rate_interval)
		log_at(LOG_INFO, "Rate Limiter is enabled.");
}

static void load_config(void)
{
	struct webconfig_error error;
	struct arena arena = { 0 };
	int r = 0;

	if (*options.config_file) {
		r = websetup_load(options.config_file, &self.config, &self.files, &error);
		watch_tell(self.start->watch, &self.files);
	}
	if (r < 0) {
		log_at(LOG_ERROR, "The web configuration is refused", "err",
		       websetup_error(&arena, options.config_file, &error));
		_exit(SERVER_EXIT_CONFIG);
	}
	log_tls();
}

static void open_all(const struct server_start *start)
{
	int web, door, channel = start->channel;

	self.start = start;
	self.keeper = channel;
	self.listeners = start->listeners;
	self.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (self.epoll < 0 || fcntl(channel, F_SETFL, O_NONBLOCK) < 0) {
		log_at(LOG_ERROR, "The server could not be set up", "err", error_text(errno));
		_exit(1);
	}
	if (!options.once)
		load_config();
	web = web_open(&self.config, &door);
	if (web < 0)
		_exit(1);
	watch(web, &tag_web);
	watch(door, &tag_door);
	watch(channel, &tag_keeper);
	login_open(&self.config, channel, self.epoll, &tag_login);
	crew_open(channel, self.epoll);
}

/* A successor leaves clients to the other server until it can answer them. */
static bool may_listen(void)
{
	return !self.stop_at && !self.retire_at && !web_is_full() &&
	       (!self.start->is_successor || crew_is_ready());
}

/* Whether nothing is left to do, or no time. */
static bool is_at_end(void)
{
	int64_t now = now_ns();

	if (self.stop_at && (!web_in_flight() || now >= self.stop_at))
		return true;
	return self.retire_at && now >= self.retire_at && !web_is_busy();
}

/* Do all that can be done now; returns when there is more. */
static int64_t go_on(void)
{
	int64_t next, now;

	if (options.once) {
		(void)dispatch_tick();
		go_once();
		return dispatch_tick();
	}
	do {
		web_go_on();
		(void)dispatch_tick();
		next = web_answer_due(self.stop_at != 0);
	} while (web_has_resumed());
	/* Collectors of runs that have ended may have been handed to others. */
	next = MIN(next, dispatch_tick());
	next = MIN(next, login_tick());
	now = now_ns();
	if (!self.is_listening && now < self.accept_at)
		next = MIN(next, self.accept_at);
	else if (may_listen())
		listen_now(true);
	if (self.stop_at)
		next = MIN(next, self.stop_at);
	/* After that the last answer's end is an event. */
	return self.retire_at > now ? MIN(next, self.retire_at) : next;
}

void server_main(const struct server_start *start)
{
	struct epoll_event events[EVENTS_MAX];
	int64_t next;

	/* Bodies come and go with each scrape; their memory need not go back to the kernel each
	 * time. */
	(void)mallopt(M_TRIM_THRESHOLD, TRIM_ABOVE);
	(void)mallopt(M_MMAP_THRESHOLD, TRIM_ABOVE);
	open_all(start);
	if (!lock_away_files())
		log_at(LOG_DEBUG, "No Landlock on this kernel: the server keeps its file access");
	if (!lock_away_calls())
		log_at(LOG_DEBUG, "No seccomp here: the server keeps its system calls");
	listen_now(may_listen());
	trim_code();
	for (;;) {
		next = go_on();
		say_serving();
		if (is_at_end())
			_exit(0);
		take_events(events, epoll_wait(self.epoll, events, EVENTS_MAX, wait_time(next)));
	}
}

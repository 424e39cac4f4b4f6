// SPDX-License-Identifier: Apache-2.0
#include "servers.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "log.h"
#include "notify.h"
#include "options.h"
#include "server.h"

#define PING_NS (5 * NS_PER_SEC)
#define STEADY_NS (1 * NS_PER_SEC) /* a server that lived so long may come back at once */
#define RESTART_MIN_NS (50 * NS_PER_MS)
#define RESTART_MAX_NS (500 * NS_PER_MS)
#define CONFIG_NS (10 * NS_PER_SEC)  /* until a refused web configuration is tried again */
#define SUCCEED_NS (30 * NS_PER_SEC) /* a new server's time to be ready to take over */
#define RETIRE_NS (60 * NS_PER_SEC)  /* an old one's, to answer what is in flight */

static struct {
	const struct listeners *listeners;
	int watch;
	struct server servers[SERVERS_MAX];
	struct server *current;   /* NULL while there is none */
	struct server *successor; /* takes its place once it is ready */
	bool is_reload_due;
	bool have_served;
	int64_t restart_at;
	int64_t restart_delay;
	int64_t ping_interval;
	int64_t next_ping;
	bool is_answer_due;
} self;

void servers_open(const struct listeners *listeners, int watch)
{
	int64_t watchdog = notify_watchdog_interval();

	self.listeners = listeners;
	self.watch = watch;
	self.ping_interval = watchdog ? MIN(watchdog, PING_NS) : PING_NS;
}

struct server *servers(void)
{
	return self.servers;
}

struct server *server_find(pid_t pid)
{
	for (size_t i = 0; i < SERVERS_MAX; i++)
		if (self.servers[i].pid == pid)
			return &self.servers[i];
	return NULL;
}

bool has_server(void)
{
	for (size_t i = 0; i < SERVERS_MAX; i++)
		if (self.servers[i].pid)
			return true;
	return false;
}

bool servers_have_served(void)
{
	return self.have_served;
}

void server_tell(const struct server *s, const struct wire_message *m, const int *fds, size_t n_fds)
{
	/* A server that does not take messages does not answer pings either. */
	if (s && s->pid)
		(void)wire_send(s->channel, m, sizeof(*m), fds, n_fds);
}

static void set_current(struct server *s)
{
	self.current = s;
	s->end_at = 0;
	self.restart_at = 0;
	self.is_answer_due = false;
	self.next_ping = now_ns() + self.ping_interval;
}

void servers_start(void)
{
	struct server *s = server_find(0);
	int channel;
	pid_t pid = s ? child_fork(ROLE_SERVER, 0, &channel) : -EAGAIN;

	if (pid == 0) {
		struct server_start start = { .channel = channel,
			                      .watch = self.watch,
			                      .listeners = self.listeners,
			                      .is_successor = self.current != NULL };

		server_main(&start);
	}
	if (pid < 0) {
		log_at(LOG_ERROR, "The server could not be started", "err", error_text(pid));
		self.restart_at = now_ns() + NS_PER_SEC;
		return;
	}
	self.is_reload_due = false;
	(void)fcntl(channel, F_SETFL, O_NONBLOCK); /* cannot fail on a socket of ours */
	child_leave(channel, ROLE(ROLE_KEEPER));
	*s = (struct server){ .pid = pid, .channel = channel, .started = now_ns() };
	if (!self.current) {
		set_current(s);
		return;
	}
	s->end_at = s->started + SUCCEED_NS;
	self.successor = s;
}

void server_serves(struct server *s)
{
	struct wire_message retire = { .kind = WIRE_RETIRE };

	if (!self.have_served)
		notify("READY=1");
	self.have_served = true;
	if (s != self.successor)
		return;
	server_tell(self.current, &retire, NULL, 0);
	self.current->end_at = now_ns() + RETIRE_NS;
	self.successor = NULL;
	set_current(s);
	log_at(LOG_INFO, "The new web configuration is in use");
}

bool server_answers(const struct server *s)
{
	if (s != self.current)
		return false;
	self.is_answer_due = false;
	return true;
}

/* The one that was to take over did not get so far. */
static void successor_died(int status)
{
	self.successor = NULL;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != SERVER_EXIT_CONFIG)
		log_at(LOG_ERROR, "The server with the new web configuration died", "status",
		       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exited");
	log_at(LOG_WARN, "Going on with the web configuration as it was");
}

static int current_died(int64_t started, int status)
{
	bool is_refused = WIFEXITED(status) && WEXITSTATUS(status) == SERVER_EXIT_CONFIG;
	int64_t now = now_ns();

	self.current = NULL;
	if (options.once || !self.have_served)
		return WIFEXITED(status) && !is_refused ? WEXITSTATUS(status) : 1;
	if (self.successor) {
		set_current(self.successor);
		self.successor = NULL;
		return -1;
	}
	log_at(LOG_ERROR, "The server died and is started again", "status",
	       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exited");
	if (now - started > STEADY_NS)
		self.restart_delay = 0;
	else
		self.restart_delay =
			MIN(MAX(self.restart_delay * 2, RESTART_MIN_NS), RESTART_MAX_NS);
	self.restart_at = now + (is_refused ? CONFIG_NS : self.restart_delay);
	return -1;
}

void server_forget(struct server *s)
{
	child_close(s->channel);
	*s = (struct server){ 0 };
}

int server_died(struct server *s, int status)
{
	int64_t started = s->started;

	/* Its workers have no one to answer. Those that are stuck stay in the ledger. */
	children_kill(s->pid);
	server_forget(s);
	if (s == self.successor)
		successor_died(status);
	else if (s == self.current)
		return current_died(started, status);
	return -1;
}

void servers_reload(void)
{
	self.is_reload_due = true;
}

/* Servers that should have taken over, or ended, by now. Returns when the next one should have. */
static int64_t end_late(int64_t now)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < SERVERS_MAX; i++) {
		struct server *s = &self.servers[i];

		if (!s->pid || !s->end_at)
			continue;
		if (now < s->end_at) {
			next = MIN(next, s->end_at);
			continue;
		}
		if (s == self.successor)
			log_at(LOG_ERROR, "The server with the new web configuration does not "
			                  "get ready and is killed");
		(void)kill(s->pid, SIGKILL);
		s->end_at = 0;
	}
	return next;
}

static void ping(int64_t now)
{
	struct wire_message m = { .kind = WIRE_PING };

	if (now < self.next_ping)
		return;
	if (self.is_answer_due) {
		log_at(LOG_ERROR, "The server does not answer and is killed");
		(void)kill(self.current->pid, SIGKILL);
	}
	server_tell(self.current, &m, NULL, 0);
	self.is_answer_due = true;
	self.next_ping = now + self.ping_interval;
}

int64_t servers_keep_time(int64_t now)
{
	int64_t late;

	if (self.is_reload_due && self.have_served && !self.successor && server_find(0))
		servers_start();
	if (self.current)
		ping(now);
	else if (self.restart_at && now >= self.restart_at)
		servers_start();
	late = end_late(now);
	return MIN(late, self.current ? self.next_ping : self.restart_at);
}

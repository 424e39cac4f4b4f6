// SPDX-License-Identifier: Apache-2.0
#include "keeper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "listen.h"
#include "log.h"
#include "notify.h"
#include "options.h"
#include "servers.h"
#include "staff.h"
#include "trim.h"
#include "version.h"
#include "watcher.h"
#include "worker.h"

#define STOP_NS (600 * NS_PER_MS) /* the server's time to answer what is in flight */
#define REAP_NS (100 * NS_PER_MS) /* after SIGKILL; who is stuck in the kernel is left behind */

static struct {
	struct listeners listeners;
	int signals;
	int poke; /* more probers are wanted */
	bool has_ended;
	int status;
} self;

static void end(int status)
{
	self.has_ended = true;
	self.status = status;
}

static void child_ended(const struct child *c, int status)
{
	struct wire_message m = { .kind = WIRE_EXITED, .pid = c->pid, .status = status };
	int r;

	if (c->role == ROLE_SERVER) {
		r = server_died(server_find(c->pid), status);
		if (r >= 0)
			end(r);
	} else if (c->role == ROLE_WATCHER) {
		watcher_died();
	} else if (c->server) {
		server_tell(server_find(c->server), &m, NULL, 0);
	}
	if (c->role == ROLE_WORKER && !servers_have_served() && WIFEXITED(status) &&
	    WEXITSTATUS(status) == WORKER_EXIT_START)
		end(1);
}

/* A new server reads the web configuration; should it be refused, the one there is goes on. */
static void reload(pid_t from)
{
	if (!*options.config_file) {
		log_at(LOG_INFO, "SIGHUP: there is nothing to read again");
		return;
	}
	log_at(LOG_INFO, "The web configuration is read again", "reason",
	       watcher_is(from) ? "changed" : "SIGHUP");
	servers_reload();
}

static void take_signals(void)
{
	struct signalfd_siginfo info;
	struct child ended;
	int status;

	while (read(self.signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			end(0);
		else if (info.ssi_signo == SIGHUP)
			reload((pid_t)info.ssi_pid);
	}
	/* SIGCHLD says that there is at least one. */
	while (child_reap(&ended, &status))
		child_ended(&ended, status);
}

/* Not every child may be killed by a server that has gone wild: only its own. */
static void kill_worker(const struct server *s, pid_t pid)
{
	const struct child *c = pid > 1 ? child_find(pid) : NULL;

	if (c && c->server == s->pid)
		(void)kill(pid, SIGKILL);
}

static void obey(struct server *s, const struct wire_message *m)
{
	switch (m->kind) {
	case WIRE_SPAWN:
		staff_hire_worker(s);
		break;
	case WIRE_SPAWN_AUTH:
		staff_hire_auth(s);
		break;
	case WIRE_SERVING:
		server_serves(s);
		break;
	case WIRE_PONG:
		if (server_answers(s) && notify_watchdog_interval())
			notify("WATCHDOG=1");
		break;
	case WIRE_KILL:
		kill_worker(s, m->pid);
		break;
	default:
		break;
	}
}

static void hear_server(struct server *s)
{
	struct wire_message m;

	while (wire_receive(s->channel, &m, sizeof(m), NULL, 0) == (int)sizeof(m))
		obey(s, &m);
}

static void wait_for_events(int64_t until)
{
	enum { SIGNALS = SERVERS_MAX, POKE, COUNT };
	struct pollfd fds[COUNT] = {
		[SIGNALS] = { .fd = self.signals, .events = POLLIN },
		[POKE] = { .fd = self.poke, .events = POLLIN },
	};
	int64_t left = MAX(until - now_ns(), 0);
	struct server *all = servers();

	for (size_t i = 0; i < SERVERS_MAX; i++)
		fds[i] =
			(struct pollfd){ .fd = all[i].pid ? all[i].channel : -1, .events = POLLIN };
	if (poll(fds, COUNT, (int)((left + NS_PER_MS - 1) / NS_PER_MS)) <= 0)
		return;
	/* First what the servers have to say: it may be their last words. */
	for (size_t i = 0; i < SERVERS_MAX; i++)
		if (fds[i].revents)
			hear_server(&all[i]);
	if (fds[POKE].revents)
		staff_hire_probers();
	if (fds[SIGNALS].revents)
		take_signals();
}

/* Tell the servers, and wait until they have ended. */
static void stop_servers(void)
{
	struct wire_message stop = { .kind = WIRE_STOP };
	int64_t until = now_ns() + STOP_NS;

	for (size_t i = 0; i < SERVERS_MAX; i++)
		server_tell(&servers()[i], &stop, NULL, 0);
	while (has_server() && now_ns() < until) {
		struct pollfd fds = { .fd = self.signals, .events = POLLIN };
		struct signalfd_siginfo info;
		struct child ended;
		int status;

		(void)poll(&fds, 1, 20);
		(void)!read(self.signals, &info, sizeof(info));
		while (child_reap(&ended, &status))
			if (ended.role == ROLE_SERVER)
				server_forget(server_find(ended.pid));
	}
}

/* What is in flight is answered; then everyone is killed who can be. */
static void shut_down(void)
{
	int64_t until;

	notify("STOPPING=1");
	stop_servers();
	children_kill(0);
	until = now_ns() + REAP_NS;
	while (waitpid(-1, NULL, WNOHANG) >= 0 && now_ns() < until)
		usleep(1000);
	listen_remove_files(&self.listeners);
}

static int open_signals(void)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD };
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaddset(&signals, caught[i]);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN); /* stderr or a segment is larger than files may be */
	/* Where whoever started this ignored it nobody would tell of children that end. */
	(void)signal(SIGCHLD, SIG_DFL);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	self.signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (self.signals < 0)
		return -errno;
	child_leave(self.signals, ROLE(ROLE_KEEPER));
	return 0;
}

static int open_all(void)
{
	int watch, r = shared_open();

	if (r < 0)
		return r;
	children_open();
	for (size_t i = 0; i < self.listeners.count; i++)
		child_leave(self.listeners.fds[i], ROLE(ROLE_SERVER));
	r = open_signals();
	if (r < 0)
		return r;
	self.poke = staff_open();
	if (self.poke < 0)
		return self.poke;
	r = watcher_open(&watch);
	if (r == 0)
		servers_open(&self.listeners, watch);
	return r;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void log_collectors(void)
{
	const char *names[COLLECTORS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < registry_count(); i++)
		if (collector_switches[i].is_on)
			names[count++] = collectors[i]->name;
	qsort(names, count, sizeof(*names), compare_names);
	log_at(LOG_INFO, "Enabled collectors");
	for (size_t i = 0; i < count; i++)
		log_at(LOG_INFO, names[i]);
}

static void log_start(void)
{
	char address[LISTEN_TEXT_MAX];

	log_at(LOG_INFO, "Starting node_exporter", "version",
	       "(version=" COMPAT_VERSION ", branch=" BUILD_BRANCH ", revision=" BUILD_REVISION ")",
	       "by", PACKAGE_STRING);
	if (geteuid() == 0)
		log_at(LOG_WARN,
		       "Running as root, which is not needed; a user of its own is safer");
	log_collectors();
	for (size_t i = 0; i < self.listeners.count; i++) {
		listen_name(self.listeners.fds[i], address);
		log_at(LOG_INFO, "Listening on", "address", address);
	}
}

int keeper_run(void)
{
	int64_t now, next;
	bool has_to_reload;
	int r;

	if (!options.once) {
		r = options.systemd_socket ? listen_take_over(&self.listeners)
		                           : listen_open(&options.listen_addresses,
		                                         &options.socket_rights, &self.listeners);
		if (r < 0)
			return 1;
	}
	r = open_all();
	if (r < 0) {
		log_at(LOG_ERROR, "Could not be set up", "err", error_text(r));
		return 1;
	}
	if (!options.once)
		log_start();
	servers_start();
	trim_code();
	while (!self.has_ended) {
		now = now_ns();
		next = watcher_keep(now, &has_to_reload);
		if (has_to_reload)
			servers_reload();
		wait_for_events(MIN(next, servers_keep_time(now)));
	}
	shut_down();
	return self.status;
}

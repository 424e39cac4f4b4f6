// SPDX-License-Identifier: Apache-2.0
#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth.h"
#include "listen.h"
#include "log.h"
#include "notify.h"
#include "options.h"
#include "prober.h"
#include "server.h"
#include "shared.h"
#include "trim.h"
#include "version.h"
#include "watch.h"
#include "worker.h"

#define PING_NS (5 * NS_PER_SEC)
#define STOP_NS (600 * NS_PER_MS)  /* the server's time to answer what is in flight */
#define REAP_NS (100 * NS_PER_MS)  /* after SIGKILL; who is stuck in the kernel is left behind */
#define STEADY_NS (1 * NS_PER_SEC) /* a server that lived so long may come back at once */
#define RESTART_MAX_NS (500 * NS_PER_MS)
#define CONFIG_NS \
	(10 * NS_PER_SEC)            /* until a web configuration that was refused is tried again \
	                              */
#define SUCCEED_NS (30 * NS_PER_SEC) /* a new server's time to be ready to take over */
#define RETIRE_NS (60 * NS_PER_SEC)  /* an old one's, to answer what is in flight */
#define WATCHER_NS (2 * NS_PER_SEC)  /* until a watcher that died is followed by another */

enum { SERVERS_MAX = 4 };

static struct {
	struct listeners listeners;
	int signals;
	int poke[2];  /* from workers: more probers, please */
	int watch[2]; /* the watcher's end and the servers'; -1 where nothing is to be watched */
	pid_t watcher;
	int64_t watcher_at; /* when to start another one */
	struct server {
		pid_t pid; /* 0: free */
		int channel;
		int64_t started;
		int64_t end_at; /* when it is killed, unless it has done its part; 0: never */
	} servers[SERVERS_MAX];
	struct server *current;   /* NULL while there is none */
	struct server *successor; /* takes its place once it is ready */
	bool is_reload_due;
	int64_t restart_at;
	int64_t restart_delay;
	bool is_serving; /* since the first server said so */
	bool had_worker; /* the next one is not the first */
	int64_t ping_interval;
	int64_t next_ping;
	bool is_answer_due;
	bool watchdog;
	bool has_ended;
	int status;
	/* Who is ours. Others see a copy in shared memory, which they may have spoilt. */
	struct child {
		pid_t pid; /* 0: free */
		enum role role;
		pid_t server; /* that a worker or auth is for */
	} children[PROCESSES_MAX];
} self;

/* In a child: give up what belongs to the keeper, and end with it. */
static void become(const char *name, pid_t keeper, enum role role)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGTSTP };
	sigset_t none;

	/* It cannot fail for SIGKILL; the keeper may have died before. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper)
		_exit(0);
	(void)prctl(PR_SET_NAME, name);
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	close(self.signals);
	close(self.poke[0]);
	for (size_t i = 0; i < SERVERS_MAX; i++)
		if (self.servers[i].pid)
			close(self.servers[i].channel);
	if (role != ROLE_WATCHER && self.watch[0] >= 0)
		close(self.watch[0]);
	if (role == ROLE_SERVER)
		return;
	listen_close(&self.listeners);
	if (self.watch[1] >= 0)
		close(self.watch[1]);
}

static struct child *find_child(pid_t pid)
{
	for (size_t i = 0; i < PROCESSES_MAX; i++)
		if (self.children[i].pid == pid)
			return &self.children[i];
	return NULL;
}

/* False where there are too many. */
static bool add_child(pid_t pid, enum role role, pid_t server)
{
	struct child *c = find_child(0);

	if (!c)
		return false;
	*c = (struct child){ .pid = pid, .role = role, .server = server };
	shared_set_process((size_t)(c - self.children), pid, role);
	return true;
}

static void remove_child(pid_t pid)
{
	struct child *c = find_child(pid);

	if (c)
		*c = (struct child){ 0 };
	for (size_t i = 0; i < PROCESSES_MAX; i++)
		shared_set_process(i, self.children[i].pid, self.children[i].role);
	shared_forget(pid);
}

static struct server *find_server(pid_t pid)
{
	for (size_t i = 0; i < SERVERS_MAX; i++)
		if (self.servers[i].pid == pid)
			return &self.servers[i];
	return NULL;
}

static void expect_answers(void)
{
	self.is_answer_due = false;
	self.next_ping = now_ns() + self.ping_interval;
}

/* In the place of the one that died, or beside the one that is to be succeeded. */
static void start_server(void)
{
	struct server *s = find_server(0);
	pid_t keeper = getpid(), pid;
	int channel[2], r;

	r = s ? wire_pair(channel) : -EAGAIN;
	if (r == 0)
		(void)fcntl(channel[0], F_SETFL, O_NONBLOCK); /* cannot fail on a socket of ours */
	pid = r < 0 ? -1 : fork();
	if (pid == 0) {
		struct server_start start = { .channel = channel[1],
			                      .watch = self.watch[1],
			                      .listeners = &self.listeners,
			                      .is_successor = self.current != NULL };

		close(channel[0]);
		become("ng: server", keeper, ROLE_SERVER);
		close(self.poke[1]);
		server_main(&start);
	}
	if (pid < 0) {
		log_at(LOG_ERROR, "The server could not be started", "err",
		       error_text(r < 0 ? r : errno));
		self.restart_at = now_ns() + NS_PER_SEC;
		if (r == 0) {
			close(channel[0]);
			close(channel[1]);
		}
		return;
	}
	close(channel[1]);
	*s = (struct server){ .pid = pid, .channel = channel[0], .started = now_ns() };
	(void)add_child(pid, ROLE_SERVER, 0); /* there is always room: the others are fewer */
	if (self.current) {
		s->end_at = s->started + SUCCEED_NS;
		self.successor = s;
		return;
	}
	self.current = s;
	self.restart_at = 0;
	expect_answers();
}

static void start_watcher(void)
{
	pid_t keeper = getpid(), pid = fork();

	if (pid == 0) {
		become("ng: watcher", keeper, ROLE_WATCHER);
		close(self.poke[1]);
		watch_main(self.watch[0]);
	}
	self.watcher_at = now_ns() + WATCHER_NS;
	if (pid < 0) {
		log_at(LOG_ERROR, "The watcher could not be started", "err", error_text(errno));
		return;
	}
	self.watcher = pid;
	(void)add_child(pid, ROLE_WATCHER, 0);
}

static void tell_server(const struct server *s, const struct wire_message *m, const int *fds,
                        size_t n_fds)
{
	/* A server that does not take messages does not answer pings either. */
	if (s && s->pid)
		(void)wire_send(s->channel, m, sizeof(*m), fds, n_fds);
}

/* A new worker or auth and the server's ends of it: channel, segment. 0 or a negative errno. */
static int fork_for(pid_t server, enum role role, pid_t *ret_pid, int ret_fds[2])
{
	CLEANUP(cleanup_fd) int segment = role == ROLE_WORKER ? segment_create() : -1;
	pid_t keeper = getpid(), pid;
	int channel[2], r;

	if (role == ROLE_WORKER && segment < 0)
		return segment;
	r = wire_pair(channel);
	if (r < 0)
		return r;
	pid = fork();
	if (pid == 0) {
		close(channel[0]);
		become(role == ROLE_WORKER ? "ng: worker" : "ng: auth", keeper, role);
		if (role == ROLE_WORKER) {
			prober_set_poke(self.poke[1]);
			worker_main(channel[1], segment, !self.had_worker);
		}
		close(self.poke[1]);
		ledger_close();
		auth_main(channel[1]);
	}
	r = pid < 0 ? -errno : 0;
	close(channel[1]);
	if (r < 0 || !add_child(pid, role, server)) {
		if (r == 0)
			(void)kill(pid, SIGKILL);
		close(channel[0]);
		return r < 0 ? r : -EAGAIN;
	}
	*ret_pid = pid;
	ret_fds[0] = channel[0];
	ret_fds[1] = segment;
	segment = -1;
	return 0;
}

static void spawn_worker(const struct server *s)
{
	struct wire_message m = { .kind = WIRE_WORKER };
	int fds[2];
	pid_t pid;
	int r;

	r = fork_for(s->pid, ROLE_WORKER, &pid, fds);
	if (r < 0) {
		log_at(LOG_ERROR, "A worker could not be started", "err", error_text(r));
		m.kind = WIRE_NO_WORKER;
		tell_server(s, &m, NULL, 0);
		return;
	}
	self.had_worker = true;
	m.pid = pid;
	tell_server(s, &m, fds, 2);
	close(fds[0]);
	close(fds[1]);
}

static void spawn_auth(const struct server *s)
{
	struct wire_message m = { .kind = WIRE_AUTH };
	int fds[2];
	pid_t pid;
	int r;

	r = fork_for(s->pid, ROLE_AUTH, &pid, fds);
	if (r < 0) {
		log_at(LOG_ERROR, "The process that checks passwords could not be started", "err",
		       error_text(r));
		m.kind = WIRE_NO_AUTH;
		tell_server(s, &m, NULL, 0);
		return;
	}
	m.pid = pid;
	tell_server(s, &m, fds, 1);
	close(fds[0]);
}

static void add_probers(void)
{
	pid_t keeper = getpid();
	char pokes[64];

	while (read(self.poke[0], pokes, sizeof(pokes)) > 0)
		;
	for (size_t wanted = prober_wanted(); wanted; wanted--) {
		pid_t pid = fork();

		if (pid == 0) {
			become("ng: prober", keeper, ROLE_PROBER);
			close(self.poke[1]);
			prober_main();
		}
		if (pid < 0) {
			log_at(LOG_ERROR, "A prober could not be started", "err",
			       error_text(errno));
			return;
		}
		if (!add_child(pid, ROLE_PROBER, 0)) {
			(void)kill(pid, SIGKILL);
			return;
		}
	}
}

/* A server's workers and auth, or everyone for server 0. */
static void kill_all(pid_t server)
{
	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		const struct child *c = &self.children[i];

		if (c->pid && c->pid != getpid() && (!server || c->server == server))
			(void)kill(c->pid, SIGKILL);
	}
}

static void end(int status)
{
	self.has_ended = true;
	self.status = status;
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

static void current_died(const struct server *s, int status)
{
	bool is_refused = WIFEXITED(status) && WEXITSTATUS(status) == SERVER_EXIT_CONFIG;
	int64_t now = now_ns();

	self.current = NULL;
	if (options.once || !self.is_serving) {
		end(WIFEXITED(status) && !is_refused ? WEXITSTATUS(status) : 1);
		return;
	}
	if (self.successor) {
		self.current = self.successor;
		self.current->end_at = 0;
		self.successor = NULL;
		expect_answers();
		return;
	}
	log_at(LOG_ERROR, "The server died and is started again", "status",
	       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exited");
	if (now - s->started > STEADY_NS)
		self.restart_delay = 0;
	else
		self.restart_delay =
			MIN(MAX(self.restart_delay * 2, 50 * NS_PER_MS), RESTART_MAX_NS);
	self.restart_at = now + (is_refused ? CONFIG_NS : self.restart_delay);
}

static void server_died(struct server *s, int status)
{
	struct server died = *s;

	close(s->channel);
	*s = (struct server){ 0 };
	/* Its workers have no one to answer. Those that are stuck stay in the ledger. */
	kill_all(died.pid);
	if (s == self.successor)
		successor_died(status);
	else if (s == self.current)
		current_died(&died, status);
}

static void child_ended(pid_t pid, int status, const struct rusage *usage)
{
	struct wire_message m = { .kind = WIRE_EXITED, .pid = pid, .status = status };
	struct server *s = find_server(pid);
	const struct child *child = find_child(pid);
	pid_t server = child ? child->server : 0;

	atomic_fetch_add(&shared->reaped_cpu_ns,
	                 (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * NS_PER_SEC +
	                         (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000);
	remove_child(pid);
	if (s) {
		server_died(s, status);
		return;
	}
	if (pid == self.watcher) {
		log_at(LOG_ERROR, "The watcher of the web configuration died");
		self.watcher = 0;
	}
	if (server)
		tell_server(find_server(server), &m, NULL, 0);
	if (!self.is_serving && WIFEXITED(status) && WEXITSTATUS(status) == WORKER_EXIT_START)
		end(1);
}

/* Also strangers', where the keeper is PID 1 of a container. */
static void reap(void)
{
	struct rusage usage;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG | WUNTRACED, &usage)) > 0) {
		if (!find_child(pid))
			continue;
		/* Whoever is stopped serves no one, and no one would notice. */
		if (WIFSTOPPED(status))
			(void)kill(pid, SIGKILL);
		else
			child_ended(pid, status, &usage);
	}
}

/* A new server reads the web configuration; should it be refused, the one there is goes on. */
static void reload(pid_t from)
{
	if (!*options.config_file) {
		log_at(LOG_INFO, "SIGHUP: there is nothing to read again");
		return;
	}
	log_at(LOG_INFO, "The web configuration is read again", "reason",
	       from == self.watcher ? "changed" : "SIGHUP");
	self.is_reload_due = true;
}

static void take_signals(void)
{
	struct signalfd_siginfo info;

	while (read(self.signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			end(0);
		else if (info.ssi_signo == SIGHUP)
			reload((pid_t)info.ssi_pid);
	}
	/* SIGCHLD says that there is at least one. */
	reap();
}

static void said_serving(struct server *s)
{
	struct wire_message retire = { .kind = WIRE_RETIRE };

	if (!self.is_serving)
		notify("READY=1");
	self.is_serving = true;
	if (s != self.successor)
		return;
	tell_server(self.current, &retire, NULL, 0);
	self.current->end_at = now_ns() + RETIRE_NS;
	self.current = s;
	self.successor = NULL;
	s->end_at = 0;
	expect_answers();
	log_at(LOG_INFO, "The new web configuration is in use");
}

/* Not every child may be killed by a server that has gone wild: only its own. */
static void kill_worker(const struct server *s, pid_t pid)
{
	const struct child *c = pid > 1 ? find_child(pid) : NULL;

	if (c && c->server == s->pid)
		(void)kill(pid, SIGKILL);
}

static void hear_server(struct server *s)
{
	struct wire_message m;

	while (s->pid) {
		int n = wire_receive(s->channel, &m, sizeof(m), NULL, 0);

		if (n != (int)sizeof(m))
			return;
		switch (m.kind) {
		case WIRE_SPAWN:
			spawn_worker(s);
			break;
		case WIRE_SPAWN_AUTH:
			spawn_auth(s);
			break;
		case WIRE_SERVING:
			said_serving(s);
			break;
		case WIRE_PONG:
			if (s != self.current)
				break;
			self.is_answer_due = false;
			if (self.watchdog)
				notify("WATCHDOG=1");
			break;
		case WIRE_KILL:
			kill_worker(s, m.pid);
			break;
		default:
			break;
		}
	}
}

/* Servers that should have taken over, or ended, by now. */
static void keep_server_times(int64_t now)
{
	for (size_t i = 0; i < SERVERS_MAX; i++) {
		struct server *s = &self.servers[i];

		if (!s->pid || !s->end_at || now < s->end_at)
			continue;
		if (s == self.successor)
			log_at(LOG_ERROR, "The server with the new web configuration does not "
			                  "get ready and is killed");
		(void)kill(s->pid, SIGKILL);
		s->end_at = 0;
	}
}

static void keep_time(void)
{
	struct wire_message ping = { .kind = WIRE_PING };
	int64_t now = now_ns();

	keep_server_times(now);
	if (self.watch[0] >= 0 && !self.watcher && now >= self.watcher_at) {
		start_watcher();
		/* It learns from the server what to look at. */
		self.is_reload_due = self.is_serving;
	}
	if (self.is_reload_due && self.is_serving && !self.successor && find_server(0)) {
		self.is_reload_due = false;
		start_server();
	}
	if (!self.current) {
		if (self.restart_at && now >= self.restart_at)
			start_server();
		return;
	}
	if (now < self.next_ping)
		return;
	if (self.is_answer_due) {
		log_at(LOG_ERROR, "The server does not answer and is killed");
		(void)kill(self.current->pid, SIGKILL);
	}
	tell_server(self.current, &ping, NULL, 0);
	self.is_answer_due = true;
	self.next_ping = now + self.ping_interval;
}

/* When keep_time() is to be called again. */
static int64_t next_time(void)
{
	int64_t next = self.current ? self.next_ping : self.restart_at;

	for (size_t i = 0; i < SERVERS_MAX; i++)
		if (self.servers[i].pid && self.servers[i].end_at)
			next = MIN(next, self.servers[i].end_at);
	if (self.watch[0] >= 0 && !self.watcher)
		next = MIN(next, self.watcher_at);
	return next;
}

static void wait_for_events(void)
{
	enum { SIGNALS = SERVERS_MAX, POKE, COUNT };
	struct pollfd fds[COUNT] = {
		[SIGNALS] = { .fd = self.signals, .events = POLLIN },
		[POKE] = { .fd = self.poke[0], .events = POLLIN },
	};
	int64_t left = MAX(next_time() - now_ns(), 0);

	for (size_t i = 0; i < SERVERS_MAX; i++)
		fds[i] = (struct pollfd){ .fd = self.servers[i].pid ? self.servers[i].channel : -1,
			                  .events = POLLIN };
	if (poll(fds, COUNT, (int)((left + NS_PER_MS - 1) / NS_PER_MS)) <= 0)
		return;
	/* First what the servers have to say: it may be their last words. */
	for (size_t i = 0; i < SERVERS_MAX; i++)
		if (fds[i].revents)
			hear_server(&self.servers[i]);
	if (fds[POKE].revents)
		add_probers();
	if (fds[SIGNALS].revents)
		take_signals();
}

static bool has_server(void)
{
	for (size_t i = 0; i < SERVERS_MAX; i++)
		if (self.servers[i].pid)
			return true;
	return false;
}

/* Tell the servers, and wait until they have ended. */
static void stop_servers(void)
{
	struct wire_message stop = { .kind = WIRE_STOP };
	int64_t until = now_ns() + STOP_NS;

	for (size_t i = 0; i < SERVERS_MAX; i++)
		tell_server(&self.servers[i], &stop, NULL, 0);
	while (has_server() && now_ns() < until) {
		struct pollfd fds = { .fd = self.signals, .events = POLLIN };
		struct signalfd_siginfo info;
		int status;

		for (size_t i = 0; i < SERVERS_MAX; i++)
			if (self.servers[i].pid &&
			    waitpid(self.servers[i].pid, &status, WNOHANG) != 0)
				self.servers[i].pid = 0;
		if (!has_server())
			break;
		(void)poll(&fds, 1, 20);
		(void)!read(self.signals, &info, sizeof(info));
	}
}

/* What is in flight is answered; then everyone is killed who can be. */
static void shut_down(void)
{
	int64_t until;

	notify("STOPPING=1");
	stop_servers();
	kill_all(0);
	until = now_ns() + REAP_NS;
	while (waitpid(-1, NULL, WNOHANG) >= 0 && now_ns() < until)
		usleep(1000);
	listen_remove_files(&self.listeners);
}

static int open_all(void)
{
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	sigaddset(&signals, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	self.signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (self.signals < 0 || pipe2(self.poke, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	r = shared_open();
	if (r == 0)
		(void)add_child(getpid(), ROLE_KEEPER, 0); /* the first */
	if (r == 0 && *options.config_file && !options.once) {
		r = wire_pair(self.watch);
		/* No server is to wait for it, and it is not to wait for servers. */
		for (size_t i = 0; r == 0 && i < ARRAY_SIZE(self.watch); i++)
			(void)fcntl(self.watch[i], F_SETFL, O_NONBLOCK);
	}
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
	int64_t watchdog = notify_watchdog_interval();
	int r;

	self.watch[0] = self.watch[1] = -1;
	self.ping_interval = watchdog ? MIN(watchdog, PING_NS) : PING_NS;
	self.watchdog = watchdog != 0;
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
	if (self.watch[0] >= 0)
		start_watcher();
	start_server();
	trim_code();
	while (!self.has_ended) {
		wait_for_events();
		keep_time();
	}
	shut_down();
	return self.status;
}

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

#include "listen.h"
#include "log.h"
#include "notify.h"
#include "options.h"
#include "prober.h"
#include "server.h"
#include "shared.h"
#include "worker.h"

#define PING_NS (5 * NS_PER_SEC)
#define STOP_NS (600 * NS_PER_MS)  /* the server's time to answer what is in flight */
#define REAP_NS (100 * NS_PER_MS)  /* after SIGKILL; who is stuck in the kernel is left behind */
#define STEADY_NS (1 * NS_PER_SEC) /* a server that lived so long may come back at once */
#define RESTART_MAX_NS (500 * NS_PER_MS)

static struct {
	struct listeners listeners;
	int signals;
	int poke[2]; /* from workers: more probers, please */
	int channel; /* to the server; -1 while there is none */
	pid_t server;
	int64_t server_started;
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
	} children[PROCESSES_MAX];
} self;

/* In a child: give up what belongs to the keeper, and end with it. */
static void become(const char *name, pid_t keeper, bool serves)
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
	if (self.channel >= 0)
		close(self.channel);
	if (!serves)
		listen_close(&self.listeners);
}

static struct child *find_child(pid_t pid)
{
	for (size_t i = 0; i < PROCESSES_MAX; i++)
		if (self.children[i].pid == pid)
			return &self.children[i];
	return NULL;
}

/* False where there are too many. */
static bool add_child(pid_t pid, enum role role)
{
	struct child *c = find_child(0);

	if (!c)
		return false;
	*c = (struct child){ .pid = pid, .role = role };
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

static void start_server(void)
{
	pid_t keeper = getpid(), pid;
	int channel[2], r;

	r = wire_pair(channel);
	if (r == 0)
		(void)fcntl(channel[0], F_SETFL, O_NONBLOCK); /* cannot fail on a socket of ours */
	pid = r < 0 ? -1 : fork();
	if (pid == 0) {
		close(channel[0]);
		become("ng: server", keeper, true);
		close(self.poke[1]);
		server_main(channel[1], &self.listeners);
	}
	self.server_started = now_ns();
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
	self.channel = channel[0];
	self.server = pid;
	self.restart_at = 0;
	self.is_answer_due = false;
	self.next_ping = now_ns() + self.ping_interval;
	(void)add_child(pid, ROLE_SERVER); /* there is always room: workers and probers are fewer */
}

static void tell_server(const struct wire_message *m, const int *fds, size_t n_fds)
{
	/* A server that does not take messages does not answer pings either. */
	if (self.channel >= 0)
		(void)wire_send(self.channel, m, sizeof(*m), fds, n_fds);
}

/* A new worker and the server's ends of it. 0 or a negative errno. */
static int fork_worker(pid_t *ret_pid, int ret_fds[2])
{
	int channel[2], segment, r;
	pid_t keeper = getpid(), pid;

	segment = segment_create();
	if (segment < 0)
		return segment;
	r = wire_pair(channel);
	if (r < 0) {
		close(segment);
		return r;
	}
	pid = fork();
	if (pid == 0) {
		close(channel[0]);
		become("ng: worker", keeper, false);
		prober_set_poke(self.poke[1]);
		worker_main(channel[1], segment, !self.had_worker);
	}
	r = pid < 0 ? -errno : 0;
	close(channel[1]);
	if (r < 0 || !add_child(pid, ROLE_WORKER)) {
		if (r == 0)
			(void)kill(pid, SIGKILL);
		close(channel[0]);
		close(segment);
		return r < 0 ? r : -EAGAIN;
	}
	self.had_worker = true;
	*ret_pid = pid;
	ret_fds[0] = channel[0];
	ret_fds[1] = segment;
	return 0;
}

static void spawn_worker(void)
{
	struct wire_message m = { .kind = WIRE_WORKER };
	int fds[2];
	pid_t pid;
	int r;

	r = fork_worker(&pid, fds);
	if (r < 0) {
		log_at(LOG_ERROR, "A worker could not be started", "err", error_text(r));
		m.kind = WIRE_NO_WORKER;
		tell_server(&m, NULL, 0);
		return;
	}
	m.pid = pid;
	tell_server(&m, fds, 2);
	close(fds[0]);
	close(fds[1]);
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
			become("ng: prober", keeper, false);
			close(self.poke[1]);
			prober_main();
		}
		if (pid < 0) {
			log_at(LOG_ERROR, "A prober could not be started", "err",
			       error_text(errno));
			return;
		}
		if (!add_child(pid, ROLE_PROBER)) {
			(void)kill(pid, SIGKILL);
			return;
		}
	}
}

static void kill_all(enum role role)
{
	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		const struct child *c = &self.children[i];

		if (c->pid && c->pid != getpid() && (role == ROLE_NONE || c->role == role))
			(void)kill(c->pid, SIGKILL);
	}
}

static void end(int status)
{
	self.has_ended = true;
	self.status = status;
}

static void server_died(int status)
{
	int64_t now = now_ns();

	close(self.channel);
	self.channel = -1;
	self.server = 0;
	/* Its workers have no one to answer. Those that are stuck stay in the ledger. */
	kill_all(ROLE_WORKER);
	if (options.once || !self.is_serving) {
		end(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
		return;
	}
	log_at(LOG_ERROR, "The server died and is started again", "status",
	       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "exited");
	if (now - self.server_started > STEADY_NS)
		self.restart_delay = 0;
	else
		self.restart_delay =
			MIN(MAX(self.restart_delay * 2, 50 * NS_PER_MS), RESTART_MAX_NS);
	self.restart_at = now + self.restart_delay;
}

static void child_ended(pid_t pid, int status, const struct rusage *usage)
{
	struct wire_message m = { .kind = WIRE_EXITED, .pid = pid, .status = status };

	atomic_fetch_add(&shared->reaped_cpu_ns,
	                 (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * NS_PER_SEC +
	                         (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000);
	remove_child(pid);
	if (pid == self.server) {
		server_died(status);
		return;
	}
	tell_server(&m, NULL, 0);
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

static void take_signals(void)
{
	struct signalfd_siginfo info;

	while (read(self.signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			end(0);
		else if (info.ssi_signo == SIGHUP)
			log_at(LOG_INFO, "SIGHUP: there is nothing to read again");
	}
	/* SIGCHLD says that there is at least one. */
	reap();
}

static void said_serving(void)
{
	if (!self.is_serving)
		notify("READY=1");
	self.is_serving = true;
}

static void hear_server(void)
{
	struct wire_message m;

	while (self.channel >= 0) {
		int n = wire_receive(self.channel, &m, sizeof(m), NULL, 0);

		if (n != (int)sizeof(m))
			return;
		switch (m.kind) {
		case WIRE_SPAWN:
			spawn_worker();
			break;
		case WIRE_SERVING:
			said_serving();
			break;
		case WIRE_PONG:
			self.is_answer_due = false;
			if (self.watchdog)
				notify("WATCHDOG=1");
			break;
		case WIRE_KILL:
			/* A server gone wild must not make the keeper kill strangers. */
			if (m.pid > 1 && m.pid != self.server && find_child(m.pid))
				(void)kill(m.pid, SIGKILL);
			break;
		default:
			break;
		}
	}
}

static void keep_time(void)
{
	struct wire_message ping = { .kind = WIRE_PING };
	int64_t now = now_ns();

	if (!self.server) {
		if (self.restart_at && now >= self.restart_at)
			start_server();
		return;
	}
	if (now < self.next_ping)
		return;
	if (self.is_answer_due) {
		log_at(LOG_ERROR, "The server does not answer and is killed");
		(void)kill(self.server, SIGKILL);
	}
	tell_server(&ping, NULL, 0);
	self.is_answer_due = true;
	self.next_ping = now + self.ping_interval;
}

static void wait_for_events(void)
{
	struct pollfd fds[] = {
		{ .fd = self.signals, .events = POLLIN },
		{ .fd = self.poke[0], .events = POLLIN },
		{ .fd = self.channel, .events = POLLIN },
	};
	int64_t wake_at = self.server ? self.next_ping : self.restart_at;
	int64_t left = MAX(wake_at - now_ns(), 0);

	if (poll(fds, ARRAY_SIZE(fds), (int)((left + NS_PER_MS - 1) / NS_PER_MS)) <= 0)
		return;
	/* First what the server has to say: it may be its last words. */
	if (fds[2].revents)
		hear_server();
	if (fds[1].revents)
		add_probers();
	if (fds[0].revents)
		take_signals();
}

/* What is in flight is answered; then everyone is killed who can be. */
static void shut_down(void)
{
	struct wire_message stop = { .kind = WIRE_STOP };
	int64_t until = now_ns() + STOP_NS;

	notify("STOPPING=1");
	tell_server(&stop, NULL, 0);
	while (self.server && now_ns() < until) {
		struct pollfd fds = { .fd = self.signals, .events = POLLIN };
		struct signalfd_siginfo info;
		int status;

		if (waitpid(self.server, &status, WNOHANG) == self.server)
			break;
		(void)poll(&fds, 1, 20);
		(void)!read(self.signals, &info, sizeof(info));
	}
	kill_all(ROLE_NONE);
	until = now_ns() + REAP_NS;
	while (waitpid(-1, NULL, WNOHANG) >= 0 && now_ns() < until)
		usleep(1000);
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
		(void)add_child(getpid(), ROLE_KEEPER); /* the first */
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

	log_at(LOG_INFO, "Starting node_exporter", "version", COMPAT_VERSION, "by", PACKAGE_STRING);
	if (geteuid() == 0)
		log_at(LOG_WARN,
		       "Running as root, which is not needed; a user of its own is safer");
	log_collectors();
	for (size_t i = 0; i < self.listeners.count; i++) {
		listen_name(self.listeners.fds[i], address);
		log_at(LOG_INFO, "Listening on", "address", address);
		log_at(LOG_INFO, "TLS is disabled.", "http2", "false", "address", address);
	}
}

int keeper_run(void)
{
	int64_t watchdog = notify_watchdog_interval();
	int r;

	self.channel = -1;
	self.ping_interval = watchdog ? MIN(watchdog, PING_NS) : PING_NS;
	self.watchdog = watchdog != 0;
	if (*options.config_file) {
		/* Whoever asks for TLS or passwords must not be served without. */
		log_at(LOG_ERROR,
		       "--web.config.file: this version can do neither TLS nor authentication",
		       "file", options.config_file);
		return 1;
	}
	if (!options.once) {
		r = options.systemd_socket
		            ? listen_take_over(&self.listeners)
		            : listen_open(&options.listen_addresses, &self.listeners);
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
	start_server();
	while (!self.has_ended) {
		wait_for_events();
		keep_time();
	}
	shut_down();
	return self.status;
}

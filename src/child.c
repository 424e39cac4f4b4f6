// SPDX-License-Identifier: Apache-2.0
#include "child.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "listen.h"

enum { LEFT_MAX = LISTENERS_MAX + 16 };

static const char *const names[] = {
	[ROLE_SERVER] = "ng: server",   [ROLE_WORKER] = "ng: worker", [ROLE_PROBER] = "ng: prober",
	[ROLE_WATCHER] = "ng: watcher", [ROLE_AUTH] = "ng: auth",
};

static struct {
	/* Others see a copy of it in shared memory, which they may have spoilt. */
	struct child children[PROCESSES_MAX];
	struct {
		int fd;
		unsigned roles;
	} left[LEFT_MAX];
	size_t n_left;
} self;

static struct child *find(pid_t pid)
{
	for (size_t i = 0; i < PROCESSES_MAX; i++)
		if (self.children[i].pid == pid)
			return &self.children[i];
	return NULL;
}

const struct child *child_find(pid_t pid)
{
	return find(pid);
}

static void set(struct child *c, pid_t pid, enum role role, pid_t server)
{
	*c = (struct child){ .pid = pid, .role = role, .server = server };
	shared_set_process((size_t)(c - self.children), pid, role);
}

void children_open(void)
{
	set(&self.children[0], getpid(), ROLE_KEEPER, 0);
}

void child_leave(int fd, unsigned roles)
{
	assert(self.n_left < LEFT_MAX);
	self.left[self.n_left].fd = fd;
	self.left[self.n_left++].roles = roles;
}

void child_close(int fd)
{
	for (size_t i = 0; i < self.n_left; i++) {
		if (self.left[i].fd != fd)
			continue;
		self.left[i] = self.left[--self.n_left];
		break;
	}
	close(fd);
}

/* In a child: give up what belongs to the keeper, and end with it. */
static void become(enum role role, pid_t keeper)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGTSTP };
	sigset_t none;

	/* It cannot fail for SIGKILL; the keeper may have died before. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper)
		_exit(0);
	(void)prctl(PR_SET_NAME, names[role]);
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	for (size_t i = 0; i < self.n_left; i++)
		if (!(self.left[i].roles & ROLE(role)))
			close(self.left[i].fd);
}

pid_t child_fork(enum role role, pid_t server, int *ret_channel)
{
	struct child *c = find(0);
	pid_t keeper = getpid(), pid;
	int channel[2], r;

	if (!c)
		return -EAGAIN;
	r = ret_channel ? wire_pair(channel) : 0;
	if (r < 0)
		return r;
	pid = fork();
	if (pid < 0) {
		r = -errno;
		if (ret_channel) {
			close(channel[0]);
			close(channel[1]);
		}
		return r;
	}
	if (pid == 0)
		become(role, keeper);
	else
		set(c, pid, role, server);
	if (ret_channel) {
		*ret_channel = channel[pid == 0];
		close(channel[pid != 0]);
	}
	return pid;
}

void children_kill(pid_t server)
{
	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		const struct child *c = &self.children[i];

		if (c->pid && c->role != ROLE_KEEPER && (!server || c->server == server))
			(void)kill(c->pid, SIGKILL);
	}
}

/* What an ended process held, and what it has cost, lies where the others can see it. */
static void forget(struct child *c, const struct rusage *usage)
{
	pid_t pid = c->pid;

	atomic_fetch_add(&shared->reaped_cpu_ns,
	                 (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * NS_PER_SEC +
	                         (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000);
	*c = (struct child){ 0 };
	for (size_t i = 0; i < PROCESSES_MAX; i++)
		shared_set_process(i, self.children[i].pid, self.children[i].role);
	shared_forget(pid);
}

bool child_reap(struct child *ret, int *ret_status)
{
	struct rusage usage;
	pid_t pid;
	int status;

	while ((pid = wait4(-1, &status, WNOHANG | WUNTRACED, &usage)) > 0) {
		struct child *c = find(pid);

		if (!c)
			continue;
		if (WIFSTOPPED(status)) {
			(void)kill(pid, SIGKILL);
			continue;
		}
		*ret = *c;
		*ret_status = status;
		forget(c, &usage);
		return true;
	}
	return false;
}

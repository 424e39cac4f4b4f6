// SPDX-License-Identifier: Apache-2.0
#include "crew.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "log.h"
#include "outcome.h"

#define RETRY_NS (200 * NS_PER_MS) /* when no worker could be had */

enum { WORKERS_MAX = STUCK_MAX + 48 };

static struct {
	int keeper;
	int epoll;
	struct worker *workers;
	/* What those that the keeper was asked for are meant for, in that order. */
	int asked[WORKERS_MAX];
	size_t n_asked;
	int64_t retry_at;
	bool is_ready;
} self;

void crew_open(int keeper, int epoll)
{
	self.keeper = keeper;
	self.epoll = epoll;
}

bool crew_is_ready(void)
{
	return self.is_ready;
}

int64_t crew_retry_at(void)
{
	return self.retry_at;
}

struct worker *crew_first(void)
{
	return self.workers;
}

struct worker *crew_find(pid_t pid)
{
	for (struct worker *w = self.workers; w; w = w->next)
		if (w->pid == pid)
			return w;
	return NULL;
}

struct worker *crew_find_idle(int purpose)
{
	for (struct worker *w = self.workers; w; w = w->next)
		if (w->state == WORKER_IDLE && w->purpose == purpose && w->channel >= 0)
			return w;
	return NULL;
}

size_t crew_count(int purpose)
{
	size_t count = 0;

	for (struct worker *w = self.workers; w; w = w->next)
		count += w->purpose == purpose && w->state <= WORKER_BUSY;
	return count;
}

size_t crew_count_asked(int purpose)
{
	size_t count = 0;

	for (size_t i = 0; i < self.n_asked; i++)
		count += self.asked[i] == purpose;
	return count;
}

struct crew_figures crew_figures(void)
{
	struct crew_figures f = { 0 };

	for (struct worker *w = self.workers; w; w = w->next) {
		f.workers++;
		f.written_off += w->state == WORKER_LOST || w->state == WORKER_GIVEN_UP;
	}
	return f;
}

static void tell_keeper(enum wire_kind kind, pid_t pid)
{
	struct wire_message m = { .kind = kind, .pid = pid };

	/* Where the keeper does not listen the server has no future either. */
	(void)wire_send(self.keeper, &m, sizeof(m), NULL, 0);
}

/* A worker did not get so far as to be of use. */
static void ask_later(void)
{
	self.retry_at = now_ns() + RETRY_NS;
}

void crew_ask(int purpose)
{
	size_t all = self.n_asked;

	for (struct worker *w = self.workers; w; w = w->next)
		all++;
	if (all >= WORKERS_MAX || now_ns() < self.retry_at)
		return;
	self.asked[self.n_asked++] = purpose;
	tell_keeper(WIRE_SPAWN, 0);
}

/* What the question was for that is answered now. */
static int next_asked(void)
{
	int purpose = self.n_asked ? self.asked[0] : PURPOSE_COMMON;

	if (self.n_asked)
		memmove(self.asked, self.asked + 1, --self.n_asked * sizeof(*self.asked));
	return purpose;
}

void crew_none_came(void)
{
	(void)next_asked();
	ask_later();
}

void crew_take_on(pid_t pid, const int fds[static 2])
{
	struct worker *w = xcalloc(1, sizeof(*w));
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = w };

	w->pid = pid;
	w->purpose = next_asked();
	w->channel = fds[0];
	w->check_at = w->kill_at = INT64_MAX;
	w->segment = segment_map(fds[1]);
	close(fds[1]);
	if (!w->segment || fcntl(w->channel, F_SETFL, O_NONBLOCK) < 0 ||
	    epoll_ctl(self.epoll, EPOLL_CTL_ADD, w->channel, &event) < 0) {
		log_at(LOG_ERROR, "A worker could not be taken on", "err", error_text(errno));
		tell_keeper(WIRE_KILL, pid);
		close(w->channel);
		segment_unmap(w->segment);
		free(w);
		ask_later();
		return;
	}
	w->next = self.workers;
	self.workers = w;
}

void crew_started(struct worker *w)
{
	w->state = WORKER_IDLE;
	self.is_ready = true;
}

void crew_give_up(struct worker *w)
{
	w->state = WORKER_GIVEN_UP;
	w->kill_at = INT64_MAX;
	tell_keeper(WIRE_KILL, w->pid);
}

void crew_dismiss(struct worker *w)
{
	if (w->state == WORKER_STARTING)
		ask_later();
	w->state = WORKER_DISMISSED;
	w->check_at = w->kill_at = INT64_MAX;
	tell_keeper(WIRE_KILL, w->pid);
}

void crew_remove(struct worker *w)
{
	if (w->state == WORKER_STARTING)
		ask_later();
	for (struct worker **at = &self.workers; *at; at = &(*at)->next) {
		if (*at != w)
			continue;
		*at = w->next;
		break;
	}
	if (w->channel >= 0)
		close(w->channel);
	segment_unmap(w->segment);
	kept_release(w->kept);
	free(w);
}

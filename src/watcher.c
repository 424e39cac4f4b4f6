// SPDX-License-Identifier: Apache-2.0
#include "watcher.h"

#include <fcntl.h>

#include "child.h"
#include "log.h"
#include "options.h"
#include "watch.h"

#define AGAIN_NS (2 * NS_PER_SEC) /* until one that died is followed by another */

static struct {
	int channel; /* to the servers; -1: nothing is to be watched */
	pid_t pid;   /* 0: there is none */
	bool had_one;
	int64_t start_at;
} self;

int watcher_open(int *ret_servers)
{
	int channel[2], r;

	self.channel = *ret_servers = -1;
	if (!*options.config_file || options.once)
		return 0;
	r = wire_pair(channel);
	if (r < 0)
		return r;
	/* No server is to wait for it, and it is not to wait for servers. */
	for (size_t i = 0; i < ARRAY_SIZE(channel); i++)
		(void)fcntl(channel[i], F_SETFL, O_NONBLOCK);
	child_leave(channel[0], ROLE(ROLE_WATCHER));
	child_leave(channel[1], ROLE(ROLE_SERVER));
	self.channel = channel[0];
	*ret_servers = channel[1];
	return 0;
}

bool watcher_is(pid_t pid)
{
	return self.pid && pid == self.pid;
}

void watcher_died(void)
{
	log_at(LOG_ERROR, "The watcher of the web configuration died");
	self.pid = 0;
}

int64_t watcher_keep(int64_t now, bool *ret_reload)
{
	pid_t pid;

	*ret_reload = false;
	if (self.channel < 0 || self.pid)
		return INT64_MAX;
	if (now < self.start_at)
		return self.start_at;
	self.start_at = now + AGAIN_NS;
	pid = child_fork(ROLE_WATCHER, 0, NULL);
	if (pid == 0)
		watch_main(self.channel);
	if (pid < 0) {
		log_at(LOG_ERROR, "The watcher could not be started", "err", error_text(pid));
		return self.start_at;
	}
	self.pid = pid;
	*ret_reload = self.had_one;
	self.had_one = true;
	return INT64_MAX;
}

// SPDX-License-Identifier: Apache-2.0
#include "staff.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "auth.h"
#include "child.h"
#include "log.h"
#include "prober.h"
#include "worker.h"

static struct {
	int poke[2];     /* from workers: more probers, please */
	bool had_worker; /* the next one is not the first */
} self;

int staff_open(void)
{
	if (pipe2(self.poke, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	child_leave(self.poke[0], ROLE(ROLE_KEEPER));
	child_leave(self.poke[1], ROLE(ROLE_WORKER));
	prober_set_poke(self.poke[1]);
	return self.poke[0];
}

static void tell_failed(const struct server *s, enum wire_kind kind)
{
	struct wire_message m = { .kind = kind };

	server_tell(s, &m, NULL, 0);
}

void staff_hire_worker(const struct server *s)
{
	CLEANUP(cleanup_fd) int segment = segment_create(), channel = -1;
	struct wire_message m = { .kind = WIRE_WORKER };

	m.pid = segment < 0 ? segment : child_fork(ROLE_WORKER, s->pid, &channel);
	if (m.pid == 0)
		worker_main(channel, segment, !self.had_worker);
	if (m.pid < 0) {
		log_at(LOG_ERROR, "A worker could not be started", "err", error_text(m.pid));
		tell_failed(s, WIRE_NO_WORKER);
		return;
	}
	self.had_worker = true;
	server_tell(s, &m, (const int[]){ channel, segment }, 2);
}

void staff_hire_auth(const struct server *s)
{
	CLEANUP(cleanup_fd) int channel = -1;
	struct wire_message m = { .kind = WIRE_AUTH };

	m.pid = child_fork(ROLE_AUTH, s->pid, &channel);
	if (m.pid == 0) {
		ledger_close();
		auth_main(channel);
	}
	if (m.pid < 0) {
		log_at(LOG_ERROR, "The process that checks passwords could not be started", "err",
		       error_text(m.pid));
		tell_failed(s, WIRE_NO_AUTH);
		return;
	}
	server_tell(s, &m, &channel, 1);
}

void staff_hire_probers(void)
{
	char pokes[64];

	while (read(self.poke[0], pokes, sizeof(pokes)) > 0)
		;
	for (size_t wanted = prober_wanted(); wanted; wanted--) {
		pid_t pid = child_fork(ROLE_PROBER, 0, NULL);

		if (pid == 0)
			prober_main();
		if (pid < 0) {
			log_at(LOG_ERROR, "A prober could not be started", "err", error_text(pid));
			return;
		}
	}
}

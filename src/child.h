// SPDX-License-Identifier: Apache-2.0
/* Processes of ours: how the keeper forks them, what it leaves to them, and who they are. */
#pragma once

#include "shared.h"

struct child {
	pid_t pid; /* 0: free */
	enum role role;
	pid_t server; /* that a worker or auth is for; else 0 */
};

/* Begin: the keeper is the first one. */
void children_open(void);

/*
 * A descriptor of the keeper's that is left to processes of these roles, as a set of ROLE() bits;
 * all others close it as soon as they are forked. child_close() closes it in the keeper.
 */
#define ROLE(role) (1U << (role))
void child_leave(int fd, unsigned roles);
void child_close(int fd);

/*
 * Fork a process of a role, for a server or 0. Returns 0 in it, and it ends with the keeper; in the
 * keeper its pid, or a negative errno. Where ret_channel is not NULL each of the two has there its
 * end of a channel between them.
 */
pid_t child_fork(enum role role, pid_t server, int *ret_channel) MUST_CHECK;

/* NULL where pid is not ours. */
const struct child *child_find(pid_t pid);

/* SIGKILL for a server's workers and auth, or for everyone where server is 0. */
void children_kill(pid_t server);

/*
 * One that has ended, with its status as wait(2) has it; it is forgotten. False where there is
 * none. Strangers are reaped, too (where the keeper is PID 1 of a container), and whoever of ours
 * is stopped is killed, as it serves no one and no one would notice.
 */
bool child_reap(struct child *ret, int *ret_status);

// SPDX-License-Identifier: Apache-2.0
/*
 * Who runs what: runs that wait are given workers, and workers orders. Events only change the state
 * of things; dispatch_tick(), which is to follow, does what is due. Part of the server.
 *
 * The pieces, each of which has its own state: run.h what is wanted, and what has become of it;
 * crew.h the worker processes; order.h what one of them is busy with; care.h how a collector is
 * treated; fault.h the time limits, and what happens when something goes wrong.
 */
#pragma once

#include "wire.h"

/* A message of the keeper's about workers; fds came along with it. */
void dispatch_hear_keeper(const struct wire_message *m, const int fds[static 2]);

/* A worker's channel, as epoll's data pointer gave it, can be read. */
void dispatch_hear_worker(void *worker);

/*
 * Take in what workers have finished, do what is due, and say when to call again (now_ns() time;
 * INT64_MAX: never).
 */
int64_t dispatch_tick(void);

// SPDX-License-Identifier: Apache-2.0
/* The keeper's part in watching the files of the web configuration; see watch.h for the rest. */
#pragma once

#include <sys/types.h>

#include "util.h"

/*
 * Begin. The servers' end of the channel by which they say what to watch, or -1 where nothing is to
 * be: 0 or a negative errno.
 */
int watcher_open(int *ret_servers) MUST_CHECK;

bool watcher_is(pid_t pid);

/* It has ended. */
void watcher_died(void);

/*
 * Start it, or another one, which learns from a new server what to look at: *ret_reload says that
 * there has to be one. Returns when to call again (now_ns() time; INT64_MAX: never).
 */
int64_t watcher_keep(int64_t now, bool *ret_reload);

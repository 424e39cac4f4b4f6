// SPDX-License-Identifier: Apache-2.0
/* The process that has the listen sockets and answers requests. */
#pragma once

#include "listen.h"

/* Its exit status where the web configuration was refused, for a reason that it has logged. */
enum { SERVER_EXIT_CONFIG = 3 };

/* What a server is given by the keeper. */
struct server_start {
	int channel; /* to the keeper */
	int watch;   /* to the watcher; -1: there is none */
	const struct listeners *listeners;
	bool is_successor; /* another one serves until this one is ready to */
};

/*
 * The life of the server: its loop over libmicrohttpd, the workers' channels and timers. Tells the
 * keeper by channel when it serves. Reads the web configuration itself, which no other process
 * does. With --once it has no listeners, writes one exposition to
 * standard output and exits with 0, or 1 where a collector failed. Does not return.
 */
void server_main(const struct server_start *start) __attribute__((noreturn));

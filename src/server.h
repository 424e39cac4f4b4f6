// SPDX-License-Identifier: Apache-2.0
/* The process that has the listen sockets and answers requests. */
#pragma once

#include "listen.h"

/*
 * The life of the server: its loop over libmicrohttpd, the workers' channels and timers. Tells the
 * keeper by channel when it serves. With --once it has no listeners, writes one exposition to
 * standard output and exits with 0, or 1 where a collector failed. Does not return.
 */
void server_main(int channel, const struct listeners *listeners) __attribute__((noreturn));

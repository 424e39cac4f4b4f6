// SPDX-License-Identifier: Apache-2.0
/* The process that runs collectors. */
#pragma once

#include "wire.h"

/* How a worker ends when a collector's very first start() failed: the programme ends, too. */
enum { WORKER_EXIT_START = 3 };

/*
 * The life of a worker: takes orders from channel, fills segment. With is_first every collector
 * that is on is started before all else, otherwise each before its first run. Does not return.
 */
void worker_main(int channel, int segment_fd, bool is_first) __attribute__((noreturn));

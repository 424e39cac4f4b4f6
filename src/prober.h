// SPDX-License-Identifier: Apache-2.0
/* The processes that ask mounts which may hang, and the worker's side of it. */
#pragma once

#include "probe.h"

/*
 * The life of a prober: takes questions from shared memory until there have been too few for it for
 * a minute. Does not return. It may get stuck for ever in statfs(2).
 */
void prober_main(void) __attribute__((noreturn));

/* Which descriptor wakes the keeper when more probers are wanted. */
void prober_set_poke(int fd);

/* probe_mounts() in a worker, with limit ns for all mounts of a call. */
void prober_ask(struct probe *probes, size_t count, int64_t limit);

/* Keeper: how many probers to add now: as many again as there are, while questions wait. */
size_t prober_wanted(void);

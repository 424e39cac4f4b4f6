// SPDX-License-Identifier: Apache-2.0
/* Children that nobody waits for, as a subreaper gets them. */
#pragma once

#include <sys/types.h>

#include "util.h"

/*
 * Kill the children of this process whose pids are not among the count at keep, once; they may have
 * left children of their own, which then become ours. The number of those killed.
 */
size_t strays_kill(const pid_t *keep, size_t count);

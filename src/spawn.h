// SPDX-License-Identifier: Apache-2.0
/* The processes that servers and workers ask the keeper for. Part of the keeper. */
#pragma once

#include "servers.h"

/* Begin. Returns a descriptor that can be read when spawn_probers() is due, or a negative errno. */
int spawn_open(void) MUST_CHECK;

/* For a server, which is told of it, or that there can be none; the log says why. */
void spawn_worker(const struct server *s);
void spawn_auth(const struct server *s);

/* As many as are wanted now. */
void spawn_probers(void);

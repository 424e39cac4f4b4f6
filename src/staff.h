// SPDX-License-Identifier: Apache-2.0
/* The processes that servers and workers ask the keeper for. Part of the keeper. */
#pragma once

#include "servers.h"

/* Begin. A descriptor that can be read when probers are to be hired, or a negative errno. */
int staff_open(void) MUST_CHECK;

/* For a server, which is told of it, or that there can be none; the log says why. */
void staff_hire_worker(const struct server *s);
void staff_hire_auth(const struct server *s);

/* As many as are wanted now. */
void staff_hire_probers(void);

// SPDX-License-Identifier: Apache-2.0
/*
 * What becomes of workers that get stuck, die, are slow or cannot be trusted, and of the collectors
 * they are in; HACKING.md has the rules. Part of the server.
 */
#pragma once

#include "crew.h"

/* Take in what the worker has finished, and see to its time limits. */
void fault_check(struct worker *w, int64_t now);

/* It says that its order is done, and that cannot be, or says what nobody would. */
void fault_distrust(struct worker *w);

/* It was written off, and has finished after all. */
void fault_came_back(struct worker *w);

/* Its process has ended, with a status as wait(2) has it. The worker is gone after that. */
void fault_died(struct worker *w, int status);

// SPDX-License-Identifier: Apache-2.0
/* Runs and those who wait for them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Answer whoever waits for a run that has ended, or whose deadline is past; with at_once everybody,
 * with what there is. Returns when the next deadline is.
 */
int64_t webanswer_due(int64_t now, bool at_once);

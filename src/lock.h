// SPDX-License-Identifier: Apache-2.0
/* Giving up what a process does not need. */
#pragma once

#include "util.h"

/*
 * No file of any file system can be opened, made or removed from here on (Landlock, Linux 5.13).
 * False where the kernel does not offer that. What is open stays open.
 */
bool lock_away_files(void);

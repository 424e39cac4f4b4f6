// SPDX-License-Identifier: Apache-2.0
/* Giving up what a process does not need. What is open stays open. */
#pragma once

#include "util.h"

/*
 * No file of any file system can be opened, made or removed from here on (Landlock, Linux 5.13).
 * False where the kernel does not offer that.
 */
bool lock_away_files(void);

/*
 * No socket can be made, no programme executed and no process traced or read from here on
 * (seccomp(2)): these calls fail with EPERM. False where the kernel or the machine does not offer
 * that.
 */
bool lock_away_calls(void);

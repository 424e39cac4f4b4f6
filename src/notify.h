// SPDX-License-Identifier: Apache-2.0
/* The service manager's notification socket (sd_notify(3)), without its library. */
#pragma once

#include "util.h"

/* Send a state such as "READY=1"; silently nothing where no one asked (NOTIFY_SOCKET). */
void notify(const char *state);

/* How often "WATCHDOG=1" is due, in ns: half of WATCHDOG_USEC; 0 where none is wanted from us. */
int64_t notify_watchdog_interval(void);

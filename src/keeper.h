// SPDX-License-Identifier: Apache-2.0
/* The process that the service manager knows: it starts the others and has back what dies. */
#pragma once

/*
 * Run until SIGTERM or SIGINT, or with --once until one exposition is written. Options are parsed.
 * Returns the exit status: 0, or 1 after logging why (an address in use, a collector that did not
 * start).
 */
int keeper_run(void);

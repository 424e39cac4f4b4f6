// SPDX-License-Identifier: Apache-2.0
/* Sockets of our own network namespace, added up, by sock_diag(7). */
#pragma once

#include "util.h"

struct scrape;

enum { SOCKDIAG_STATES = 16 };

struct sockdiag_totals {
	uint64_t counts[SOCKDIAG_STATES]; /* by state, as numbered by TCP_*; 0: unknown */
	uint64_t received;                /* bytes to be read, or connections to be accepted */
	uint64_t sent;                    /* bytes not acknowledged, or how many may wait */
};

/*
 * All sockets of a protocol (IPPROTO_TCP, IPPROTO_UDP) and a family (AF_INET, AF_INET6) in states
 * whose bit is set. 0 or a negative errno: -ENOENT where the kernel was built without it.
 */
int sockdiag_sum(struct scrape *s, uint8_t family, uint8_t protocol, uint32_t states,
                 struct sockdiag_totals *ret) MUST_CHECK;

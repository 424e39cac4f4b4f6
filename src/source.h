// SPDX-License-Identifier: Apache-2.0
/* Whom passwords come from, and how long those behind them should wait for others. */
#pragma once

#include <sys/socket.h>

#include "address.h"

enum { SOURCES_MAX = 256, SOURCE_TEXT_MAX = ADDRESS_TEXT_MAX + 3 };

/*
 * An address of IPv4, or the first half of one of IPv6, of which each client has many. All clients
 * of unix sockets are one.
 */
struct source {
	uint8_t family; /* 0: of none */
	uint8_t bytes[16];
	unsigned n_waiting; /* checks, counted by their owner */
	uint64_t n_failed;  /* counted by their owner, too */
	int64_t debt_until; /* each failure adds to it */
};

struct sources {
	struct source all[SOURCES_MAX];
};

/*
 * The source that an address belongs to. Where there are too many the one that owes least, and for
 * which nothing waits, is forgotten; something has to wait for fewer than SOURCES_MAX.
 */
struct source *source_find(struct sources *sources, const struct sockaddr *address);

/* How much longer than others it should wait: ns, at now_ns() time. 0 where it owes nothing. */
int64_t source_debt(const struct source *source, int64_t now);

/* A password took its time and was refused, or was good, which forgives all. */
void source_failed(struct source *source, int64_t now);
void source_succeeded(struct source *source);

/* "192.0.2.1", "2001:db8::/64", "unix" or "?", for people. It may lie in text. */
const char *source_text(const struct source *source, char text[static SOURCE_TEXT_MAX]);

// SPDX-License-Identifier: Apache-2.0
/* A question to an NTP server and its answer (RFC 5905, section 7.3), and what to think of it. */
#pragma once

#include "util.h"

enum { NTP_SIZE = 48 };

/* Ask with this number where the time of sending would be: only who has seen it can answer. */
void ntp_ask(uint8_t bytes[static NTP_SIZE], unsigned version, uint64_t nonce);

struct ntp_answer {
	unsigned leap;           /* 1, 2: a leap second is ahead; 3: not synchronised */
	unsigned stratum;        /* 0: the server does not want to be asked */
	int64_t root_delay;      /* to the reference clock and back, ns */
	int64_t root_dispersion; /* ns */
	int64_t reference; /* when its clock was set last, ns since 1970, as all that follow */
	int64_t received;  /* the question, by the server's clock */
	int64_t sent;      /* the answer, by the server's clock */
};

/*
 * Read an answer. -EAGAIN where it is none to the question with this number, -EBADMSG with the
 * reason in *problem where it is one that is of no use.
 */
int ntp_parse(const uint8_t *bytes, size_t size, uint64_t nonce, struct ntp_answer *ret,
              const char **problem) MUST_CHECK;

/* What our own clock said, ns since 1970, when the question went out and when the answer came. */
struct ntp_exchange {
	int64_t asked;
	int64_t answered;
};

/* The time on the way there and back, and how far the server's clock is ahead of ours; in ns. */
int64_t ntp_round_trip(const struct ntp_answer *a, const struct ntp_exchange *e);
int64_t ntp_offset(const struct ntp_answer *a, const struct ntp_exchange *e);

/*
 * Whether the server may be believed: by what it says of its clock, with a root distance of up to
 * max_distance, and with time running backwards between the clocks by up to tolerance (ns). That
 * is one second more within a day of a leap second. *leap_midnight remembers the announced one, 0
 * at first.
 */
bool ntp_is_sane(const struct ntp_answer *a, const struct ntp_exchange *e, int64_t max_distance,
                 int64_t tolerance, int64_t *leap_midnight);

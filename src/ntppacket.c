// SPDX-License-Identifier: Apache-2.0
#include "ntppacket.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define UNIX_EPOCH UINT64_C(2208988800) /* 1970, in seconds since 1900 */
#define ERA UINT64_C(4294967296)        /* seconds until the counter starts anew */
#define DAY_NS (86400 * NS_PER_SEC)
#define FRESH_NS (131072 * NS_PER_SEC) /* the longest poll interval, 2^17 s */
#define DISPERSION_NS (16 * NS_PER_SEC)

enum { MODE_CLIENT = 3, MODE_SERVER = 4, LEAP_UNKNOWN = 3, STRATUM_MAX = 15 };

/* Where things are in a packet. */
enum {
	FLAGS = 0, /* leap (2 bits), version (3), mode (3) */
	STRATUM = 1,
	PRECISION = 3,
	ROOT_DELAY = 4,
	ROOT_DISPERSION = 8,
	REFERENCE = 16,
	ORIGIN = 24,
	RECEIVE = 32,
	TRANSMIT = 40,
};

void ntp_ask(uint8_t bytes[static NTP_SIZE], unsigned version, uint64_t nonce)
{
	nonce = htobe64(nonce);
	memset(bytes, 0, NTP_SIZE);
	bytes[FLAGS] = (uint8_t)(version << 3 | MODE_CLIENT);
	/* As the client in node_exporter has it: clocks of 2^32 s, which says nothing of ours. */
	bytes[PRECISION] = 0x20;
	memcpy(bytes + TRANSMIT, &nonce, sizeof(nonce));
}

static uint64_t read_64(const uint8_t *at)
{
	uint64_t number;

	memcpy(&number, at, sizeof(number));
	return be64toh(number);
}

/* A span of time, with 16 bits behind the point, in ns. */
static int64_t read_span(const uint8_t *at)
{
	uint32_t number;

	memcpy(&number, at, sizeof(number));
	return (int64_t)(((uint64_t)be32toh(number) * (uint64_t)NS_PER_SEC + (1 << 15)) >> 16);
}

/* A time, with 32 bits behind the point, in ns since 1970. Before that it is of the next era. */
static int64_t read_time(const uint8_t *at)
{
	uint64_t number = read_64(at), seconds = number >> 32;
	uint64_t ns = ((number & UINT32_MAX) * (uint64_t)NS_PER_SEC + (UINT64_C(1) << 31)) >> 32;

	if (seconds < UNIX_EPOCH)
		seconds += ERA;
	return (int64_t)((seconds - UNIX_EPOCH) * (uint64_t)NS_PER_SEC + ns);
}

int ntp_parse(const uint8_t *bytes, size_t size, uint64_t nonce, struct ntp_answer *ret,
              const char **problem)
{
	struct ntp_answer a;

	if (size < NTP_SIZE || read_64(bytes + ORIGIN) != nonce)
		return -EAGAIN;
	a = (struct ntp_answer){
		.leap = bytes[FLAGS] >> 6,
		.stratum = bytes[STRATUM],
		.root_delay = read_span(bytes + ROOT_DELAY),
		.root_dispersion = read_span(bytes + ROOT_DISPERSION),
		.reference = read_time(bytes + REFERENCE),
		.received = read_time(bytes + RECEIVE),
		.sent = read_time(bytes + TRANSMIT),
	};
	*problem = NULL;
	if ((bytes[FLAGS] & 7) != MODE_SERVER)
		*problem = "it is not of a server's mode";
	else if (read_64(bytes + TRANSMIT) == 0)
		*problem = "it does not say when it was sent";
	else if (a.received > a.sent)
		*problem = "it was sent before the question came in";
	if (*problem)
		return -EBADMSG;
	*ret = a;
	return 0;
}

int64_t ntp_round_trip(const struct ntp_answer *a, const struct ntp_exchange *e)
{
	return MAX(e->answered - e->asked - (a->sent - a->received), 0);
}

int64_t ntp_offset(const struct ntp_answer *a, const struct ntp_exchange *e)
{
	return (a->received - e->asked + a->sent - e->answered) / 2;
}

static int64_t leap_tolerance(const struct ntp_answer *a, int64_t *midnight)
{
	/* The server forgets about it when it has happened. */
	if (a->leap == 1 || a->leap == 2)
		*midnight = (a->sent / DAY_NS + 1) * DAY_NS;
	if (*midnight && a->sent > *midnight - DAY_NS && a->sent < *midnight + DAY_NS)
		return NS_PER_SEC;
	return 0;
}

bool ntp_is_sane(const struct ntp_answer *a, const struct ntp_exchange *e, int64_t max_distance,
                 int64_t tolerance, int64_t *leap_midnight)
{
	int64_t backwards = MAX(e->asked - a->received, a->sent - e->answered);
	int64_t leap = leap_tolerance(a, leap_midnight);

	return a->stratum >= 1 && a->stratum <= STRATUM_MAX && a->leap != LEAP_UNKNOWN &&
	       a->sent >= a->reference && a->sent - a->reference <= FRESH_NS &&
	       a->root_delay / 2 + a->root_dispersion <= DISPERSION_NS &&
	       (ntp_round_trip(a, e) + a->root_delay) / 2 + a->root_dispersion <= max_distance &&
	       MAX(backwards, 0) - leap <= tolerance;
}

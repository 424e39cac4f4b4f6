// SPDX-License-Identifier: Apache-2.0
#include "resolve.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

/* In netdb.h it is a failure of functions that nobody calls any more. */
#undef NO_DATA
#include "collector.h"

static bool is_literal(const char *host, const char *service, struct addrinfo **ret)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
		                        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };

	return getaddrinfo(host, service, &hints, ret) == 0;
}

int resolve(struct scrape *s, const char *who, const char *host, const char *service,
            struct resolved *ret)
{
	/* Any type, so that no address is named twice. */
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	struct addrinfo *found = NULL;
	int r = 0;

	if (!is_literal(host, service, &found)) {
		if (!hazard(s, scrape_printf(s, "address of %.100s", host)))
			return fail(s, -EBUSY, "%s: %s: still being looked up", who, host);
		r = getaddrinfo(host, service, &hints, &found);
		(void)hazard(s, NULL); /* what follows is polled */
	}
	if (r)
		return fail(s, -EHOSTUNREACH, "%s: %s: %s", who, host, gai_strerror(r));
	ret->count = 0;
	for (const struct addrinfo *a = found; a && ret->count < RESOLVED_MAX; a = a->ai_next)
		if (a->ai_addrlen <= sizeof(ret->addresses[0]))
			memcpy(&ret->addresses[ret->count++], a->ai_addr, a->ai_addrlen);
	freeaddrinfo(found);
	return ret->count ? 0 : fail(s, -EHOSTUNREACH, "%s: %s: no address", who, host);
}

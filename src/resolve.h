// SPDX-License-Identifier: Apache-2.0
/* Internet addresses of hosts by their names. */
#pragma once

#include <netinet/in.h>

#include "util.h"

struct scrape;

enum { RESOLVED_MAX = 16 };

struct resolved {
	size_t count; /* 1 at least */
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} addresses[RESOLVED_MAX];
};

/*
 * Ask the C library, which may ask others and then takes its time: that is a hazard. service is a
 * port or its name. 0 or a negative errno after fail(), that says who wants to know.
 */
int resolve(struct scrape *s, const char *who, const char *host, const char *service,
            struct resolved *ret) MUST_CHECK;

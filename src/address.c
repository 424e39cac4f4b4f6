// SPDX-License-Identifier: Apache-2.0
#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

_Static_assert(ADDRESS_TEXT_MAX >= INET6_ADDRSTRLEN, "the longest address must fit");

const char *address_text(int family, const uint8_t *bytes, char text[static ADDRESS_TEXT_MAX])
{
	static const uint8_t mapped[12] = { [10] = 0xff, 0xff };
	static const uint8_t zeros[12];
	const uint8_t *b = bytes;

	if (family == AF_INET6 && memcmp(b, mapped, sizeof(mapped)) == 0)
		return inet_ntop(AF_INET, b + sizeof(mapped), text, ADDRESS_TEXT_MAX);
	/* inet_ntop(3) would write "::1:2" as "::0.1.0.2". */
	if (family == AF_INET6 && memcmp(b, zeros, sizeof(zeros)) == 0 && (b[12] || b[13])) {
		(void)snprintf(text, ADDRESS_TEXT_MAX, "::%x:%x", b[12] << 8 | b[13],
		               b[14] << 8 | b[15]); /* fits */
		return text;
	}
	return inet_ntop(family, b, text, ADDRESS_TEXT_MAX);
}

// SPDX-License-Identifier: Apache-2.0
#include "address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

_Static_assert(ADDRESS_TEXT_MAX >= INET6_ADDRSTRLEN, "the longest address must fit");

static bool is_zero(const uint8_t *bytes, size_t size)
{
	while (size && !*bytes) {
		bytes++;
		size--;
	}
	return !size;
}

static bool is_mapped(int family, const uint8_t *b)
{
	return family == AF_INET6 && is_zero(b, 10) && b[10] == 0xff && b[11] == 0xff;
}

const char *address_text(int family, const uint8_t *bytes, char text[static ADDRESS_TEXT_MAX])
{
	const uint8_t *b = bytes;

	if (is_mapped(family, b))
		return inet_ntop(AF_INET, b + 12, text, ADDRESS_TEXT_MAX);
	/* inet_ntop(3) would write "::1:2" as "::0.1.0.2". */
	if (family == AF_INET6 && is_zero(b, 12) && !is_zero(b + 12, 2)) {
		(void)snprintf(text, ADDRESS_TEXT_MAX, "::%x:%x", b[12] << 8 | b[13],
		               b[14] << 8 | b[15]); /* fits */
		return text;
	}
	return inet_ntop(family, b, text, ADDRESS_TEXT_MAX);
}

void address_unmap(uint8_t *family, uint8_t bytes[static 16])
{
	if (!is_mapped(*family, bytes))
		return;
	*family = AF_INET;
	memcpy(bytes, bytes + 12, 4);
	memset(bytes + 4, 0, 12);
}

const char *address_scope(int family, const uint8_t *bytes)
{
	const uint8_t *b = bytes;

	if (family == AF_INET) {
		if (b[0] == 127 || (b[0] == 169 && b[1] == 254) ||
		    (b[0] == 224 && b[1] == 0 && b[2] == 0))
			return "link-local";
		if (is_zero(b, 4) || (b[0] & 0xf0) == 0xe0 || (b[0] & b[1] & b[2] & b[3]) == 0xff)
			return "";
		return "global";
	}
	if ((is_zero(b, 15) && b[15] == 1) || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80) ||
	    (b[0] == 0xff && (b[1] & 0x0f) == 2))
		return "link-local";
	if (b[0] == 0xff)
		return (b[1] & 0x0f) == 1 ? "interface-local" : "";
	return is_zero(b, 16) ? "" : "global";
}

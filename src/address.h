// SPDX-License-Identifier: Apache-2.0
/* Internet addresses as text. */
#pragma once

#include "util.h"

enum { ADDRESS_TEXT_MAX = 46 };

/*
 * An address of AF_INET or AF_INET6 as Go writes it: RFC 5952, but those of IPv4 within IPv6
 * (::ffff:192.0.2.1) as those of IPv4. Returns text.
 */
const char *address_text(int family, const uint8_t *bytes, char text[static ADDRESS_TEXT_MAX]);

/* Make an address of IPv4 within IPv6 one of IPv4, as Go does; the bytes behind it are zero. */
void address_unmap(uint8_t *family, uint8_t bytes[static 16]);

/*
 * The scope that an address has by itself, in upstream's words: "link-local", which those of the
 * machine itself are, too, "interface-local", "global", or "" for all others.
 */
const char *address_scope(int family, const uint8_t *bytes);

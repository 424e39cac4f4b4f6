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

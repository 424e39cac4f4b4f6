// SPDX-License-Identifier: Apache-2.0
/* The Authorization header of basic authentication (RFC 7617). */
#pragma once

#include "util.h"

/* Bytes as they came, which may be none, no UTF-8, or have a NUL among them. */
struct basic {
	const char *user;
	size_t user_size;
	const char *password;
	size_t password_size;
};

/*
 * Take a header's value apart as Go's net/http does. space has room for strlen(value) bytes, and
 * *ret points into it. False where it is anything else.
 */
bool basic_parse(const char *value, char *space, struct basic *ret) MUST_CHECK;

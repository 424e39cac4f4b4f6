// SPDX-License-Identifier: Apache-2.0
#include "basic.h"

#include <string.h>
#include <strings.h>

/* The six bits of a digit of base64 (RFC 4648), or -1. */
static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Base64 with its padding. False where it is none. */
static bool decode(const char *text, char *to, size_t *ret_size)
{
	size_t length = strlen(text), digits = strcspn(text, "="), size = 0;
	unsigned bits = 0;

	if (length % 4 != 0 || length - digits > 2 || text[digits + strspn(text + digits, "=")])
		return false;
	for (size_t i = 0; i < digits; i++) {
		int value = digit(text[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (unsigned)value;
		/* The first digit of four completes no byte. */
		if (i % 4 != 0)
			to[size++] = (char)(bits >> (6 - 2 * (i % 4)));
	}
	*ret_size = size;
	return true;
}

bool basic_parse(const char *value, char *space, struct basic *ret)
{
	static const char scheme[] = "Basic ";
	const char *colon;
	size_t size;

	if (strncasecmp(value, scheme, strlen(scheme)) != 0 ||
	    !decode(value + strlen(scheme), space, &size))
		return false;
	colon = memchr(space, ':', size);
	if (!colon)
		return false;
	*ret = (struct basic){ .user = space,
		               .user_size = (size_t)(colon - space),
		               .password = colon + 1,
		               .password_size = size - (size_t)(colon - space) - 1 };
	return true;
}

// SPDX-License-Identifier: Apache-2.0
#include "sanitize.h"

#include <string.h>

#include "metric.h"

#define PLAIN "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

char *sanitize(struct scrape *s, const char *text)
{
	char *name = scrape_printf(s, "%s", text), *to = name;

	while (*text) {
		size_t before = strspn(text, "_");
		size_t odd = strcspn(text + before, PLAIN "_");

		if (odd) {
			text += before + odd;
			text += strspn(text, "_");
			*to++ = '_';
			continue;
		}
		/* The name never gets ahead of text, of which it is a copy at first. */
		for (size_t n = before + strspn(text + before, PLAIN); n > 0; n--)
			*to++ = *text++;
	}
	*to = '\0';
	return name;
}

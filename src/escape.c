// SPDX-License-Identifier: Apache-2.0
#include "escape.h"

#include <string.h>

/* The longest thing one byte becomes ("_dot_"), and what a scheme puts before the name, with NUL.
 */
enum { BYTE_MAX = 5, FRAME_MAX = sizeof("U__") };

/* One character of valid UTF-8, of *ret_size bytes. */
static uint32_t decode(const char *text, size_t *ret_size)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t size = c[0] < 0x80 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	uint32_t rune = size == 1 ? c[0] : c[0] & (0x7fu >> size);

	for (size_t i = 1; i < size; i++)
		rune = rune << 6 | (c[i] & 0x3f);
	*ret_size = size;
	return rune;
}

/* Write at to, where there is room; returns where that ended. */
static char *put_hex(char *to, uint32_t number)
{
	int shift = 28;

	while (shift && !(number >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*to++ = "0123456789abcdef"[number >> shift & 0xf];
	return to;
}

char *escape_name(struct arena *a, const char *name, size_t size, bool is_label,
                  enum escaping escaping)
{
	char *escaped, *to;
	size_t step;

	if (escaping == ESCAPING_UTF8)
		return arena_memdup(a, name, size);
	escaped = to = arena_alloc(a, size * BYTE_MAX + FRAME_MAX);
	if (escaping == ESCAPING_VALUES)
		to = stpcpy(to, "U__");
	for (size_t i = 0; i < size; i += step) {
		uint32_t rune = decode(name + i, &step);
		bool is_legacy = (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z') ||
		                 rune == '_' || (rune >= '0' && rune <= '9' && i > 0) ||
		                 (rune == ':' && !is_label);

		if (escaping == ESCAPING_DOTS && rune == '.') {
			to = stpcpy(to, "_dot_");
		} else if (escaping != ESCAPING_UNDERSCORES && rune == '_') {
			to = stpcpy(to, "__");
		} else if (is_legacy) {
			*to++ = (char)rune;
		} else if (escaping == ESCAPING_VALUES) {
			*to++ = '_';
			to = put_hex(to, rune);
			*to++ = '_';
		} else {
			to = stpcpy(to, escaping == ESCAPING_DOTS ? "__" : "_");
		}
	}
	*to = '\0';
	return escaped;
}

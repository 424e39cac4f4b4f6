// SPDX-License-Identifier: Apache-2.0
/* Requests of any bytes: what may be answered is a head in each reader's eyes. */
#include <string.h>

#include "lax.h"

/* A NUL in its place does not show. */
static bool has_return(const char *line, const char *end)
{
	return end > line && (end[-1] == '\r' || end[-1] == '\0');
}

/* By lines alone: all end alike, none but the last is empty or holds a NUL, fields have names. */
static bool is_head(const char *text, size_t size)
{
	const char *end = memchr(text, '\n', size), *line = text;
	bool returns = end && has_return(text, end);

	for (; line < text + size; line = end + 1) {
		const char *colon = memchr(line, ':', size - (size_t)(line - text));

		end = memchr(line, '\n', size - (size_t)(line - text));
		if (!end || has_return(line, end) != returns)
			return false;
		if (end - line == returns)
			return end + 1 == text + size;
		if (memchr(line, '\0', (size_t)(end - line) - returns) || *line == ' ' ||
		    *line == '\t' || (line > text && (!colon || colon >= end || colon == line)))
			return false;
	}
	return false;
}

/* Whether a colon may have been in its place, in the last line or before it; nor does that show. */
static bool is_blind(const char *text, size_t size)
{
	const char *end = memchr(text, '\n', size), *last = text + size - 4;

	return size > 4 && end && has_return(text, end) && memcmp(last, "\r\n\r\n", 4) != 0 &&
	       memchr(last, '\n', 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t begin, head;

	if (lax_judge(text, size, &begin, &head) == 0 && !is_blind(text + begin, head) &&
	    !is_head(text + begin, head))
		abort();
	return 0;
}

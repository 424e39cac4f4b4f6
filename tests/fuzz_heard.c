// SPDX-License-Identifier: Apache-2.0
/* Bytes of any kind: the heads that are counted are good, and end where libmicrohttpd ends them. */
#include <string.h>

#include "heard.h"

/* Where the next head ends by the lines of libmicrohttpd 0.9.75, 0: nowhere; and where it begins.
 */
static size_t find_head(const char *text, size_t size, size_t *ret_begin)
{
	const char *line = text, *end;
	size_t lines = 0;

	for (; (end = memchr(line, '\n', size - (size_t)(line - text))); line = end + 1) {
		bool is_empty = !*line || line == end || (*line == '\r' && line + 1 == end);

		if (lines && (is_empty || (lines > 1 && *line == ':')))
			return (size_t)(end + 1 - text);
		if (!lines && !is_empty)
			*ret_begin = (size_t)(line - text);
		lines += lines || !is_empty;
	}
	return 0;
}

static size_t count(const char *text, size_t size, const char *what)
{
	const char *end = text + size;
	size_t n = 0;

	while ((text = memmem(text, (size_t)(end - text), what, strlen(what)))) {
		text++;
		n++;
	}
	return n;
}

static bool is_good(const char *text, size_t size)
{
	const char *blank = memchr(text, ' ', size), *end = memchr(text, '\n', size);
	size_t returns = count(text, size, "\r\n");

	return !(returns && returns < count(text, size, "\n")) && !strchr(": \t", text[0]) &&
	       !count(text, size, "\n:") && !count(text, size, "\n ") &&
	       !count(text, size, "\n\t") && !(blank && blank < end && blank[1] == ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t begin = 0, end;
	struct heard h = { 0 };
	unsigned heads = 0;

	while ((end = find_head(text, size, &begin)) && is_good(text + begin, end - begin) &&
	       !memchr(text, '\0', end) && count(text, end, "\r") == count(text, end, "\r\n")) {
		heard_add(&h, text, end - 1);
		if (h.heads != heads)
			abort();
		heard_add(&h, text + end - 1, 1);
		if (h.heads != ++heads)
			abort();
		text += end;
		size -= end;
	}
	heard_add(&h, text, size);
	if (h.heads != heads)
		abort();
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "markup.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "number.h"
#include "text.h"

#define REPLACEMENT "\xef\xbf\xbd"

static const char *html_escape(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\n':
	case '\t':
		return " ";
	default:
		return c < ' ' || c == 0x7f ? REPLACEMENT : NULL;
	}
}

void markup_html(struct buffer *b, const char *text, size_t max)
{
	size_t size = strlen(text), used = 0;

	while (used < size) {
		size_t length = utf8_character(text + used, size - used);
		const char *escape = length ? html_escape((unsigned char)text[used]) : REPLACEMENT;

		if (used + MAX(length, 1) > max) {
			buffer_add_text(b, "…");
			return;
		}
		if (escape)
			buffer_add_text(b, escape);
		else
			buffer_add(b, text + used, length);
		used += MAX(length, 1);
	}
}

static void add_json_character(struct buffer *b, const char *at, size_t length)
{
	unsigned char c = (unsigned char)*at;

	if (!length)
		buffer_add_text(b, REPLACEMENT);
	else if (c == '"' || c == '\\')
		markup_printf(b, "\\%c", c);
	else if (c < ' ' || c == 0x7f || c == '<')
		markup_printf(b, "\\u%04x", c);
	else
		buffer_add(b, at, length);
}

void markup_json(struct buffer *b, const char *text)
{
	size_t size = strlen(text);

	buffer_add_text(b, "\"");
	for (size_t used = 0, length; used < size; used += MAX(length, 1)) {
		length = utf8_character(text + used, size - used);
		add_json_character(b, text + used, length);
	}
	buffer_add_text(b, "\"");
}

void markup_json_number(struct buffer *b, double value)
{
	char text[NUMBER_TEXT_MAX];

	if (isfinite(value))
		buffer_add(b, text, number_format(value, text));
	else
		buffer_add_text(b, "null");
}

void markup_printf(struct buffer *b, const char *fmt, ...)
{
	char text[512];
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (length > 0)
		buffer_add(b, text, MIN((size_t)length, sizeof(text) - 1));
}

// SPDX-License-Identifier: Apache-2.0
#include "heard.h"

static void end_line(struct heard *h)
{
	char size = h->is_return ? 2 : 1;

	if (h->place == HEARD_BETWEEN)
		return;
	if (h->line_end && h->line_end != size) {
		h->place = HEARD_ODD;
	} else if (h->place == HEARD_FIELD) {
		h->heads++;
		h->place = HEARD_BETWEEN;
		h->line_end = 0;
	} else {
		h->place = HEARD_FIELD;
		h->line_end = size;
	}
}

/* Where this one leads, which is no NUL and no part of a line's end. */
static int find_place(int place, char c)
{
	switch (place) {
	case HEARD_BETWEEN:
	case HEARD_FIELD:
		if (c == ':' || c == ' ' || c == '\t')
			return HEARD_ODD;
		return place == HEARD_BETWEEN ? HEARD_METHOD : HEARD_LINE;
	case HEARD_METHOD:
		return c == ' ' ? HEARD_TARGET : HEARD_METHOD;
	case HEARD_TARGET:
		return c == ' ' ? HEARD_ODD : HEARD_LINE;
	default:
		return place;
	}
}

void heard_add(struct heard *h, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size && h->place != HEARD_ODD; i++) {
		char c = bytes[i];

		if (c == '\0' || (h->is_return && c != '\n'))
			h->place = HEARD_ODD;
		else if (c == '\n')
			end_line(h);
		else if (c != '\r')
			h->place = find_place(h->place, c);
		h->is_return = c == '\r';
	}
}

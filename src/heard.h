// SPDX-License-Identifier: Apache-2.0
/* The bytes of requests as they come in, before anybody takes them apart: how many good heads. */
#pragma once

#include "util.h"

/*
 * What a client has said, from its first byte; begins as zeros.
 *
 * A head is good where all readers see the same lines in it, and the same end: no NUL, no CR but
 * before an LF, lines that all end with CRLF or all with LF, none that begins with a colon or a
 * blank (a folded one), one blank behind the method. It ends with an empty line, and empty ones
 * may come before it, ended in any way. What comes behind anything else is not looked at: that
 * head has to be refused, and the connection to end.
 */
struct heard {
	unsigned heads; /* good ones that have ended */
	enum {
		HEARD_BETWEEN, /* heads, where a line begins */
		HEARD_METHOD,
		HEARD_TARGET, /* where it begins */
		HEARD_LINE,   /* all the rest of it */
		HEARD_FIELD,  /* where it begins, or the empty line */
		HEARD_ODD,    /* no good head, for good */
	} place;
	bool is_return; /* the last byte was a CR */
	char line_end;  /* bytes at the end of each line of this head; 0: not known yet */
};

/* It goes on with these bytes. */
void heard_add(struct heard *h, const char *bytes, size_t size);

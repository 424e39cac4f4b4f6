// SPDX-License-Identifier: Apache-2.0
/*
 * What people and their tools look at: the page at /, its changing parts, the same as JSON, and all
 * metrics as JSON. Made of what host.h and history.h remember; every text in it may come from
 * anybody.
 */
#pragma once

#include "buffer.h"
#include "gather.h"

/* Whether --web.page has the whole of it. */
bool page_is_full(void);

/* Append the page with the figures of the last run; it works without its script. */
void page_html(struct buffer *b);

/* Append what page.js replaces each second: elements with an id, as they stand in the page. */
void page_live(struct buffer *b);

/* Append the figures as JSON. */
void page_status(struct buffer *b);

/* Append families with help, type and values as JSON, some series of each. */
void page_metrics(struct buffer *b, const struct gather *g);

/* Append the page that --web.page=plain is: constants and links. */
void page_plain(struct buffer *b);

/* The value of Content-Security-Policy for all of these. */
extern const char page_policy[];

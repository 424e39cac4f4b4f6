// SPDX-License-Identifier: Apache-2.0
/* Names of metrics made of names that others chose. */
#pragma once

struct scrape;

/*
 * text with every run of characters that no metric may have, and the underscores on both sides of
 * it, replaced by one underscore, as upstream does. Other underscores stay as they are:
 * "a_-_b" is "a_b", but "a__b" and "a-_-b" are "a__b". Lives as long as s.
 */
char *sanitize(struct scrape *s, const char *text);

// SPDX-License-Identifier: Apache-2.0
/* JSON (RFC 8259), read from the beginning to the end. */
#pragma once

#include "util.h"

struct scrape;

/* A text that is being read. After the first error nothing more comes of it. */
struct json {
	char *at;
	const char *error; /* what was expected there; NULL: all is well so far */
	bool is_first;     /* no comma is due before the next item */
};

/* A whole file of at most 1 MiB. 0 or a negative errno after fail(). */
int json_open(struct scrape *s, struct json *j, const char *path) MUST_CHECK;

/*
 * Step into an array or an object, by its bracket ('[' or '{'), and see whether there is another
 * item; at the end it steps out and says no:
 *
 *   for (json_enter(&j, '['); json_has_next(&j, ']');)
 */
void json_enter(struct json *j, char bracket);
bool json_has_next(struct json *j, char bracket);

/* The name of an object's next member; its value must be read, too. */
const char *json_name(struct json *j);

/* A value: a text, which lives as long as the file's; a number; one that nobody wants. */
const char *json_text(struct json *j);
double json_number(struct json *j);
void json_skip(struct json *j);

/* -EINVAL after fail() where something was not as expected, which names path; else 0. */
int json_check(struct scrape *s, const struct json *j, const char *path) MUST_CHECK;

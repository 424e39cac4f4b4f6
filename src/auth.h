// SPDX-License-Identifier: Apache-2.0
/* Passwords: how they are remembered, and the process that checks them by bcrypt. */
#pragma once

#include "util.h"

enum {
	AUTH_PASSWORD_MAX = 72, /* bytes that bcrypt looks at */
	AUTH_HASH_SIZE = 60,
	AUTH_KEY_SIZE = 32,
	AUTH_DIGEST_SIZE = 32,
};

/* Server to auth: is this the password? */
struct auth_question {
	uint64_t serial;
	uint32_t cost;                 /* as much work (2^cost) as any refusal takes */
	char hash[AUTH_HASH_SIZE + 1]; /* bcrypt's, of at most that cost; "": of nobody */
	char password[AUTH_PASSWORD_MAX + 1];
};

/* Auth to server. */
struct auth_answer {
	uint64_t serial;
	uint32_t is_good;
};

/* The cost of a bcrypt hash that the web configuration has taken: 4 to 31. */
unsigned auth_cost(const char *hash);

/* Why passwords cannot be checked in this build or on this system; NULL: they can. */
const char *auth_hindrance(void);

/* A key for auth_digest() that nobody knows. */
void auth_make_key(uint8_t ret[static AUTH_KEY_SIZE]);

/* HMAC-SHA256 by that key over parts, each with its length in front. */
struct auth_part {
	const void *bytes;
	size_t size;
};
void auth_digest(const uint8_t key[static AUTH_KEY_SIZE], const struct auth_part *parts,
                 size_t n_parts, uint8_t ret[static AUTH_DIGEST_SIZE]);

/*
 * Check one password. A refusal takes 2^cost rounds of bcrypt, whatever the cost of the hash, and
 * whether or not there is one.
 */
bool auth_check(const struct auth_question *question) MUST_CHECK;

/*
 * The life of the process: one question after the other from channel, which is all that it has.
 * Does not return.
 */
void auth_main(int channel) __attribute__((noreturn));

// SPDX-License-Identifier: Apache-2.0
/* Stands in for auth.c in builds without libcrypt or GnuTLS, where nobody asks for passwords. */
#include "auth.h"

const char *auth_hindrance(void)
{
	return "built without libcrypt or GnuTLS";
}

unsigned auth_cost(const char *hash)
{
	(void)hash;
	return 0;
}

void auth_make_key(uint8_t ret[static AUTH_KEY_SIZE])
{
	(void)ret;
	abort();
}

void auth_digest(const uint8_t key[static AUTH_KEY_SIZE], const struct auth_part *parts,
                 size_t n_parts, uint8_t ret[static AUTH_DIGEST_SIZE])
{
	(void)key;
	(void)parts;
	(void)n_parts;
	(void)ret;
	abort();
}

bool auth_check(const struct auth_question *question)
{
	(void)question;
	return false;
}

void auth_main(int channel)
{
	(void)channel;
	abort();
}

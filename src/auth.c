// SPDX-License-Identifier: Apache-2.0
#include "auth.h"

#include <crypt.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lock.h"
#include "log.h"
#include "wire.h"

enum {
	SALT_END = 29, /* "$2b$10$" and 22 digits */
	NICENESS = 5,  /* who is let in already comes first */
};

unsigned auth_cost(const char *hash)
{
	return (unsigned)(hash[4] - '0') * 10 + (unsigned)(hash[5] - '0');
}

/*
 * The hash of a password with the cost and salt of another one (of which no more is looked at), in
 * data. NULL where libcrypt refuses. "$2a$", which libcrypt has its own mind about, and "$2y$" mean
 * what "$2b$" does.
 */
static const char *hash_like(const char *hash, const char *password, struct crypt_data *data)
{
	char setting[SALT_END + 1];
	const char *made;

	memcpy(setting, hash, SALT_END);
	setting[SALT_END] = '\0';
	setting[2] = 'b';
	made = crypt_r(password, setting, data);
	return made && strlen(made) == AUTH_HASH_SIZE && strncmp(made, "$2b$", 4) == 0 ? made
	                                                                               : NULL;
}

/* Work that comes to nothing. */
static void work(unsigned cost, const char *password, struct crypt_data *data)
{
	char setting[] = "$2b$04$......................";

	setting[4] = (char)('0' + cost / 10);
	setting[5] = (char)('0' + cost % 10);
	(void)hash_like(setting, password, data);
}

bool auth_check(const struct auth_question *question)
{
	struct crypt_data *data = xcalloc(1, sizeof(*data));
	const char *hash = question->hash, *made;
	bool is_good = false;

	if (*hash) {
		made = hash_like(hash, question->password, data);
		/* All behind "$2b", which may be another letter there. */
		is_good = made && gnutls_memcmp(made + 3, hash + 3, AUTH_HASH_SIZE - 3) == 0;
		/* 2^a + 2^a + 2^(a+1) + … + 2^(b-1) is 2^b. */
		for (unsigned cost = auth_cost(hash); !is_good && cost < question->cost; cost++)
			work(cost, question->password, data);
	} else {
		work(question->cost, question->password, data);
	}
	explicit_bzero(data, sizeof(*data));
	free(data);
	return is_good;
}

const char *auth_hindrance(void)
{
	static const char of_nothing[] = "$2b$04$......................";
	struct crypt_data *data = xcalloc(1, sizeof(*data));
	bool is_known = hash_like(of_nothing, "", data) != NULL;

	free(data);
	return is_known ? NULL : "this system's libcrypt does not know bcrypt";
}

void auth_make_key(uint8_t ret[static AUTH_KEY_SIZE])
{
	ssize_t n;

	/* So few bytes come whole, once there are any. */
	do {
		n = getrandom(ret, AUTH_KEY_SIZE, 0);
	} while (n < 0 && errno == EINTR);
	if (n != AUTH_KEY_SIZE)
		abort();
}

void auth_digest(const uint8_t key[static AUTH_KEY_SIZE], const struct auth_part *parts,
                 size_t n_parts, uint8_t ret[static AUTH_DIGEST_SIZE])
{
	static const uint8_t nothing[2 * 64];
	gnutls_hmac_hd_t hmac;

	if (gnutls_hmac_init(&hmac, GNUTLS_MAC_SHA256, key, AUTH_KEY_SIZE) < 0)
		abort(); /* out of memory */
	for (size_t i = 0; i < n_parts; i++) {
		uint64_t size = parts[i].size;

		if (gnutls_hmac(hmac, &size, sizeof(size)) < 0 ||
		    gnutls_hmac(hmac, parts[i].bytes, parts[i].size) < 0)
			abort();
	}
	gnutls_hmac_output(hmac, ret);
	/* What it has buffered of the last part is written over. */
	if (gnutls_hmac(hmac, nothing, sizeof(nothing)) < 0)
		abort();
	gnutls_hmac_deinit(hmac, NULL);
}

void auth_main(int channel)
{
	struct auth_question question;

	(void)lock_away_files();
	(void)lock_away_calls();
	/* Where that is not possible it is not needed either. */
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
	for (;;) {
		struct auth_answer answer;

		if (wire_receive(channel, &question, sizeof(question), NULL, 0) !=
		    (int)sizeof(question))
			_exit(0);
		answer = (struct auth_answer){ .serial = question.serial,
			                       .is_good = auth_check(&question) };
		explicit_bzero(&question, sizeof(question));
		if (wire_send(channel, &answer, sizeof(answer), NULL, 0) < 0)
			_exit(0);
	}
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Who may be answered: passwords that are known already, and those that wait for the process that
 * checks them. Part of the server; knows nothing of libmicrohttpd.
 */
#pragma once

#include <sys/socket.h>

#include "auth.h"
#include "webconfig.h"
#include "wire.h"

enum login {
	LOGIN_GOOD,
	LOGIN_BAD,
	LOGIN_BUSY, /* too many wait, or the check took too long */
	LOGIN_WAITING,
	LOGIN_UNDER_WAY,
};

struct request;

/* A user and password to be checked, for all requests that have the same from the same source. */
struct check {
	struct check *next;       /* that came later */
	struct request *requests; /* that wait for it; the web's */
	enum login login;
	struct source *source; /* NULL: it has been driven out */
	size_t user;           /* of the configuration's; n_users: of nobody */
	unsigned n_tries;
	size_t password_size;
	char password[AUTH_PASSWORD_MAX];
	uint8_t digest[AUTH_DIGEST_SIZE];
};

/*
 * Begin: config has to stay; keeper is the channel to it, and the channel to the process is added
 * to epoll with tag. Without users nothing is done, and login_ask() is not to be called.
 */
void login_open(const struct webconfig *config, int keeper, int epoll, void *tag);

/*
 * May somebody in who sends this Authorization header (NULL: none)? LOGIN_WAITING where that has to
 * be found out; then the request is to be put into *ret.
 */
enum login login_ask(const char *header, const struct sockaddr *from, struct check **ret);

/* All checks, the oldest first. The web ends those that are neither waiting nor under way. */
struct check *login_first(void);

/* The check whose turn it is, or NULL where none can begin now. Then begin or end it. */
struct check *login_next(void);
void login_begin(struct check *check);
void login_end(struct check *check);

/* A message of the keeper's, with its descriptors. False where it is not about the process. */
bool login_hear_keeper(const struct wire_message *m, const int fds[static 2]);

/* The process' channel can be read. */
void login_hear(void);

/* Do what is due, and say when to call again (now_ns() time; INT64_MAX: never). */
int64_t login_tick(void);

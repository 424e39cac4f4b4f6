// SPDX-License-Identifier: Apache-2.0
#include "login.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "basic.h"
#include "log.h"
#include "source.h"

#define CHECK_NS (60 * NS_PER_SEC) /* a check that takes longer is given up */
#define STEADY_NS NS_PER_SEC       /* a process that lived so long may come back at once */
#define SAY_NS (60 * NS_PER_SEC)   /* between records about refused passwords */

enum {
	CHECKS_MAX = 128,
	CHECKS_OF_SOURCE = 16,
	TRIES_MAX = 2,
	REFUSED_MAX = 256,
};

/* A password that was refused, or a user's good one. All zero: none. */
struct known {
	uint8_t digest[AUTH_DIGEST_SIZE];
};

static struct {
	const struct webconfig *config;
	uint8_t key[AUTH_KEY_SIZE];
	struct known *good;                /* one for each user */
	struct known refused[REFUSED_MAX]; /* by the digest's first byte */
	unsigned cost;                     /* the highest of all users' */
	struct sources sources;
	struct check *checks;
	size_t n_checks;
	uint64_t n_failed; /* since it was said */
	int64_t say_at;    /* not before then */
	/* The process. */
	int keeper;
	int epoll;
	void *tag;
	pid_t pid; /* 0: there is none */
	int channel;
	int64_t started;
	int64_t spawn_at;
	bool is_asked_for;
	struct check *under_way;
	uint64_t serial; /* of the last question */
	int64_t began;
} self = { .channel = -1 };

void login_open(const struct webconfig *config, int keeper, int epoll, void *tag)
{
	self.config = config;
	self.keeper = keeper;
	self.epoll = epoll;
	self.tag = tag;
	if (!config->n_users)
		return;
	auth_make_key(self.key);
	self.good = xcalloc(config->n_users, sizeof(*self.good));
	for (size_t i = 0; i < config->n_users; i++)
		self.cost = MAX(self.cost, auth_cost(config->users[i].hash));
}

/* --- What is known --- */

/* The index of a user; n_users where there is none. */
static size_t find_user(const struct basic *basic)
{
	const struct webconfig *config = self.config;
	size_t i = 0;

	/* A password with a NUL is nobody's: bcrypt would not see what is behind it. */
	if (memchr(basic->password, '\0', basic->password_size))
		return config->n_users;
	while (i < config->n_users &&
	       (strlen(config->users[i].name) != basic->user_size ||
	        memcmp(config->users[i].name, basic->user, basic->user_size) != 0))
		i++;
	return i;
}

static const char *hash_of(size_t user)
{
	return user < self.config->n_users ? self.config->users[user].hash : "";
}

static void set_digest(struct check *check, const struct basic *basic)
{
	const char *hash = hash_of(check->user);
	struct auth_part parts[] = {
		{ basic->user, basic->user_size },
		{ hash, strlen(hash) },
		{ check->password, check->password_size },
	};

	auth_digest(self.key, parts, ARRAY_SIZE(parts), check->digest);
}

static bool is_same(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, AUTH_DIGEST_SIZE) == 0;
}

static void remember(const struct check *check)
{
	struct known *known = check->login == LOGIN_GOOD ? &self.good[check->user]
	                                                 : &self.refused[check->digest[0]];

	memcpy(known->digest, check->digest, sizeof(known->digest));
}

/* LOGIN_WAITING where it is not known. */
static enum login recall(const struct check *check)
{
	if (check->user < self.config->n_users &&
	    is_same(self.good[check->user].digest, check->digest))
		return LOGIN_GOOD;
	return is_same(self.refused[check->digest[0]].digest, check->digest) ? LOGIN_BAD
	                                                                     : LOGIN_WAITING;
}

/* --- Failures in the log --- */

static void say_failures(int64_t now)
{
	struct source *most = NULL;
	char address[SOURCE_TEXT_MAX], count[24], of_most[24];

	if (!self.n_failed || now < self.say_at)
		return;
	for (size_t i = 0; i < SOURCES_MAX; i++)
		if (!most || self.sources.all[i].n_failed > most->n_failed)
			most = &self.sources.all[i];
	(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)self.n_failed);
	(void)snprintf(of_most, sizeof(of_most), "%llu", (unsigned long long)most->n_failed);
	log_at(LOG_WARN, "Passwords were refused", "count", count, "address",
	       source_text(most, address), "count_of_address", of_most);
	for (size_t i = 0; i < SOURCES_MAX; i++)
		self.sources.all[i].n_failed = 0;
	self.n_failed = 0;
	self.say_at = now + SAY_NS;
}

static enum login refuse(struct source *source)
{
	source->n_failed++;
	self.n_failed++;
	say_failures(now_ns());
	return LOGIN_BAD;
}

/* --- Checks --- */

struct check *login_first(void)
{
	return self.checks;
}

/* It waits no longer: another one may, and its source may be forgotten. */
static void leave(struct check *check)
{
	self.n_checks--;
	check->source->n_waiting--;
	check->source = NULL;
}

void login_end(struct check *check)
{
	struct check **at = &self.checks;

	while (*at != check)
		at = &(*at)->next;
	*at = check->next;
	if (check->source)
		leave(check);
	explicit_bzero(check, sizeof(*check));
	free(check);
}

/* Whether a's checks should rather make room than b's. */
static bool is_worse(const struct source *a, const struct source *b, int64_t now)
{
	int64_t debt_a = source_debt(a, now), debt_b = source_debt(b, now);

	return debt_a != debt_b ? debt_a > debt_b : a->n_waiting > b->n_waiting;
}

/* The newest check of the worst source, where that is worse than the newcomer's; or NULL. */
static struct check *find_victim(const struct source *newcomer)
{
	const struct source *worst = newcomer;
	struct check *victim = NULL;
	int64_t now = now_ns();

	for (struct check *c = self.checks; c; c = c->next) {
		if (c->login != LOGIN_WAITING ||
		    (c->source != worst && !is_worse(c->source, worst, now)))
			continue;
		worst = c->source;
		victim = worst == newcomer ? NULL : c;
	}
	return victim;
}

/* Let a check wait, with those who ask the same. */
static enum login enqueue(const struct check *asked, struct check **ret)
{
	struct check **at = &self.checks, *victim;

	for (; *at; at = &(*at)->next) {
		struct check *c = *at;

		if (c->source != asked->source || !is_same(c->digest, asked->digest) ||
		    (c->login != LOGIN_WAITING && c->login != LOGIN_UNDER_WAY))
			continue;
		*ret = c;
		return LOGIN_WAITING;
	}
	if (asked->source->n_waiting >= CHECKS_OF_SOURCE)
		return LOGIN_BUSY;
	/* It counts like those that it is compared with. */
	asked->source->n_waiting++;
	if (self.n_checks >= CHECKS_MAX) {
		victim = find_victim(asked->source);
		if (!victim) {
			asked->source->n_waiting--;
			return LOGIN_BUSY;
		}
		/* It is ended by the web, which is soon. */
		victim->login = LOGIN_BUSY;
		leave(victim);
	}
	*at = xmalloc(sizeof(**at));
	**at = *asked;
	self.n_checks++;
	*ret = *at;
	return LOGIN_WAITING;
}

static enum login ask(const struct basic *basic, struct source *source, struct check **ret)
{
	struct check check = { .login = LOGIN_WAITING,
		               .source = source,
		               .user = find_user(basic),
		               .password_size = MIN(basic->password_size, AUTH_PASSWORD_MAX) };
	enum login login;

	memcpy(check.password, basic->password, check.password_size);
	set_digest(&check, basic);
	login = recall(&check);
	if (login == LOGIN_WAITING)
		login = enqueue(&check, ret);
	else if (login == LOGIN_BAD)
		login = refuse(source);
	explicit_bzero(&check, sizeof(check));
	return login;
}

enum login login_ask(const char *header, const struct sockaddr *from, struct check **ret)
{
	struct source *source;
	struct basic basic;
	enum login login;
	size_t size;
	char *space;

	if (!header)
		return LOGIN_BAD;
	source = source_find(&self.sources, from);
	size = strlen(header) + 1;
	space = xmalloc(size);
	login = basic_parse(header, space, &basic) ? ask(&basic, source, ret) : refuse(source);
	explicit_bzero(space, size);
	free(space);
	return login;
}

struct check *login_next(void)
{
	int64_t now = now_ns(), least = INT64_MAX;
	struct check *next = NULL;

	if (self.channel < 0 || self.under_way)
		return NULL;
	for (struct check *c = self.checks; c; c = c->next) {
		if (c->login != LOGIN_WAITING || source_debt(c->source, now) >= least)
			continue;
		least = source_debt(c->source, now);
		next = c;
	}
	return next;
}

/* --- The process that checks --- */

void login_begin(struct check *check)
{
	struct auth_question question = { .serial = ++self.serial, .cost = self.cost };
	const char *hash = hash_of(check->user);

	memcpy(question.hash, hash, strlen(hash));
	memcpy(question.password, check->password, check->password_size);
	check->login = LOGIN_UNDER_WAY;
	check->n_tries++;
	self.under_way = check;
	self.began = now_ns();
	/* Should that fail it has died, which the keeper says. */
	(void)wire_send(self.channel, &question, sizeof(question), NULL, 0);
	explicit_bzero(&question, sizeof(question));
}

static void settle(struct check *check, bool is_good)
{
	self.under_way = NULL;
	check->login = is_good ? LOGIN_GOOD : LOGIN_BAD;
	remember(check);
	if (is_good) {
		source_succeeded(check->source);
	} else {
		source_failed(check->source, now_ns());
		(void)refuse(check->source);
	}
}

static void close_channel(void)
{
	cleanup_fd(&self.channel);
	self.channel = -1;
}

void login_hear(void)
{
	struct auth_answer answer;
	int n = wire_receive(self.channel, &answer, sizeof(answer), NULL, 0);

	if (n == -EAGAIN)
		return;
	if (n != (int)sizeof(answer)) {
		/* It has died; the keeper says so, too. */
		close_channel();
		return;
	}
	if (self.under_way && answer.serial == self.serial)
		settle(self.under_way,
		       answer.is_good && self.under_way->user < self.config->n_users);
}

static void started(pid_t pid, int channel)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = self.tag };

	if (fcntl(channel, F_SETFL, O_NONBLOCK) < 0 ||
	    epoll_ctl(self.epoll, EPOLL_CTL_ADD, channel, &event) < 0) {
		log_at(LOG_ERROR, "The channel for passwords could not be set up", "err",
		       error_text(errno));
		_exit(1);
	}
	self.pid = pid;
	self.channel = channel;
	self.started = now_ns();
	self.is_asked_for = false;
}

static void died(void)
{
	struct check *check = self.under_way;
	int64_t now = now_ns();

	log_at(LOG_ERROR, "The process that checks passwords died and is started again");
	self.pid = 0;
	close_channel();
	self.spawn_at = now - self.started > STEADY_NS ? now : now + STEADY_NS;
	self.under_way = NULL;
	if (check)
		check->login = check->n_tries < TRIES_MAX ? LOGIN_WAITING : LOGIN_BUSY;
}

bool login_hear_keeper(const struct wire_message *m, const int fds[static 2])
{
	if (m->kind == WIRE_AUTH) {
		started(m->pid, fds[0]);
	} else if (m->kind == WIRE_NO_AUTH) {
		self.is_asked_for = false;
		self.spawn_at = now_ns() + STEADY_NS;
	} else if (m->kind == WIRE_EXITED && self.pid && m->pid == self.pid) {
		died();
	} else {
		return false;
	}
	return true;
}

/* Its answer would come too late for everybody. */
static void give_up(void)
{
	struct wire_message kill = { .kind = WIRE_KILL, .pid = self.pid };

	log_at(LOG_ERROR, "A password takes too long to check; its hash may have too high a cost");
	self.under_way->n_tries = TRIES_MAX;
	self.began = INT64_MAX - CHECK_NS;
	(void)wire_send(self.keeper, &kill, sizeof(kill), NULL, 0);
}

static void ask_for_process(void)
{
	struct wire_message spawn = { .kind = WIRE_SPAWN_AUTH };

	self.is_asked_for = wire_send(self.keeper, &spawn, sizeof(spawn), NULL, 0) == 0;
}

int64_t login_tick(void)
{
	int64_t now = now_ns(), next = INT64_MAX;

	if (!self.config->n_users)
		return INT64_MAX;
	if (!self.pid && !self.is_asked_for && now >= self.spawn_at)
		ask_for_process();
	if (self.under_way && now - self.began >= CHECK_NS)
		give_up();
	say_failures(now);
	if (!self.pid && !self.is_asked_for)
		next = MAX(self.spawn_at, now + NS_PER_MS);
	if (self.under_way)
		next = MIN(next, self.began + CHECK_NS);
	return self.n_failed ? MIN(next, self.say_at) : next;
}

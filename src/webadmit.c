// SPDX-License-Identifier: Apache-2.0
#include "webadmit.h"

#include <poll.h>
#include <string.h>
#include <strings.h>

#include "login.h"
#include "options.h"
#include "rate.h"
#include "text.h"

#define TIMEOUT_MAX 86400.0        /* seconds a client may claim to wait */
#define LOGIN_NS (30 * NS_PER_SEC) /* nobody waits longer to be let in */
#define LOGIN_RETRY "5"            /* s, for whom nobody had the time to let in */

static struct {
	const struct webconfig *config;
	struct rate rate;
} self;

void webadmit_open(const struct webconfig *config)
{
	self.config = config;
	self.rate = (struct rate){ .interval = config->rate_interval, .burst = config->rate_burst };
}

/* Answer somebody who is not let in. */
static void set_refused(struct request *q, enum login login)
{
	const char *name = MHD_HTTP_HEADER_WWW_AUTHENTICATE, *value = "Basic";

	if (login == LOGIN_BAD) {
		request_set_text(q, MHD_HTTP_UNAUTHORIZED, "Unauthorized\n");
	} else {
		request_set_text(q, MHD_HTTP_SERVICE_UNAVAILABLE,
		                 "Too many passwords are being checked, try again later.\n");
		name = MHD_HTTP_HEADER_RETRY_AFTER;
		value = LOGIN_RETRY;
	}
	body_add(q->body, name, value);
}

/* What was found out about a request's password; libmicrohttpd goes on with it. */
static void settle(struct request *q, enum login login)
{
	if (login == LOGIN_GOOD)
		q->state = REQUEST_LET_IN;
	else
		set_refused(q, login);
	request_resume(q);
}

/* Whether a suspended request's client has closed its connection, which libmicrohttpd does not see.
 */
static bool is_gone(const struct request *q)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd fd = { .fd = info ? info->connect_fd : -1, .events = POLLRDHUP };

	return poll(&fd, 1, 0) > 0;
}

/* Take those out who wait no longer. */
static void drop_gone(struct check *check)
{
	struct request **at = &check->requests;

	while (*at) {
		struct request *q = *at;

		if (!is_gone(q)) {
			at = &q->next;
			continue;
		}
		*at = q->next;
		q->state = REQUEST_GONE;
		request_resume(q);
	}
}

static int64_t answer_late(struct check *check, int64_t now)
{
	struct request **at = &check->requests;
	int64_t next = INT64_MAX;

	while (*at) {
		struct request *q = *at;

		if (now < q->login_deadline) {
			next = MIN(next, q->login_deadline);
			at = &q->next;
			continue;
		}
		*at = q->next;
		settle(q, LOGIN_BUSY);
	}
	return next;
}

int64_t webadmit_answer(int64_t now)
{
	int64_t next = INT64_MAX;
	struct check *check;

	for (struct check *c = login_first(), *after; c; c = after) {
		after = c->next;
		if (c->login == LOGIN_WAITING || c->login == LOGIN_UNDER_WAY) {
			next = MIN(next, answer_late(c, now));
			continue;
		}
		while (c->requests) {
			struct request *q = c->requests;

			c->requests = q->next;
			settle(q, c->login);
		}
		login_end(c);
	}
	while ((check = login_next())) {
		drop_gone(check);
		if (check->requests)
			login_begin(check);
		else
			login_end(check);
	}
	return next;
}

/*
 * When the answer has to go out: the scraper's own timeout less an offset, which is at most half of
 * it, or the flag's.
 */
static int64_t find_deadline(const struct request *q, int64_t *ret_named)
{
	const char *text = request_header(q, "X-Prometheus-Scrape-Timeout-Seconds");
	int64_t timeout = options.scrape_timeout;
	double seconds;

	if (text && parse_double(text, &seconds) == 0 && seconds > 0 && seconds <= TIMEOUT_MAX) {
		timeout = *ret_named = (int64_t)(seconds * 1e9);
		timeout -= MIN(options.timeout_offset, timeout / 2);
	}
	return now_ns() + MAX(timeout, NS_PER_MS);
}

static const struct sockaddr *address_of(const struct request *q)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(q->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info ? info->client_addr : NULL;
}

/* Overwrite passwords: libmicrohttpd gives its memory back as it is. */
static enum MHD_Result wipe(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_size,
                            const char *value, size_t value_size)
{
	static const char wanted[] = MHD_HTTP_HEADER_AUTHORIZATION;

	(void)cls, (void)kind;
	if (value && name_size == strlen(wanted) && strncasecmp(name, wanted, name_size) == 0)
		explicit_bzero((char *)(uintptr_t)value, value_size);
	return MHD_YES;
}

bool webadmit_ask(struct request *q)
{
	enum login login = LOGIN_GOOD;
	struct check *check = NULL;
	int64_t now = now_ns();

	q->deadline = find_deadline(q, &q->timeout);
	q->is_admitted = rate_allows(&self.rate, now);
	if (self.config->n_users && q->is_admitted)
		login = login_ask(request_header(q, MHD_HTTP_HEADER_AUTHORIZATION), address_of(q),
		                  &check);
	(void)MHD_get_connection_values_n(q->connection, MHD_HEADER_KIND, wipe, NULL);
	if (!q->is_admitted) {
		request_set_text(q, MHD_HTTP_TOO_MANY_REQUESTS, "Too Many Requests\n");
		return false;
	}
	if (login == LOGIN_GOOD)
		return true;
	if (login != LOGIN_WAITING) {
		set_refused(q, login);
		return false;
	}
	q->login_deadline = MIN(q->deadline, now + LOGIN_NS);
	q->next = check->requests;
	check->requests = q;
	request_suspend(q);
	return false;
}

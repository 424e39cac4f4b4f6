// SPDX-License-Identifier: Apache-2.0
#include "source.h"

#include <netinet/in.h>
#include <string.h>

#define FAILURE_NS (10 * NS_PER_SEC)
#define DEBT_MAX_NS (3600 * NS_PER_SEC)

enum { IPV6_PREFIX = 8 };

static struct source make_key(const struct sockaddr *address)
{
	struct source key = { .family = 0 };

	if (!address)
		return key;
	key.family = (uint8_t)address->sa_family;
	if (address->sa_family == AF_INET)
		memcpy(key.bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
		       4);
	if (address->sa_family == AF_INET6)
		memcpy(key.bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
		       16);
	address_unmap(&key.family, key.bytes);
	if (key.family == AF_INET6)
		memset(key.bytes + IPV6_PREFIX, 0, sizeof(key.bytes) - IPV6_PREFIX);
	return key;
}

/* Whether a is a better one to forget than b. */
static bool is_lesser(const struct source *a, const struct source *b)
{
	return b->family && (!a->family || a->debt_until < b->debt_until);
}

struct source *source_find(struct sources *sources, const struct sockaddr *address)
{
	struct source key = make_key(address), *least = NULL;

	for (size_t i = 0; i < SOURCES_MAX; i++) {
		struct source *s = &sources->all[i];

		if (s->family == key.family && memcmp(s->bytes, key.bytes, sizeof(key.bytes)) == 0)
			return s;
		if (!s->n_waiting && (!least || is_lesser(s, least)))
			least = s;
	}
	if (!least)
		abort();
	*least = key;
	return least;
}

int64_t source_debt(const struct source *source, int64_t now)
{
	return MAX(source->debt_until - now, 0);
}

void source_failed(struct source *source, int64_t now)
{
	int64_t debt = source_debt(source, now) + FAILURE_NS;

	source->debt_until = now + MIN(debt, DEBT_MAX_NS);
}

void source_succeeded(struct source *source)
{
	source->debt_until = 0;
}

const char *source_text(const struct source *source, char text[static SOURCE_TEXT_MAX])
{
	if (source->family == AF_UNIX)
		return "unix";
	if (source->family != AF_INET && source->family != AF_INET6)
		return "?";
	(void)address_text(source->family, source->bytes, text);
	if (source->family == AF_INET6)
		memcpy(text + strlen(text), "/64", 4);
	return text;
}

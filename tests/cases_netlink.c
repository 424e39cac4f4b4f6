// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel of the cases: instead of netlink_mnl.c, so that none of them depends on this machine.
 * The answer to a request is the file netlink/WHAT ("rtnetlink_links") in the case's directory: an
 * error as in "! EPERM", or the messages' bytes in hexadecimal of this machine's endianness, which
 * has to be little, with anything between two bytes but for a '#', which begins a comment.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "netlink.h"
#include "scrape.h"

bool netlink_is_supported(void)
{
	return true;
}

void netlink_close(struct netlink *n)
{
	n->sequence = 0;
}

/* None of what it has told before is remembered then. */
int netlink_hear(struct netlink *n, unsigned group,
                 struct netlink_head ret[static NETLINK_HEADS_MAX])
{
	(void)n;
	(void)group;
	(void)ret;
	return -EOPNOTSUPP;
}

static int answer_error(struct scrape *s, const char *what, const char *name)
{
	static const int errors[] = { EPERM, ENOENT, EOPNOTSUPP, ENOBUFS, ENODEV, EAFNOSUPPORT };

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		if (strcmp(strerrorname_np(errors[i]), name) == 0)
			return fail(s, -errors[i], "%s: %s", what, error_text(errors[i]));
	}
	return fail(s, -EINVAL, "%s: this kernel does not know %s", what, name);
}

static size_t read_line(const char *line, unsigned char *to)
{
	unsigned value;
	size_t used = 0;

	for (; *line && *line != '#'; line++) {
		if (!isxdigit((unsigned char)line[0]) || !isxdigit((unsigned char)line[1]))
			continue;
		value = (unsigned)strtoul((char[]){ line[0], line[1], '\0' }, NULL, 16);
		to[used++] = (unsigned char)value;
		line++;
	}
	return used;
}

int netlink_ask(struct scrape *s, struct netlink *n, const struct netlink_request *request,
                struct netlink_reply *ret)
{
	char *name = scrape_printf(s, "netlink/%s", request->what), line[4096];
	unsigned char *bytes = scrape_alloc(s, 1 << 20);
	size_t used = 0;
	FILE *f;

	n->sequence++;
	for (char *at = name; *at; at++)
		*at = (char)(*at == ' ' ? '_' : *at);
	f = fopen(name, "re");
	if (!f)
		return fail(s, -EOPNOTSUPP, "%s: this kernel has no answer", request->what);
	while (fgets(line, sizeof(line), f)) {
		if (line[0] == '!') {
			fclose(f);
			return answer_error(s, request->what, trim(line + 1));
		}
		if (used < (1 << 20) - sizeof(line))
			used += read_line(line, bytes + used);
	}
	fclose(f);
	*ret = (struct netlink_reply){ .bytes = (const char *)bytes, .size = used };
	if (request->take) {
		request->take(request->context, (struct netlink_reply){ 0 });
		request->take(request->context, *ret);
	}
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "genetlink.h"

#include <assert.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

#include "collector.h"

uint16_t genetlink_parse_family(struct netlink_reply reply)
{
	const struct nlattr *attributes[CTRL_ATTR_FAMILY_ID + 1];
	const struct nlmsghdr *m;
	uint16_t type = 0;

	while ((m = netlink_next(&reply))) {
		if (netlink_parse(m, GENL_ID_CTRL, GENL_HDRLEN, attributes,
		                  ARRAY_SIZE(attributes)) &&
		    netlink_value(attributes[CTRL_ATTR_FAMILY_ID], &type, sizeof(type)))
			return type;
	}
	return 0;
}

/* Sets g->type. */
static int find_family(struct scrape *s, struct genetlink *g, const char *hazard)
{
	struct {
		struct genlmsghdr header;
		struct nlattr attribute;
		char name[GENL_NAMSIZ];
	} body = { .header = { .cmd = CTRL_CMD_GETFAMILY, .version = 2 } };
	size_t size = strlen(g->family) + 1;
	const struct netlink_request request = {
		.what = scrape_printf(s, "genetlink family %s", g->family),
		.hazard = hazard,
		.type = GENL_ID_CTRL,
		.body = &body,
		.size = sizeof(body.header) + sizeof(body.attribute) + size,
	};
	struct netlink_reply reply;
	int r;

	assert(size <= sizeof(body.name));
	body.attribute = (struct nlattr){ .nla_len = (uint16_t)(NLA_HDRLEN + size),
		                          .nla_type = CTRL_ATTR_FAMILY_NAME };
	memcpy(body.name, g->family, size);
	r = netlink_ask(s, &g->netlink, &request, &reply);
	if (r < 0)
		return r;
	g->type = genetlink_parse_family(reply);
	return g->type ? 0 : fail(s, -EBADMSG, "%s: the answer has no number", request.what);
}

int genetlink_ask(struct scrape *s, struct genetlink *g, const struct netlink_request *request,
                  struct netlink_reply *ret)
{
	struct netlink_request numbered = *request;
	bool was_known = g->type;
	int r;

	g->netlink.protocol = NETLINK_GENERIC;
	r = was_known ? 0 : find_family(s, g, request->hazard);
	if (r < 0)
		return r;
	numbered.type = g->type;
	r = netlink_ask(s, &g->netlink, &numbered, ret);
	if (r != -ENOENT || !was_known)
		return r;
	/* Its module may have been loaded again, under another number. */
	r = find_family(s, g, request->hazard);
	if (r < 0)
		return r;
	numbered.type = g->type;
	return netlink_ask(s, &g->netlink, &numbered, ret);
}

// SPDX-License-Identifier: Apache-2.0
#include "attr.h"

#include <errno.h>
#include <string.h>

#include "collector.h"

enum { HAZARD_MAX = 127 };

bool attr_is_quiet(int r)
{
	switch (r) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
	case -ENODATA:
	case -EOPNOTSUPP:
	case -EAGAIN:
	case -EACCES:
	case -EPERM:
		return true;
	default:
		return false;
	}
}

/* Say what is odd; returns r. */
static int note(struct scrape *s, int r)
{
	if (r < 0 && !attr_is_quiet(r))
		warn(s, "%s", failure(s, r));
	return r;
}

int attr_read_text(struct scrape *s, char **ret, const char *name)
{
	return note(s, tree_read_attr(s, TREE_SYS, ret, "%s", name));
}

int attr_read_fact(struct scrape *s, char **ret, const char *name)
{
	return note(s, tree_read_fact(s, TREE_SYS, ret, "%s", name));
}

int attr_read_u64(struct scrape *s, uint64_t *ret, const char *name)
{
	return note(s, tree_read_u64(s, TREE_SYS, ret, "%s", name));
}

int attr_read_i64(struct scrape *s, int64_t *ret, int (*parse)(const char *text, int64_t *ret),
                  const char *name)
{
	char *text;
	int r;

	r = attr_read_text(s, &text, name);
	if (r < 0)
		return r;
	r = parse(text, ret);
	if (r < 0)
		warn(s, "sysfs %s: expected a number, found \"%s\"", name, text);
	return r;
}

char **attr_read_list(struct scrape *s, const char *name)
{
	char **names;

	return note(s, tree_list(s, TREE_SYS, &names, "%s", name)) < 0 ? NULL : names;
}

bool attr_hazard(struct scrape *s, const char *kind, const char *path)
{
	size_t room = HAZARD_MAX - strlen(kind) - 1, length = strlen(path);

	return hazard(s,
	              scrape_printf(s, "%s %s", kind, path + (length > room ? length - room : 0)));
}

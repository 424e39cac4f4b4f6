// SPDX-License-Identifier: Apache-2.0
#include "attr.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
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

static int attr_warn(struct scrape *s, int r)
{
	if (!attr_is_quiet(r))
		warn(s, "%s", failure(s, r));
	return r;
}

/* The name in full, for the tree's functions that take one. */
static char *format_name(struct scrape *s, const char *fmt, va_list args) PRINTF(2, 0);
static char *format_name(struct scrape *s, const char *fmt, va_list args)
{
	va_list again;
	char *name;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	n = MAX(n, 0);
	name = scrape_alloc(s, (size_t)n + 1);
	name[0] = '\0';
	/* It fits, as it has just been measured. */
	(void)vsnprintf(name, (size_t)n + 1, fmt, args);
	return name;
}

int attr_text(struct scrape *s, char **ret, const char *fmt, ...)
{
	va_list args;
	char *name;
	int r;

	va_start(args, fmt);
	name = format_name(s, fmt, args);
	va_end(args);
	r = tree_read_attr(s, TREE_SYS, ret, "%s", name);
	return r < 0 ? attr_warn(s, r) : 0;
}

int attr_fact(struct scrape *s, char **ret, const char *fmt, ...)
{
	va_list args;
	char *name;
	int r;

	va_start(args, fmt);
	name = format_name(s, fmt, args);
	va_end(args);
	r = tree_read_fact(s, TREE_SYS, ret, "%s", name);
	return r < 0 ? attr_warn(s, r) : 0;
}

int attr_u64(struct scrape *s, uint64_t *ret, const char *fmt, ...)
{
	va_list args;
	char *name;
	int r;

	va_start(args, fmt);
	name = format_name(s, fmt, args);
	va_end(args);
	r = tree_read_u64(s, TREE_SYS, ret, "%s", name);
	return r < 0 ? attr_warn(s, r) : 0;
}

static int read_i64(struct scrape *s, const char *name, int64_t *ret,
                    int (*parse)(const char *text, int64_t *ret))
{
	char *text;
	int r;

	r = tree_read_attr(s, TREE_SYS, &text, "%s", name);
	if (r < 0)
		return attr_warn(s, r);
	r = parse(text, ret);
	if (r < 0)
		warn(s, "sysfs %s: expected a number, found \"%s\"", name, text);
	return r;
}

int attr_i64(struct scrape *s, int64_t *ret, const char *fmt, ...)
{
	va_list args;
	char *name;

	va_start(args, fmt);
	name = format_name(s, fmt, args);
	va_end(args);
	return read_i64(s, name, ret, parse_i64);
}

int attr_i64_any(struct scrape *s, int64_t *ret, const char *fmt, ...)
{
	va_list args;
	char *name;

	va_start(args, fmt);
	name = format_name(s, fmt, args);
	va_end(args);
	return read_i64(s, name, ret, parse_i64_any);
}

char **attr_list(struct scrape *s, const char *fmt, ...)
{
	char **names, *name;
	va_list args;
	int r;

	va_start(args, fmt);
	name = format_name(s, fmt, args);
	va_end(args);
	r = tree_list(s, TREE_SYS, &names, "%s", name);
	if (r == 0)
		return names;
	(void)attr_warn(s, r); /* NULL says that there was an error */
	return NULL;
}

bool attr_hazard(struct scrape *s, const char *kind, const char *path)
{
	size_t room = HAZARD_MAX - strlen(kind) - 1, length = strlen(path);

	return hazard(s,
	              scrape_printf(s, "%s %s", kind, path + (length > room ? length - room : 0)));
}

// SPDX-License-Identifier: Apache-2.0
#include "lax.h"

#include <string.h>

/* Bytes that are read, and what has been found in them. */
struct lax {
	char *text; /* with a NUL behind it */
	size_t size;
	size_t at; /* of the next line */
	char *end; /* of the one before it */
	char *method, *target, *version;
	char *copy; /* of the target */
	char *name, *value;
	char *joined; /* a folded name, which lies elsewhere */
	struct head head;
};

/* The next line, its end being NULs; NULL: there is none. */
static char *next_line(struct lax *l)
{
	char *line = l->text + l->at, *end = memchr(line, '\n', l->size - l->at);

	if (!end)
		return NULL;
	l->at = (size_t)(end + 1 - l->text);
	*end = '\0';
	if (end > line && end[-1] == '\r')
		*--end = '\0';
	l->end = end;
	return line;
}

/* "GET /path HTTP/1.1", with a target that may hold blanks. */
static bool read_first(struct lax *l, char *line)
{
	char *blank = memchr(line, ' ', (size_t)(l->end - line)), *query;

	if (!blank || blank == line)
		return false;
	l->method = line;
	*blank = '\0';
	l->target = blank + 1 + strspn(blank + 1, " ");
	l->version = memrchr(l->target, ' ', (size_t)(l->end - l->target));
	if (!l->version || l->end - ++l->version != 8 || strncmp(l->version, "HTTP/1.", 7) != 0 ||
	    l->version[7] < '0' || l->version[7] > '9')
		return false;
	l->version[-1] = '\0';
	l->copy = xstrdup(l->target);
	query = strchr(l->target, '?');
	if (query)
		*query = '\0';
	return true;
}

static bool read_field(struct lax *l, char *line)
{
	char *colon = strchr(line, ':');

	if (!colon)
		return false;
	*colon = '\0';
	l->name = line;
	l->value = colon + 1 + strspn(colon + 1, " \t");
	return true;
}

/* A folded line goes to the name. */
static void join(struct lax *l, const char *line)
{
	const char *rest = line + strspn(line, " \t");
	size_t size = strlen(l->name);
	char *joined = xmalloc(size + strlen(rest) + 1);

	memcpy(joined, l->name, size);
	memcpy(joined + size, rest, strlen(rest) + 1);
	free(l->joined);
	l->name = l->joined = joined;
}

static bool read_fields(struct lax *l)
{
	char *line = next_line(l);

	if (!line || !*line)
		return line;
	if (!read_field(l, line))
		return false;
	while ((line = next_line(l))) {
		if (*line == ' ' || *line == '\t') {
			join(l, line);
			continue;
		}
		head_add(&l->head, l->name, strlen(l->name), l->value, strlen(l->value));
		if (*line && !read_field(l, line))
			return false;
		/* Also where that was a colon. */
		if (!*line)
			return true;
	}
	return false;
}

static unsigned judge(struct lax *l, size_t *ret_begin, size_t *ret_size)
{
	const char *why;
	char *line;

	do {
		line = next_line(l);
		if (!line)
			return LAX_REFUSED;
	} while (!*line);
	if (!read_first(l, line))
		return LAX_REFUSED;
	head_trace(&l->head, l->method, l->copy, l->target, l->version);
	if (!read_fields(l))
		return LAX_REFUSED;
	*ret_begin = (size_t)(l->method - l->text);
	*ret_size = l->at - *ret_begin;
	head_close(&l->head, *ret_size);
	return head_judge(&l->head, l->method, l->copy, l->version, &why);
}

unsigned lax_judge(const char *text, size_t size, size_t *ret_begin, size_t *ret_size)
{
	struct lax l = { .size = size };
	unsigned status;

	l.text = xcalloc(1, size + 1);
	if (size)
		memcpy(l.text, text, size);
	status = judge(&l, ret_begin, ret_size);
	free(l.text);
	free(l.copy);
	free(l.joined);
	return status;
}

// SPDX-License-Identifier: Apache-2.0
#include "columns.h"

#include <errno.h>

#include "collector.h"

size_t columns_parse(char *line, int (*parse)(const char *text, uint64_t *ret), uint64_t *ret,
                     size_t room, const char **bad)
{
	size_t count = 0;

	while ((*bad = next_field(&line))) {
		uint64_t number;

		if (parse(*bad, &number) < 0)
			break;
		if (count < room)
			ret[count] = number;
		count++;
	}
	return count;
}

bool columns_signed(struct scrape *s, const char *file, size_t number, char **line, size_t first,
                    int64_t *ret, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *field = next_field(line);

		if (field && parse_i64(field, &ret[i]) == 0)
			continue;
		warn(s, "procfs %s: line %zu: expected a number in field %zu, found \"%.32s\"",
		     file, number, first + i, field ? field : "");
		return false;
	}
	return true;
}

int columns_visit(struct scrape *s, const char *file,
                  enum columns_line (*visit)(struct scrape *s, char *line, size_t number))
{
	size_t counts[LINE_PASSED + 1] = { 0 };
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "%s", file);
	if (r < 0)
		return r;
	for (size_t number = 1; (line = next_line(&text)); number++)
		counts[visit(s, line, number)]++;
	if (counts[LINE_BAD] && !counts[LINE_GOOD])
		return fail(s, -EINVAL, "procfs %s: none of the expected lines in it", file);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "rpcstat.h"

#include <string.h>

#include "collector.h"
#include "columns.h"

/* The numbers behind the key. False after a warning. */
static bool parse_numbers(struct scrape *s, const char *name, const struct rpcstat_line *line,
                          char *text, uint64_t ret[static RPCSTAT_NUMBERS])
{
	uint64_t numbers[RPCSTAT_NUMBERS + 1];
	size_t skip = line->is_counted ? 1 : 0, count;
	const char *bad;

	count = columns_parse(text, parse_u64, numbers, ARRAY_SIZE(numbers), &bad);
	if (bad && !(line->is_open && count >= line->max)) {
		warn(s, "procfs %s: %s: expected a number in field %zu, found \"%.32s\"", name,
		     line->key, count + 2, bad);
		return false;
	}
	if (line->is_counted && count && numbers[0] != count - 1) {
		warn(s, "procfs %s: %s: there are %zu numbers, not %llu as it says", name,
		     line->key, count - 1, (unsigned long long)numbers[0]);
		return false;
	}
	if (count < skip + line->min || (count - skip > line->max && !line->is_open)) {
		warn(s, "procfs %s: %s: expected %s%zu numbers, found %zu", name, line->key,
		     line->min < line->max ? "at least " : "", skip + line->min, count);
		return false;
	}
	count -= skip;
	memcpy(ret, numbers + skip, MIN(count, (size_t)RPCSTAT_NUMBERS) * sizeof(*ret));
	return true;
}

void rpcstat_parse(struct scrape *s, const char *name, char *text, const struct rpcstat_line *lines,
                   size_t count, struct rpcstat_numbers **ret)
{
	struct rpcstat_numbers *numbers = scrape_alloc(s, count * sizeof(*numbers));
	char *line;

	memset(numbers, 0, count * sizeof(*numbers));
	while ((line = next_line(&text))) {
		const char *key = next_field(&line);
		size_t i = 0;

		if (!key)
			continue;
		while (i < count && strcmp(key, lines[i].key) != 0)
			i++;
		if (i == count)
			warn(s, "procfs %s: a line that is not known: \"%.32s\"", name, key);
		else
			numbers[i].is_bad =
				!parse_numbers(s, name, &lines[i], line, numbers[i].numbers);
	}
	*ret = numbers;
}

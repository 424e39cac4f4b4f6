// SPDX-License-Identifier: Apache-2.0
#include "columns.h"

#include "text.h"

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

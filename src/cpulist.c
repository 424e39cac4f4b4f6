// SPDX-License-Identifier: Apache-2.0
#include "cpulist.h"

#include <errno.h>
#include <string.h>

#include "text.h"

/* "7" or "3-5" */
static int add_part(struct cpulist *list, const char *part)
{
	char first_text[24];
	const char *dash = strchr(part, '-');
	size_t length = dash ? (size_t)(dash - part) : strlen(part);
	uint64_t first, last;

	if (length >= sizeof(first_text))
		return -EINVAL;
	memcpy(first_text, part, length);
	first_text[length] = '\0';
	if (parse_u64(first_text, &first) < 0 || parse_u64(dash ? dash + 1 : first_text, &last) < 0)
		return -EINVAL;
	if (last < first || last >= CPULIST_MAX)
		return -EINVAL;
	for (uint64_t cpu = first; cpu <= last; cpu++)
		list->bits[cpu / 64] |= UINT64_C(1) << cpu % 64;
	return 0;
}

int cpulist_add(struct cpulist *list, char *text, const char **ret_bad)
{
	const char *bad = NULL;
	char *part;

	while ((part = next_part(&text, ',')))
		if (part[0] && add_part(list, part) < 0)
			bad = part;
	if (!bad)
		return 0;
	*ret_bad = bad;
	return -EINVAL;
}

unsigned cpulist_next(const struct cpulist *list, unsigned cpu)
{
	while (cpu < CPULIST_MAX && !cpulist_has(list, cpu))
		cpu += list->bits[cpu / 64] >> cpu % 64 ? 1 : 64 - cpu % 64;
	return cpu;
}

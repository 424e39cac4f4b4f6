// SPDX-License-Identifier: Apache-2.0
#include "cpulist.h"

#include <errno.h>
#include <string.h>

#include "text.h"

/* "7", "3-5" or "0-30:2" */
static int add_part(struct cpulist *list, const char *part)
{
	char text[64], *dash, *colon = NULL;
	uint64_t first, last, step = 1;
	size_t length = strlen(part);

	if (length >= sizeof(text))
		return -EINVAL;
	memcpy(text, part, length + 1);
	dash = strchr(text, '-');
	if (dash) {
		*dash++ = '\0';
		colon = strchr(dash, ':');
	}
	if (colon)
		*colon++ = '\0';
	if (parse_u64(text, &first) < 0 || parse_u64(dash ? dash : text, &last) < 0 ||
	    (colon && parse_u64(colon, &step) < 0))
		return -EINVAL;
	if (last < first || last >= CPULIST_MAX || step == 0 || step > CPULIST_MAX)
		return -EINVAL;
	for (uint64_t cpu = first; cpu <= last; cpu += step)
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

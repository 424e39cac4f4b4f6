// SPDX-License-Identifier: Apache-2.0
/*
 * procfs sys/fs/file-nr: open files, a number that is always 0 since Linux 2.6, and how many there
 * may be, with tabs between them:
 *
 *   1024	0	1631329
 */

#include <errno.h>

#include "collector.h"

enum { ALLOCATED, UNUSED, MAXIMUM, NUMBERS };

static const struct metric metrics[NUMBERS] = {
	[ALLOCATED] = { .name = "node_filefd_allocated",
	                .help = "Open files of all processes, one opened once counted once.",
	                .type = METRIC_GAUGE },
	[MAXIMUM] = { .name = "node_filefd_maximum",
	              .help = "How many open files there may be.",
	              .type = METRIC_GAUGE },
};

static int filefd_collect(struct scrape *s)
{
	char *text, *parts[NUMBERS];
	bool has_any = false;
	int r;

	r = tree_read(s, TREE_PROC, &text, "sys/fs/file-nr");
	if (r < 0)
		return r;
	text = trim(text);
	for (size_t i = 0; i < NUMBERS; i++) {
		parts[i] = next_part(&text, '\t');
		if (!parts[i])
			return fail(s, -EINVAL,
			            "procfs sys/fs/file-nr: expected %d numbers, found %zu",
			            NUMBERS, i);
	}
	for (size_t i = 0; i < NUMBERS; i++) {
		uint64_t number;

		if (i == UNUSED)
			continue;
		if (parse_u64(parts[i], &number) < 0) {
			warn(s,
			     "procfs sys/fs/file-nr: expected a number in field %zu, found \"%.32s\"",
			     i + 1, parts[i]);
			continue;
		}
		emit(s, &metrics[i], (double)number);
		has_any = true;
	}
	return has_any ? 0 : fail(s, -EINVAL, "procfs sys/fs/file-nr: no numbers in it");
}

COLLECTOR(filefd, .help = "open files and their limit", .default_on = true,
          .collect = filefd_collect);

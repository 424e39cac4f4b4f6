// SPDX-License-Identifier: Apache-2.0
/* procfs sys/kernel/hung_task_detect_count: a number, since Linux 6.13. */

#include <errno.h>

#include "collector.h"

static const struct metric hung_tasks = {
	.name = "node_kernel_hung_tasks_total",
	.help = "Times that the kernel found a task which had been stuck for too long.",
	.type = METRIC_COUNTER,
};

static int kernel_hung_collect(struct scrape *s)
{
	uint64_t count;
	int r;

	r = tree_read_u64(s, TREE_PROC, &count, "sys/kernel/hung_task_detect_count");
	if (r == -ENOENT)
		return NO_DATA;
	if (r < 0)
		return r;
	emit(s, &hung_tasks, (double)count);
	return 0;
}

COLLECTOR(kernel_hung, .help = "tasks that the kernel found stuck", .default_on = true,
          .collect = kernel_hung_collect);

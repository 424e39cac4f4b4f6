// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/softirqs: a column for each CPU that there could be, a line for each kind:
 *
 *                       CPU0       CPU1
 *             HI:          7          1
 *          TIMER:     424191     108342
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

static const struct metric functions = {
	.name = "node_softirqs_functions_total",
	.help = "Softirqs that a CPU has handled, by their kind.",
	.type = METRIC_COUNTER,
	.labels = LABELS("cpu", "type"),
};

static const char *const types[] = { "HI",       "TIMER",   "NET_TX", "NET_RX",  "BLOCK",
	                             "IRQ_POLL", "TASKLET", "SCHED",  "HRTIMER", "RCU" };

/* Cuts the colon off. NULL where upstream does not know the kind either. */
static const char *find_type(char *key)
{
	size_t length = strlen(key);

	if (key[length - 1] != ':')
		return NULL;
	key[length - 1] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(key, types[i]) == 0)
			return types[i];
	return NULL;
}

static void collect_type(struct scrape *s, const char *type, char *numbers)
{
	char *field;

	for (size_t i = 0; (field = next_field(&numbers)); i++) {
		uint64_t count;

		if (parse_u64(field, &count) < 0)
			warn(s,
			     "procfs softirqs: %s: expected a number for CPU %zu, found \"%.32s\"",
			     type, i, field);
		else
			emit(s, &functions, (double)count, scrape_printf(s, "%zu", i), type);
	}
}

static int softirqs_collect(struct scrape *s)
{
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "softirqs");
	if (r < 0)
		return r;
	/* The header says nothing that the order does not. */
	if (!next_line(&text))
		return fail(s, -EINVAL, "procfs softirqs: it is empty");
	while ((line = next_line(&text))) {
		char *key = next_field(&line);
		const char *type = key ? find_type(key) : NULL;

		if (type)
			collect_type(s, type, line);
	}
	return 0;
}

COLLECTOR(softirqs, .help = "softirqs by CPU and kind", .collect = softirqs_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/stat without its lines about CPUs: a name and a number each. The lines intr and softirq
 * go on after their total: with a number for each interrupt, which is left alone (there can be
 * many thousands), and with one for each kind of softirq.
 *
 *   intr 8885917 17 0 0 0 …
 *   ctxt 38014093
 *   btime 1418183276
 *   processes 26442
 *   procs_running 2
 *   procs_blocked 0
 *   softirq 5057579 250191 1481983 1647 211099 186066 0 1783454 622196 12499 508444
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

static const struct figure {
	const char *key;
	struct metric metric;
} figures[] = {
	{ "intr",
	  { .name = "node_intr_total",
	    .help = "Interrupts that the CPUs have taken since boot.",
	    .type = METRIC_COUNTER } },
	{ "ctxt",
	  { .name = "node_context_switches_total",
	    .help = "Times since boot that a CPU went from one task to another.",
	    .type = METRIC_COUNTER } },
	{ "btime",
	  { .name = "node_boot_time_seconds",
	    .help = "When this machine was booted, in seconds since 1970.",
	    .type = METRIC_GAUGE } },
	{ "processes",
	  { .name = "node_forks_total",
	    .help = "Processes and threads created since boot.",
	    .type = METRIC_COUNTER } },
	{ "procs_running",
	  { .name = "node_procs_running",
	    .help = "Tasks that run or are ready to.",
	    .type = METRIC_GAUGE } },
	{ "procs_blocked",
	  { .name = "node_procs_blocked",
	    .help = "Tasks that cannot go on before a disk has answered.",
	    .type = METRIC_GAUGE } },
};

static const struct metric softirqs = {
	.name = "node_softirqs_total",
	.help = "Softirqs handled since boot, by their kind.",
	.type = METRIC_COUNTER,
	.labels = LABELS("vector"),
};

/* In the kernel's order. */
static const char *const vectors[] = { "hi",           "timer",   "net_tx", "net_rx",  "block",
	                               "block_iopoll", "tasklet", "sched",  "hrtimer", "rcu" };

static struct {
	bool softirq;
} self;

static const struct flag stat_flags[] = {
	{ .name = "collector.stat.softirq",
	  .type = FLAG_BOOL,
	  .target = &self.softirq,
	  .help = "Export node_softirqs_total." },
	{ 0 },
};

/* All kinds, or none of them where the line is not as expected. */
static void collect_softirqs(struct scrape *s, char *numbers)
{
	uint64_t counts[ARRAY_SIZE(vectors)], total;
	char *field = next_field(&numbers);

	if (!field || parse_u64(field, &total) < 0) {
		warn(s, "procfs stat: softirq: no number in field 1");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		field = next_field(&numbers);
		if (!field || parse_u64(field, &counts[i]) < 0) {
			warn(s, "procfs stat: softirq: no number in field %zu", i + 2);
			return;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		emit(s, &softirqs, (double)counts[i], vectors[i]);
}

/* One line, behind its key. False where there is no number. */
static bool collect_figure(struct scrape *s, const struct figure *f, char *numbers)
{
	char *field = next_field(&numbers);
	uint64_t value;

	if (!field || parse_u64(field, &value) < 0) {
		warn(s, "procfs stat: %s: expected a number, found \"%.32s\"", f->key,
		     field ? field : "");
		return false;
	}
	emit(s, &f->metric, (double)value);
	return true;
}

static int stat_collect(struct scrape *s)
{
	size_t found = 0;
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "stat");
	if (r < 0)
		return r;

	while ((line = next_line(&text))) {
		char *key;

		if (starts_with(line, "cpu"))
			continue;
		key = next_field(&line);
		if (!key)
			continue;
		if (self.softirq && strcmp(key, "softirq") == 0) {
			collect_softirqs(s, line);
			continue;
		}
		for (size_t i = 0; i < ARRAY_SIZE(figures); i++)
			if (strcmp(key, figures[i].key) == 0)
				found += collect_figure(s, &figures[i], line);
	}
	return found ? 0 : fail(s, -EINVAL, "procfs stat: none of the expected lines in it");
}

COLLECTOR(stat, .help = "interrupts, context switches, forks and boot time", .default_on = true,
          .flags = stat_flags, .collect = stat_collect);

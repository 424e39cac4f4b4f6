// SPDX-License-Identifier: Apache-2.0
/* Kernel same-page merging: sysfs kernel/mm/ksm, a number in each file. */

#include "attr.h"
#include "collector.h"

#define KSMD_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_ksmd_" NAME, .help = (HELP), .type = METRIC_##TYPE \
	}

static const struct figure {
	const char *attr;
	int64_t divisor;
	struct metric metric;
} figures[] = {
	{ "full_scans", 1,
	  KSMD_METRIC(COUNTER, "full_scans_total",
	              "Times that all memory open to merging was scanned.") },
	{ "general_profit", 1,
	  KSMD_METRIC(
		  GAUGE, "general_profit_bytes",
		  "Memory that merging saves, less what it takes for itself; may be negative.") },
	{ "merge_across_nodes", 1,
	  KSMD_METRIC(GAUGE, "merge_across_nodes",
	              "Whether pages of different NUMA nodes are merged.") },
	{ "pages_shared", 1,
	  KSMD_METRIC(GAUGE, "pages_shared", "Merged pages, each of them counted once.") },
	{ "pages_sharing", 1,
	  KSMD_METRIC(GAUGE, "pages_sharing", "Pages saved as merged ones take their place.") },
	{ "pages_to_scan", 1,
	  KSMD_METRIC(GAUGE, "pages_to_scan", "Pages that are scanned before each pause.") },
	{ "pages_unshared", 1,
	  KSMD_METRIC(GAUGE, "pages_unshared",
	              "Pages without a second one like them, that are looked at time and again.") },
	{ "pages_volatile", 1,
	  KSMD_METRIC(GAUGE, "pages_volatile", "Pages that change too fast to be merged.") },
	{ "run", 1,
	  KSMD_METRIC(GAUGE, "run", "0: merging is stopped; 1: it runs; 2: it is being undone.") },
	{ "sleep_millisecs", 1000,
	  KSMD_METRIC(GAUGE, "sleep_seconds", "Length of the pause between scans.") },
};

static int ksmd_collect(struct scrape *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		const struct figure *f = &figures[i];
		int64_t value;

		if (attr_i64(s, &value, "kernel/mm/ksm/%s", f->attr) == 0)
			emit(s, &f->metric, (double)value / (double)f->divisor);
	}
	return 0;
}

COLLECTOR(ksmd, .help = "kernel same-page merging", .needs = "CONFIG_KSM", .collect = ksmd_collect);

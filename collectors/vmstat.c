// SPDX-License-Identifier: Apache-2.0
/* /proc/vmstat: some 180 names and numbers, a pair on each line: "pgfault 2320168809". */

#include <errno.h>

#include "collector.h"
#include "known.h"

static const struct metric form = {
	.help = "A figure of the kernel's memory management, in its own naming.",
	.type = METRIC_UNTYPED,
};

static struct {
	struct regex fields;
	struct known_list known;
} self;

static const struct flag flags[] = {
	{ .name = "collector.vmstat.fields",
	  .type = FLAG_REGEX,
	  .target = &self.fields,
	  .value = "^(oom_kill|pgpg|pswp|pg.*fault).*",
	  .help = "Export the figures whose name matches." },
	{ 0 },
};

static void collect_line(struct scrape *s, char *line)
{
	const char *key = next_field(&line), *number = next_field(&line);
	struct known *k;
	uint64_t value;

	if (!key)
		return;
	k = known_find(&self.known, key);
	if (!k)
		k = known_add(&self.known, key, &form,
		              regex_matches(&self.fields, key) ? xasprintf("node_vmstat_%s", key)
		                                               : NULL);
	if (!k) {
		warn(s, "procfs vmstat: more than %d names", KNOWN_MAX);
		return;
	}
	if (!k->is_wanted)
		return;
	if (!number || parse_u64(number, &value) < 0)
		warn(s, "procfs vmstat: %s: expected a number, found \"%.32s\"", key,
		     number ? number : "");
	else
		emit(s, &k->metric, (double)value);
}

static int vmstat_collect(struct scrape *s)
{
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "vmstat");
	if (r < 0)
		return r;
	while ((line = next_line(&text)))
		collect_line(s, line);
	return 0;
}

static void vmstat_stop(void)
{
	known_free(&self.known);
}

COLLECTOR(vmstat, .help = "figures of memory management", .default_on = true, .flags = flags,
          .collect = vmstat_collect, .stop = vmstat_stop);

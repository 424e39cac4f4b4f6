// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/slabinfo, which root alone can read: the kernel's caches of objects, one a line:
 *
 *   slabinfo - version: 2.1
 *   # name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables …
 *   tw_sock_TCP  704  864  256  32  2 : tunables  0  0  0 : slabdata  27  27  0
 */

#include "collector.h"
#include "columns.h"

enum { WORDS = 16 };

#define SLABINFO_METRIC(NAME, HELP) \
	{ \
		.name = "node_slabinfo_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS("slab") \
	}

/* In the order of the columns behind the name. */
static const struct metric metrics[] = {
	SLABINFO_METRIC("active_objects", "Objects that are in use."),
	SLABINFO_METRIC("objects", "Objects that there is room for now, those in use among them."),
	SLABINFO_METRIC("object_size_bytes", "Size of an object."),
	SLABINFO_METRIC("objects_per_slab", "Objects in each slab."),
	SLABINFO_METRIC("pages_per_slab", "Pages that each slab takes."),
};

static struct {
	struct filter slabs;
} self;

static const struct flag flags[] = {
	{ .name = "collector.slabinfo.slabs-exclude",
	  .type = FLAG_REGEX,
	  .target = &self.slabs.exclude,
	  .help = "Leave out caches whose name matches." },
	{ .name = "collector.slabinfo.slabs-include",
	  .type = FLAG_REGEX,
	  .target = &self.slabs.include,
	  .value = ".*",
	  .help = "Export only caches whose name matches." },
	{ 0 },
};

static enum columns_line visit_slab(struct scrape *s, char *line, size_t number)
{
	uint64_t numbers[ARRAY_SIZE(metrics)];
	const char *words[WORDS], *field;
	size_t count = 0;

	if (starts_with(line, "slabinfo - ") || starts_with(line, "# name"))
		return LINE_PASSED;
	for (; (field = next_field(&line)); count++)
		if (count < WORDS)
			words[count] = field;
	if (count != WORDS) {
		warn(s, "procfs slabinfo: line %zu: expected %d words, found %zu", number, WORDS,
		     count);
		return LINE_BAD;
	}
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++) {
		if (parse_u64(words[i + 1], &numbers[i]) == 0)
			continue;
		warn(s,
		     "procfs slabinfo: line %zu: expected a number in field %zu, found \"%.32s\"",
		     number, i + 2, words[i + 1]);
		return LINE_BAD;
	}
	if (!filter_keeps(&self.slabs, words[0]))
		return LINE_GOOD;
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		emit(s, &metrics[i], (double)numbers[i], words[0]);
	return LINE_GOOD;
}

static int slabinfo_collect(struct scrape *s)
{
	return columns_visit(s, "slabinfo", visit_slab);
}

COLLECTOR(slabinfo, .help = "the kernel's caches of objects",
          .needs = "CAP_DAC_READ_SEARCH, or root", .flags = flags, .collect = slabinfo_collect);

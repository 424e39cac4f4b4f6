// SPDX-License-Identifier: Apache-2.0
/*
 * SCSI tape drives: sysfs class/scsi_tape/stN/stats, a file for each counter. The other names in
 * that directory (nst0, st0a, ...) are the same drives again.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

#define TAPE_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_tape_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("device") \
	}

/* Nanoseconds to seconds: upstream multiplies, which is not the same to the last bit. */
#define SECOND 0.000000001

static const struct counter {
	const char *attr;
	double factor;
	struct metric metric;
} counters[] = {
	{ "in_flight", 1, TAPE_METRIC(GAUGE, "io_now", "Requests in flight.") },
	{ "io_ns", SECOND,
	  TAPE_METRIC(COUNTER, "io_time_seconds_total",
	              "Time that all requests took, with those that only move the tape.") },
	{ "other_cnt", 1,
	  TAPE_METRIC(COUNTER, "io_others_total",
	              "Requests that were completed and neither read nor wrote.") },
	{ "read_byte_cnt", 1, TAPE_METRIC(COUNTER, "read_bytes_total", "Bytes read.") },
	{ "read_cnt", 1,
	  TAPE_METRIC(COUNTER, "reads_completed_total", "Reads that were completed.") },
	{ "read_ns", SECOND, TAPE_METRIC(COUNTER, "read_time_seconds_total", "Time reads took.") },
	{ "resid_cnt", 1,
	  TAPE_METRIC(COUNTER, "residual_total",
	              "Reads and writes that came out shorter than was asked for.") },
	{ "write_byte_cnt", 1, TAPE_METRIC(COUNTER, "written_bytes_total", "Bytes written.") },
	{ "write_cnt", 1,
	  TAPE_METRIC(COUNTER, "writes_completed_total", "Writes that were completed.") },
	{ "write_ns", SECOND,
	  TAPE_METRIC(COUNTER, "write_time_seconds_total", "Time writes took.") },
};

static struct {
	struct regex ignored;
} self;

static const struct flag flags[] = {
	{ .name = "collector.tapestats.ignored-devices",
	  .type = FLAG_REGEX,
	  .target = &self.ignored,
	  .value = "^$",
	  .help = "Leave out tape drives whose name matches." },
	{ 0 },
};

/* st and digits, nothing else. */
static bool is_drive(const char *name)
{
	size_t digits = starts_with(name, "st") ? strspn(name + 2, "0123456789") : 0;

	return digits && !name[2 + digits];
}

static void collect_drive(struct scrape *s, const char *name)
{
	char **attrs = attr_list(s, "class/scsi_tape/%s/stats", name);

	for (size_t i = 0; attrs && attrs[i]; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(counters); k++) {
			const struct counter *c = &counters[k];
			uint64_t value;

			if (strcmp(c->attr, attrs[i]) != 0)
				continue;
			if (attr_u64(s, &value, "class/scsi_tape/%s/stats/%s", name, c->attr) == 0)
				emit(s, &c->metric, (double)value * c->factor, name);
		}
	}
}

static int tapestats_collect(struct scrape *s)
{
	char **names;
	int r;

	r = tree_list(s, TREE_SYS, &names, "class/scsi_tape");
	if (r == -ENOENT)
		return NO_DATA;
	if (r < 0)
		return r;
	for (size_t i = 0; names[i]; i++)
		if (is_drive(names[i]) && !regex_matches(&self.ignored, names[i]))
			collect_drive(s, names[i]);
	return 0;
}

COLLECTOR(tapestats, .help = "SCSI tape drives", .needs = "a tape drive", .default_on = true,
          .flags = flags, .collect = tapestats_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * Pressure stall information: procfs pressure/RESOURCE, where total is in microseconds. The file
 * irq has "full" alone, the others both lines (cpu since Linux 5.13, where full means nothing).
 *
 *   some avg10=0.18 avg60=0.34 avg300=0.10 total=159886802
 *   full avg10=0.18 avg60=0.34 avg300=0.10 total=159229614
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

#define PRESSURE_METRIC(NAME, HELP) \
	{ \
		.name = "node_pressure_" NAME "_seconds_total", .help = (HELP), \
		.type = METRIC_COUNTER \
	}

/* A name of NULL: not exported. */
static const struct resource {
	const char *file;
	struct metric some;
	struct metric full;
} resources[] = {
	{ .file = "cpu",
	  .some = PRESSURE_METRIC("cpu_waiting",
	                          "Time in which some task had to wait for a CPU.") },
	{ .file = "io",
	  .some = PRESSURE_METRIC("io_waiting", "Time in which some task had to wait for a disk."),
	  .full = PRESSURE_METRIC(
		  "io_stalled", "Time in which nothing was done as all tasks waited for disks.") },
	{ .file = "memory",
	  .some = PRESSURE_METRIC("memory_waiting",
	                          "Time in which some task had to wait for memory."),
	  .full = PRESSURE_METRIC(
		  "memory_stalled",
		  "Time in which nothing was done as all tasks waited for memory.") },
	{ .file = "irq",
	  .full = PRESSURE_METRIC("irq_stalled",
	                          "Time in which tasks were kept from running by interrupts.") },
};

/* The line of text that begins with kind, as a copy; NULL where there is none. */
static char *find_line(struct scrape *s, const char *text, const char *kind)
{
	while (text && !starts_with(text, kind)) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text ? scrape_printf(s, "%.*s", (int)strcspn(text, "\r\n"), text) : NULL;
}

/* False where there is no such line. */
static bool collect_line(struct scrape *s, const char *file, const char *text, const char *kind,
                         const struct metric *m)
{
	static const char key[] = "total=";
	char *line, *field;
	uint64_t total;

	if (!m->name)
		return true;
	line = find_line(s, text, kind);
	if (!line)
		return false;
	while ((field = next_field(&line)) && !starts_with(field, key))
		;
	if (!field || parse_u64(field + strlen(key), &total) < 0)
		warn(s, "procfs pressure/%s: %s: expected a number behind %s", file, kind, key);
	else
		emit(s, m, (double)total / 1000.0 / 1000.0);
	return true;
}

static int collect_resource(struct scrape *s, const struct resource *res)
{
	char *text;
	int r;

	r = tree_read(s, TREE_PROC, &text, "pressure/%s", res->file);
	if (r < 0)
		return r;
	if (!collect_line(s, res->file, text, "some", &res->some))
		r = NO_DATA;
	if (!collect_line(s, res->file, text, "full", &res->full))
		r = NO_DATA;
	return r;
}

static int pressure_collect(struct scrape *s)
{
	const char *why = NULL;
	size_t n_files = 0;
	int r, result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
		r = collect_resource(s, &resources[i]);
		/* A kernel that is older than this file. */
		if (r == -ENOENT)
			continue;
		/* Switched off by psi=0. */
		if (r == -EOPNOTSUPP)
			r = NO_DATA;
		n_files++;
		if (r && result >= 0)
			result = r;
		if (r < 0)
			why = failure(s, r);
	}
	if (result < 0)
		return fail(s, result, "%s", why);
	return n_files ? result : NO_DATA;
}

COLLECTOR(pressure, .help = "time in which tasks had to wait for a resource",
          .needs = "CONFIG_PSI, and psi=1 on the command line of some kernels", .default_on = true,
          .collect = pressure_collect);

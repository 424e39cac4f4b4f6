// SPDX-License-Identifier: Apache-2.0
/*
 * procfs net/stat: a file for each of several tables of the network code, with a line of names and
 * then one of hexadecimal counters for each CPU:
 *
 *   entries  allocs   destroys hash_grows lookups  hits
 *   0000000c 000001f3 000001e7 00000002   0009f1aa 0009e0c1
 */

#include <errno.h>
#include <string.h>

#include "collector.h"
#include "columns.h"

enum { COLUMNS_MAX = 64 };

static const char *const label_names[] = { "subsystem", "cpu", NULL };

/* Files share names, and a family must be the same one for all of them. */
struct family {
	const char *name;
	const struct metric *metric;
	struct family *next;
};

static const struct metric *find_metric(struct scrape *s, struct family **families,
                                        const char *name)
{
	struct family *f;

	for (f = *families; f; f = f->next) {
		if (strcmp(f->name, name) == 0)
			return f->metric;
	}
	f = scrape_alloc(s, sizeof(*f));
	f->name = name;
	f->metric =
		metric_named(s, METRIC_COUNTER, "What a table of the network code counts, by CPU.",
	                     label_names, "node_lnstat_%s_total", name);
	f->next = *families;
	*families = f;
	return f->metric;
}

static void collect_row(struct scrape *s, const char *file, char *line, size_t cpu,
                        const struct metric *const *metrics, size_t n_metrics)
{
	uint64_t numbers[COLUMNS_MAX];
	const char *bad, *label;
	size_t count;

	count = columns_parse(line, parse_hex, numbers, COLUMNS_MAX, &bad);
	if (bad) {
		warn(s, "procfs net/stat/%s: expected a number in field %zu, found \"%.32s\"", file,
		     count + 1, bad);
		return;
	}
	if (count > n_metrics) {
		warn(s, "procfs net/stat/%s: %zu numbers for %zu names", file, count, n_metrics);
		return;
	}
	label = scrape_printf(s, "%zu", cpu);
	for (size_t i = 0; i < count; i++)
		emit(s, metrics[i], (double)numbers[i], file, label);
}

static int collect_file(struct scrape *s, const char *file, struct family **families)
{
	const struct metric *metrics[COLUMNS_MAX];
	char *text, *line, *name;
	size_t count = 0, cpu = 0;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/stat/%s", file);
	if (r < 0)
		return r;
	line = next_line(&text);
	while (line && (name = next_field(&line))) {
		if (count == COLUMNS_MAX)
			return fail(s, -E2BIG, "procfs net/stat/%s: more than %d names", file,
			            COLUMNS_MAX);
		metrics[count++] = find_metric(s, families, name);
	}
	while ((line = next_line(&text))) {
		if (line[0])
			collect_row(s, file, line, cpu++, metrics, count);
	}
	return 0;
}

static int lnstat_collect(struct scrape *s)
{
	struct family *families = NULL;
	char **files;
	int r;

	r = tree_list(s, TREE_PROC, &files, "net/stat");
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (; *files; files++) {
		r = collect_file(s, *files, &families);
		if (r < 0 && r != -ENOENT)
			warn(s, "%s", failure(s, r));
	}
	return 0;
}

COLLECTOR(lnstat, .help = "tables of the network code, as in procfs net/stat",
          .collect = lnstat_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/zoneinfo: a block for each zone of memory. Figures of the whole node are in the block of
 * its first zone alone; numbers of CPUs, whose names end with a colon, follow and are left out.
 *
 *   Node 0, zone      DMA
 *     per-node stats
 *         nr_inactive_anon 95612
 *     pages free     2949
 *           min      8
 *           protection: (0, 2039, 31932, 31932, 31932)
 *         nr_free_pages 2949
 *         numa_hit     1
 *     pagesets
 *       cpu: 0
 *                 count: 0
 *                 high:  0
 *
 * Only the names below are exported, the same ones as upstream: some that newer kernels have are
 * not among them.
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

enum { PROTECTIONS_MAX = 32 };

#define GAUGE(KEY, NAME, HELP) \
	{ \
		KEY, \
		{ \
			.name = "node_zoneinfo_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
			.labels = LABELS("node", "zone") \
		} \
	}
#define COUNTER(KEY, NAME, HELP) \
	{ \
		KEY, \
		{ \
			.name = "node_zoneinfo_" NAME "_total", .help = (HELP), \
			.type = METRIC_COUNTER, .labels = LABELS("node", "zone") \
		} \
	}

/* In the kernel's order, so that the next line is the next entry more often than not. */
static const struct figure {
	const char *key;
	struct metric metric;
} figures[] = {
	GAUGE("nr_inactive_anon", "nr_inactive_anon_pages",
	      "Anonymous pages not used for a while."),
	GAUGE("nr_active_anon", "nr_active_anon_pages", "Anonymous pages used of late."),
	GAUGE("nr_inactive_file", "nr_inactive_file_pages",
	      "Page cache of files not used for a while."),
	GAUGE("nr_active_file", "nr_active_file_pages", "Page cache of files used of late."),
	GAUGE("nr_unevictable", "nr_unevictable_pages",
	      "Pages that cannot be reclaimed, such as locked ones."),
	GAUGE("nr_slab_reclaimable", "nr_slab_reclaimable_pages",
	      "Pages of the slab that can be reclaimed."),
	GAUGE("nr_slab_unreclaimable", "nr_slab_unreclaimable_pages",
	      "Pages of the slab that cannot be reclaimed."),
	GAUGE("nr_isolated_anon", "nr_isolated_anon_pages",
	      "Anonymous pages taken off their lists, to be reclaimed or moved."),
	GAUGE("nr_isolated_file", "nr_isolated_file_pages",
	      "Pages of files taken off their lists, to be reclaimed or moved."),
	GAUGE("nr_anon_pages", "nr_anon_pages", "Anonymous pages mapped by programs."),
	GAUGE("nr_mapped", "nr_mapped_pages", "Pages of files mapped by programs."),
	GAUGE("nr_file_pages", "nr_file_pages", "Page cache of files, with shared memory."),
	GAUGE("nr_dirty", "nr_dirty_pages", "Changed pages that wait to be written to disk."),
	GAUGE("nr_writeback", "nr_writeback_pages", "Pages that are being written to disk now."),
	GAUGE("nr_shmem", "nr_shmem_pages", "Shared memory and tmpfs."),
	GAUGE("nr_anon_transparent_hugepages", "nr_anon_transparent_hugepages",
	      "Transparent huge pages of anonymous memory."),
	COUNTER("nr_dirtied", "nr_dirtied", "Pages that have become dirty."),
	COUNTER("nr_written", "nr_written", "Pages that have been written to disk."),
	GAUGE("min", "min_pages", "Free pages below which only the kernel itself gets any."),
	GAUGE("low", "low_pages", "Free pages below which kswapd begins to reclaim."),
	GAUGE("high", "high_pages", "Free pages above which kswapd ends."),
	GAUGE("scanned", "scanned_pages", "Pages scanned since some were reclaimed last."),
	GAUGE("spanned", "spanned_pages", "Pages from the zone's first to its last, with holes."),
	GAUGE("present", "present_pages", "Pages that there is memory for."),
	GAUGE("managed", "managed_pages", "Pages that the kernel can give out."),
	GAUGE("nr_free_pages", "nr_free_pages", "Free pages."),
	GAUGE("nr_mlock_stack", "nr_mlock_stack_pages", "Locked pages of stacks."),
	GAUGE("nr_kernel_stack", "nr_kernel_stacks",
	      "Stacks of the kernel's side of tasks; KiB of them since Linux 4.9."),
	COUNTER("numa_hit", "numa_hit", "Pages allocated on the node that was wanted."),
	COUNTER("numa_miss", "numa_miss", "Pages allocated here although another was wanted."),
	COUNTER("numa_foreign", "numa_foreign", "Pages wanted here but allocated elsewhere."),
	COUNTER("numa_interleave", "numa_interleave",
	        "Pages of interleaved memory allocated as wanted."),
	COUNTER("numa_local", "numa_local", "Pages allocated by a CPU of the same node."),
	COUNTER("numa_other", "numa_other", "Pages allocated by a CPU of another node."),
};

static const char *const labels[] = { "node", "zone", NULL };

/* A zone. The last one of lines with the same name counts. */
struct block {
	const char *node; /* NULL: there is none yet, or its head is odd */
	const char *zone;
	bool has_value[ARRAY_SIZE(figures)];
	uint64_t values[ARRAY_SIZE(figures)];
	size_t n_protections;
	uint64_t protections[PROTECTIONS_MAX];
};

struct state {
	struct block block;
	size_t hint; /* the figure behind the last one */
	const struct metric *protections[PROTECTIONS_MAX];
};

static const struct metric *protection_metric(struct scrape *s, struct state *st, size_t i)
{
	if (!st->protections[i])
		st->protections[i] = metric_named(
			s, METRIC_GAUGE,
			"Free pages that a zone keeps from allocations meant for a higher one.",
			labels, "node_zoneinfo_protection_%zu", i);
	return st->protections[i];
}

static void end_block(struct scrape *s, struct state *st)
{
	struct block *b = &st->block;

	for (size_t i = 0; b->node && i < ARRAY_SIZE(figures); i++)
		if (b->has_value[i])
			emit(s, &figures[i].metric, (double)b->values[i], b->node, b->zone);
	for (size_t i = 0; b->node && i < b->n_protections; i++)
		emit(s, protection_metric(s, st, i), (double)b->protections[i], b->node, b->zone);
	*b = (struct block){ 0 };
}

/* "0, zone      DMA" */
static void begin_block(struct scrape *s, struct block *b, char *rest)
{
	char *node = next_part(&rest, ','), *word = next_field(&rest), *zone = next_field(&rest);
	uint64_t number;

	node = node ? trim(node) : NULL;
	if (!zone || strcmp(word, "zone") != 0 || parse_u64(node, &number) < 0) {
		warn(s, "procfs zoneinfo: expected a node and a zone, found \"%.32s\"",
		     node ? node : "");
		return;
	}
	b->node = node;
	b->zone = zone;
}

/* "(0, 2039, 31932)": all of it or nothing. */
static void read_protections(struct scrape *s, struct block *b, char *list)
{
	uint64_t numbers[PROTECTIONS_MAX];
	size_t count = 0;
	char *field;

	while ((field = next_field(&list))) {
		size_t length;

		field += *field == '(';
		length = strcspn(field, ",)");
		field[length] = '\0';
		if (count == PROTECTIONS_MAX || parse_u64(field, &numbers[count]) < 0) {
			warn(s,
			     "procfs zoneinfo: zone %.32s: protection: expected up to %d numbers, found "
			     "\"%.32s\"",
			     b->zone, PROTECTIONS_MAX, field);
			return;
		}
		count++;
	}
	b->n_protections = count;
	memcpy(b->protections, numbers, count * sizeof(numbers[0]));
}

static void read_figure(struct scrape *s, struct state *st, const char *key, const char *number)
{
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		size_t at = (st->hint + i) % ARRAY_SIZE(figures);

		if (strcmp(key, figures[at].key) != 0)
			continue;
		st->hint = at + 1;
		st->block.has_value[at] =
			number && parse_u64_any(number, &st->block.values[at]) == 0;
		if (!st->block.has_value[at])
			warn(s,
			     "procfs zoneinfo: zone %.32s: %s: expected a number, found "
			     "\"%.32s\"",
			     st->block.zone, key, number ? number : "");
		return;
	}
}

static int zoneinfo_collect(struct scrape *s)
{
	struct state st = { 0 };
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "zoneinfo");
	if (r < 0)
		return r;
	while ((line = next_line(&text))) {
		const char *key = next_field(&line);

		if (!key)
			continue;
		if (strcmp(key, "Node") == 0) {
			end_block(s, &st);
			begin_block(s, &st.block, line);
		} else if (!st.block.node) {
			continue;
		} else if (strcmp(key, "protection:") == 0) {
			read_protections(s, &st.block, line);
		} else if (key[strlen(key) - 1] != ':') {
			read_figure(s, &st, key, next_field(&line));
		}
	}
	end_block(s, &st);
	return 0;
}

COLLECTOR(zoneinfo, .help = "zones of memory", .collect = zoneinfo_collect);

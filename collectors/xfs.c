// SPDX-License-Identifier: Apache-2.0
/*
 * sysfs fs/xfs/DEVICE/stats/stats, one for each mounted XFS: lines of a name and counters of 32
 * bits, to which newer kernels add at the end of the file and of lines:
 *
 *   extent_alloc 38 2251 9 1203
 *   abt 0 0 0 0
 *   rw 1846 4119
 */

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

enum { COUNTERS_MAX = 7 };

#define COUNTER(NAME, HELP) \
	{ \
		.name = "node_xfs_" NAME "_total", .help = (HELP), .type = METRIC_COUNTER, \
		.labels = LABELS("device") \
	}

/* The counters that a line begins with, as many as have a name. */
static const struct figures {
	const char *key;
	struct metric metrics[COUNTERS_MAX];
} lines[] = {
	{ "extent_alloc",
	  { COUNTER("extent_allocation_extents_allocated", "Extents allocated."),
	    COUNTER("extent_allocation_blocks_allocated", "Blocks allocated."),
	    COUNTER("extent_allocation_extents_freed", "Extents freed."),
	    COUNTER("extent_allocation_blocks_freed", "Blocks freed.") } },
	{ "abt",
	  { COUNTER("allocation_btree_lookups", "Look-ups in the trees of free space."),
	    COUNTER("allocation_btree_compares", "Comparisons in the trees of free space."),
	    COUNTER("allocation_btree_records_inserted",
	            "Records added to the trees of free space."),
	    COUNTER("allocation_btree_records_deleted",
	            "Records taken from the trees of free space.") } },
	{ "blk_map",
	  { COUNTER("block_mapping_reads", "Block maps looked at for reads of a file."),
	    COUNTER("block_mapping_writes", "Block maps looked at for writes to a file."),
	    COUNTER("block_mapping_unmaps", "Block maps changed as blocks were freed."),
	    COUNTER("block_mapping_extent_list_insertions", "Extents added to lists of a file."),
	    COUNTER("block_mapping_extent_list_deletions", "Extents taken from lists of a file."),
	    COUNTER("block_mapping_extent_list_lookups", "Look-ups in lists of a file's extents."),
	    COUNTER("block_mapping_extent_list_compares",
	            "Comparisons in lists of a file's extents.") } },
	{ "bmbt",
	  { COUNTER("block_map_btree_lookups", "Look-ups in trees of block maps."),
	    COUNTER("block_map_btree_compares", "Comparisons in trees of block maps."),
	    COUNTER("block_map_btree_records_inserted", "Records added to trees of block maps."),
	    COUNTER("block_map_btree_records_deleted",
	            "Records taken from trees of block maps.") } },
	{ "dir",
	  { COUNTER("directory_operation_lookup", "Names looked up that the cache had not."),
	    COUNTER("directory_operation_create", "Names created in directories."),
	    COUNTER("directory_operation_remove", "Names removed from directories."),
	    COUNTER("directory_operation_getdents", "Reads of directories.") } },
	{ "ig",
	  { COUNTER("inode_operation_attempts", "Look-ups in the cache of inodes."),
	    COUNTER("inode_operation_found", "Inodes that were in the cache."),
	    COUNTER("inode_operation_recycled",
	            "Inodes that were in the cache, but about to be used anew."),
	    COUNTER("inode_operation_missed", "Inodes that were not in the cache."),
	    COUNTER("inode_operation_duplicates",
	            "Inodes that another process put into the cache meanwhile."),
	    COUNTER("inode_operation_reclaims", "Inodes taken out of the cache."),
	    COUNTER("inode_operation_attribute_changes",
	            "Changes of attributes that inodes have on disk.") } },
	{ "rw",
	  { COUNTER("write_calls", "Calls to write to files."),
	    COUNTER("read_calls", "Calls to read from files.") } },
	{ "vnodes",
	  { COUNTER("vnode_active", "Vnodes in use; it can fall."),
	    COUNTER("vnode_allocate", "Vnodes allocated."),
	    COUNTER("vnode_get", "Vnodes that a reference was got to."),
	    COUNTER("vnode_hold", "Vnodes that were held."),
	    COUNTER("vnode_release", "Vnodes that were released."),
	    COUNTER("vnode_reclaim", "Vnodes that were reclaimed."),
	    COUNTER("vnode_remove", "Vnodes that were removed.") } },
};

static void collect_line(struct scrape *s, const char *device, const struct figures *f, char *rest)
{
	double values[COUNTERS_MAX];
	size_t n;

	for (n = 0; n < COUNTERS_MAX && f->metrics[n].name; n++) {
		const char *field = next_field(&rest);
		uint64_t value;

		if (!field || parse_u64(field, &value) < 0) {
			warn(s, "sysfs fs/xfs/%s/stats/stats: %s: no number in field %zu", device,
			     f->key, n + 1);
			return;
		}
		values[n] = (double)value;
	}
	for (size_t i = 0; i < n; i++)
		emit(s, &f->metrics[i], values[i], device);
}

static void collect_device(struct scrape *s, const char *device)
{
	char *text, *line;
	int r;

	r = tree_read(s, TREE_SYS, &text, "fs/xfs/%s/stats/stats", device);
	if (r < 0) {
		/* Unmounted since, or one of XFS' own directories. */
		if (r != -ENOTDIR && !attr_is_quiet(r))
			warn(s, "%s", failure(s, r));
		return;
	}
	while ((line = next_line(&text))) {
		const char *key = next_field(&line);

		for (size_t i = 0; key && i < ARRAY_SIZE(lines); i++) {
			if (strcmp(key, lines[i].key) == 0)
				collect_line(s, device, &lines[i], line);
		}
	}
}

static int xfs_collect(struct scrape *s)
{
	char **devices;
	int r;

	r = tree_list(s, TREE_SYS, &devices, "fs/xfs");
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (size_t i = 0; devices[i]; i++) {
		/* The sums over all devices, and the settings of a kernel made for debugging. */
		if (strcmp(devices[i], "stats") != 0 && strcmp(devices[i], "debug") != 0)
			collect_device(s, devices[i]);
	}
	return 0;
}

COLLECTOR(xfs, .help = "counters of mounted XFS", .needs = "a mounted XFS", .default_on = true,
          .collect = xfs_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/meminfo: a name, a number and, but for counts of huge pages, the unit:
 *
 *   MemTotal:        3742148 kB
 *   Active(anon):    2020004 kB
 *   HugePages_Total:       0
 *
 * Only the names below are exported, the same ones as upstream, all of them as gauges.
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

#define FIGURE(KEY, NAME, HELP) \
	{ \
		KEY ":", \
		{ \
			.name = "node_memory_" NAME, .help = HELP, .type = METRIC_GAUGE \
		} \
	}

/* In the kernel's order, so that the next line is the next entry more often than not. */
static const struct figure {
	const char *key;
	struct metric metric;
} figures[] = {
	FIGURE("MemTotal", "MemTotal_bytes",
	       "RAM in the machine, less what firmware and the kernel's image take."),
	FIGURE("MemFree", "MemFree_bytes", "RAM that is not used for anything."),
	FIGURE("MemAvailable", "MemAvailable_bytes",
	       "The kernel's estimate of how much programs can still take before it has to swap."),
	FIGURE("Buffers", "Buffers_bytes",
	       "Cache of raw block devices: metadata of file systems, mostly."),
	FIGURE("Cached", "Cached_bytes",
	       "Page cache of files, with shared memory and tmpfs but without swap cache."),
	FIGURE("SwapCached", "SwapCached_bytes",
	       "Pages read back from swap whose copy there is still valid."),
	FIGURE("Active", "Active_bytes",
	       "Page cache and anonymous memory used of late, and so reclaimed last."),
	FIGURE("Inactive", "Inactive_bytes",
	       "Page cache and anonymous memory not used for a while, and so reclaimed first."),
	FIGURE("Active(anon)", "Active_anon_bytes",
	       "The anonymous part of active memory, with tmpfs."),
	FIGURE("Inactive(anon)", "Inactive_anon_bytes",
	       "The anonymous part of inactive memory, with tmpfs."),
	FIGURE("Active(file)", "Active_file_bytes",
	       "The part of active memory that is page cache of files."),
	FIGURE("Inactive(file)", "Inactive_file_bytes",
	       "The part of inactive memory that is page cache of files."),
	FIGURE("Unevictable", "Unevictable_bytes",
	       "Memory that cannot be reclaimed, such as what is locked."),
	FIGURE("Mlocked", "Mlocked_bytes", "Memory locked with mlock(2)."),
	FIGURE("SwapTotal", "SwapTotal_bytes", "Size of all swap areas together."),
	FIGURE("SwapFree", "SwapFree_bytes", "Swap that is not used."),
	FIGURE("Zswap", "Zswap_bytes", "RAM taken by compressed pages in zswap."),
	FIGURE("Zswapped", "Zswapped_bytes",
	       "Size of the pages in zswap before they were compressed."),
	FIGURE("Dirty", "Dirty_bytes", "Changed pages that wait to be written to disk."),
	FIGURE("Writeback", "Writeback_bytes", "Pages that are being written to disk now."),
	FIGURE("AnonPages", "AnonPages_bytes", "Anonymous memory mapped by programs."),
	FIGURE("Mapped", "Mapped_bytes", "Files mapped by programs, libraries among them."),
	FIGURE("Shmem", "Shmem_bytes", "Shared memory and tmpfs."),
	FIGURE("Slab", "Slab_bytes", "Caches of the kernel's own objects."),
	FIGURE("SReclaimable", "SReclaimable_bytes",
	       "The part of the slab that can be reclaimed, such as inodes and directory entries."),
	FIGURE("SUnreclaim", "SUnreclaim_bytes", "The part of the slab that cannot be reclaimed."),
	FIGURE("KernelStack", "KernelStack_bytes", "Stacks of the kernel's side of all tasks."),
	FIGURE("PageTables", "PageTables_bytes", "Page tables of user space."),
	FIGURE("NFS_Unstable", "NFS_Unstable_bytes",
	       "Pages sent to an NFS server that has not committed them yet; 0 since Linux 5.8."),
	FIGURE("Bounce", "Bounce_bytes",
	       "Bounce buffers for devices that cannot reach all of the memory."),
	FIGURE("WritebackTmp", "WritebackTmp_bytes",
	       "Copies that FUSE makes of pages while it writes them."),
	FIGURE("CommitLimit", "CommitLimit_bytes",
	       "How much may be promised to programs where overcommit is forbidden."),
	FIGURE("Committed_AS", "Committed_AS_bytes",
	       "How much is promised to programs, used by them or not."),
	FIGURE("VmallocTotal", "VmallocTotal_bytes",
	       "Size of the kernel's address range for vmalloc."),
	FIGURE("VmallocUsed", "VmallocUsed_bytes", "Memory taken by vmalloc."),
	FIGURE("VmallocChunk", "VmallocChunk_bytes",
	       "Largest free stretch in the address range for vmalloc; 0 since Linux 4.4."),
	FIGURE("Percpu", "Percpu_bytes", "Memory of the kernel's per-CPU allocator."),
	FIGURE("HardwareCorrupted", "HardwareCorrupted_bytes",
	       "RAM set aside after the hardware reported errors in it."),
	FIGURE("AnonHugePages", "AnonHugePages_bytes",
	       "Anonymous memory in transparent huge pages."),
	FIGURE("ShmemHugePages", "ShmemHugePages_bytes",
	       "Shared memory and tmpfs in transparent huge pages."),
	FIGURE("ShmemPmdMapped", "ShmemPmdMapped_bytes",
	       "Shared memory and tmpfs that programs map as huge pages."),
	FIGURE("CmaTotal", "CmaTotal_bytes",
	       "Memory set aside for contiguous allocations by drivers."),
	FIGURE("CmaFree", "CmaFree_bytes",
	       "The part of the contiguous memory that drivers do not use."),
	FIGURE("HugePages_Total", "HugePages_Total", "Huge pages of the default size in the pool."),
	FIGURE("HugePages_Free", "HugePages_Free",
	       "Huge pages of the pool that are not allocated."),
	FIGURE("HugePages_Rsvd", "HugePages_Rsvd",
	       "Huge pages promised to programs but not allocated yet."),
	FIGURE("HugePages_Surp", "HugePages_Surp", "Huge pages beyond the size set for the pool."),
	FIGURE("Hugepagesize", "Hugepagesize_bytes", "The default size of a huge page."),
	FIGURE("DirectMap4k", "DirectMap4k_bytes", "RAM that the kernel maps in pages of 4 KiB."),
	FIGURE("DirectMap2M", "DirectMap2M_bytes", "RAM that the kernel maps in pages of 2 MiB."),
	FIGURE("DirectMap1G", "DirectMap1G_bytes", "RAM that the kernel maps in pages of 1 GiB."),
};

/* The entry for key; *hint is where to look first, and set to the one behind it. */
static const struct figure *find_figure(const char *key, size_t *hint)
{
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		size_t at = (*hint + i) % ARRAY_SIZE(figures);

		if (strcmp(key, figures[at].key) != 0)
			continue;
		*hint = at + 1;
		return &figures[at];
	}
	return NULL;
}

/* What follows the name. False where it is not a number and a unit that is known. */
static bool collect_figure(struct scrape *s, const struct figure *f, char *rest)
{
	char *number = next_field(&rest), *unit = next_field(&rest);
	uint64_t value;

	if (!number || parse_u64(number, &value) < 0) {
		warn(s, "procfs meminfo: %s expected a number, found \"%.32s\"", f->key,
		     number ? number : "");
		return false;
	}
	if (unit && (strcmp(unit, "kB") != 0 || next_field(&rest))) {
		warn(s, "procfs meminfo: %s expected kB, found \"%.32s\"", f->key, unit);
		return false;
	}
	/* As upstream, in 64 bits: what the kernel has below 0 it writes as a huge number of kB. */
	emit(s, &f->metric, (double)(unit ? value * 1024 : value));
	return true;
}

static int meminfo_collect(struct scrape *s)
{
	size_t found = 0, hint = 0;
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "meminfo");
	if (r < 0)
		return r;

	while ((line = next_line(&text))) {
		const char *key = next_field(&line);
		const struct figure *f = key ? find_figure(key, &hint) : NULL;

		if (f)
			found += collect_figure(s, f, line);
	}
	return found ? 0 : fail(s, -EINVAL, "procfs meminfo: none of the expected lines in it");
}

COLLECTOR(meminfo, .help = "memory figures of /proc/meminfo", .default_on = true,
          .collect = meminfo_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * sysfs fs/btrfs/UUID of each mounted btrfs: attributes of one number in allocation/TYPE and, for
 * each layout of that type of data, in allocation/TYPE/LAYOUT; links to its block devices in
 * devices; and commit_stats, times in ms, since Linux 6.0:
 *
 *   commits 2
 *   last_commit_ms 77
 *
 * Where a mount of it can be asked by ioctl(2) the devices are from there, with more than sysfs
 * has.
 */

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "btrfsdev.h"
#include "collector.h"

enum { SECTOR_SIZE = 512 };

#define BTRFS_METRIC(TYPE, NAME, HELP, ...) \
	{ \
		.name = "node_btrfs_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS(__VA_ARGS__) \
	}

static const struct metric info =
	BTRFS_METRIC(GAUGE, "info", "The label of a file system; always 1.", "uuid", "label");
static const struct metric global_rsv_size =
	BTRFS_METRIC(GAUGE, "global_rsv_size_bytes",
                     "Metadata space kept for what must not fail for want of it.", "uuid");
static const struct metric device_size = BTRFS_METRIC(
	GAUGE, "device_size_bytes", "Size of a block device of a file system.", "uuid", "device");

/* With ioctl(2). */
static const struct metric identified_size =
	BTRFS_METRIC(GAUGE, "device_size_bytes", "Size of a block device of a file system.", "uuid",
                     "device", "btrfs_dev_uuid");
static const struct metric device_unused =
	BTRFS_METRIC(GAUGE, "device_unused_bytes",
                     "Bytes of a block device that are not given to any purpose yet.", "uuid",
                     "device", "btrfs_dev_uuid");
static const struct metric device_errors =
	BTRFS_METRIC(COUNTER, "device_errors_total",
                     "Errors of a block device since its counters were set to zero, by type.",
                     "uuid", "type", "device", "btrfs_dev_uuid");

static const struct metric reserved =
	BTRFS_METRIC(GAUGE, "reserved_bytes", "Space that is promised to writes under way.", "uuid",
                     "block_group_type");

static const struct metric used = BTRFS_METRIC(
	GAUGE, "used_bytes", "Space that is used, by layout.", "uuid", "block_group_type", "mode");
static const struct metric size =
	BTRFS_METRIC(GAUGE, "size_bytes", "Space that is set aside, by layout.", "uuid",
                     "block_group_type", "mode");
static const struct metric allocation_ratio =
	BTRFS_METRIC(GAUGE, "allocation_ratio",
                     "Bytes on disks that a byte of data takes in this layout; 0: unknown.", "uuid",
                     "block_group_type", "mode");

/* The lines of commit_stats. */
static const struct commit {
	const char *key;
	double divisor;
	struct metric metric;
} commits[] = {
	{ "commits", 1,
	  BTRFS_METRIC(COUNTER, "commits_total", "Commits since the mount.", "uuid") },
	{ "last_commit_ms", 1000,
	  BTRFS_METRIC(GAUGE, "last_commit_seconds", "Time that the last commit took.", "uuid") },
	{ "max_commit_ms", 1000,
	  BTRFS_METRIC(GAUGE, "max_commit_seconds", "Time that the longest commit took.", "uuid") },
	{ "total_commit_ms", 1000,
	  BTRFS_METRIC(COUNTER, "commit_seconds_total", "Time that all commits took, added up.",
	               "uuid") },
};

/* How many times the kernel writes data in a layout, or what is written besides them. */
static const struct layout {
	const char *name;
	double copies;
	double parity;
} layouts[] = {
	{ "single", .copies = 1 },  { "dup", .copies = 2 },    { "raid0", .copies = 1 },
	{ "raid1", .copies = 2 },   { "raid10", .copies = 2 }, { "raid1c3", .copies = 3 },
	{ "raid1c4", .copies = 4 }, { "raid5", .parity = 1 },  { "raid6", .parity = 2 },
};

static const char *const types[] = { "data", "metadata", "system" };
static const char *const error_types[BTRFS_ERRORS] = { "write", "read", "flush", "corruption",
	                                               "generation" };

/* A file system. */
struct volume {
	const char *dir;  /* in fs/btrfs */
	const char *uuid; /* as the label has it */
	size_t n_devices;
	bool has_devices; /* n_devices is known */
};

static bool read_number(struct scrape *s, const struct volume *v, double *ret, const char *attr)
{
	uint64_t value;

	if (attr_u64(s, &value, "fs/btrfs/%s/%s", v->dir, attr) < 0)
		return false;
	*ret = (double)value;
	return true;
}

/* "" where it cannot be read, as upstream. */
static const char *read_text(struct scrape *s, const char *dir, const char *attr)
{
	char *text;

	return attr_text(s, &text, "fs/btrfs/%s/%s", dir, attr) < 0 ? "" : text;
}

static void emit_devices(struct scrape *s, const struct volume *v, const struct btrfs_volume *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct btrfs_device *d = &from->devices[i];

		emit(s, &identified_size, (double)d->size, v->uuid, d->name, d->uuid);
		emit(s, &device_unused, (double)(d->size - MIN(d->used, d->size)), v->uuid, d->name,
		     d->uuid);
		for (size_t k = 0; k < BTRFS_ERRORS; k++)
			emit(s, &device_errors, (double)d->errors[k], v->uuid, error_types[k],
			     d->name, d->uuid);
	}
}

/* asked: what ioctl(2) brought; NULL where that is nothing. */
static void collect_devices(struct scrape *s, struct volume *v, const struct btrfs_volume *asked)
{
	char **names = attr_list(s, "fs/btrfs/%s/devices", v->dir);
	double sectors;

	if (asked)
		emit_devices(s, v, asked);
	if (!names)
		return;
	v->has_devices = true;
	for (size_t i = 0; names[i]; i++, v->n_devices++) {
		if (!asked &&
		    read_number(s, v, &sectors, scrape_printf(s, "devices/%s/size", names[i])))
			emit(s, &device_size, sectors * SECTOR_SIZE, v->uuid, names[i]);
	}
}

/* False where it depends on a number of devices that is not known. */
static bool find_ratio(const struct volume *v, const char *layout, double *ret)
{
	double n = (double)v->n_devices;

	*ret = 0;
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		if (strcmp(layout, layouts[i].name) != 0)
			continue;
		*ret = layouts[i].parity ? n / (n - layouts[i].parity) : layouts[i].copies;
		return v->has_devices || !layouts[i].parity;
	}
	return true;
}

static void collect_layout(struct scrape *s, const struct volume *v, const char *type,
                           const char *layout)
{
	double value;

	if (read_number(s, v, &value,
	                scrape_printf(s, "allocation/%s/%s/total_bytes", type, layout)))
		emit(s, &size, value, v->uuid, type, layout);
	if (read_number(s, v, &value,
	                scrape_printf(s, "allocation/%s/%s/used_bytes", type, layout)))
		emit(s, &used, value, v->uuid, type, layout);
	if (find_ratio(v, layout, &value))
		emit(s, &allocation_ratio, value, v->uuid, type, layout);
}

static void collect_type(struct scrape *s, const struct volume *v, const char *type)
{
	char **names = attr_list(s, "fs/btrfs/%s/allocation/%s", v->dir, type);
	double value;

	/* Data and metadata may be mixed, which is a type that upstream does not have. */
	if (!names)
		return;
	if (read_number(s, v, &value, scrape_printf(s, "allocation/%s/bytes_reserved", type)))
		emit(s, &reserved, value, v->uuid, type);
	for (size_t i = 0; names[i]; i++) {
		/* Only names of attributes have an underscore, and all but one of them do. */
		if (!strchr(names[i], '_') && strcmp(names[i], "flags") != 0)
			collect_layout(s, v, type, names[i]);
	}
}

static const struct commit *find_commit(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(commits); i++) {
		if (strcmp(key, commits[i].key) == 0)
			return &commits[i];
	}
	return NULL;
}

static void collect_commits(struct scrape *s, const struct volume *v)
{
	char *text, *line;
	int r;

	r = tree_read(s, TREE_SYS, &text, "fs/btrfs/%s/commit_stats", v->dir);
	if (r < 0 && !attr_is_quiet(r))
		warn(s, "%s", failure(s, r));
	/* Upstream's figures on kernels that have none. */
	for (size_t i = 0; r == -ENOENT && i < ARRAY_SIZE(commits); i++)
		emit(s, &commits[i].metric, 0, v->uuid);
	if (r < 0)
		return;
	while ((line = next_line(&text))) {
		const char *key = next_field(&line), *field = next_field(&line);
		const struct commit *c = key ? find_commit(key) : NULL;
		uint64_t value;

		if (!c)
			continue;
		if (!field || parse_u64(field, &value) < 0)
			warn(s, "sysfs fs/btrfs/%s/commit_stats: %s: expected a number", v->dir,
			     key);
		else
			emit(s, &c->metric, (double)value / c->divisor, v->uuid);
	}
}

static void collect_volume(struct scrape *s, const char *dir, const struct btrfs_volume *asked)
{
	struct volume v = { .dir = dir, .uuid = read_text(s, dir, "metadata_uuid") };
	double value;

	if (!v.uuid[0])
		v.uuid = dir;
	emit(s, &info, 1, v.uuid, read_text(s, dir, "label"));
	if (read_number(s, &v, &value, "allocation/global_rsv_size"))
		emit(s, &global_rsv_size, value, v.uuid);
	collect_devices(s, &v, asked);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		collect_type(s, &v, types[i]);
	collect_commits(s, &v);
}

static const struct btrfs_volume *find_volume(const struct btrfs_volume *volumes, size_t count,
                                              const char *fsid)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(volumes[i].fsid, fsid) == 0)
			return &volumes[i];
	}
	return NULL;
}

static int btrfs_collect(struct scrape *s)
{
	struct btrfs_volume *volumes = NULL;
	size_t count = 0, n_dirs = 0;
	char **names;
	int r;

	r = tree_list(s, TREE_SYS, &names, "fs/btrfs");
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (size_t i = 0; names[i]; i++) {
		if (strchr(names[i], '-'))
			names[n_dirs++] = names[i];
	}
	if (n_dirs)
		count = btrfs_volumes(s, &volumes);
	for (size_t i = 0; i < n_dirs; i++)
		collect_volume(s, names[i], find_volume(volumes, count, names[i]));
	return 0;
}

COLLECTOR(btrfs, .help = "mounted btrfs: space, devices, commits", .needs = "a mounted btrfs",
          .default_on = true, .may_block = true, .collect = btrfs_collect);

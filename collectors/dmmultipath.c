// SPDX-License-Identifier: Apache-2.0
/*
 * Multipath devices of device-mapper: sysfs block/dm-N/dm/{uuid,name,suspended}, block/dm-N/size in
 * sectors of 512 bytes, and block/dm-N/slaves, whose entries are the names of the paths. The state
 * of a path is in block/NAME/device/state.
 */

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

enum { SECTOR = 512 };

static const struct metric info = {
	.name = "node_dmmultipath_device_info",
	.help = "A multipath device; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "sysfs_name", "uuid"),
};

#define DEVICE_METRIC(NAME, HELP) \
	{ \
		.name = "node_dmmultipath_device_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS("device", "sysfs_name") \
	}

static const struct metric active =
	DEVICE_METRIC("active", "Whether a multipath device takes requests: is not suspended.");
static const struct metric size_bytes = DEVICE_METRIC("size_bytes", "Size.");
static const struct metric paths = DEVICE_METRIC("paths", "Paths that a multipath device has.");
static const struct metric paths_active =
	DEVICE_METRIC("paths_active", "Those of its paths whose device is running or live.");
static const struct metric paths_failed =
	DEVICE_METRIC("paths_failed", "Those of its paths whose device is in any other state.");

static const struct metric path_state = {
	.name = "node_dmmultipath_path_state",
	.help = "The state that the device behind a path is in; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "path", "state"),
};

struct device {
	const char *sysfs_name;
	char *uuid;
	char *name;
	bool has_suspended;
	bool has_sectors;
	uint64_t suspended;
	uint64_t sectors;
	char **paths;
	char **states; /* of the paths, in the same order; NULL: not readable */
};

/* Upstream has no data at all where something is missing or forbidden, at any depth. */
static bool is_missing(int r)
{
	return r == -ENOENT || r == -EACCES || r == -EPERM;
}

/* 0 and *ret_has false, after warn(), where the number cannot be read although it is there. */
static int read_number(struct scrape *s, const char *device, const char *attr, uint64_t *ret,
                       bool *ret_has)
{
	int r = attr_u64(s, ret, "block/%s/%s", device, attr);

	if (is_missing(r))
		return r;
	*ret_has = r == 0;
	return 0;
}

static int read_paths(struct scrape *s, struct device *d)
{
	size_t n = 0;
	int r;

	r = tree_list(s, TREE_SYS, &d->paths, "block/%s/slaves", d->sysfs_name);
	if (r == -ENOENT) {
		d->paths = d->states = scrape_alloc(s, sizeof(*d->paths));
		d->paths[0] = NULL;
		return 0;
	}
	if (r < 0)
		return r;
	while (d->paths[n])
		n++;
	d->states = scrape_alloc(s, n * sizeof(*d->states));
	for (size_t i = 0; i < n; i++) {
		d->states[i] = NULL;
		r = attr_text(s, &d->states[i], "block/%s/device/state", d->paths[i]);
		if (is_missing(r))
			return r;
	}
	return 0;
}

/* *ret has no name where it is no multipath device. */
static int read_device(struct scrape *s, const char *name, struct device *ret)
{
	struct device d = { .sysfs_name = name };
	int r;

	r = tree_read_attr(s, TREE_SYS, &d.uuid, "block/%s/dm/uuid", name);
	if (r == -ENOENT || (r == 0 && !starts_with(d.uuid, "mpath-"))) {
		*ret = (struct device){ 0 };
		return 0;
	}
	if (r == 0)
		r = tree_read_attr(s, TREE_SYS, &d.name, "block/%s/dm/name", name);
	if (r == 0)
		r = read_number(s, name, "dm/suspended", &d.suspended, &d.has_suspended);
	if (r == 0)
		r = read_number(s, name, "size", &d.sectors, &d.has_sectors);
	if (r == 0)
		r = read_paths(s, &d);
	if (r < 0)
		return r;
	*ret = d;
	return 0;
}

static void emit_device(struct scrape *s, const struct device *d)
{
	size_t n = 0, n_active = 0, n_failed = 0;

	for (; d->paths[n]; n++) {
		const char *state = d->states[n];
		bool is_active;

		if (!state)
			continue;
		is_active = strcmp(state, "running") == 0 || strcmp(state, "live") == 0;
		n_active += is_active;
		n_failed += !is_active;
		emit(s, &path_state, 1, d->name, d->paths[n], state);
	}
	emit(s, &info, 1, d->name, d->sysfs_name, d->uuid);
	if (d->has_suspended)
		emit(s, &active, d->suspended != 1, d->name, d->sysfs_name);
	if (d->has_sectors)
		emit(s, &size_bytes, (double)(d->sectors * SECTOR), d->name, d->sysfs_name);
	emit(s, &paths, (double)n, d->name, d->sysfs_name);
	emit(s, &paths_active, (double)n_active, d->name, d->sysfs_name);
	emit(s, &paths_failed, (double)n_failed, d->name, d->sysfs_name);
}

static int dmmultipath_collect(struct scrape *s)
{
	struct device *devices;
	size_t n = 0, count = 0;
	char **names;
	int r;

	r = tree_list(s, TREE_SYS, &names, "block");
	if (r < 0)
		return is_missing(r) ? NO_DATA : r;
	while (names[n])
		n++;
	devices = scrape_alloc(s, n * sizeof(*devices));
	for (size_t i = 0; i < n; i++) {
		if (!starts_with(names[i], "dm-"))
			continue;
		r = read_device(s, names[i], &devices[count]);
		if (is_missing(r))
			return NO_DATA;
		if (r < 0)
			warn(s, "%s", failure(s, r));
		else if (devices[count].name)
			count++;
	}
	for (size_t i = 0; i < count; i++)
		emit_device(s, &devices[i]);
	return 0;
}

COLLECTOR(dmmultipath, .help = "multipath devices and their paths",
          .needs = "multipath devices of the device mapper", .default_on = true,
          .collect = dmmultipath_collect);

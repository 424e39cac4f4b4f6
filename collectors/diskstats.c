// SPDX-License-Identifier: Apache-2.0
/*
 * procfs diskstats, one line a block device: its numbers and name, then 11 counters, four more
 * since Linux 4.18 and another two since 5.5:
 *
 *      8       0 sda 4354 1000 66191 3090 933 4210 29407 505 0 810 3631 53 6 348 31 12 4
 *
 * What the hardware is comes from udev's database: see udevdata.h.
 */

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "udevdata.h"

static const struct metric info = {
	.name = "node_disk_info",
	.help = "What a block device is, by its udev properties and its request queue; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "major", "minor", "path", "wwn", "model", "serial", "revision",
	                 "rotational"),
};

static const struct metric filesystem_info = {
	.name = "node_disk_filesystem_info",
	.help = "The file system that udev found on a block device; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "type", "usage", "uuid", "version"),
};

static const struct metric device_mapper_info = {
	.name = "node_disk_device_mapper_info",
	.help = "The mapping behind a device-mapper device; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "name", "uuid", "vg_name", "lv_name", "lv_layer"),
};

#define DEVICE_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_disk_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("device") \
	}

/* Plain numbers, sectors and milliseconds. */
#define COUNT(NAME, HELP) .metric = DEVICE_METRIC(COUNTER, NAME, HELP), .factor = 1
#define BYTES(NAME, HELP) .metric = DEVICE_METRIC(COUNTER, NAME, HELP), .factor = 512
#define SECONDS(NAME, HELP) .metric = DEVICE_METRIC(COUNTER, NAME, HELP), .factor = 0.001

static const struct column {
	struct metric metric;
	double factor;
} columns[] = {
	{ COUNT("reads_completed_total", "Reads that the block device has completed.") },
	{ COUNT("reads_merged_total", "Reads that were joined to an adjacent one in the queue.") },
	{ BYTES("read_bytes_total", "Bytes read from the block device.") },
	{ SECONDS("read_time_seconds_total", "Seconds that all reads took, added up.") },
	{ COUNT("writes_completed_total", "Writes that the block device has completed.") },
	{ COUNT("writes_merged_total",
	        "Writes that were joined to an adjacent one in the queue.") },
	{ BYTES("written_bytes_total", "Bytes written to the block device.") },
	{ SECONDS("write_time_seconds_total", "Seconds that all writes took, added up.") },
	{ DEVICE_METRIC(GAUGE, "io_now", "Requests to the block device that are in flight now."),
	  1 },
	{ SECONDS("io_time_seconds_total", "Seconds during which any request was in flight.") },
	{ SECONDS("io_time_weighted_seconds_total",
	          "Seconds in flight, times the requests in flight then.") },
	{ COUNT("discards_completed_total", "Discards that the block device has completed.") },
	{ COUNT("discards_merged_total",
	        "Discards that were joined to an adjacent one in the queue.") },
	{ COUNT("discarded_sectors_total", "Sectors of 512 bytes that were discarded.") },
	{ SECONDS("discard_time_seconds_total", "Seconds that all discards took, added up.") },
	{ COUNT("flush_requests_total", "Flush requests that the block device has completed.") },
	{ SECONDS("flush_requests_time_seconds_total",
	          "Seconds that all flush requests took, added up.") },
};

/* How many counters there have always been. Partitions before 2.6.25 had four: left out. */
enum { COLUMNS_MIN = 11 };

/* The udev properties of use here. */
#define EACH_PROPERTY(P) \
	P(DM_LV_LAYER), P(DM_LV_NAME), P(DM_NAME), P(DM_UUID), P(DM_VG_NAME), P(ID_ATA), \
		P(ID_ATA_ROTATION_RATE_RPM), P(ID_ATA_WRITE_CACHE), P(ID_ATA_WRITE_CACHE_ENABLED), \
		P(ID_FS_TYPE), P(ID_FS_USAGE), P(ID_FS_UUID), P(ID_FS_VERSION), P(ID_MODEL), \
		P(ID_PATH), P(ID_REVISION), P(ID_SERIAL), P(ID_SERIAL_SHORT), P(ID_WWN), \
		P(SCSI_IDENT_SERIAL)

#define NAME_OF(P) P
#define TEXT_OF(P) #P

enum property { EACH_PROPERTY(NAME_OF), PROPERTIES };

static const char *const keys[PROPERTIES] = { EACH_PROPERTY(TEXT_OF) };
static const char *const no_values[PROPERTIES] = { [0 ... PROPERTIES - 1] = "" };

static const struct ata {
	struct metric metric;
	enum property property;
} atas[] = {
	{ DEVICE_METRIC(GAUGE, "ata_write_cache", "Whether the ATA disk has a write cache."),
	  ID_ATA_WRITE_CACHE },
	{ DEVICE_METRIC(GAUGE, "ata_write_cache_enabled",
	                "Whether the write cache of the ATA disk is on."),
	  ID_ATA_WRITE_CACHE_ENABLED },
	{ DEVICE_METRIC(GAUGE, "ata_rotation_rate_rpm",
	                "Rotations of the ATA disk a minute; 0 for a solid-state disk."),
	  ID_ATA_ROTATION_RATE_RPM },
};

static struct {
	struct filter filter;
	struct regex ignored;
	struct udevdata udev;
} self = { .udev = { .keys = keys, .n_keys = PROPERTIES } };

static const struct flag flags[] = {
	{ .name = "collector.diskstats.device-exclude",
	  .type = FLAG_REGEX,
	  .target = &self.filter.exclude,
	  .value = "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$",
	  .help = "Leave out block devices whose name matches." },
	{ .name = "collector.diskstats.device-include",
	  .type = FLAG_REGEX,
	  .target = &self.filter.include,
	  .help = "Export only block devices whose name matches." },
	{ .name = "collector.diskstats.ignored-devices",
	  .type = FLAG_REGEX,
	  .target = &self.ignored,
	  .help = "Old name of --collector.diskstats.device-exclude.",
	  .hidden = true },
	{ 0 },
};

static void emit_info(struct scrape *s, const char *device, const char *major, const char *minor,
                      const char *const *udev)
{
	const char *serial = udev[SCSI_IDENT_SERIAL];
	bool is_rotational = false;
	uint64_t number;

	if (!serial[0])
		serial = udev[ID_SERIAL_SHORT];
	if (!serial[0])
		serial = udev[ID_SERIAL];
	/* Whoever changes a queue keeps its lock until the device has answered all requests. */
	if (attr_hazard(s, "queue", device)) {
		/* Partitions have no queue, and are not rotational then, as upstream has it. */
		if (tree_read_u64(s, TREE_SYS, &number, "block/%s/queue/rotational", device) == 0)
			is_rotational = number == 1;
		emit(s, &info, 1, device, major, minor, udev[ID_PATH], udev[ID_WWN], udev[ID_MODEL],
		     serial, udev[ID_REVISION], is_rotational ? "1" : "0");
	}
	if (udev[ID_FS_TYPE][0])
		emit(s, &filesystem_info, 1, device, udev[ID_FS_TYPE], udev[ID_FS_USAGE],
		     udev[ID_FS_UUID], udev[ID_FS_VERSION]);
	if (udev[DM_NAME][0])
		emit(s, &device_mapper_info, 1, device, udev[DM_NAME], udev[DM_UUID],
		     udev[DM_VG_NAME], udev[DM_LV_NAME], udev[DM_LV_LAYER]);
	for (size_t i = 0; udev[ID_ATA][0] && i < ARRAY_SIZE(atas); i++) {
		const char *text = udev[atas[i].property];
		double value;

		if (!text[0])
			continue;
		if (parse_double(text, &value) < 0)
			warn(s, "udev b%s:%s: expected a number in %s, found \"%s\"", major, minor,
			     keys[atas[i].property], text);
		else
			emit(s, &atas[i].metric, value, device);
	}
}

static void collect_device(struct scrape *s, char *line, bool has_udev)
{
	char *major = next_field(&line), *minor = next_field(&line), *device = next_field(&line);
	uint64_t values[ARRAY_SIZE(columns)], major_number, minor_number;
	size_t count = 0;
	char *field;

	if (!device || !filter_keeps(&self.filter, device))
		return;
	if (parse_u64(major, &major_number) < 0 || parse_u64(minor, &minor_number) < 0) {
		warn(s, "procfs diskstats: %s: expected device numbers, found \"%s %s\"", device,
		     major, minor);
		return;
	}
	while (count < ARRAY_SIZE(columns) && (field = next_field(&line))) {
		if (parse_u64(field, &values[count]) < 0) {
			warn(s,
			     "procfs diskstats: %s: expected a number in field %zu, found \"%s\"",
			     device, count + 4, field);
			return;
		}
		count++;
	}
	if (count < COLUMNS_MIN)
		return;

	emit_info(s, device, major, minor,
	          has_udev ? udevdata_block(s, &self.udev, major_number, minor_number) : no_values);
	for (size_t i = 0; i < count; i++)
		emit(s, &columns[i].metric, (double)values[i] * columns[i].factor, device);
}

static int diskstats_start(struct scrape *s)
{
	bool is_exclude_given = self.filter.exclude.given;
	int r;

	r = regex_alias(s, &self.filter.exclude, "collector.diskstats.device-exclude",
	                &self.ignored, "collector.diskstats.ignored-devices");
	if (r < 0)
		return r;
	/* Upstream lets the include list win over the old name without a word. */
	self.filter.exclude.given = is_exclude_given;
	return filter_settle(s, &self.filter, "collector.diskstats.device-include",
	                     "collector.diskstats.device-exclude");
}

static int diskstats_collect(struct scrape *s)
{
	bool has_udev = tree_exists(s, TREE_UDEV, ".");
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "diskstats");
	if (r < 0)
		return r;
	if (!has_udev)
		warn(s, "no udev database: node_disk_info has no model, path and the like");
	while ((line = next_line(&text)))
		collect_device(s, line, has_udev);
	udevdata_tidy(&self.udev);
	return 0;
}

static void diskstats_stop(void)
{
	udevdata_free(&self.udev);
}

COLLECTOR(diskstats, .help = "block devices: requests, bytes, times, and what the device is",
          .default_on = true, .may_block = true, .flags = flags, .start = diskstats_start,
          .collect = diskstats_collect, .stop = diskstats_stop);

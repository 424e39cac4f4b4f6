// SPDX-License-Identifier: Apache-2.0
#include "host.h"

#include <math.h>
#include <string.h>

#define APART_NS (500 * NS_PER_MS) /* runs closer than this make no rate */

/* A family whose samples become figures. */
static const struct source {
	enum host_part part;
	unsigned column;
	const char *family;
	const char *name;     /* of the one row; NULL: */
	const char *label;    /* the label that names the row, */
	const char *sublabel; /* and a second one; may be NULL */
	const char *note;     /* a label that is shown, too; may be NULL */
	bool is_sum;          /* of all samples of the row, such as those of each CPU */
} sources[] = {
	{ HOST_CPU, 0, "node_cpu_seconds_total", .label = "mode", .is_sum = true },
	{ HOST_MEMORY, 0, "node_memory_MemTotal_bytes", .name = "total" },
	{ HOST_MEMORY, 0, "node_memory_MemAvailable_bytes", .name = "available" },
	{ HOST_MEMORY, 0, "node_memory_MemFree_bytes", .name = "free" },
	{ HOST_MEMORY, 0, "node_memory_Buffers_bytes", .name = "buffers" },
	{ HOST_MEMORY, 0, "node_memory_Cached_bytes", .name = "cached" },
	{ HOST_MEMORY, 0, "node_memory_SwapTotal_bytes", .name = "swap_total" },
	{ HOST_MEMORY, 0, "node_memory_SwapFree_bytes", .name = "swap_free" },
	{ HOST_LOAD, 0, "node_load1", .name = "1m" },
	{ HOST_LOAD, 0, "node_load5", .name = "5m" },
	{ HOST_LOAD, 0, "node_load15", .name = "15m" },
	{ HOST_PRESSURE, 0, "node_pressure_cpu_waiting_seconds_total", .name = "cpu" },
	{ HOST_PRESSURE, 0, "node_pressure_memory_waiting_seconds_total", .name = "memory" },
	{ HOST_PRESSURE, 0, "node_pressure_memory_stalled_seconds_total",
	  .name = "memory, all stalled" },
	{ HOST_PRESSURE, 0, "node_pressure_io_waiting_seconds_total", .name = "io" },
	{ HOST_PRESSURE, 0, "node_pressure_io_stalled_seconds_total", .name = "io, all stalled" },
	{ HOST_DISKS, DISK_READ_BYTES, "node_disk_read_bytes_total", .label = "device" },
	{ HOST_DISKS, DISK_WRITTEN_BYTES, "node_disk_written_bytes_total", .label = "device" },
	{ HOST_DISKS, DISK_READS, "node_disk_reads_completed_total", .label = "device" },
	{ HOST_DISKS, DISK_WRITES, "node_disk_writes_completed_total", .label = "device" },
	{ HOST_DISKS, DISK_BUSY, "node_disk_io_time_seconds_total", .label = "device" },
	{ HOST_FILESYSTEMS, FS_BYTES, "node_filesystem_size_bytes", .label = "mountpoint",
	  .note = "fstype" },
	{ HOST_FILESYSTEMS, FS_AVAILABLE, "node_filesystem_avail_bytes", .label = "mountpoint",
	  .note = "fstype" },
	{ HOST_FILESYSTEMS, FS_READONLY, "node_filesystem_readonly", .label = "mountpoint",
	  .note = "fstype" },
	{ HOST_FILESYSTEMS, FS_FAULT, "node_filesystem_device_error", .label = "mountpoint",
	  .note = "fstype" },
	{ HOST_NETWORK, NET_RECEIVED, "node_network_receive_bytes_total", .label = "device" },
	{ HOST_NETWORK, NET_SENT, "node_network_transmit_bytes_total", .label = "device" },
	{ HOST_NETWORK, NET_ERRORS, "node_network_receive_errs_total", .label = "device" },
	{ HOST_TEMPERATURES, 0, "node_hwmon_temp_celsius", .label = "chip", .sublabel = "sensor" },
	{ HOST_TEMPERATURES, 0, "node_thermal_zone_temp", .label = "type", .sublabel = "zone" },
	{ HOST_BOOT, 0, "node_boot_time_seconds", .name = "boot" },
	{ HOST_UNAME, 0, "node_uname_info", .name = "host", .note = "nodename" },
	{ HOST_UNAME, 0, "node_uname_info", .name = "kernel", .note = "release" },
	{ HOST_OS, 0, "node_os_info", .name = "os", .note = "pretty_name" },
	{ HOST_FILES, FILE_ERROR, "nodegauge_textfile_error", .label = "file", .note = "reason" },
	{ HOST_FILES, FILE_MTIME, "node_textfile_mtime_seconds", .label = "file" },
	{ HOST_FILES, FILE_SAMPLES, "nodegauge_textfile_samples", .label = "file" },
	{ HOST_FILES, FILE_AGE, "nodegauge_textfile_age_seconds", .label = "file" },
	{ HOST_SCRIPTS, SCRIPT_SUCCESS, "nodegauge_script_success", .label = "script" },
	{ HOST_SCRIPTS, SCRIPT_EXIT_CODE, "nodegauge_script_exit_code", .label = "script" },
	{ HOST_SCRIPTS, SCRIPT_DURATION, "nodegauge_script_duration_seconds", .label = "script" },
	{ HOST_SCRIPTS, SCRIPT_LAST_RUN, "nodegauge_script_last_run_timestamp_seconds",
	  .label = "script" },
};

static struct {
	struct host_table tables[HOST_PARTS];
	int64_t latest;
} self;

static const struct gather_family *find_family(const struct gather *g, const char *name)
{
	size_t from = 0, to = g->n_families, length = strlen(name);

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct gather_family *f = &g->families[middle];
		int order = memcmp(f->name, name, MIN(f->name_length, length));

		if (order == 0)
			order = (f->name_length > length) - (f->name_length < length);
		if (order == 0)
			return f;
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

/* The value of a sample's label; empty where it has none of that name. */
static const char *value_of(const struct gather_sample *s, const char *label, size_t *ret_length)
{
	*ret_length = 0;
	for (size_t i = 0; label && i < s->form->n_labels; i++)
		if (strcmp(s->form->labels[i].name, label) == 0)
			return gather_value(s, i, ret_length);
	return "";
}

/* Append bytes to a text of at most HOST_TEXT_MAX; characters that do not fit whole are left out.
 */
static void append(char *text, const char *bytes, size_t length)
{
	size_t used = strlen(text), room = HOST_TEXT_MAX - 1 - used;

	if (length > room)
		for (length = room; length && ((unsigned char)bytes[length] & 0xc0) == 0x80;)
			length--;
	memcpy(text + used, bytes, length);
	text[used + length] = '\0';
}

static struct host_row *add_row(struct host_table *t, uint64_t key)
{
	struct host_row *row = &t->rows[t->n_rows];

	if (t->n_rows == HOST_ROWS_MAX)
		return NULL;
	t->n_rows++;
	*row = (struct host_row){ .key = key };
	for (size_t i = 0; i < HOST_COLUMNS; i++)
		row->now[i] = row->before[i] = NAN;
	return row;
}

/* The row of this key, looked for from where the last one was found. */
static struct host_row *find_row(struct host_table *t, uint64_t key, size_t *near)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		size_t at = (*near + i) % t->n_rows;

		if (t->rows[at].key != key)
			continue;
		*near = at;
		return &t->rows[at];
	}
	return NULL;
}

static void take_sample(struct host_table *t, const struct source *from,
                        const struct gather_sample *s, size_t *near)
{
	size_t length, sublength;
	const char *name = value_of(s, from->label, &length);
	const char *subname = value_of(s, from->sublabel, &sublength);
	struct host_row *row;
	uint64_t key;

	if (from->name) {
		name = from->name;
		length = strlen(name);
	}
	key = hash_bytes(hash_bytes(0, name, length), subname, sublength);
	row = find_row(t, key, near);
	if (!row) {
		row = add_row(t, key);
		if (!row) {
			t->n_more = MAX(t->n_more, ++t->left_out[from->column]);
			return;
		}
		append(row->name, name, length);
		append(row->name, " ", sublength > 0);
		append(row->name, subname, sublength);
	}
	if (from->note) {
		const char *note = value_of(s, from->note, &length);

		row->note[0] = '\0';
		append(row->note, note, length);
	}
	row->is_seen = true;
	/* Others of one name, such as mounts one above the other, say the same. */
	if (from->is_sum && !isnan(row->now[from->column]))
		row->now[from->column] += s->value;
	else
		row->now[from->column] = s->value;
	row->n_added += from->column == 0;
}

static void begin(struct host_table *t, int64_t now)
{
	bool is_apart = t->at && now - t->at >= APART_NS;

	for (size_t i = 0; i < t->n_rows; i++) {
		struct host_row *row = &t->rows[i];

		if (is_apart)
			memcpy(row->before, row->now, sizeof(row->before));
		for (size_t k = 0; k < HOST_COLUMNS; k++)
			row->now[k] = NAN;
		row->is_seen = false;
		row->n_added = 0;
	}
	if (is_apart)
		t->before_at = t->at;
	t->at = now;
	t->n_more = 0;
	memset(t->left_out, 0, sizeof(t->left_out));
}

static void forget_the_gone(struct host_table *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->n_rows; i++) {
		if (!t->rows[i].is_seen)
			continue;
		if (kept != i)
			t->rows[kept] = t->rows[i];
		kept++;
	}
	t->n_rows = kept;
}

void host_take(const struct gather *g, int64_t now)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources);) {
		enum host_part part = sources[i].part;
		struct host_table *t = &self.tables[part];
		bool is_begun = false;

		for (; i < ARRAY_SIZE(sources) && sources[i].part == part; i++) {
			const struct gather_family *f = find_family(g, sources[i].family);
			size_t near = 0;

			if (!f)
				continue;
			if (!is_begun)
				begin(t, now);
			is_begun = true;
			for (size_t k = 0; k < f->n_samples; k++)
				take_sample(t, &sources[i], f->samples[k], &near);
		}
		if (is_begun) {
			forget_the_gone(t);
			self.latest = now;
		}
	}
}

const struct host_table *host_table(enum host_part part)
{
	return &self.tables[part];
}

const struct host_row *host_find(enum host_part part, const char *name)
{
	const struct host_table *t = &self.tables[part];

	for (size_t i = 0; i < t->n_rows; i++)
		if (strcmp(t->rows[i].name, name) == 0)
			return &t->rows[i];
	return NULL;
}

double host_figure(enum host_part part, const char *name)
{
	const struct host_row *row = host_find(part, name);

	return row ? row->now[0] : NAN;
}

double host_rate(const struct host_table *t, const struct host_row *row, unsigned column)
{
	double grown = row->now[column] - row->before[column];

	/* A counter that began anew has no rate. */
	if (!t->before_at || isnan(grown) || grown < 0)
		return NAN;
	return grown / ((double)(t->at - t->before_at) / 1e9);
}

int64_t host_latest(void)
{
	return self.latest;
}

bool host_needs(const char *collector)
{
	static const char *const needed[] = { "cpu",     "diskstats", "filesystem",  "hwmon",
		                              "loadavg", "meminfo",   "netdev",      "pressure",
		                              "stat",    "textfile",  "thermal_zone" };

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (strcmp(needed[i], collector) == 0)
			return true;
	return false;
}

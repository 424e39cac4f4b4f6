// SPDX-License-Identifier: Apache-2.0
/*
 * PCI devices: sysfs bus/pci/devices/SSSS:BB:DD.F, symbolic links whose targets name the device and
 * the one above it ("../../../devices/pci0000:00/0000:00:1c.0/0000:01:00.0"), with a file for each
 * property there. What a device is does not change while its directory is the same.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "devices.h"
#include "pciids.h"

#define LOCATION "segment", "bus", "device", "function"
#define INFO \
	LOCATION, "parent_segment", "parent_bus", "parent_device", "parent_function", "class_id", \
		"vendor_id", "device_id", "subsystem_vendor_id", "subsystem_device_id", "revision"

enum {
	PARENT = 4,    /* of the labels of the description: those of the parent's location */
	IDS = 8,       /* class and so on */
	NAMES = 14,    /* what pci.ids calls them, where that is wanted */
	INFO_MAX = 19, /* how many there are in all */
	ID_SIZE = 12,
};

static const struct metric info = {
	.name = "node_pcidevice_info",
	.help = "What a PCI device is, and which one is above it; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS(INFO),
};

static const struct metric info_with_names = {
	.name = "node_pcidevice_info",
	.help = "What a PCI device is, and which one is above it; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS(INFO, "vendor_name", "device_name", "subsystem_vendor_name",
	                 "subsystem_device_name", "class_name"),
};

static const struct metric power_state = {
	.name = "node_pcidevice_power_state",
	.help = "Whether a PCI device is in this power state.",
	.type = METRIC_GAUGE,
	.labels = LABELS(LOCATION, "state"),
};

static const char *const power_states[] = {
	"D0", "D1", "D2", "D3hot", "D3cold", "unknown", "error"
};

/* The files of the description's numbers, in the order of their labels. */
static const struct id {
	const char *attr;
	int digits;
} ids[NAMES - IDS] = {
	{ "class", 6 },
	{ "vendor", 4 },
	{ "device", 4 },
	{ "subsystem_vendor", 4 },
	{ "subsystem_device", 4 },
	{ "revision", 2 },
};
enum { CLASS, VENDOR, DEVICE, SUBSYSTEM_VENDOR, SUBSYSTEM_DEVICE };

#define DEVICE_METRIC(NAME, HELP) \
	{ \
		.name = "node_pcidevice_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS(LOCATION) \
	}

static const struct number {
	const char *attr;
	enum { SPEED, SIGNED, COUNT, BOOL } kind;
	bool is_fixed;
	double missing; /* where there is no such file: upstream's figure */
	struct metric metric;
} numbers[] = {
	{ "max_link_speed", SPEED, true, -1,
	  DEVICE_METRIC("max_link_transfers_per_second",
	                "Highest rate of the link in transfers a second; -1: there is none.") },
	{ "max_link_width", SIGNED, true, -1,
	  DEVICE_METRIC("max_link_width",
	                "Most lanes that the link can have; -1: there is none.") },
	{ "current_link_speed", SPEED, false, -1,
	  DEVICE_METRIC("current_link_transfers_per_second",
	                "Rate of the link in transfers a second; -1: there is none.") },
	{ "current_link_width", SIGNED, false, -1,
	  DEVICE_METRIC("current_link_width", "Lanes that the link has; -1: there is none.") },
	{ "d3cold_allowed", BOOL, false, 0,
	  DEVICE_METRIC("d3cold_allowed", "Whether the device may be switched off (D3cold).") },
	{ "sriov_drivers_autoprobe", BOOL, false, 0,
	  DEVICE_METRIC("sriov_drivers_autoprobe",
	                "Whether drivers are looked for when virtual functions appear.") },
	{ "sriov_numvfs", COUNT, false, 0,
	  DEVICE_METRIC("sriov_numvfs", "Virtual functions that there are.") },
	{ "sriov_totalvfs", COUNT, false, 0,
	  DEVICE_METRIC("sriov_totalvfs", "Virtual functions that there can be.") },
	{ "sriov_vf_total_msix", COUNT, false, 0,
	  DEVICE_METRIC("sriov_vf_total_msix", "MSI-X vectors for all virtual functions.") },
	{ "numa_node", SIGNED, false, -1,
	  DEVICE_METRIC("numa_node", "NUMA node that the device is next to.") },
};
enum { NUMA_NODE = ARRAY_SIZE(numbers) - 1 };

struct device {
	char *entry; /* in bus/pci/devices */
	dev_t dev;   /* of its directory */
	ino_t ino;
	int64_t ids[ARRAY_SIZE(ids)];
	char labels[NAMES][ID_SIZE];
	char *names[INFO_MAX - NAMES];
	double numbers[ARRAY_SIZE(numbers)]; /* those that stay */
	bool stays[ARRAY_SIZE(numbers)];
	bool has_no_power_state;
	bool is_whole; /* all was read that stays; else it is forgotten after the scrape */
	bool is_new;   /* in this scrape */
	bool is_seen;  /* in this scrape */
};

static struct {
	bool names;
	const char *idsfile;
	struct device *devices;
	size_t n_devices;
	size_t room;
	size_t next;         /* where the next device is when they come in the order of last time */
	uint64_t generation; /* of the devices that are known */
	bool has_found;      /* all there were then, and all of each */
} self;

static const struct flag flags[] = {
	{ .name = "collector.pcidevice.idsfile",
	  .type = FLAG_STRING,
	  .target = &self.idsfile,
	  .help = "File to look names up in, instead of a pci.ids in the usual places." },
	{ .name = "collector.pcidevice.names",
	  .type = FLAG_BOOL,
	  .target = &self.names,
	  .help = "Add the names that pci.ids has for vendors, devices and classes." },
	{ 0 },
};

static void free_device(struct device *d)
{
	free(d->entry);
	for (size_t i = 0; i < ARRAY_SIZE(d->names); i++)
		free(d->names[i]);
}

static void forget_unseen(void)
{
	size_t kept = 0;

	for (size_t i = 0; i < self.n_devices; i++) {
		struct device *d = &self.devices[i];

		if (!d->is_seen || !d->is_whole) {
			self.has_found = false;
			free_device(d);
			continue;
		}
		d->is_seen = d->is_new = false;
		self.devices[kept++] = *d;
	}
	self.n_devices = kept;
	self.next = 0;
}

/* The one of this name, which is new where its directory is. */
static struct device *find_device(const char *entry, const struct stat *dir)
{
	struct device *d;

	for (size_t i = 0; i < self.n_devices; i++) {
		size_t at = (self.next + i) % self.n_devices;

		d = &self.devices[at];
		if (strcmp(d->entry, entry) == 0 && d->dev == dir->st_dev &&
		    d->ino == dir->st_ino) {
			self.next = at + 1;
			return d;
		}
	}
	if (self.n_devices == self.room) {
		self.room = self.room ? self.room * 2 : 64;
		self.devices = xrealloc(self.devices, self.room * sizeof(*self.devices));
	}
	d = &self.devices[self.n_devices++];
	*d = (struct device){ .entry = xstrdup(entry),
		              .dev = dir->st_dev,
		              .ino = dir->st_ino,
		              .is_whole = true,
		              .is_new = true };
	self.next = self.n_devices;
	return d;
}

/* "0000:00:1f.3" to four labels. False where it looks otherwise. */
static bool parse_location(struct scrape *s, const char *text, char (*labels)[ID_SIZE])
{
	static const char separators[PARENT] = "::.";
	static const int digits[PARENT] = { 4, 2, 2, 1 };
	char *rest = scrape_printf(s, "%s", text);

	for (size_t i = 0; i < PARENT; i++) {
		char *end = strchrnul(rest, separators[i]);
		uint64_t number;

		if (*end != separators[i])
			return false;
		*end = '\0';
		if (parse_hex(rest, &number) < 0 || number > INT32_MAX)
			return false;
		/* It has eight digits at most. */
		(void)snprintf(labels[i], ID_SIZE, "%0*x", digits[i], (unsigned)number);
		rest = end + 1;
	}
	return true;
}

/* Where it is, by the target of its link. */
static bool read_location(struct scrape *s, struct device *d)
{
	char *target, *name, *parent = NULL;

	if (tree_read_link(s, TREE_SYS, &target, "bus/pci/devices/%s", d->entry) < 0) {
		warn(s, "sysfs bus/pci/devices/%s: expected a symbolic link", d->entry);
		return false;
	}
	name = strrchr(target, '/');
	if (name) {
		*name++ = '\0';
		parent = strrchr(target, '/');
		parent = parent ? parent + 1 : target;
	} else {
		name = target;
	}
	if (!parse_location(s, name, d->labels)) {
		warn(s, "sysfs bus/pci/devices/%s: expected a location, found \"%s\"", d->entry,
		     name);
		return false;
	}
	if (parent && !starts_with(parent, "pci") && parse_location(s, parent, d->labels + PARENT))
		return true;
	/* Upstream loses all devices where this is neither a bus nor a device of PCI. */
	for (size_t i = PARENT; i < IDS; i++)
		memcpy(d->labels[i], "*", sizeof("*"));
	return true;
}

/* What it is. An id that cannot be read is an empty label. */
static void read_ids(struct scrape *s, struct device *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		int64_t id;
		int r;

		r = attr_i64_any(s, &id, "bus/pci/devices/%s/%s", d->entry, ids[i].attr);
		if (r == 0 && (id < 0 || id > INT32_MAX)) {
			warn(s, "sysfs bus/pci/devices/%s/%s: out of range: %lld", d->entry,
			     ids[i].attr, (long long)id);
			r = -ERANGE;
		}
		d->ids[i] = r == 0 ? id : -1;
		/* A file that is not there does not appear later. */
		d->is_whole &= r == 0 || r == -ENOENT;
		d->labels[IDS + i][0] = '\0';
		/* It has eight digits at most. */
		if (r == 0)
			(void)snprintf(d->labels[IDS + i], ID_SIZE, "0x%0*x", ids[i].digits,
			               (unsigned)id);
	}
}

/* The name, or the number without its 0x. */
static char *name_or_id(const char *name, const char *id)
{
	return xstrdup(name ? name : starts_with(id, "0x") ? id + 2 : id);
}

/* Names for those devices that are new. */
static void look_up_names(struct scrape *s)
{
	struct pciids_query *queries = scrape_alloc(s, self.n_devices * sizeof(*queries));
	size_t count = 0;
	int r;

	for (size_t i = 0; i < self.n_devices; i++) {
		const int64_t *id = self.devices[i].ids;

		if (self.devices[i].is_new)
			queries[count++] = (struct pciids_query){
				.vendor = (uint64_t)id[VENDOR],
				.device = (uint64_t)id[DEVICE],
				.subsystem_vendor = (uint64_t)id[SUBSYSTEM_VENDOR],
				.subsystem_device = (uint64_t)id[SUBSYSTEM_DEVICE],
				.class = (uint64_t)id[CLASS],
			};
	}
	if (!count)
		return;
	r = pciids_look_up(s, self.idsfile && self.idsfile[0] ? self.idsfile : NULL, queries,
	                   count);
	if (r < 0)
		warn(s, "no names of PCI devices: %s", failure(s, r));
	for (size_t i = self.n_devices; i-- > 0;) {
		struct device *d = &self.devices[i];
		const struct pciids_query *q;
		char(*id)[ID_SIZE] = d->labels + IDS;

		if (!d->is_new)
			continue;
		q = &queries[--count];
		d->names[0] = name_or_id(q->vendor_name, id[VENDOR]);
		d->names[1] = name_or_id(q->device_name, id[DEVICE]);
		d->names[2] = name_or_id(q->subsystem_vendor_name, id[SUBSYSTEM_VENDOR]);
		d->names[3] = name_or_id(q->subsystem_device_name, id[SUBSYSTEM_DEVICE]);
		d->names[4] = q->class_name ? xstrdup(q->class_name)
		                            : xasprintf("Unknown class (%s)",
		                                        id[CLASS][0] ? id[CLASS] + 2 : "");
	}
}

/* "8.0 GT/s PCIe" to transfers a second. */
static int parse_speed(char *text, double *ret)
{
	char *unit = strchr(text, ' ');
	double value;

	if (!unit)
		return -EINVAL;
	*unit++ = '\0';
	if (strcmp(unit, "GT/s PCIe") != 0 || parse_double(text, &value) < 0)
		return -EINVAL;
	*ret = value * 1e9;
	return 0;
}

static int parse_number(const struct number *n, char *text, double *ret)
{
	uint64_t count;
	int64_t number;
	int r;

	if (!text[0] || starts_with(text, "Unknown")) {
		*ret = n->missing;
		return 0;
	}
	if (n->kind == SPEED)
		return parse_speed(text, ret);
	if (n->kind == COUNT) {
		r = parse_u64(text, &count);
		if (r == 0)
			*ret = (double)count;
		return r;
	}
	r = parse_i64(text, &number);
	if (r == 0)
		*ret = n->kind == BOOL ? number != 0 : (double)number;
	return r;
}

/* False where it is there, but cannot be read. */
static bool read_number(struct scrape *s, struct device *d, size_t i, double *ret)
{
	const struct number *n = &numbers[i];
	char *text, *copy;
	int r;

	if (d->stays[i]) {
		*ret = d->numbers[i];
		return true;
	}
	r = attr_text(s, &text, "bus/pci/devices/%s/%s", d->entry, n->attr);
	if (r == -ENOENT) {
		*ret = n->missing;
	} else if (r < 0) {
		return false;
	} else {
		copy = scrape_printf(s, "%s", text);
		if (parse_number(n, copy, ret) < 0) {
			warn(s, "sysfs bus/pci/devices/%s/%s: expected %s, found \"%s\"", d->entry,
			     n->attr, n->kind == SPEED ? "GT/s PCIe" : "a number", text);
			return false;
		}
	}
	if (r == -ENOENT || n->is_fixed) {
		d->stays[i] = true;
		d->numbers[i] = *ret;
	}
	return true;
}

static void emit_power_state(struct scrape *s, struct device *d)
{
	char *state;
	int r;

	if (d->has_no_power_state)
		return;
	r = attr_text(s, &state, "bus/pci/devices/%s/power_state", d->entry);
	d->has_no_power_state = r == -ENOENT;
	if (r < 0 || !state[0])
		return;
	for (size_t i = 0; i < ARRAY_SIZE(power_states); i++)
		emit(s, &power_state, strcmp(power_states[i], state) == 0, d->labels[0],
		     d->labels[1], d->labels[2], d->labels[3], power_states[i]);
}

static void emit_device(struct scrape *s, struct device *d)
{
	const char *labels[INFO_MAX + 1] = { 0 };

	for (size_t i = 0; i < NAMES; i++)
		labels[i] = d->labels[i];
	for (size_t i = 0; self.names && i < ARRAY_SIZE(d->names); i++)
		labels[NAMES + i] = d->names[i];
	emit_labels(s, self.names ? &info_with_names : &info, 1, labels);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		double value = numbers[i].missing;

		if (read_number(s, d, i, &value) && (i != NUMA_NODE || value != -1))
			emit(s, &numbers[i].metric, value, labels[0], labels[1], labels[2],
			     labels[3]);
	}
	emit_power_state(s, d);
}

static int find_devices(struct scrape *s)
{
	char **entries;
	int r;

	r = tree_list(s, TREE_SYS, &entries, "bus/pci/devices");
	if (r < 0)
		return r;
	for (size_t i = 0; entries[i]; i++) {
		struct device *d;
		struct stat dir;

		if (stat(tree_path(s, TREE_SYS, "bus/pci/devices/%s", entries[i]), &dir) < 0)
			continue;
		d = find_device(entries[i], &dir);
		d->is_seen = true;
		if (!d->is_new)
			continue;
		if (read_location(s, d))
			read_ids(s, d);
		else
			d->is_whole = d->is_seen = false;
	}
	return 0;
}

static void forget_devices(void)
{
	for (size_t i = 0; i < self.n_devices; i++)
		free_device(&self.devices[i]);
	free(self.devices);
	self.devices = NULL;
	self.n_devices = self.room = self.next = 0;
	self.has_found = false;
}

static int pcidevice_collect(struct scrape *s)
{
	uint64_t generation = devices_generation("pci");
	int r;

	if (generation != self.generation)
		forget_devices();
	self.generation = generation;
	if (self.has_found && devices_are_settled("pci")) {
		for (size_t i = 0; i < self.n_devices; i++)
			self.devices[i].is_seen = true;
	} else {
		r = find_devices(s);
		if (r < 0)
			return r == -ENOENT ? NO_DATA : r;
		self.has_found = true;
	}
	if (self.names)
		look_up_names(s);
	for (size_t i = 0; i < self.n_devices; i++)
		if (self.devices[i].is_seen)
			emit_device(s, &self.devices[i]);
	forget_unseen();
	return 0;
}

COLLECTOR(pcidevice, .help = "PCI devices", .flags = flags, .collect = pcidevice_collect,
          .stop = forget_devices);

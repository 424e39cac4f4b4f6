// SPDX-License-Identifier: Apache-2.0
#include "pcidevices.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "devices.h"
#include "pciids.h"

/* Their files, in the order of the texts. */
static const struct {
	const char *attr;
	int digits;
} ids[PCI_TEXTS - PCI_IDS] = {
	{ "class", 6 },
	{ "vendor", 4 },
	{ "device", 4 },
	{ "subsystem_vendor", 4 },
	{ "subsystem_device", 4 },
	{ "revision", 2 },
};
enum { CLASS, VENDOR, DEVICE, SUBSYSTEM_VENDOR, SUBSYSTEM_DEVICE };

static struct {
	struct pcidevice *devices;
	size_t count;
	size_t room;
	size_t next;         /* where the next device is when they come in the order of last time */
	uint64_t generation; /* of the devices that are known */
	bool has_found;      /* all there were then, and all of each */
} self;

static void free_device(struct pcidevice *d)
{
	free(d->entry);
	for (size_t i = 0; i < ARRAY_SIZE(d->names); i++)
		free(d->names[i]);
}

/* The one of this name, which is new where its directory is. */
static struct pcidevice *find_device(const char *entry, const struct stat *dir)
{
	struct pcidevice *d;

	for (size_t i = 0; i < self.count; i++) {
		size_t at = (self.next + i) % self.count;

		d = &self.devices[at];
		if (strcmp(d->entry, entry) == 0 && d->dev == dir->st_dev &&
		    d->ino == dir->st_ino) {
			self.next = at + 1;
			return d;
		}
	}
	if (self.count == self.room) {
		self.room = self.room ? self.room * 2 : 64;
		self.devices = xrealloc(self.devices, self.room * sizeof(*self.devices));
	}
	d = &self.devices[self.count++];
	*d = (struct pcidevice){ .entry = xstrdup(entry),
		                 .dev = dir->st_dev,
		                 .ino = dir->st_ino,
		                 .is_whole = true,
		                 .is_new = true };
	self.next = self.count;
	return d;
}

/* "0000:00:1f.3" to four labels. False where it looks otherwise. */
static bool parse_location(struct scrape *s, const char *text, char (*labels)[PCI_TEXT_SIZE])
{
	static const char separators[PCI_PARENT] = "::.";
	static const int digits[PCI_PARENT] = { 4, 2, 2, 1 };
	char *rest = scrape_printf(s, "%s", text);

	for (size_t i = 0; i < PCI_PARENT; i++) {
		char *end = strchrnul(rest, separators[i]);
		uint64_t number;

		if (*end != separators[i])
			return false;
		*end = '\0';
		if (parse_hex(rest, &number) < 0 || number > INT32_MAX)
			return false;
		/* It has eight digits at most. */
		(void)snprintf(labels[i], PCI_TEXT_SIZE, "%0*x", digits[i], (unsigned)number);
		rest = end + 1;
	}
	return true;
}

/* Where it is, by the target of its link. */
static bool read_location(struct scrape *s, struct pcidevice *d)
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
	if (!parse_location(s, name, d->texts)) {
		warn(s, "sysfs bus/pci/devices/%s: expected a location, found \"%s\"", d->entry,
		     name);
		return false;
	}
	if (parent && !starts_with(parent, "pci") &&
	    parse_location(s, parent, d->texts + PCI_PARENT))
		return true;
	/* Upstream loses all devices where this is neither a bus nor a device of PCI. */
	for (size_t i = PCI_PARENT; i < PCI_IDS; i++)
		memcpy(d->texts[i], "*", sizeof("*"));
	return true;
}

/* What it is. An id that cannot be read is an empty label. */
static void read_ids(struct scrape *s, struct pcidevice *d)
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
		d->texts[PCI_IDS + i][0] = '\0';
		/* It has eight digits at most. */
		if (r == 0)
			(void)snprintf(d->texts[PCI_IDS + i], PCI_TEXT_SIZE, "0x%0*x",
			               ids[i].digits, (unsigned)id);
	}
}

/* The name, or the number without its 0x. */
static char *name_or_id(const char *name, const char *id)
{
	return xstrdup(name ? name : starts_with(id, "0x") ? id + 2 : id);
}

/* Names for those devices that are new. */
static void look_up_names(struct scrape *s, const char *idsfile)
{
	struct pciids_query *queries = scrape_alloc(s, self.count * sizeof(*queries));
	size_t count = 0;
	int r;

	for (size_t i = 0; i < self.count; i++) {
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
	r = pciids_look_up(s, idsfile[0] ? idsfile : NULL, queries, count);
	if (r < 0)
		warn(s, "no names of PCI devices: %s", failure(s, r));
	for (size_t i = self.count; i-- > 0;) {
		struct pcidevice *d = &self.devices[i];
		const struct pciids_query *q;
		char(*id)[PCI_TEXT_SIZE] = d->texts + PCI_IDS;

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

/* Forget what had gone in the last scrape, or could not be read. */
static void forget_unseen(void)
{
	size_t kept = 0;

	for (size_t i = 0; i < self.count; i++) {
		struct pcidevice *d = &self.devices[i];

		if (!d->is_seen || !d->is_whole) {
			self.has_found = false;
			free_device(d);
			continue;
		}
		d->is_new = false;
		self.devices[kept++] = *d;
	}
	self.count = kept;
	self.next = 0;
}

static int find_devices(struct scrape *s)
{
	char **entries;
	int r;

	r = tree_list(s, TREE_SYS, &entries, "bus/pci/devices");
	if (r < 0)
		return r;
	for (size_t i = 0; i < self.count; i++)
		self.devices[i].is_seen = false;
	for (size_t i = 0; entries[i]; i++) {
		struct pcidevice *d;
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
			d->is_seen = false;
	}
	return 0;
}

int pcidevices_list(struct scrape *s, bool names, const char *idsfile, struct pcidevice **ret,
                    size_t *ret_count)
{
	uint64_t generation = devices_generation("pci");
	int r;

	if (generation != self.generation)
		pcidevices_forget();
	self.generation = generation;
	forget_unseen();
	if (!self.has_found || !devices_are_settled("pci")) {
		r = find_devices(s);
		if (r < 0)
			return r;
		self.has_found = true;
	}
	if (names)
		look_up_names(s, idsfile);
	*ret = self.devices;
	*ret_count = self.count;
	return 0;
}

void pcidevices_forget(void)
{
	for (size_t i = 0; i < self.count; i++)
		free_device(&self.devices[i]);
	free(self.devices);
	self.devices = NULL;
	self.count = self.room = self.next = 0;
	self.has_found = false;
}

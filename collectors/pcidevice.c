// SPDX-License-Identifier: Apache-2.0
/*
 * PCI devices: sysfs bus/pci/devices/SSSS:BB:DD.F, symbolic links whose targets name the device and
 * the one above it ("../../../devices/pci0000:00/0000:00:1c.0/0000:01:00.0"), with a file for each
 * property there. What a device is does not change while its directory is the same.
 *
 * Which there are, and what they are, is remembered: pcidevices.h.
 */

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "pcidevices.h"

#define LOCATION "segment", "bus", "device", "function"
#define INFO \
	LOCATION, "parent_segment", "parent_bus", "parent_device", "parent_function", "class_id", \
		"vendor_id", "device_id", "subsystem_vendor_id", "subsystem_device_id", "revision"

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
_Static_assert(ARRAY_SIZE(numbers) <= PCI_NUMBERS_MAX, "a device remembers all of them");

static struct {
	bool names;
	const char *idsfile;
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
static bool read_number(struct scrape *s, struct pcidevice *d, size_t i, double *ret)
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

static void emit_power_state(struct scrape *s, struct pcidevice *d)
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
		emit(s, &power_state, strcmp(power_states[i], state) == 0, d->texts[0], d->texts[1],
		     d->texts[2], d->texts[3], power_states[i]);
}

static void emit_device(struct scrape *s, struct pcidevice *d)
{
	const char *labels[PCI_TEXTS + PCI_NAMES + 1] = { 0 };

	for (size_t i = 0; i < PCI_TEXTS; i++)
		labels[i] = d->texts[i];
	for (size_t i = 0; self.names && i < PCI_NAMES; i++)
		labels[PCI_TEXTS + i] = d->names[i];
	emit_labels(s, self.names ? &info_with_names : &info, 1, labels);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		double value = numbers[i].missing;

		if (read_number(s, d, i, &value) && (i != NUMA_NODE || value != -1))
			emit(s, &numbers[i].metric, value, labels[0], labels[1], labels[2],
			     labels[3]);
	}
	emit_power_state(s, d);
}

static int pcidevice_collect(struct scrape *s)
{
	struct pcidevice *devices;
	size_t count;
	int r;

	r = pcidevices_list(s, self.names, self.idsfile, &devices, &count);
	if (r < 0)
		return r == -ENOENT ? NO_DATA : r;
	for (size_t i = 0; i < count; i++) {
		if (devices[i].is_seen)
			emit_device(s, &devices[i]);
	}
	return 0;
}

COLLECTOR(pcidevice, .help = "PCI devices", .flags = flags, .collect = pcidevice_collect,
          .stop = pcidevices_forget);

// SPDX-License-Identifier: Apache-2.0
/*
 * NVMe controllers and their namespaces: sysfs class/nvme/nvmeN with a file for each property, and
 * in it nvmeNnM/{nuse,size,ana_state,queue/logical_block_size}. Since Linux 6.8 the kernel sends a
 * command to the controller when nuse is read.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

static const struct metric info = {
	.name = "node_nvme_info",
	.help = "What an NVMe controller is, and its state; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "firmware_revision", "model", "serial", "state", "cntlid"),
};

/* In the order of the labels. New firmware and states come without an event. */
static const struct text {
	const char *attr;
	bool is_fixed;
} attrs[] = {
	{ "firmware_rev", false }, { "model", true },  { "serial", true },
	{ "state", false },        { "cntlid", true },
};

static const struct metric namespace_info = {
	.name = "node_nvme_namespace_info",
	.help = "A namespace of an NVMe controller, and the state of the path to it; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "nsid", "ana_state"),
};

#define NAMESPACE_METRIC(NAME, HELP) \
	{ \
		.name = "node_nvme_namespace_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS("device", "nsid") \
	}

/*
 * Upstream's figure: sectors, which sysfs counts by 512 bytes, times the size of a logical block.
 * It is eight times too large where that is 4096 bytes.
 */
static const struct metric size_bytes = NAMESPACE_METRIC(
	"size_bytes", "Size of a namespace: its sectors times the size of its logical blocks.");
static const struct metric capacity_bytes =
	NAMESPACE_METRIC("capacity_bytes", "The same as node_nvme_namespace_size_bytes.");
static const struct metric used_bytes =
	NAMESPACE_METRIC("used_bytes", "Space of a namespace that is allocated.");
static const struct metric block_bytes =
	NAMESPACE_METRIC("logical_block_size_bytes", "Size of a namespace's logical blocks.");

/* The digits behind the n of nvme0n1; NULL for other names. */
static const char *namespace_id(const char *name)
{
	size_t length = starts_with(name, "nvme") ? strspn(name + 4, "0123456789") : 0;
	const char *id = name + 4 + length;

	if (!length || *id++ != 'n' || !isdigit((unsigned char)*id))
		return NULL;
	return id[strspn(id, "0123456789")] ? NULL : id;
}

static void collect_namespace(struct scrape *s, const char *device, const char *name,
                              const char *id)
{
	char *dir = scrape_printf(s, "class/nvme/%s/%s", device, name), *state;
	uint64_t block, count;

	if (attr_text(s, &state, "%s/ana_state", dir) < 0)
		state = scrape_printf(s, "unknown");
	emit(s, &namespace_info, 1, device, id, state);
	if (attr_u64(s, &block, "%s/queue/logical_block_size", dir) < 0)
		return;
	emit(s, &block_bytes, (double)block, device, id);
	if (attr_u64(s, &count, "%s/size", dir) == 0) {
		emit(s, &size_bytes, (double)(count * block), device, id);
		emit(s, &capacity_bytes, (double)(count * block), device, id);
	}
	if (attr_u64(s, &count, "%s/nuse", dir) == 0)
		emit(s, &used_bytes, (double)(count * block), device, id);
}

static void collect_device(struct scrape *s, const char *device)
{
	const char *labels[1 + ARRAY_SIZE(attrs) + 1] = { device };
	size_t found = 0;
	char **names, *path, *text;

	if (tree_read_link(s, TREE_SYS, &path, "class/nvme/%s", device) < 0)
		path = scrape_printf(s, "class/nvme/%s", device);
	if (!attr_hazard(s, "controller", path))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++) {
		const char *attr = attrs[i].attr;
		int r = attrs[i].is_fixed ? attr_fact(s, &text, "class/nvme/%s/%s", device, attr)
		                          : attr_text(s, &text, "class/nvme/%s/%s", device, attr);
		bool is_there = r == 0;

		labels[1 + i] = is_there ? text : "";
		found += is_there;
	}
	if (!found)
		return;
	emit_labels(s, &info, 1, labels);
	names = attr_list(s, "class/nvme/%s", device);
	for (size_t i = 0; names && names[i]; i++) {
		const char *id = namespace_id(names[i]);

		if (id)
			collect_namespace(s, device, names[i], id);
	}
}

static int nvme_collect(struct scrape *s)
{
	char **devices;
	int r;

	r = tree_list(s, TREE_SYS, &devices, "class/nvme");
	if (r == -ENOENT)
		return NO_DATA;
	if (r < 0)
		return r;
	for (size_t i = 0; devices[i]; i++)
		collect_device(s, devices[i]);
	return 0;
}

COLLECTOR(nvme, .help = "NVMe controllers and their namespaces", .needs = "an NVMe controller",
          .default_on = true, .may_block = true, .collect = nvme_collect);

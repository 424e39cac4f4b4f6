// SPDX-License-Identifier: Apache-2.0
/*
 * What the firmware says of the machine: sysfs class/dmi/id, a file for each fact. They stay the
 * same until the next boot and are read once. Serial numbers are for root alone.
 */

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

/* Names of labels, in their order; those of the files are the same but for one. */
static const char *const names[] = {
	"bios_date",       "bios_release",      "bios_vendor",     "bios_version",
	"board_asset_tag", "board_name",        "board_serial",    "board_vendor",
	"board_version",   "chassis_asset_tag", "chassis_serial",  "chassis_vendor",
	"chassis_version", "product_family",    "product_name",    "product_serial",
	"product_sku",     "product_uuid",      "product_version", "system_vendor",
};

/* Only what could be read is a label. */
static struct {
	const char *labels[ARRAY_SIZE(names) + 1];
	char *values[ARRAY_SIZE(names) + 1];
	size_t count;
} self;

static const struct metric info = {
	.name = "node_dmi_info",
	.help = "What the firmware says of this machine and its parts; always 1.",
	.type = METRIC_GAUGE,
	.labels = self.labels,
};

static int dmi_start(struct scrape *s)
{
	if (!tree_exists(s, TREE_SYS, "class/dmi/id"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *file = strcmp(names[i], "system_vendor") == 0 ? "sys_vendor" : names[i];
		char *text;

		if (attr_text(s, &text, "class/dmi/id/%s", file) < 0)
			continue;
		self.labels[self.count] = names[i];
		self.values[self.count++] = xstrdup(text);
	}
	return 0;
}

static int dmi_collect(struct scrape *s)
{
	const char *values[ARRAY_SIZE(names) + 1] = { 0 };

	if (!self.count)
		return NO_DATA;
	memcpy(values, self.values, sizeof(self.values));
	emit_labels(s, &info, 1, values);
	return 0;
}

static void dmi_stop(void)
{
	for (size_t i = 0; i < self.count; i++)
		free(self.values[i]);
	memset(&self, 0, sizeof(self));
}

COLLECTOR(dmi, .help = "what the firmware says of the machine", .needs = "firmware with DMI tables",
          .default_on = true, .start = dmi_start, .collect = dmi_collect, .stop = dmi_stop);

// SPDX-License-Identifier: Apache-2.0
/*
 * Temperatures and cooling devices of the kernel's thermal framework, in sysfs class/thermal:
 * thermal_zoneN/{type,temp}, in thousandths of a degree, and cooling_deviceN/{type,max_state,
 * cur_state}. Firmware answers many of these reads, in its own time.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

static const struct metric zone_temp = {
	.name = "node_thermal_zone_temp",
	.help = "Temperature of a thermal zone in degrees Celsius.",
	.type = METRIC_GAUGE,
	.labels = LABELS("zone", "type"),
};

static const struct metric cur_state = {
	.name = "node_cooling_device_cur_state",
	.help = "How hard a cooling device works now.",
	.type = METRIC_GAUGE,
	.labels = LABELS("name", "type"),
};

static const struct metric max_state = {
	.name = "node_cooling_device_max_state",
	.help = "How hard a cooling device can work.",
	.type = METRIC_GAUGE,
	.labels = LABELS("name", "type"),
};

/* The text behind prefix where it begins with a digit, or NULL. */
static const char *number_behind(const char *name, const char *prefix)
{
	size_t length = strlen(prefix);

	if (!starts_with(name, prefix) || !isdigit((unsigned char)name[length]))
		return NULL;
	return name + length;
}

/* Announce it by its device's path, as numbers are used again. False where it is stuck. */
static bool announce(struct scrape *s, const char *kind, const char *name)
{
	char *device;

	if (tree_read_link(s, TREE_SYS, &device, "class/thermal/%s", name) < 0)
		device = scrape_printf(s, "class/thermal/%s", name);
	return attr_hazard(s, kind, device);
}

static void collect_zone(struct scrape *s, const char *name, const char *number)
{
	char *type;
	int64_t temp;

	if (!announce(s, "zone", name) || attr_i64(s, &temp, "class/thermal/%s/temp", name) < 0)
		return;
	if (attr_fact(s, &type, "class/thermal/%s/type", name) < 0)
		type = scrape_printf(s, "%s", "");
	emit(s, &zone_temp, (double)temp / 1000.0, number, type);
}

static void collect_cooling(struct scrape *s, const char *name, const char *number)
{
	int64_t state;
	char *type;

	if (!announce(s, "cooling device", name) ||
	    attr_fact(s, &type, "class/thermal/%s/type", name) < 0)
		return;
	if (attr_i64(s, &state, "class/thermal/%s/max_state", name) == 0)
		emit(s, &max_state, (double)state, number, type);
	if (attr_i64(s, &state, "class/thermal/%s/cur_state", name) == 0)
		emit(s, &cur_state, (double)state, number, type);
}

static int thermal_zone_collect(struct scrape *s)
{
	char **names = attr_list(s, "class/thermal");

	for (size_t i = 0; names && names[i]; i++) {
		const char *zone = number_behind(names[i], "thermal_zone");
		const char *cooling = number_behind(names[i], "cooling_device");

		if (zone)
			collect_zone(s, names[i], zone);
		else if (cooling)
			collect_cooling(s, names[i], cooling);
	}
	return 0;
}

COLLECTOR(thermal_zone, .help = "temperatures and cooling devices of the thermal framework",
          .needs = "a thermal zone, which virtual machines seldom have", .default_on = true,
          .may_block = true, .collect = thermal_zone_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * Sensor chips: sysfs class/hwmon/hwmonN, and below it device, which older drivers use. A file is a
 * kind of sensor, its number and what is said of it: temp1_input, temp1_crit, temp1_label; the unit
 * depends on the kind and, at times, on what is said. Chips sit on slow buses or behind firmware
 * that may not answer.
 *
 * Which there are, and what they have files for, is remembered: hwmonchips.h, hwmonreadings.h.
 */

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "hwmonchips.h"

static const struct metric chip_names = {
	.name = "node_hwmon_chip_names",
	.help = "The name that its driver gives a chip; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("chip", "chip_name"),
};

static const struct metric sensor_label = {
	.name = "node_hwmon_sensor_label",
	.help = "What a sensor is for, as its driver says; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("chip", "sensor", "label"),
};

static struct {
	struct filter chips;
	struct filter sensors;
} self;

#define HWMON_FLAG(NAME, TARGET, HELP) \
	{ \
		.name = "collector.hwmon." NAME, .type = FLAG_REGEX, .target = (TARGET), \
		.help = (HELP) \
	}

static const struct flag flags[] = {
	HWMON_FLAG("chip-exclude", &self.chips.exclude, "Leave out chips whose label matches."),
	HWMON_FLAG("chip-include", &self.chips.include, "Export only chips whose label matches."),
	HWMON_FLAG("sensor-exclude", &self.sensors.exclude,
	           "Leave out sensors of which \"CHIP;SENSOR\" matches."),
	HWMON_FLAG("sensor-include", &self.sensors.include,
	           "Export only sensors of which \"CHIP;SENSOR\" matches."),
	{ 0 },
};

static void emit_reading(struct scrape *s, const struct hwmon_chip *c, struct hwmon_reading *r)
{
	double value;
	char *text;
	int e;

	if (!r->rule && r->label)
		emit(s, &sensor_label, 1, c->label, r->sensor, r->label);
	if (!r->rule || r->is_out)
		return;
	e = tree_read_attr(s, TREE_SYS, &text, "%s", r->file);
	/* All devices have a directory called power. */
	r->is_out = e == -EISDIR;
	if (e < 0 && e != -EISDIR && !attr_is_quiet(e))
		warn(s, "%s", failure(s, e));
	if (e < 0)
		return;
	if (r->rule->unit == SENSOR_FLAG)
		value = strcmp(text, "1") == 0;
	/* Some are texts, such as power1_model_number. */
	else if (parse_double(text, &value) < 0)
		return;
	if (r->rule->unit == SENSOR_MILLI)
		value *= 0.001;
	else if (r->rule->unit == SENSOR_MICRO)
		value /= 1000000.0;
	emit(s, r->metric, value, c->label, r->label ? r->label : r->sensor);
}

static void collect_chip(struct scrape *s, struct hwmon_chip *c)
{
	struct hwmon_readings *all = &c->readings;
	const char *name;

	if (!c->is_named || !filter_keeps(&self.chips, c->label) ||
	    !attr_hazard(s, "chip", c->path) ||
	    !hwmon_readings_update(s, all, &self.sensors, c->label,
	                           scrape_printf(s, "class/hwmon/%s", c->entry), c->has_device))
		return;
	name = sensor_clean(s, c->name);
	if (name[0])
		emit(s, &chip_names, 1, c->label, name);
	for (size_t i = 0; i < all->count; i++)
		emit_reading(s, c, &all->items[i]);
}

static int hwmon_collect(struct scrape *s)
{
	struct hwmon_chip *chips;
	size_t count;
	int r;

	r = hwmon_chips(s, &chips, &count);
	if (r < 0)
		return r == -ENOENT ? NO_DATA : r;
	for (size_t i = 0; i < count; i++)
		collect_chip(s, &chips[i]);
	return 0;
}

static void hwmon_stop(void)
{
	hwmon_forget_chips();
	sensor_forget_families();
}

COLLECTOR(hwmon, .help = "sensor chips",
          .needs = "sensors with a driver, which virtual machines seldom have", .default_on = true,
          .may_block = true, .flags = flags, .collect = hwmon_collect, .stop = hwmon_stop);

// SPDX-License-Identifier: Apache-2.0
/*
 * Batteries and power adapters: sysfs class/power_supply/NAME, a file for each property, most of
 * them in millionths of a unit, temperatures in tenths of a degree. Which ones there are depends on
 * the driver, which often asks the device over a slow bus, and firmware has its say, too.
 */

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

#define NUMBER(ATTR, DIVISOR, NAME, HELP) \
	{ \
		(ATTR), (DIVISOR), \
		{ \
			.name = "node_power_supply_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
			.labels = LABELS("power_supply") \
		} \
	}
#define RAW(ATTR, NAME, HELP) NUMBER(ATTR, 1, NAME, HELP)
#define MICRO(ATTR, NAME, HELP) NUMBER(ATTR, 1e6, NAME, HELP)
#define DECI(ATTR, NAME, HELP) NUMBER(ATTR, 10, NAME, HELP)

static const struct number {
	const char *attr;
	double divisor;
	struct metric metric;
} numbers[] = {
	RAW("authentic", "authentic", "Whether the supply is what it says it is."),
	RAW("calibrate", "calibrate", "Whether a calibration is under way."),
	RAW("capacity", "capacity", "Charge of the battery in percent."),
	RAW("capacity_alert_max", "capacity_alert_max",
	    "Charge in percent above which there is an alert."),
	RAW("capacity_alert_min", "capacity_alert_min",
	    "Charge in percent below which there is an alert."),
	MICRO("charge_control_limit", "charge_control_limit",
	      "Limit of charging that cooling has set."),
	MICRO("charge_control_limit_max", "charge_control_limit_max",
	      "Highest value of that limit."),
	MICRO("charge_counter", "charge_counter",
	      "Charge that has gone in or out, in ampere-hours."),
	MICRO("charge_empty", "charge_empty",
	      "Charge at which the battery counts as empty, in ampere-hours."),
	MICRO("charge_empty_design", "charge_empty_design",
	      "The same when the battery was new, in ampere-hours."),
	MICRO("charge_full", "charge_full", "Charge when full, in ampere-hours."),
	MICRO("charge_full_design", "charge_full_design",
	      "Charge when full and new, in ampere-hours."),
	MICRO("charge_now", "charge_ampere", "Charge now, in ampere-hours."),
	MICRO("charge_term_current", "charge_term_current",
	      "Current at which charging ends, in amperes."),
	MICRO("constant_charge_current", "constant_charge_current",
	      "Current set for charging, in amperes."),
	MICRO("constant_charge_current_max", "constant_charge_current_max",
	      "Highest current that can be set for charging, in amperes."),
	MICRO("constant_charge_voltage", "constant_charge_voltage",
	      "Voltage set for charging, in volts."),
	MICRO("constant_charge_voltage_max", "constant_charge_voltage_max",
	      "Highest voltage that can be set for charging, in volts."),
	MICRO("current_boot", "current_boot", "Current at boot, in amperes."),
	MICRO("current_max", "current_max", "Highest current, in amperes."),
	MICRO("current_now", "current_ampere", "Current now, in amperes."),
	RAW("cycle_count", "cyclecount", "Times the battery has been charged and discharged."),
	MICRO("energy_empty", "energy_empty",
	      "Energy at which the battery counts as empty, in watt-hours."),
	MICRO("energy_empty_design", "energy_empty_design",
	      "The same when the battery was new, in watt-hours."),
	MICRO("energy_full", "energy_full", "Energy when full, in watt-hours."),
	MICRO("energy_full_design", "energy_full_design",
	      "Energy when full and new, in watt-hours."),
	MICRO("energy_now", "energy_watthour", "Energy now, in watt-hours."),
	MICRO("input_current_limit", "input_current_limit",
	      "Most current that the charger draws, in amperes."),
	RAW("online", "online",
	    "Whether it supplies power: 0 no, 1 yes, 2 with a fixed voltage that can be programmed."),
	MICRO("power_now", "power_watt", "Power now, in watts."),
	MICRO("precharge_current", "precharge_current",
	      "Current for charging what is almost empty, in amperes."),
	RAW("present", "present", "Whether the battery is there."),
	DECI("temp", "temp_celsius", "Temperature in degrees Celsius."),
	DECI("temp_alert_max", "temp_alert_max_celsius",
	     "Temperature above which there is an alert."),
	DECI("temp_alert_min", "temp_alert_min_celsius",
	     "Temperature below which there is an alert."),
	DECI("temp_ambient", "temp_ambient_celsius",
	     "Temperature around the battery in degrees Celsius."),
	DECI("temp_ambient_max", "temp_ambient_max_celsius",
	     "Temperature around the battery above which there is an alert."),
	DECI("temp_ambient_min", "temp_ambient_min_celsius",
	     "Temperature around the battery below which there is an alert."),
	DECI("temp_max", "temp_max_celsius", "Highest temperature that is allowed."),
	DECI("temp_min", "temp_min_celsius", "Lowest temperature that is allowed."),
	RAW("time_to_empty_now", "time_to_empty_seconds", "Time until the battery is empty."),
	RAW("time_to_full_now", "time_to_full_seconds", "Time until the battery is full."),
	MICRO("voltage_boot", "voltage_boot", "Voltage at boot, in volts."),
	MICRO("voltage_max", "voltage_max", "Highest voltage, in volts."),
	MICRO("voltage_max_design", "voltage_max_design", "Highest voltage when new, in volts."),
	MICRO("voltage_min", "voltage_min", "Lowest voltage, in volts."),
	MICRO("voltage_min_design", "voltage_min_design", "Lowest voltage when new, in volts."),
	MICRO("voltage_now", "voltage_volt", "Voltage now, in volts."),
	MICRO("voltage_ocv", "voltage_ocv", "Voltage of the open circuit, in volts."),
};

/* The labels of the description, but for the first, are the attributes of the same name. */
static const char *const texts[] = {
	"power_supply", "capacity_level", "charge_type", "health",     "manufacturer", "model_name",
	"scope",        "serial_number",  "status",      "technology", "type",         "usb_type",
};
enum { NAME };

static struct {
	struct regex ignored;
} self;

static const struct flag flags[] = {
	{ .name = "collector.powersupply.ignored-supplies",
	  .type = FLAG_REGEX,
	  .target = &self.ignored,
	  .value = "^$",
	  .help = "Leave out power supplies whose name matches." },
	{ 0 },
};

/* Its labels are those that have a value. */
static void emit_info(struct scrape *s, char *const values[static ARRAY_SIZE(texts)])
{
	const char *present[ARRAY_SIZE(texts) + 1] = { 0 };
	const char **labels = scrape_alloc(s, sizeof(present));
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!values[i] || !values[i][0])
			continue;
		labels[count] = texts[i];
		present[count++] = values[i];
	}
	labels[count] = NULL;
	emit_labels(s,
	            metric_named(s, METRIC_GAUGE,
	                         "What a power supply is, and its state; always 1.", labels,
	                         "node_power_supply_info"),
	            1, present);
}

static void collect_attr(struct scrape *s, const char *supply, const char *attr,
                         char *values[static ARRAY_SIZE(texts)])
{
	int64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct number *n = &numbers[i];

		if (strcmp(n->attr, attr) != 0)
			continue;
		if (attr_i64_any(s, &value, "class/power_supply/%s/%s", supply, attr) == 0)
			emit(s, &n->metric, (double)value / n->divisor, supply);
		return;
	}
	for (size_t i = NAME + 1; i < ARRAY_SIZE(texts); i++) {
		if (strcmp(texts[i], attr) != 0)
			continue;
		if (attr_text(s, &values[i], "class/power_supply/%s/%s", supply, attr) < 0)
			values[i] = NULL;
		return;
	}
}

static void collect_supply(struct scrape *s, char *supply)
{
	char *values[ARRAY_SIZE(texts)] = { [NAME] = supply };
	char **attrs, *path;

	if (tree_read_link(s, TREE_SYS, &path, "class/power_supply/%s", supply) < 0)
		path = scrape_printf(s, "class/power_supply/%s", supply);
	if (!attr_hazard(s, "supply", path))
		return;
	attrs = attr_list(s, "class/power_supply/%s", supply);
	if (!attrs)
		return;
	for (size_t i = 0; attrs[i]; i++)
		collect_attr(s, supply, attrs[i], values);
	emit_info(s, values);
}

static int powersupplyclass_collect(struct scrape *s)
{
	char **supplies;
	int r;

	r = tree_list(s, TREE_SYS, &supplies, "class/power_supply");
	if (r == -ENOENT)
		return NO_DATA;
	if (r < 0)
		return r;
	for (size_t i = 0; supplies[i]; i++)
		if (!regex_matches(&self.ignored, supplies[i]))
			collect_supply(s, supplies[i]);
	return 0;
}

COLLECTOR(powersupplyclass, .help = "batteries and power adapters",
          .needs = "a battery or a power supply with a driver", .default_on = true,
          .may_block = true, .flags = flags, .collect = powersupplyclass_collect);

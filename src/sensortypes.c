// SPDX-License-Identifier: Apache-2.0
#include "sensortypes.h"

#define SENSOR_METRIC(TYPE, NAME, HELP, ...) \
	{ \
		.name = "node_sensors_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("chip", "adapter", "feature", "label" __VA_OPT__(, ) __VA_ARGS__) \
	}

#define VALUE(SUBFEATURE, NAME, HELP) \
	{ \
		SENSORS_SUBFEATURE_##SUBFEATURE, SENSOR_METRIC(GAUGE, NAME, HELP) \
	}
#define LIMITS(FEATURE, NAME, UNIT, WHAT) \
	VALUE(FEATURE##_MIN, NAME "_min_" UNIT, "Lower limit of a " WHAT "."), \
		VALUE(FEATURE##_MAX, NAME "_max_" UNIT, "Upper limit of a " WHAT "."), \
		VALUE(FEATURE##_LCRIT, NAME "_lcrit_" UNIT, \
	              "Critical lower limit of a " WHAT "."), \
		VALUE(FEATURE##_CRIT, NAME "_crit_" UNIT, "Critical upper limit of a " WHAT ".")
#define EXTREMES(FEATURE, NAME, UNIT, WHAT) \
	VALUE(FEATURE##_LOWEST, NAME "_lowest_" UNIT, "Lowest " WHAT " that a chip remembers."), \
		VALUE(FEATURE##_HIGHEST, NAME "_highest_" UNIT, \
	              "Highest " WHAT " that a chip remembers.")

static const struct value {
	sensors_subfeature_type type;
	struct metric metric;
} values[] = {
	VALUE(TEMP_INPUT, "temperature_celsius", "Temperature."),
	LIMITS(TEMP, "temperature", "celsius", "temperature"),
	VALUE(TEMP_EMERGENCY, "temperature_emergency_celsius", "Temperature that is an emergency."),
	VALUE(TEMP_MIN_HYST, "temperature_min_hyst_celsius",
	      "Temperature above which the alarm of the minimum ends."),
	VALUE(TEMP_MAX_HYST, "temperature_max_hyst_celsius",
	      "Temperature below which the alarm of the maximum ends."),
	VALUE(TEMP_LCRIT_HYST, "temperature_lcrit_hyst_celsius",
	      "Temperature above which it is no longer critically low."),
	VALUE(TEMP_CRIT_HYST, "temperature_crit_hyst_celsius",
	      "Temperature below which it is no longer critically high."),
	VALUE(TEMP_EMERGENCY_HYST, "temperature_emergency_hyst_celsius",
	      "Temperature below which it is no longer an emergency."),
	EXTREMES(TEMP, "temperature", "celsius", "temperature"),

	VALUE(IN_INPUT, "voltage_volts", "Voltage."),
	VALUE(IN_AVERAGE, "voltage_average_volts", "Voltage, averaged by the chip."),
	LIMITS(IN, "voltage", "volts", "voltage"),
	EXTREMES(IN, "voltage", "volts", "voltage"),
	VALUE(VID, "vid_volts", "Voltage that the CPU asks for."),

	VALUE(CURR_INPUT, "current_amperes", "Current."),
	VALUE(CURR_AVERAGE, "current_average_amperes", "Current, averaged by the chip."),
	LIMITS(CURR, "current", "amperes", "current"),
	EXTREMES(CURR, "current", "amperes", "current"),

	VALUE(POWER_INPUT, "power_watts", "Power."),
	VALUE(POWER_AVERAGE, "power_average_watts", "Power, averaged by the chip."),
	LIMITS(POWER, "power", "watts", "power"),
	VALUE(POWER_CAP, "power_cap_watts", "Power at which the system is slowed down."),
	VALUE(POWER_CAP_HYST, "power_cap_hyst_watts",
	      "How far below the cap power has to fall before the system is no longer slowed down."),
	EXTREMES(POWER_INPUT, "power", "watts", "power"),
	EXTREMES(POWER_AVERAGE, "power_average", "watts", "average of power"),

	{ SENSORS_SUBFEATURE_ENERGY_INPUT,
	  SENSOR_METRIC(COUNTER, "energy_joules_total", "Energy used.") },
	VALUE(FAN_INPUT, "fan_rpm", "Rotations of a fan a minute."),
	VALUE(FAN_MIN, "fan_min_rpm", "Rotations a minute that a fan should not fall below."),
	VALUE(FAN_MAX, "fan_max_rpm", "Rotations a minute that a fan should not exceed."),
	VALUE(HUMIDITY_INPUT, "humidity_ratio", "Relative humidity, from 0 to 1."),
	VALUE(INTRUSION_ALARM, "intrusion", "Whether the case was opened."),
};

static const struct metric fault = SENSOR_METRIC(
	GAUGE, "fault", "Whether a sensor is broken or missing; it has no measured value then.");
static const struct metric alarm =
	SENSOR_METRIC(GAUGE, "alarm", "Whether the chip says that a limit is passed.", "limit");

#define ALARM(SUBFEATURE, LIMIT) \
	{ \
		SENSORS_SUBFEATURE_##SUBFEATURE##_ALARM, LIMIT \
	}
#define ALARMS(FEATURE) \
	ALARM(FEATURE, "any"), ALARM(FEATURE##_MIN, "min"), ALARM(FEATURE##_MAX, "max"), \
		ALARM(FEATURE##_LCRIT, "lcrit"), ALARM(FEATURE##_CRIT, "crit")

static const struct alarm {
	sensors_subfeature_type type;
	const char *limit;
} alarms[] = {
	ALARMS(TEMP),
	ALARM(TEMP_EMERGENCY, "emergency"),
	ALARMS(IN),
	ALARMS(CURR),
	ALARMS(POWER),
	ALARM(POWER_CAP, "cap"),
	ALARM(FAN, "any"),
	ALARM(FAN_MIN, "min"),
	ALARM(FAN_MAX, "max"),
};

const struct metric *sensortype_metric(sensors_subfeature_type type, const char **ret_limit)
{
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		if (values[i].type == type)
			return &values[i].metric;
	}
	for (size_t i = 0; i < ARRAY_SIZE(alarms); i++) {
		if (alarms[i].type != type)
			continue;
		*ret_limit = alarms[i].limit;
		return &alarm;
	}
	return sensortype_is_fault(type) ? &fault : NULL;
}

bool sensortype_is_fault(sensors_subfeature_type type)
{
	return type == SENSORS_SUBFEATURE_TEMP_FAULT || type == SENSORS_SUBFEATURE_FAN_FAULT;
}

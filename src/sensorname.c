// SPDX-License-Identifier: Apache-2.0
#include "sensorname.h"

#include <ctype.h>
#include <string.h>

#include "collector.h"

enum { FAMILIES_MAX = 4096 };

static const char *const value_labels[] = { "chip", "sensor", NULL };

static const char *const kinds[] = {
	"vrm",  "beep_enable", "update_interval", "in",     "cpu",      "fan",       "pwm",
	"temp", "curr",        "power",           "energy", "humidity", "intrusion", "freq"
};

/* The first one that fits counts. */
static const struct sensor_rule rules[] = {
	{ "vrm", "", "node_hwmon_voltage_regulator_version", SENSOR_RAW,
	  "Version of the rules for the CPU's voltage" },
	{ "beep_enable", "", "node_hwmon_beep_enabled", SENSOR_FLAG, "Whether the chip may beep" },
	{ "update_interval", "", "node_hwmon_update_interval_seconds", SENSOR_MILLI,
	  "Time between two measurements of the chip" },
	{ "vrm", NULL, NULL, SENSOR_RAW, NULL },
	{ "beep_enable", NULL, NULL, SENSOR_RAW, NULL },
	{ "update_interval", NULL, NULL, SENSOR_RAW, NULL },
	{ NULL, "fault", "", SENSOR_RAW, "Whether a sensor is out of order" },
	{ NULL, "alarm", "", SENSOR_RAW, "Whether a sensor has raised an alarm" },
	{ NULL, "beep", "_enabled", SENSOR_RAW, "Whether the chip beeps for a sensor's alarm" },
	{ "in", NULL, "_volts", SENSOR_MILLI, "Voltage in volts" },
	{ "cpu", NULL, "_volts", SENSOR_MILLI, "Voltage of a CPU in volts" },
	{ "temp", "type", "", SENSOR_RAW,
	  "How a temperature is measured, as a number of the kernel's" },
	{ "temp", NULL, "_celsius", SENSOR_MILLI, "Temperature in degrees Celsius" },
	{ "curr", NULL, "_amps", SENSOR_MILLI, "Current in amperes" },
	{ "energy", NULL, "_joule_total", SENSOR_MICRO, "Energy in joules" },
	{ "power", "accuracy", "", SENSOR_MICRO, "How exactly power is measured, as a ratio" },
	{ "power", "average_interval", "_seconds", SENSOR_MILLI,
	  "Time that power is averaged over" },
	{ "power", "average_interval_max", "_seconds", SENSOR_MILLI,
	  "Longest time that power can be averaged over" },
	{ "power", "average_interval_min", "_seconds", SENSOR_MILLI,
	  "Shortest time that power can be averaged over" },
	{ "power", NULL, "_watt", SENSOR_MICRO, "Power in watts" },
	{ "humidity", NULL, "", SENSOR_MICRO, "Relative humidity in thousands of percent" },
	{ "fan", "input", "_rpm", SENSOR_RAW, "Rotations of a fan in a minute" },
	{ "fan", "max", "_rpm", SENSOR_RAW, "Most rotations of a fan in a minute" },
	{ "fan", "min", "_rpm", SENSOR_RAW, "Fewest rotations of a fan in a minute" },
	{ "fan", "target", "_rpm", SENSOR_RAW, "Rotations of a fan in a minute that are aimed at" },
	{ "freq", "input", "_freq_mhz", SENSOR_MICRO, "Frequency in megahertz" },
	{ NULL, NULL, "", SENSOR_RAW, "A figure as the chip's driver gives it" },
};

/* There are as many as drivers have words for what they measure. */
struct family {
	struct metric metric;
	char *name;
	char *help;
};

static struct {
	struct family **families;
	size_t n_families;
} self;

char *sensor_clean(struct scrape *s, const char *text)
{
	char *cleaned = scrape_printf(s, "%s", text), *to = cleaned;

	while (*text) {
		char c = (char)tolower((unsigned char)*text);
		size_t length = 1;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':') {
			*to++ = c;
		} else {
			*to++ = '_';
			/* One for all bytes of a character. */
			length = MAX(utf8_character(text, strlen(text)), 1);
		}
		text += length;
	}
	*to = '\0';
	while (to > cleaned && to[-1] == '_')
		*--to = '\0';
	return cleaned + strspn(cleaned, "_");
}

/*
 * A kind, a number, which may be missing, and what is said. Where the whole does not fit, the kind
 * ends before an underscore further to the left, and there is no number, as upstream's regular
 * expression has it.
 */
bool sensorname_split(const char *name, struct sensorname *ret)
{
	size_t length = strcspn(name, "0123456789");
	const char *rest = name + length + strspn(name + length, "0123456789");
	uint64_t number = 0;

	if (rest[0] && (rest[0] != '_' || !rest[1])) {
		while (length > 0 && (name[length] != '_' || !name[length + 1]))
			length--;
		rest = name + length;
	}
	if (isdigit((unsigned char)name[length])) {
		size_t digits = (size_t)(rest - name) - length;
		char text[24];

		if (digits >= sizeof(text))
			return false;
		memcpy(text, name + length, digits);
		text[digits] = '\0';
		if (parse_u64(text, &number) < 0 || number > INT64_MAX)
			return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strlen(kinds[i]) != length || memcmp(kinds[i], name, length) != 0)
			continue;
		*ret = (struct sensorname){ .kind = kinds[i],
			                    .number = number,
			                    .element = rest[0] ? rest + 1 : "" };
		return true;
	}
	return false;
}

const struct sensor_rule *sensor_find_rule(const char *kind, const char *element)
{
	size_t i = 0;

	while ((rules[i].kind && strcmp(rules[i].kind, kind) != 0) ||
	       (rules[i].element && strcmp(rules[i].element, element) != 0))
		i++;
	return &rules[i];
}

const struct metric *sensor_family(struct scrape *s, const struct sensor_rule *rule,
                                   const char *kind, const char *element)
{
	const char *name = rule->suffix;
	struct family *f;

	if (!starts_with(name, "node_"))
		name = scrape_printf(s, "node_hwmon_%s%s%s%s", kind, element[0] ? "_" : "", element,
		                     rule->suffix);
	for (size_t i = 0; i < self.n_families; i++)
		if (strcmp(self.families[i]->name, name) == 0)
			return &self.families[i]->metric;
	if (self.n_families == FAMILIES_MAX)
		return NULL;
	self.families = xrealloc(self.families, (self.n_families + 1) * sizeof(*self.families));
	f = self.families[self.n_families++] = xmalloc(sizeof(*f));
	f->name = xstrdup(name);
	/* What a rule for one element says need not be told apart from others. */
	if (rule->element)
		element = "";
	f->help = xasprintf("%s%s%s.", rule->help, element[0] ? ": " : "", element);
	f->metric = (struct metric){
		.name = f->name,
		.help = f->help,
		.type = strcmp(kind, "energy") == 0 && rule->unit == SENSOR_MICRO ? METRIC_COUNTER
		                                                                  : METRIC_GAUGE,
		.labels = value_labels,
	};
	return &f->metric;
}

void sensor_forget_families(void)
{
	for (size_t i = 0; i < self.n_families; i++) {
		free(self.families[i]->name);
		free(self.families[i]->help);
		free(self.families[i]);
	}
	free(self.families);
	self.families = NULL;
	self.n_families = 0;
}

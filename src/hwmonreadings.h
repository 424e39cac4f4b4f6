// SPDX-License-Identifier: Apache-2.0
/* What a sensor chip has files for, and what each of them is exported as. */
#pragma once

#include "filter.h"
#include "sensorname.h"

struct hwmon_reading {
	char *file;   /* below sysfs */
	char *sensor; /* "temp1" */
	const char *kind;
	char *element;                  /* "input" */
	const struct sensor_rule *rule; /* NULL: it is a label, or not exported */
	const struct metric *metric;    /* where there is a rule */
	char *label; /* of the sensor in the samples where it is another; or the text */
	bool is_out; /* the collector's: no file that can be read, after all */
};

/* Zeroed: none are known. */
struct hwmon_readings {
	struct hwmon_reading *items;
	size_t count;
	uint64_t listing; /* hash of the names that they were made from; 0: to be made */
};

/*
 * Make them anew where the files have changed that are in dir, below sysfs, and, with has_device,
 * in dir/device, whose go first. Those stay of which filter keeps "CHIP;SENSOR". False where dir
 * cannot be read. What is odd has been said by warn().
 */
bool hwmon_readings_update(struct scrape *s, struct hwmon_readings *all,
                           const struct filter *filter, const char *chip, const char *dir,
                           bool has_device);
void hwmon_readings_forget(struct hwmon_readings *all);

// SPDX-License-Identifier: Apache-2.0
/* Sensor chips of sysfs class/hwmon: which there are, and what they are called. */
#pragma once

#include <sys/types.h>

#include "hwmonreadings.h"

/* What is known of a chip while its directory is the same. */
struct hwmon_chip {
	char *entry; /* hwmonN */
	dev_t dev;   /* of its directory */
	ino_t ino;
	char *path; /* of the device behind it, or else its own; by this it is known when stuck */
	bool has_device;
	char *from_device; /* the label made of the device's path; NULL where there is none */
	bool is_named;     /* what follows was read: it did not get stuck then */
	char *name;        /* as in its file, or "" */
	char *base;        /* the label but for what tells chips of the same apart */
	char *label;
	struct hwmon_readings readings; /* the collector's; forgotten when the label changes */
	bool is_seen;                   /* in this scrape */
};

/*
 * All there are. Each is announced by attr_hazard() before it is asked for its name. They stay
 * until the next call. 0, or a negative errno after fail().
 */
int hwmon_chips(struct scrape *s, struct hwmon_chip **ret, size_t *ret_count) MUST_CHECK;
void hwmon_forget_chips(void);

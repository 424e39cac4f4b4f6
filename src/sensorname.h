// SPDX-License-Identifier: Apache-2.0
/* Names of sensor chips' attributes ("temp1_crit"), and the families of metrics they belong to. */
#pragma once

#include "metric.h"

struct sensorname {
	const char *kind;    /* "temp" */
	uint64_t number;     /* 1; 0 where there is none */
	const char *element; /* "crit", in the name that was taken apart; "" where there is none */
};

/* False where name is not that of a sensor's attribute. */
bool sensorname_split(const char *name, struct sensorname *ret);

enum sensor_unit {
	SENSOR_RAW,
	SENSOR_MILLI, /* thousandths of the metric's unit */
	SENSOR_MICRO, /* millionths */
	SENSOR_FLAG,  /* whether the text is "1" */
};

/* How attributes are exported. */
struct sensor_rule {
	const char *kind;    /* NULL: any */
	const char *element; /* NULL: any */
	const char *
		suffix; /* of the metric's name, or, from "node_" on, all of it; NULL: not at all */
	enum sensor_unit unit;
	const char *help;
};

const struct sensor_rule *sensor_find_rule(const char *kind, const char *element);

/* The family by that rule. It stays as long as the process. NULL where there are too many. */
const struct metric *sensor_family(struct scrape *s, const struct sensor_rule *rule,
                                   const char *kind, const char *element);
void sensor_forget_families(void);

/*
 * text as part of a name or a label: in lower case, with '_' for each character but letters,
 * digits,
 * ':' and '_', and without those at its ends. Lives as long as s.
 */
char *sensor_clean(struct scrape *s, const char *text);

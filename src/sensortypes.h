// SPDX-License-Identifier: Apache-2.0
/* What libsensors measures, and the families that it is exported as. */
#pragma once

#include <sensors/sensors.h>

#include "metric.h"

/*
 * NULL where it is not exported. The labels are chip, adapter, feature and label; of alarms, too,
 * the limit, which is in *ret_limit then.
 */
const struct metric *sensortype_metric(sensors_subfeature_type type, const char **ret_limit);

/* Whether it says that a sensor is broken or missing. */
bool sensortype_is_fault(sensors_subfeature_type type);

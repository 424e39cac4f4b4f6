// SPDX-License-Identifier: Apache-2.0
/* The events that perf counts without being told their numbers. */
#pragma once

#include "metric.h"
#include "perfevent.h"

enum { PERF_HARDWARE = 9, PERF_SOFTWARE = 5, PERF_CACHE = 16 };

struct perf_profiler {
	const char *flag; /* as --collector.perf.*-profilers has it */
	struct perf_event event;
	struct metric metric;
};

extern const struct perf_profiler perf_hardware[PERF_HARDWARE];
extern const struct perf_profiler perf_software[PERF_SOFTWARE];
extern const struct perf_profiler perf_cache[PERF_CACHE];

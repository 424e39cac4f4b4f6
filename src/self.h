// SPDX-License-Identifier: Apache-2.0
/* process_*: what the exporter's own processes use, all of them together. */
#pragma once

#include "collector.h"

/* Run like a collector, but without a switch and without node_scrape_collector_*. */
extern const struct collector self_collector;

// SPDX-License-Identifier: Apache-2.0
/* The collectors that were built in, and which of them are on. */
#pragma once

#include "collector.h"

enum { COLLECTORS_MAX = 128 };

/* In the order in which they run: by name, those that may block last. Ends with NULL. */
extern const struct collector *collectors[COLLECTORS_MAX + 1];

/* Set by the command line; indexed like collectors[]. */
struct collector_switch {
	bool is_on;
	bool is_given;
};
extern struct collector_switch collector_switches[COLLECTORS_MAX];

/* Fill and sort collectors[]. Before anything else. */
void registry_open(void);
size_t registry_count(void);

/* The index of a collector, or -1. */
int registry_find(const char *name);

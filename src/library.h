// SPDX-License-Identifier: Apache-2.0
/* Shared libraries loaded when a collector first needs them: nobody else pays for them. */
#pragma once

#include "util.h"

struct scrape;

/* A function of the library, and the pointer to it that is to be set. */
struct library_symbol {
	const char *name;
	void *target; /* the address of a pointer to a function */
};

/*
 * Load a library, by the name the dynamic linker knows, and set all targets; symbols end with an
 * empty one. It stays until the process ends. 0, or -ELIBACC after fail(), with no target set.
 */
int library_load(struct scrape *s, const char *name, const struct library_symbol *symbols)
	MUST_CHECK;

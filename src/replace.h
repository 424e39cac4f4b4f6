// SPDX-License-Identifier: Apache-2.0
/* Files put in the place of others, whole or not at all. */
#pragma once

#include "util.h"

/* What the names of unfinished files begin with; a random part follows, and no ".prom". */
#define REPLACE_PREFIX ".nodegauge-"

/*
 * Put size bytes in the place of the file called name in the directory, with mode 0644: they are
 * written beside it, on disk before they get the name, and the name is on disk before this returns.
 * Whoever opens the file meets the old one or the new one. A link of that name is replaced, not
 * followed. 0 or a negative errno with the old file as it was; only being killed in between leaves
 * an unfinished file.
 */
int replace_file(int directory, const char *name, const void *bytes, size_t size) MUST_CHECK;

/* Remove unfinished files that are older than an hour: whoever began them is gone. */
void replace_sweep(int directory);

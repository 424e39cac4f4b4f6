// SPDX-License-Identifier: Apache-2.0
/* Names for those who do not take any: Prometheus' escaping schemes. */
#pragma once

#include "arena.h"

/* How names outside [a-zA-Z_:][a-zA-Z0-9_:]* are written. */
enum escaping { ESCAPING_UNDERSCORES, ESCAPING_DOTS, ESCAPING_VALUES, ESCAPING_UTF8, ESCAPINGS };

/*
 * A name of size bytes of valid UTF-8, not empty, with each character that not every Prometheus
 * takes there written in another way; with ESCAPING_UTF8 as it is. Lives in a.
 */
char *escape_name(struct arena *a, const char *name, size_t size, bool is_label,
                  enum escaping escaping);

// SPDX-License-Identifier: Apache-2.0
/* What promtext.h has read, as samples of a collector. */
#pragma once

#include "promtext.h"

struct scrape;

/*
 * Emit all series of a family, with this help. Of a summary's or histogram's lines that say the
 * same the last one counts; its sum and count are 0 where they are missing, and the bucket to +Inf
 * is the count. a must outlive the scrape.
 */
void promemit_family(struct scrape *s, struct arena *a, const struct prom_family *family,
                     const char *help);

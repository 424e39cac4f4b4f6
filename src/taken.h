// SPDX-License-Identifier: Apache-2.0
/*
 * Families of kept sets (see emit_kept()) that were left out of answers, as their names are taken.
 * What contradicts is known only here, where all sets meet, and to be said by the collector, which
 * knows the file: the next order tells it. Part of the server.
 */
#pragma once

#include "gather.h"
#include "wire.h"

/* An answer with a kept set in it has been gathered; costs nothing where nothing was dropped. */
void taken_note(const struct gather *g, int64_t now);

/* The names, for an order: those met in the last five minutes, as scrapes differ. */
void taken_tell(struct wire_order *order);

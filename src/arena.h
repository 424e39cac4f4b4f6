// SPDX-License-Identifier: Apache-2.0
/* Memory with one lifetime: allocated piece by piece, freed whole. */
#pragma once

#include <stdarg.h>

#include "util.h"

struct arena {
	struct arena_chunk *chunks; /* the newest first */
	char *next;                 /* free bytes of the newest chunk: next up to end */
	char *end;
};

/* Aligned for any type; not cleared. Never NULL. */
void *arena_alloc(struct arena *a, size_t size) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *a, const char *text) __attribute__((returns_nonnull));
char *arena_memdup(struct arena *a, const void *bytes, size_t size)
	__attribute__((returns_nonnull)); /* adds a NUL */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3)
	__attribute__((returns_nonnull));
char *arena_vprintf(struct arena *a, const char *fmt, va_list args) PRINTF(2, 0)
	__attribute__((returns_nonnull));

/*
 * At least size free bytes whose use is not settled yet, for reads of unknown length; *ret_size
 * says how many there are. *data (NULL at first) points to used bytes written so far, which move
 * along. arena_take() then makes the first size bytes the caller's for good.
 */
char *arena_space(struct arena *a, char *data, size_t used, size_t size, size_t *ret_size);
void arena_take(struct arena *a, size_t size);

/* Forget everything; up to keep bytes stay at hand for the next use. */
void arena_reset(struct arena *a, size_t keep);
void arena_free(struct arena *a);

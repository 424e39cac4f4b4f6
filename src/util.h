// SPDX-License-Identifier: Apache-2.0
/* The few things every file uses: attributes, memory that cannot fail, time, file descriptors. */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define CLEANUP(function) __attribute__((cleanup(function)))
#define MUST_CHECK __attribute__((warn_unused_result))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* Of their common type. Each argument is evaluated once, as it may be a call. */
#define MIN(a, b) CHOOSE(<, a, b, __COUNTER__)
#define MAX(a, b) CHOOSE(>, a, b, __COUNTER__)
#define CHOOSE(op, a, b, n) CHOOSE_BY(op, a, b, n)
#define CHOOSE_BY(op, a, b, n) \
	__extension__({ \
		__typeof__(1 ? (a) : (b)) left##n = (a), right##n = (b); \
		left##n op right##n ? left##n : right##n; \
	})

#define NS_PER_SEC INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

/* Memory for the life of the process or of its owner. Out of memory ends the process. */
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *old, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *fmt, ...) PRINTF(1, 2) __attribute__((malloc, returns_nonnull));

/* Nanoseconds of CLOCK_MONOTONIC; all time limits are measured with it. */
int64_t now_ns(void);

/* 64-bit FNV-1a of size bytes, going on from seed (0 to begin); never 0. */
uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t size);
uint64_t hash_text(uint64_t seed, const char *text);

/*
 * What strerror says with its first letter in lower case, as upstream words errors ("permission
 * denied"). err may be given negative. The text lives as long as the block around the call.
 */
#define error_text(err) error_text_into((err), (char[96]){ 0 }, 96)
char *error_text_into(int err, char *text, size_t size);

/* For CLEANUP(): close what is open, leave -1 and NULL alone. */
void cleanup_fd(int *fd);
void cleanup_dir(DIR **dir);
void cleanup_free(void *pointer);

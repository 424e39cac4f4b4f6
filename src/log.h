// SPDX-License-Identifier: Apache-2.0
/*
 * Log records on stderr, logfmt or JSON, one line each. Writing never waits: what stderr does not
 * take at once is counted and dropped, and the number is said when there is room again.
 */
#pragma once

#include "util.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* level: "debug", "info", "warn", "error"; format: "logfmt", "json". */
void log_open(const char *level, const char *format);

/*
 * log_at(LOG_INFO, "Listening on", "address", address, NULL): a message and pairs of key and text.
 * Control bytes are escaped; a value is cut at 512 bytes ("…" says so), a record at 2,048.
 */
#define log_at(level, ...) log_record((level), __FILE__, __LINE__, __VA_ARGS__, NULL)
void log_record(enum log_level level, const char *file, int line, const char *message, ...)
	__attribute__((sentinel));
bool is_logged(enum log_level level);

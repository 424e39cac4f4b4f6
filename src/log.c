// SPDX-License-Identifier: Apache-2.0
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

enum { VALUE_MAX = 512, RECORD_MAX = 2048, CLOSING = 64 };

static struct {
	enum log_level level;
	bool is_json;
	bool is_socket;
	unsigned dropped;
} self = { .level = LOG_INFO };

static const char *const level_names[] = { "debug", "info", "warn", "error" };
static const char *const level_tags[] = { "DEBUG", "INFO", "WARN", "ERROR" };

struct record {
	char text[RECORD_MAX];
	size_t used;
};

void log_open(const char *level, const char *format)
{
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(level_names); i++)
		if (strcmp(level, level_names[i]) == 0)
			self.level = (enum log_level)i;
	self.is_json = strcmp(format, "json") == 0;
	self.is_socket = fstat(STDERR_FILENO, &st) == 0 && S_ISSOCK(st.st_mode);
}

bool is_logged(enum log_level level)
{
	return level >= self.level;
}

static void add_text(struct record *r, const char *text)
{
	size_t size = MIN(strlen(text), sizeof(r->text) - 1 - r->used);

	memcpy(r->text + r->used, text, size);
	r->used += size;
}

/* Whether logfmt needs quotes: Go's rule, roughly: blanks, '=', '"', control bytes, emptiness. */
static bool needs_quotes(const char *text)
{
	if (!*text)
		return true;
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || *text == '=' || *text == '"' || *text == 0x7f ||
		    *text == '\\')
			return true;
	return false;
}

static void add_escaped(struct record *r, const char *text)
{
	size_t left = strlen(text);
	bool is_cut = left > VALUE_MAX;

	if (is_cut)
		left = VALUE_MAX;
	/* The end of the record is kept free for what closes it. */
	while (left && r->used < sizeof(r->text) - CLOSING) {
		size_t size = 1;
		char escape[8];

		if (*text == '"' || *text == '\\') {
			snprintf(escape, sizeof(escape), "\\%c", *text);
		} else if (*text == '\n') {
			snprintf(escape, sizeof(escape), "\\n");
		} else if ((unsigned char)*text < ' ' || *text == 0x7f) {
			snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char)*text);
		} else if (!(*text & 0x80)) {
			snprintf(escape, sizeof(escape), "%c", *text);
		} else {
			size_t length = utf8_character(text, left);

			snprintf(escape, sizeof(escape), "%.*s", (int)(length ? length : 3),
			         length ? text : "\xef\xbf\xbd");
			size = MAX(length, 1);
		}
		add_text(r, escape);
		text += size;
		left -= size;
	}
	if (is_cut || left)
		add_text(r, "…");
}

static void add_pair(struct record *r, const char *key, const char *value)
{
	bool quoted = self.is_json || needs_quotes(value);

	if (r->used > sizeof(r->text) - 2 * CLOSING)
		return;
	if (self.is_json)
		add_text(r, r->used ? ",\"" : "{\"");
	else if (r->used)
		add_text(r, " ");
	add_text(r, key);
	add_text(r, self.is_json ? "\":" : "=");
	if (quoted)
		add_text(r, "\"");
	add_escaped(r, value);
	if (quoted)
		add_text(r, "\"");
}

static void add_head(struct record *r, enum log_level level, const char *file, int line)
{
	const char *name = strrchr(file, '/');
	char text[96], stamp[32];
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text, sizeof(text), "%s.%03ldZ", stamp, now.tv_nsec / 1000000);
	add_pair(r, "time", text);
	add_pair(r, "level", level_tags[level]);
	snprintf(text, sizeof(text), "%.60s:%d", name ? name + 1 : file, line);
	add_pair(r, "source", text);
}

/* Never waits: a pipe takes up to PIPE_BUF bytes whole when poll says that it is writable. */
static bool write_now(const char *text, size_t size)
{
	struct pollfd stderr_poll = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (self.is_socket)
		return send(STDERR_FILENO, text, size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
	if (poll(&stderr_poll, 1, 0) != 1 || !(stderr_poll.revents & POLLOUT))
		return false;
	return write(STDERR_FILENO, text, size) >= 0;
}

static void finish(struct record *r)
{
	if (self.is_json)
		add_text(r, "}");
	r->text[r->used++] = '\n';
}

static bool say_dropped(void)
{
	struct record r = { .used = 0 };
	char number[16];

	snprintf(number, sizeof(number), "%u", self.dropped);
	add_head(&r, LOG_WARN, __FILE__, __LINE__);
	add_pair(&r, "msg", "Log records were dropped, as stderr did not take them");
	add_pair(&r, "records", number);
	finish(&r);
	return write_now(r.text, r.used);
}

void log_record(enum log_level level, const char *file, int line, const char *message, ...)
{
	struct record r = { .used = 0 };
	int saved_errno = errno;
	const char *key;
	va_list args;

	if (!is_logged(level))
		return;
	add_head(&r, level, file, line);
	add_pair(&r, "msg", message);
	va_start(args, message);
	while ((key = va_arg(args, const char *)))
		add_pair(&r, key, va_arg(args, const char *));
	va_end(args);
	finish(&r);

	if (self.dropped && say_dropped())
		self.dropped = 0;
	if (!write_now(r.text, r.used))
		self.dropped++;
	errno = saved_errno;
}

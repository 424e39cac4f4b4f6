// SPDX-License-Identifier: Apache-2.0
#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void *checked(void *memory)
{
	static const char message[] = "nodegauge: out of memory\n";

	if (!memory) {
		/* The process ends either way; whether the message got out does not matter. */
		(void)!write(STDERR_FILENO, message, sizeof(message) - 1);
		abort();
	}
	return memory;
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t size)
{
	return checked(realloc(old, size ? size : 1));
}

char *xstrdup(const char *text)
{
	return checked(strdup(text));
}

char *xasprintf(const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	int length;

	va_start(args, fmt);
	length = vasprintf(&text, fmt, args);
	va_end(args);
	return checked(length < 0 ? NULL : text);
}

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;
	uint64_t hash = seed ? seed : UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
	return hash ? hash : 1;
}

uint64_t hash_text(uint64_t seed, const char *text)
{
	return hash_bytes(seed, text, strlen(text));
}

char *error_text_into(int err, char *text, size_t size)
{
	snprintf(text, size, "%s", strerror(err < 0 ? -err : err));
	/* "RPC struct is bad" keeps its capitals. */
	if (text[0] && !isupper((unsigned char)text[1]))
		text[0] = (char)tolower((unsigned char)text[0]);
	return text;
}

void cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void cleanup_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

// SPDX-License-Identifier: Apache-2.0
#include "scriptfile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flag_parse.h"
#include "text.h"

enum { HEAD_MAX = 4096, WRITERS = S_IWGRP | S_IWOTH, RUNNERS = S_IXUSR | S_IXGRP | S_IXOTH };

#define TAG "nodegauge:"

/* Say why; returns r. */
static int PRINTF(3, 4) refuse(char *reason, int r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, SCRIPT_REASON_MAX, fmt, args);
	va_end(args);
	return r;
}

bool script_file_is_same(const struct script_file *one, const struct script_file *other)
{
	return strcmp(one->path, other->path) == 0 && one->st.st_dev == other->st.st_dev &&
	       one->st.st_ino == other->st.st_ino && one->st.st_size == other->st.st_size &&
	       one->st.st_mtim.tv_sec == other->st.st_mtim.tv_sec &&
	       one->st.st_mtim.tv_nsec == other->st.st_mtim.tv_nsec;
}

static int check_owner(const char *path, const struct stat *st, bool may_be_sticky, char *reason)
{
	bool is_sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX);

	if (st->st_uid != 0 && st->st_uid != geteuid())
		return refuse(
			reason, -EPERM,
			"%s: expected it to belong to root or to user %u, it belongs to user %u",
			path, (unsigned)geteuid(), (unsigned)st->st_uid);
	if ((st->st_mode & WRITERS) && !(is_sticky && may_be_sticky))
		return refuse(
			reason, -EPERM,
			"%s: expected a mode that lets nobody but the owner write, it is %04o",
			path, (unsigned)st->st_mode & 07777);
	return 0;
}

int script_check_safe(const char *path, char reason[static SCRIPT_REASON_MAX])
{
	CLEANUP(cleanup_free) char *at = xstrdup(path);
	bool is_above = false;

	for (;;) {
		struct stat st;
		char *slash;
		int r;

		if (lstat(at, &st) < 0)
			return refuse(reason, -errno, "%s: %s", at, error_text(errno));
		r = check_owner(at, &st, is_above, reason);
		slash = strrchr(at, '/');
		if (r < 0 || !slash || !at[1])
			return r;
		slash[slash == at] = '\0';
		is_above = true;
	}
}

/* Whether it is called as nothing is that is meant to be run. */
static bool is_passed_over(const char *name)
{
	static const char *const endings[] = { "~",         ".conf",     ".dpkg-dist", ".dpkg-new",
		                               ".dpkg-old", ".dpkg-tmp", ".rpmnew",    ".rpmorig",
		                               ".rpmsave",  ".swp",      ".ucf-dist",  ".ucf-new",
		                               ".ucf-old" };

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
		if (ends_with(name, endings[i]))
			return true;
	return name[0] == '.';
}

static bool is_plain_text(const char *name)
{
	for (const char *c = name; *c; c++)
		if (iscntrl((unsigned char)*c))
			return false;
	return utf8_prefix(name, strlen(name)) == strlen(name);
}

/* Take key=value. what names the place for the reason. */
static int take_setting(struct script_times *times, const char *what, const char *key,
                        const char *value, char *reason)
{
	int64_t *target, time;

	if (strcmp(key, "interval") == 0)
		target = &times->interval;
	else if (strcmp(key, "timeout") == 0)
		target = &times->timeout;
	else
		return refuse(reason, -EINVAL,
		              "%s: expected interval=… or timeout=…, found \"%.80s\"", what, key);
	if (flag_duration(value, &time) < 0 || time < SCRIPT_TIME_MIN || time > SCRIPT_TIME_MAX)
		return refuse(reason, -EINVAL,
		              "%s: %s=%.80s: expected a duration such as 1m30s, from 100ms to 30d",
		              what, key, value);
	*target = time;
	return 0;
}

/* Cut text at the equals sign; the value, "" where there is none. */
static char *cut_value(char *text)
{
	char *equals = strchrnul(text, '=');

	if (!*equals)
		return equals;
	*equals = '\0';
	return equals + 1;
}

/* What follows the tag in a comment: key=value, with blanks in between. */
static int take_comment(struct script_times *times, const char *what, char *text, char *reason)
{
	char *field;
	int r = 0;

	while (r == 0 && (field = next_field(&text))) {
		char *value = cut_value(field);

		r = take_setting(times, what, field, value, reason);
	}
	return r;
}

/* The beginning of a file, with a NUL behind it; the number of bytes or a negative errno. */
static ssize_t read_head(int fd, char text[static HEAD_MAX + 1])
{
	size_t used = 0;
	ssize_t n;

	do {
		n = read(fd, text + used, HEAD_MAX - used);
		if (n < 0 && errno != EINTR)
			return -errno;
		used += n > 0 ? (size_t)n : 0;
	} while (n != 0 && used < HEAD_MAX);
	text[used] = '\0';
	return (ssize_t)used;
}

static int read_comments(const char *path, const char *name, struct script_times *times,
                         char *reason)
{
	CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char head[HEAD_MAX + 1], what[SCRIPT_REASON_MAX / 2], *text = head, *line;
	int r = 0;

	/* What may be executed but not read has nothing to say, and is no "#!" script either. */
	if (fd < 0 && errno == EACCES)
		return 0;
	r = fd < 0 ? -errno : (int)read_head(fd, head);
	if (r < 0)
		return refuse(reason, r, "%s: %s", path, error_text(r));
	if (!starts_with(head, "#!"))
		return 0;
	/* The last line may not be whole. */
	if (r == HEAD_MAX && (line = strrchr(head, '\n')))
		*line = '\0';
	r = 0;
	for (unsigned i = 1; r == 0 && (line = next_line(&text)); i++) {
		char *comment = line + strspn(line, "#/*;-%\" \t");

		if (comment == line || !starts_with(comment, TAG))
			continue;
		snprintf(what, sizeof(what), "%.200s:%u", name, i);
		r = take_comment(times, what, comment + strlen(TAG), reason);
	}
	return r;
}

static int read_conf(const char *directory, const char *name, struct script_times *times,
                     char *reason)
{
	CLEANUP(cleanup_free) char *path = xasprintf("%s/%s.conf", directory, name);
	CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char head[HEAD_MAX + 1], what[SCRIPT_REASON_MAX / 2], *text = head, *line;
	struct stat st;
	int r;

	if (fd < 0 && (errno == ENOENT || errno == ENAMETOOLONG))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return refuse(reason, -errno, "%s: %s", path, error_text(errno));
	r = check_owner(path, &st, false, reason);
	if (r < 0)
		return r;
	r = (int)read_head(fd, head);
	if (r < 0 || r == HEAD_MAX)
		return refuse(reason, r < 0 ? r : -EFBIG, "%s: %s", path,
		              r < 0 ? error_text(r) : "expected less than 4 KiB");
	r = 0;
	for (unsigned i = 1; r == 0 && (line = next_line(&text)); i++) {
		char *key = trim(line), *value = cut_value(key);

		if (!*key || *key == '#')
			continue;
		snprintf(what, sizeof(what), "%.200s.conf:%u", name, i);
		r = take_setting(times, what, trim(key), trim(value), reason);
	}
	return r;
}

/* That it may be run, and how. */
static int look_closely(const char *directory, const char *name, struct script_file *file,
                        char *reason)
{
	int r;

	if (!is_plain_text(name))
		return refuse(reason, -EINVAL,
		              "expected a name in UTF-8 without control characters");
	r = script_check_safe(file->path, reason);
	if (r < 0)
		return r;
	if (faccessat(AT_FDCWD, file->path, X_OK, AT_EACCESS) < 0)
		return refuse(reason, -errno, "%s: user %u may not execute it: %s", file->path,
		              (unsigned)geteuid(), error_text(errno));
	r = read_comments(file->path, name, &file->times, reason);
	return r < 0 ? r : read_conf(directory, name, &file->times, reason);
}

int script_look(const char *directory, const char *name, const struct script_times *defaults,
                struct script_file *ret, char reason[static SCRIPT_REASON_MAX])
{
	CLEANUP(cleanup_free) char *path = NULL, *target = NULL;
	struct script_file file = { .times = *defaults };
	int r;

	if (is_passed_over(name))
		return 0;
	path = xasprintf("%s/%s", directory, name);
	target = realpath(path, NULL);
	if (!target || stat(target, &file.st) < 0) {
		/* Gone since the directory was read, unless it is a link that leads nowhere. */
		if (errno == ENOENT && lstat(path, &file.st) < 0)
			return 0;
		return refuse(reason, -errno, "%s: %s", path, error_text(errno));
	}
	if (!S_ISREG(file.st.st_mode) || !(file.st.st_mode & RUNNERS))
		return 0;
	file.path = target;
	r = look_closely(directory, name, &file, reason);
	if (r < 0)
		return r;
	*ret = file;
	target = NULL; /* it is the caller's now */
	return 1;
}

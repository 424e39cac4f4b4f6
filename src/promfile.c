// SPDX-License-Identifier: Apache-2.0
#include "promfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const promfile_reasons[17] = {
	"stuck",        "unreadable",     "not_regular",  "changed",       "cut",
	"syntax",       "timestamp",      "label_length", "size",          "samples",
	"size_in_all",  "samples_in_all", "age",          "help_conflict", "type_conflict",
	"series_twice", "name_taken",
};

void promfile_free(struct promfile *f)
{
	arena_free(&f->arena);
	f->set = (struct prom_set){ 0 };
	f->faults = 0;
	f->message = NULL;
}

void promfile_fail(struct promfile *f, enum promfile_fault fault, const char *fmt, ...)
{
	va_list args;

	promfile_free(f);
	f->faults = fault;
	va_start(args, fmt);
	f->message = arena_vprintf(&f->arena, fmt, args);
	va_end(args);
}

static int fail_unread(struct promfile *f, int r)
{
	f->is_unsettled = true;
	promfile_fail(f, FAULT_UNREADABLE, ": expected a file that can be read: %s", error_text(r));
	return -EINVAL;
}

static bool is_same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mode == b->st_mode && is_same_time(a->st_mtim, b->st_mtim) &&
	       is_same_time(a->st_ctim, b->st_ctim);
}

bool promfile_look(struct promfile *f, const char *path, bool *ret_is_gone)
{
	struct stat st, link;
	bool is_known;

	*ret_is_gone = false;
	if (stat(path, &st) < 0) {
		int err = errno;

		/* A link may lead nowhere. */
		*ret_is_gone = err == ENOENT && lstat(path, &link) < 0 && errno == ENOENT;
		(void)fail_unread(f, err);
		return false;
	}
	is_known = is_same(&st, &f->st);
	f->st = st;
	if (is_known && !f->is_unsettled)
		return false;
	f->is_unsettled = false;
	/* What is none is not even opened: that may wait, or set something going. */
	if (S_ISREG(st.st_mode))
		return true;
	promfile_fail(f, FAULT_NOT_REGULAR, ": expected a regular file, found %s",
	              S_ISDIR(st.st_mode)    ? "a directory"
	              : S_ISFIFO(st.st_mode) ? "a FIFO"
	              : S_ISSOCK(st.st_mode) ? "a socket"
	                                     : "a device");
	return false;
}

/* Whether a time that a file has does not rule out a change right after the file was read. */
static bool is_recent(struct timespec time, struct timespec now)
{
	int64_t ago;

	/* Times of files may be as far off as their type allows. */
	if (time.tv_sec < now.tv_sec - 2 || time.tv_sec > now.tv_sec + 2)
		return false;
	ago = (now.tv_sec - time.tv_sec) * NS_PER_SEC + now.tv_nsec - time.tv_nsec;
	return ago <= NS_PER_SEC && ago >= -NS_PER_SEC;
}

/* All of it; *ret_size is how much there was, one byte more than f->st says at most. */
static int read_whole(const struct promfile *f, int fd, struct arena *a, char **ret,
                      size_t *ret_size)
{
	size_t room = (size_t)f->st.st_size + 1, used = 0;
	char *text = arena_alloc(a, room);
	ssize_t n;

	do {
		n = read(fd, text + used, room - used);
		if (n < 0 && errno != EINTR)
			return -errno;
		used += n > 0 ? (size_t)n : 0;
	} while (n && used < room);
	*ret = text;
	*ret_size = used;
	return 0;
}

int promfile_read(struct promfile *f, const char *path, struct arena *scratch, int64_t limit,
                  const char **ret)
{
	/* Without O_NONBLOCK a FIFO that has taken its place would keep us here for ever. */
	CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct timespec now;
	struct stat after;
	size_t size = 0;
	char *text = NULL;
	int r;

	f->n_samples = 0;
	if (fd < 0 || fstat(fd, &f->st) < 0)
		return fail_unread(f, errno);
	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail */
	f->is_unsettled = is_recent(f->st.st_mtim, now) || is_recent(f->st.st_ctim, now);
	if (!S_ISREG(f->st.st_mode)) {
		f->is_unsettled = true;
		promfile_fail(f, FAULT_NOT_REGULAR, ": expected a regular file, found another");
		return -EINVAL;
	}
	if (f->st.st_size > limit) {
		promfile_fail(f, FAULT_SIZE, ": expected up to %lld bytes, found %lld",
		              (long long)limit, (long long)f->st.st_size);
		return -EINVAL;
	}
	r = read_whole(f, fd, scratch, &text, &size);
	if (r < 0 || fstat(fd, &after) < 0)
		return fail_unread(f, r < 0 ? r : errno);
	if (!is_same(&after, &f->st) || size != (size_t)f->st.st_size) {
		f->is_unsettled = true;
		promfile_fail(f, FAULT_CHANGED,
		              ": expected a file that stays as it is while it is read");
		return -EINVAL;
	}
	*ret = text;
	return 0;
}

void promfile_parse(struct promfile *f, const char *text, struct arena *scratch,
                    const struct promfile_limits *limits)
{
	static const enum promfile_fault faults[] = {
		[PROM_SYNTAX] = FAULT_SYNTAX,       [PROM_CUT] = FAULT_CUT,
		[PROM_TIMESTAMP] = FAULT_TIMESTAMP, [PROM_TOO_MANY] = FAULT_SAMPLES,
		[PROM_TOO_LONG] = FAULT_LABEL,
	};
	const struct prom_limits parser_limits = {
		.samples = (size_t)MIN((uint64_t)limits->samples, SIZE_MAX),
		.label = (size_t)MIN((uint64_t)limits->label, SIZE_MAX),
	};
	struct prom_error error;
	struct prom_text result;

	if (promtext_parse(scratch, text, (size_t)f->st.st_size, &parser_limits, &result, &error) <
	    0) {
		promfile_fail(f, faults[error.fault], ":%u:%u: %s", error.line, error.column,
		              error.text);
		return;
	}
	promfile_free(f);
	promset_make(&f->arena, scratch, &result, &f->set);
	f->n_samples = f->set.n_rows;
}

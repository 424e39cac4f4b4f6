// SPDX-License-Identifier: Apache-2.0
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"
#include "log.h"
#include "wire.h"

enum { PERIOD_MS = 450 };

static int64_t in_ns(struct timespec t)
{
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

/* Symbolic links are followed: what they lead to changes when one of them does. */
static struct watch_stamp stamp_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return (struct watch_stamp){ 0 };
	return (struct watch_stamp){ .device = st.st_dev,
		                     .inode = st.st_ino,
		                     .size = st.st_size,
		                     .modified = in_ns(st.st_mtim),
		                     .changed = in_ns(st.st_ctim) };
}

static int read_all(int fd, struct arena *a, char **ret, size_t *ret_size)
{
	size_t used = 0, room;
	char *data = NULL;
	ssize_t n;

	do {
		data = arena_space(a, data, used, 4096, &room);
		/* One byte stays free for the NUL. */
		n = read(fd, data + used, room - 1);
		if (n < 0 && errno != EINTR)
			return -errno;
		used += (size_t)MAX(n, 0);
		if (used > WATCH_SIZE_MAX)
			return -EFBIG;
	} while (n != 0);
	data[used] = '\0';
	arena_take(a, used + 1);
	*ret = data;
	*ret_size = used;
	return 0;
}

int watch_read(struct watch_list *list, struct arena *a, const char *path, char **ret,
               size_t *ret_size)
{
	struct watch_file *file = &list->files[list->count];
	CLEANUP(cleanup_fd) int fd = -1;
	struct stat st;

	if (list->count == WATCH_FILES_MAX)
		return -E2BIG;
	if (strlen(path) >= sizeof(file->path))
		return -ENAMETOOLONG;
	memcpy(file->path, path, strlen(path) + 1);
	/* Before it is read: a change in between is found later, and not overlooked. */
	file->stamp = stamp_of(path);
	list->count++;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return read_all(fd, a, ret, ret_size);
}

void watch_tell(int channel, const struct watch_list *list)
{
	(void)wire_send(channel, list, offsetof(struct watch_list, files[list->count]), NULL, 0);
}

/* Bring the stamps up to date; whether that made a difference. */
static bool look(struct watch_list *list)
{
	bool is_changed = false;

	for (size_t i = 0; i < list->count; i++) {
		struct watch_file *file = &list->files[i];
		struct watch_stamp now = stamp_of(file->path);

		is_changed |= memcmp(&now, &file->stamp, sizeof(now)) != 0;
		file->stamp = now;
	}
	return is_changed;
}

/* Take what servers have told; false where there was nothing. It is theirs, so it is checked. */
static bool hear(int channel, struct watch_list *list)
{
	int n = wire_receive(channel, list, sizeof(*list), NULL, 0);

	if (n == 0)
		_exit(0);
	if (n < 0)
		return false;
	if ((size_t)n < sizeof(list->count) || list->count > WATCH_FILES_MAX ||
	    (size_t)n != offsetof(struct watch_list, files[list->count]))
		list->count = 0;
	for (size_t i = 0; i < list->count; i++)
		list->files[i].path[sizeof(list->files[i].path) - 1] = '\0';
	return true;
}

void watch_main(int channel)
{
	struct watch_list list = { .count = 0 };
	bool was_changed = false, is_changed;

	(void)lock_away_files();
	(void)lock_away_calls();
	for (;;) {
		struct pollfd fds = { .fd = channel, .events = POLLIN };

		if (poll(&fds, 1, list.count ? PERIOD_MS : -1) > 0) {
			if (hear(channel, &list))
				was_changed = false;
			continue;
		}
		is_changed = look(&list);
		if (was_changed)
			(void)kill(getppid(), SIGHUP);
		was_changed = is_changed && !was_changed;
	}
}

// SPDX-License-Identifier: Apache-2.0
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	ATTEMPTS = 16,
	NAME_SIZE = sizeof(REPLACE_PREFIX) + 16,
	FILE_MODE = 0644,
	ABANDONED_SECONDS = 3600
};

/* A new file under a name of its own, in *ret; its descriptor or a negative errno. */
static int create_unfinished(int directory, char name[static NAME_SIZE])
{
	for (int i = 0; i < ATTEMPTS; i++) {
		uint64_t number;
		int fd;

		if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
			return -EIO;
		snprintf(name, NAME_SIZE, REPLACE_PREFIX "%016jx", (uintmax_t)number);
		fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		            S_IRUSR | S_IWUSR);
		if (fd >= 0 || errno != EEXIST)
			return fd >= 0 ? fd : -errno;
	}
	return -EEXIST;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

static int finish(int fd, const char *bytes, size_t size)
{
	int r = write_all(fd, bytes, size);

	if (r < 0)
		return r;
	/* The mode of open(2) is subject to the umask. */
	if (fchmod(fd, FILE_MODE) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int replace_file(int directory, const char *name, const void *bytes, size_t size)
{
	char unfinished[NAME_SIZE];
	int fd, r;

	fd = create_unfinished(directory, unfinished);
	if (fd < 0)
		return fd;
	r = finish(fd, bytes, size);
	/* Some file systems say only here that they have not stored it. */
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && renameat(directory, unfinished, directory, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(directory, unfinished, 0); /* r says why */
		return r;
	}
	/* Not all file systems can sync a directory, and the new file is in place. */
	(void)fsync(directory);
	return 0;
}

static bool is_unfinished(const char *name)
{
	return strlen(name) == NAME_SIZE - 1 &&
	       memcmp(name, REPLACE_PREFIX, sizeof(REPLACE_PREFIX) - 1) == 0;
}

void replace_sweep(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(cleanup_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	struct stat st;

	if (!dir && fd >= 0)
		close(fd);
	while (dir && (e = readdir(dir)))
		if (is_unfinished(e->d_name) &&
		    fstatat(directory, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && time(NULL) - st.st_mtim.tv_sec > ABANDONED_SECONDS)
			(void)unlinkat(directory, e->d_name, 0); /* it may be another's */
}

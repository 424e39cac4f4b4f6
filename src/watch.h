// SPDX-License-Identifier: Apache-2.0
/*
 * Files that the server was set up from, and the process that looks whether they are still the
 * same. It has nothing else to do, so that a file system which hangs takes nothing with it.
 */
#pragma once

#include <limits.h>

#include "arena.h"

enum { WATCH_FILES_MAX = 4, WATCH_SIZE_MAX = 1 << 20 };

/* What a file was like. All zero: it could not be found. */
struct watch_stamp {
	uint64_t device;
	uint64_t inode;
	int64_t size;
	int64_t modified; /* ns since 1970 */
	int64_t changed;
};

struct watch_list {
	size_t count;
	struct watch_file {
		struct watch_stamp stamp;
		char path[PATH_MAX];
	} files[WATCH_FILES_MAX];
};

/*
 * Read the whole of a regular file and enter it into the list, also where it cannot be read: 0, or
 * a negative errno (-EFBIG: above WATCH_SIZE_MAX, -EISDIR, -EINVAL: a device, pipe or socket). The
 * text lives in a and ends with a NUL that is not counted.
 */
int watch_read(struct watch_list *list, struct arena *a, const char *path, char **ret,
               size_t *ret_size) MUST_CHECK;

/* Server: from now on these are the files to look at. Where that cannot be said SIGHUP remains. */
void watch_tell(int channel, const struct watch_list *list);

/*
 * The life of the watcher: it hears lists from channel, and sends the keeper, its parent, SIGHUP
 * when a file is not the one of the list any more: less than a second later, and half a second
 * after the first change was seen, so that what is written in steps is done. Does not return.
 */
void watch_main(int channel) __attribute__((noreturn));

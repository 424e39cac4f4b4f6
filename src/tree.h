// SPDX-License-Identifier: Apache-2.0
/* Files below movable roots: --path.procfs, --path.sysfs, --path.rootfs, --path.udev.data. */
#pragma once

#include <dirent.h>
#include <sys/stat.h>

#include "util.h"

struct scrape;

enum tree {
	TREE_PROC,
	TREE_SYS,
	TREE_ROOT,
	TREE_UDEV,
	TREE_COUNT, /* how many there are */
};

/*
 * All of them return 0 or a negative errno, and have called fail() with the file's name below its
 * tree ("procfs net/dev: permission denied") when that is not 0. Results live as long as s.
 *
 * tree_read: the whole file, NUL-terminated; NULs inside it stay. A file of more than 64 MiB is
 * -EFBIG. Files of procfs and sysfs proper stay open between scrapes and are read again at 0.
 * Which devices a live sysfs has is remembered while the kernel tells of none (memo.h).
 */
int tree_read(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...) PRINTF(4, 5)
	MUST_CHECK;

/* One attribute in sysfs' manner: at most 128 bytes, white space at both ends taken off. */
int tree_read_attr(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...) PRINTF(4, 5)
	MUST_CHECK;

/* An attribute that is one unsigned decimal number. -EINVAL where it is not. */
int tree_read_u64(struct scrape *s, enum tree tree, uint64_t *ret, const char *fmt, ...)
	PRINTF(4, 5) MUST_CHECK;

/* The same of one that changes only when the kernel says so of its device (memo.h). */
int tree_read_fact(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...) PRINTF(4, 5)
	MUST_CHECK;

/* The target of a symbolic link. */
int tree_read_link(struct scrape *s, enum tree tree, char **ret, const char *fmt, ...) PRINTF(4, 5)
	MUST_CHECK;

/*
 * The names in a directory, without those that begin with a dot, in strcmp() order; ends with
 * NULL. Symbolic links and all other kinds of entries are named alike.
 */
int tree_list(struct scrape *s, enum tree tree, char ***ret, const char *fmt, ...) PRINTF(4, 5)
	MUST_CHECK;

/* Whether there is such a file, symbolic links followed. Never fails: false covers every error. */
bool tree_exists(struct scrape *s, enum tree tree, const char *fmt, ...) PRINTF(3, 4);

/* An open file for those who need more (ioctl, getdents): close it. flags as for open(2). */
int tree_open(struct scrape *s, enum tree tree, int flags, int *ret_fd, const char *fmt, ...)
	PRINTF(5, 6) MUST_CHECK;

/* The absolute name of a file in the tree, for system calls that want one (statfs). */
char *tree_path(struct scrape *s, enum tree tree, const char *fmt, ...) PRINTF(3, 4);

/* The root as the flag gave it, without a slash at its end; "" for "/". */
const char *tree_root(enum tree tree);

/* Whether the tree is the live /proc, /sys, / or /run/udev/data, by the flag's value. */
bool tree_is_default(enum tree tree);

/* Whether it is the /proc or /sys that the kernel itself fills. */
bool tree_is_live(enum tree tree);

/*
 * Set a root, before any other use. -ENOTDIR etc. when it is no directory
 * and must be one.
 */
int tree_set_root(enum tree tree, const char *path, bool must_exist);

/*
 * A run begins: what was read in the last one is old. Within a run a live file that several
 * collectors read is read once, so that all of them see the same moment.
 */
void tree_begin_run(void);

/*
 * Before files of a device are read that can be renamed: where a directory of that name is another
 * one than last time, files below it that stayed open are closed.
 */
void tree_identify(enum tree tree, const char *fmt, ...) PRINTF(2, 3);

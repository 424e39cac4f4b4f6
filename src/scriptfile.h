// SPDX-License-Identifier: Apache-2.0
/* Which files of a directory are scripts to run, and what they say of how. */
#pragma once

#include <sys/stat.h>

#include "util.h"

enum { SCRIPT_REASON_MAX = 512 };

#define SCRIPT_TIME_MIN (100 * NS_PER_MS) /* of intervals and timeouts */
#define SCRIPT_TIME_MAX (30 * 24 * 3600 * NS_PER_SEC)

struct script_times {
	int64_t interval; /* ns from start to start */
	int64_t timeout;  /* ns */
};

struct script_file {
	char *path; /* what is executed: no link in it; to be freed */
	struct script_times times;
	struct stat st; /* of path */
};

/* Whether two looks have seen the same file with the same contents. */
bool script_file_is_same(const struct script_file *one, const struct script_file *other);

/*
 * Whether nobody but root and the user that this process runs as may change what is at path, which
 * has no links, or put something else there: path and all directories above it belong to them, and
 * no group or others may write them. A directory above it with the sticky bit may be written by
 * all, as /tmp is. 0, or a negative errno with the reason.
 */
int script_check_safe(const char *path, char reason[static SCRIPT_REASON_MAX]) MUST_CHECK;

/*
 * Look at a name in a directory, whose path has no links. 1 and *ret filled where it is a script to
 * run: an executable file, or a link to one. 0 where it is none: hidden, NAME.conf, NAME~, what
 *dpkg and rpm leave behind, a directory, without an executable bit, gone. A negative errno with the
 * reason where it would be one but is refused: by script_check_safe(), because its name is not
 * UTF-8 or has control characters, because it may not be executed, or because of its times.
 *
 * Times are those given unless the script has others, in a comment among the first 4 KiB,
 *	# nodegauge: interval=5m timeout=30s
 * or in NAME.conf beside it, which has the last word:
 *	interval = 5m
 */
int script_look(const char *directory, const char *name, const struct script_times *defaults,
                struct script_file *ret, char reason[static SCRIPT_REASON_MAX]) MUST_CHECK;

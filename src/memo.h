// SPDX-License-Identifier: Apache-2.0
/*
 * What is remembered of the live sysfs, and what procfs lacks, while no device and no module comes,
 * goes or changes: see devices.h.
 */
#pragma once

#include "util.h"

enum memo_kind {
	MEMO_ABSENT,      /* there is no such file or directory below sysfs */
	MEMO_ABSENT_PROC, /* the same below procfs */
	MEMO_LIST,        /* of a directory: the names, each with its NUL */
	MEMO_LINK,        /* its target */
	MEMO_FACT,        /* the text of an attribute */
};

struct memo {
	uint64_t key; /* hash of kind and name; 0: free */
	enum memo_kind kind;
	char *name;          /* below sysfs, or procfs */
	uint64_t generation; /* when it was true */
	size_t size;
	char data[]; /* and a NUL */
};

/*
 * The generation of the devices that what has this name below sysfs belongs to. 0: what it is and
 * what is in it may change without a word.
 */
uint64_t memo_generation(const char *name);

/*
 * The same for a file that is not there: some come with a module of the kernel only, of which
 * events tell, too. is_proc: the name is one below procfs.
 */
uint64_t memo_absence_generation(bool is_proc, const char *name);

/* What is known and still true, or NULL. It lives until the next memo_keep(). */
const struct memo *memo_find(enum memo_kind kind, const char *name, uint64_t generation);

/* Remember size bytes at data. generation, not 0, is from before it was looked up. */
void memo_keep(enum memo_kind kind, const char *name, uint64_t generation, const void *data,
               size_t size);

void memo_free(void);

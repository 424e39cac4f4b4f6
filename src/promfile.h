// SPDX-License-Identifier: Apache-2.0
/* A text file that is read again only when it has changed. */
#pragma once

#include <sys/stat.h>

#include "promset.h"
#include "trie.h"

/* Why a file, or a part of it, is left out: bits. */
enum promfile_fault {
	FAULT_STUCK = 1 << 0, /* of a directory: an earlier look at it has not come back */
	FAULT_UNREADABLE = 1 << 1,
	FAULT_NOT_REGULAR = 1 << 2,
	FAULT_CHANGED = 1 << 3, /* while it was read */
	FAULT_CUT = 1 << 4,     /* no newline at the end */
	FAULT_SYNTAX = 1 << 5,
	FAULT_TIMESTAMP = 1 << 6,
	FAULT_LABEL = 1 << 7,     /* over a limit: length of a label, */
	FAULT_SIZE = 1 << 8,      /* bytes of the file, */
	FAULT_SAMPLES = 1 << 9,   /* samples in it, */
	FAULT_ALL_SIZE = 1 << 10, /* bytes of it and all files before it, */
	FAULT_ALL_SAMPLES = 1 << 11,
	FAULT_OLD = 1 << 12,
	FAULT_WHOLE = (1 << 13) - 1, /* all of these: nothing of the file is exported */
	FAULT_HELP = 1 << 13,        /* another help, type or a series of a file before it */
	FAULT_TYPE = 1 << 14,
	FAULT_TWIN = 1 << 15,
	FAULT_TAKEN = 1 << 16, /* a name of a collector's family */
};

/* The fault with number i as a label's value. */
extern const char *const promfile_reasons[17];

struct promfile_limits {
	int64_t size;
	int64_t samples;
	int64_t label;
};

/* Begins zeroed. */
struct promfile {
	struct trie_node node; /* for its owner */
	struct stat st;
	bool is_unsettled;   /* may change without showing it: to be read again */
	unsigned faults;     /* that leave out all of it */
	const char *message; /* what they are, for the log; NULL where there are none */
	size_t n_samples;    /* in it, when it was read last */
	struct arena arena;  /* of set and message */
	struct prom_set set; /* empty where there is a fault */
};

/*
 * Look at the file without opening it. Whether it has to be read: it is not the one that was read
 * last, or that one was modified since, or within a second of its reading. What cannot be looked
 * at, or is no regular file, is a fault, and not to be read. *ret_is_gone says that there is no
 * such name.
 */
bool promfile_look(struct promfile *f, const char *path, bool *ret_is_gone);

/* Read it; -EINVAL where that is a fault. *ret lies in scratch, which promfile_parse() needs, too.
 */
int promfile_read(struct promfile *f, const char *path, struct arena *scratch, int64_t limit,
                  const char **ret) MUST_CHECK;

/* Make what promfile_read() read a set, or a fault. */
void promfile_parse(struct promfile *f, const char *text, struct arena *scratch,
                    const struct promfile_limits *limits);

/* Leave it out for this reason, and forget what was read. */
void promfile_fail(struct promfile *f, enum promfile_fault fault, const char *fmt, ...)
	PRINTF(3, 4);

void promfile_free(struct promfile *f);

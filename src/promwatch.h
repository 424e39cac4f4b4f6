// SPDX-License-Identifier: Apache-2.0
/* The text files of some directories, remembered from scrape to scrape. */
#pragma once

#include <time.h>

#include "flag.h"
#include "promfile.h"

struct scrape;

enum { PROMWATCH_KEPT = 128 << 10 }; /* bytes that arenas keep from scrape to scrape */

/* A file, or a directory that is left out. */
struct promwatch_entry {
	struct promfile file; /* the first member: found by its node, whose key is the path */
	bool is_seen;         /* in this scrape */
	bool is_exported;     /* nothing speaks against it */
	/* For those who put files together: what of it contradicts files before it, */
	unsigned conflicts;            /* FAULT_HELP and so on, */
	enum promfile_fault conflict;  /* the first one of these, */
	unsigned conflict_line;        /* and where the file begins it */
	const struct prom_rows *taken; /* the first family in it whose name is taken; NULL: none */
	size_t n_exported;
};

struct promwatch_list {
	struct promwatch_entry **items;
	size_t count;
	size_t room;
};

struct promwatch {
	/* To be set first: */
	struct list directories; /* patterns; empty ones stand for none */
	struct promfile_limits limits;
	int64_t max_samples; /* of all files */
	int64_t max_age;     /* ns; 0: none */

	struct promwatch_list known; /* what there is, in order */
	struct timespec now;
	bool has_changed;     /* what is exported, since the last look */
	struct arena scratch; /* of this look; to be reset when all is done */

	struct arena text;       /* of the file at hand */
	struct trie_node *index; /* of all entries, by path */
	struct promwatch_list found;
	size_t room; /* bytes and samples that the files to come may have */
	size_t sample_room;
};

/*
 * Look at all directories, and read what is new or has changed. A path that is met twice counts
 * once. What may block is announced; a directory that is still stuck is an entry with that fault.
 */
void promwatch_look(struct scrape *s, struct promwatch *w);

/* All of an entry's faults, its age being one. */
unsigned promwatch_faults(const struct promwatch *w, const struct promwatch_entry *e);

/* Seconds since the file was modified. */
double promwatch_age(const struct promwatch *w, const struct promwatch_entry *e);

void promwatch_free(struct promwatch *w);

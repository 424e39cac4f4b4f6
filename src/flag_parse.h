// SPDX-License-Identifier: Apache-2.0
/* Command lines read against the tables of flag.h, in kingpin's forms, and help made of them. */
#pragma once

#include <stdio.h>

#include "arena.h"
#include "flag.h"

enum { FLAG_SHOWN_MAX = 200 }; /* bytes of a value in a message */

/* A flag, and what this start of the programme makes of it. */
struct flag_entry {
	const struct flag *flag;
	const char *value;   /* its default: flag->value, until somebody changes it */
	const char *help;    /* flag->help, until somebody changes it */
	const char *heading; /* of the part of the manual it is in */
	size_t uses;
};

/* One place on the command line where a flag is used. */
struct flag_use {
	struct flag_entry *entry;
	const char *value; /* "true" or "false" for FLAG_BOOL */
};

/* Begins as { .programme = … }. Everything in it, and all values of flags, live until flag_free().
 */
struct flag_set {
	const char *programme; /* for messages */
	const char *argument;  /* what the one argument is that is no flag, as DIR; NULL: none is */
	const char *given_argument; /* NULL: not given */
	struct flag_entry *entries;
	size_t n_entries;
	struct flag_use *uses; /* in the order of the command line */
	size_t n_uses;
	char *error; /* the first one, on one line; NULL: none so far */
	struct arena arena;
};

/* Add a table of flags, which must stay. No entry moves any more after flag_scan(). */
void flag_add(struct flag_set *set, const char *heading, const struct flag *table);

/* NULL where there is none of that name. */
struct flag_entry *flag_find(const struct flag_set *set, const char *name);

/*
 * Read the command line into set->uses; nothing is assigned yet. 0, or -EINVAL with set->error;
 * the uses before the error are there all the same.
 */
int flag_scan(struct flag_set *set, int argc, char *const *argv) MUST_CHECK;

/*
 * Assign to all flags that the command line does not have what their environment variable says,
 * else their default. 0, or -EINVAL with set->error.
 */
int flag_apply_defaults(struct flag_set *set) MUST_CHECK;

/* Assign what the command line says. 0, or -EINVAL with set->error. */
int flag_apply_uses(struct flag_set *set) MUST_CHECK;

/* Set the error, unless there is one, with control characters replaced; returns -EINVAL. */
int flag_fail(struct flag_set *set, const char *fmt, ...) PRINTF(2, 3);

/* What a flag of one value is given as, for messages: "--name=value", cut short where long. */
char *flag_text(struct flag_set *set, const char *name, const char *value);

/* --help, in width columns. */
void flag_help(struct flag_set *set, FILE *out, size_t width);

/* The width of the terminal by COLUMNS or standard output; else 80. */
size_t flag_width(void);

/* The part of a manual page that lists the flags, for man(7). */
void flag_manual(struct flag_set *set, FILE *out);

/* Text for a manual page: each line of it, with all characters that troff treats in its own way. */
void flag_troff(FILE *out, const char *text);

/* Prose for a manual page: a line for each sentence, and more where it is long. Words live in a. */
void flag_prose(struct arena *a, FILE *out, const char *text);

/* What the last of the words may be completed to, a line each. */
void flag_complete(struct flag_set *set, FILE *out, char *const *words, size_t count);

/* Give a flag's target what it has before anything is said of it; free what it had. */
void flag_clear(const struct flag *flag);

void flag_free(struct flag_set *set);

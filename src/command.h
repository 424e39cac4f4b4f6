// SPDX-License-Identifier: Apache-2.0
/* Tools that are part of the programme: nodegauge GROUP NAME ARGUMENT…, or without a NAME. */
#pragma once

#include <stdio.h>

#include "arena.h"
#include "buffer.h"

/*
 * Run the tool that the command line names. Its exit status, or -1 where the first argument is no
 * group of tools and the command line is the exporter's.
 */
int command_run(int argc, char **argv);

/* What tools there are, with a sentence each: for --help, and for a manual page with words in a. */
void command_help(FILE *out);
void command_manual(struct arena *a, FILE *out);

/*
 * The tools, which command.c lists. argv[0] is the tool's name; each returns an exit status, and
 * has said on standard error what went wrong; or -1 for arguments that are not what its usage says.
 */
int command_check(int argc, char **argv);
int command_scripts(int argc, char **argv);
int command_write(int argc, char **argv);

/* The flags of nodegauge scripts, for shells. */
void complete_scripts(char *const *words, size_t count);

/* Read all there is, at most max bytes. 0, -EFBIG for more, or another negative errno. */
int command_read(int fd, size_t max, struct buffer *b) MUST_CHECK;

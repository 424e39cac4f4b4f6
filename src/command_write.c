// SPDX-License-Identifier: Apache-2.0
/*
 * nodegauge textfile write FILE: standard input becomes that file where the textfile collector
 * would take it, else the file stays as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "command.h"
#include "promcheck.h"
#include "promtext.h"
#include "replace.h"

enum { ERRORS_SHOWN = 10 };

static void print_error(void *context, const struct check_finding *f)
{
	size_t *errors = context;

	if (f->level == CHECK_ERROR && ++*errors <= ERRORS_SHOWN)
		(void)fprintf(stderr, "<stdin>:%u:%u: error: %s%s%s\n", f->line, f->column, f->text,
		              f->hint ? "; " : "", f->hint ? f->hint : "");
}

/* 0, or -1 with everything said. */
static int check_input(const struct buffer *b)
{
	size_t errors = 0;

	(void)promcheck(b->data, b->used, print_error, &errors);
	if (errors > ERRORS_SHOWN)
		(void)fprintf(stderr, "<stdin>: %zu more errors\n", errors - ERRORS_SHOWN);
	return errors ? -1 : 0;
}

/* Open the directory that path names a file in. Its descriptor or a negative errno. */
static int open_directory(const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	CLEANUP(cleanup_free) char *directory = NULL;
	int fd;

	*ret_name = slash ? slash + 1 : path;
	if (!**ret_name)
		return -EISDIR;
	/* The slash stays: it is all that there is of the root directory. */
	directory = slash ? xasprintf("%.*s", (int)(slash - path) + 1, path) : xstrdup(".");
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Put the text in place of a regular file or of nothing. 0, or -1 with everything said. */
static int write_file(const char *path, const struct buffer *b)
{
	const char *name;
	CLEANUP(cleanup_fd) int fd = open_directory(path, &name);
	struct stat st;
	sigset_t all;
	int r = fd < 0 ? fd : 0;

	if (r == 0 && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode)) {
		(void)fprintf(stderr, "%s: %s\n", path,
		              S_ISLNK(st.st_mode)
		                      ? "expected a file, it is a link; give what it leads to"
		                      : "expected a file, it is something else");
		return -1;
	}
	/* From here on it takes a moment, after which nothing unfinished is left. */
	sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	if (r == 0)
		r = replace_file(fd, name, b->data, b->used);
	if (r == 0)
		replace_sweep(fd);
	if (r < 0)
		(void)fprintf(stderr, "%s: %s\n", path, error_text(r));
	return r;
}

int command_write(int argc, char **argv)
{
	struct buffer b = { 0 };
	const char *path;
	int r;

	/* What begins with a hyphen is a file only behind "--". */
	if (argc == 3 && !strcmp(argv[1], "--"))
		path = argv[2];
	else if (argc == 2 && argv[1][0] != '-')
		path = argv[1];
	else
		return -1;
	r = command_read(STDIN_FILENO, PROM_SIZE_DEFAULT, &b);
	if (r < 0)
		(void)fprintf(stderr, "<stdin>: %s\n",
		              r == -EFBIG ? "more than a text file may have" : error_text(r));
	else if (check_input(&b) < 0 || write_file(path, &b) < 0)
		r = -1;
	if (r < 0)
		(void)fprintf(stderr, "nodegauge textfile write: %s stays as it was\n", path);
	buffer_free(&b);
	return r < 0 ? 1 : 0;
}

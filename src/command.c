// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { READ_MIN = 64 << 10 };

/* In order of group. */
static const struct command {
	const char *group;
	const char *name; /* NULL: the group is one tool, which sees to --help itself */
	const char *arguments;
	const char *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "scripts", NULL, "[FLAG...] DIR",
	  "a service that runs the scripts in DIR and keeps their output as text files",
	  command_scripts },
	{ "textfile", "check", "[--no-remarks] FILE...|-",
	  "say what the textfile collector would refuse, and what could be better", command_check },
	{ "textfile", "write", "FILE",
	  "put standard input in the place of FILE, at once and only if it is good",
	  command_write },
};

static void print_usage(const char *group, FILE *out)
{
	(void)fprintf(out, "usage:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].group, group))
			(void)fprintf(out, "  nodegauge %s %s %s\n      %s\n", group,
			              commands[i].name, commands[i].arguments, commands[i].help);
}

static bool is_group(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].group, word))
			return true;
	return false;
}

int command_run(int argc, char **argv)
{
	if (argc < 2 || !is_group(argv[1]))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].group, argv[1]) != 0)
			continue;
		if (!commands[i].name)
			return commands[i].run(argc - 1, argv + 1);
		if (argc > 2 && !strcmp(commands[i].name, argv[2]))
			return commands[i].run(argc - 2, argv + 2);
	}
	if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h"))) {
		print_usage(argv[1], stdout);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (argc > 2)
		(void)fprintf(stderr, "nodegauge %s: there is no tool '%.64s'\n", argv[1], argv[2]);
	print_usage(argv[1], stderr);
	return 1;
}

int command_read(int fd, size_t max, struct buffer *b)
{
	ssize_t n;

	do {
		buffer_reserve(b, READ_MIN);
		n = read(fd, b->data + b->used, b->size - b->used);
		if (n < 0 && errno != EINTR)
			return -errno;
		b->used += n > 0 ? (size_t)n : 0;
		if (b->used > max)
			return -EFBIG;
	} while (n);
	return 0;
}

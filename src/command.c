// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "util.h"

/* In order of group. */
static const struct command {
	const char *group;
	const char *name;
	const char *arguments;
	const char *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "textfile", "check", "[--no-remarks] FILE...|-",
	  "say what the textfile collector would refuse, and what could be better", command_check },
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
	for (size_t i = 0; argc > 2 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].group, argv[1]) && !strcmp(commands[i].name, argv[2]))
			return commands[i].run(argc - 2, argv + 2);
	if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h"))) {
		print_usage(argv[1], stdout);
		return fflush(stdout) == 0 ? 0 : 1;
	}
	if (argc > 2)
		(void)fprintf(stderr, "nodegauge %s: there is no tool '%.64s'\n", argv[1], argv[2]);
	print_usage(argv[1], stderr);
	return 1;
}

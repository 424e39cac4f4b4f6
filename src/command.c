// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "flag_parse.h"
#include "text.h"

enum { READ_MIN = 64 << 10 };

/* In order of group. */
static const struct command {
	const char *group;
	const char *name; /* NULL: the group is one tool, which sees to --help itself */
	const char *arguments;
	const char *help;
	int (*run)(int argc, char **argv);
	/* List what the last of these words may become; NULL where that is left to the shell. */
	void (*complete)(char *const *words, size_t count);
} commands[] = {
	{ "scripts", NULL, "[FLAG...] DIR",
	  "a service that runs the scripts in DIR and keeps their output as text files",
	  command_scripts, complete_scripts },
	{ "textfile", "check", "[--no-remarks] FILE...|-",
	  "say what the textfile collector would refuse, and what could be better", command_check,
	  NULL },
	{ "textfile", "write", "FILE",
	  "put standard input in the place of FILE, at once and only if it is good", command_write,
	  NULL },
};

static void print_command(const struct command *command, FILE *out)
{
	(void)fprintf(out, "  nodegauge %s%s%s %s\n      %s\n", command->group,
	              command->name ? " " : "", command->name ? command->name : "",
	              command->arguments, command->help);
}

static void print_usage(const char *group, FILE *out)
{
	(void)fprintf(out, "usage:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].group, group))
			print_command(&commands[i], out);
}

void command_help(FILE *out)
{
	(void)fprintf(out, "Tools:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		print_command(&commands[i], out);
	(void)fprintf(out, "\n");
}

void command_manual(FILE *out)
{
	(void)fprintf(out, ".SH TOOLS\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		(void)fprintf(out, ".TP\n.B nodegauge %s%s%s ", commands[i].group,
		              commands[i].name ? " " : "",
		              commands[i].name ? commands[i].name : "");
		flag_troff(out, commands[i].arguments);
		(void)fprintf(out, "\n%c", toupper((unsigned char)commands[i].help[0]));
		flag_troff(out, commands[i].help + 1);
		(void)fprintf(out, ".\n");
	}
}

static bool is_group(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].group, word))
			return true;
	return false;
}

/* List what words may become, as far as it is ours to say; as command_run() otherwise. */
static int complete(int count, char *const *words)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];

		if (count == 1 && (!i || strcmp(c->group, commands[i - 1].group) != 0) &&
		    starts_with(c->group, words[0]))
			(void)printf("%s\n", c->group);
		if (count < 2 || strcmp(c->group, words[0]) != 0)
			continue;
		if (c->complete)
			c->complete(words + 1, (size_t)count - 1);
		else if (count == 2 && starts_with(c->name, words[1]))
			(void)printf("%s\n", c->name);
	}
	/* The exporter's flags may follow a first word only. */
	if (count == 1 || !is_group(words[0]))
		return -1;
	return fflush(stdout) == 0 ? 0 : 1;
}

int command_run(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "--completion-bash"))
		return complete(argc - 2, argv + 2);
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

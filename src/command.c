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
	const char *help;  /* for --help and the manual */
	const char *about; /* more for the manual; NULL: there is a page of its own */
	int (*run)(int argc, char **argv);
	/* List what the last of these words may become; NULL where that is left to the shell. */
	void (*complete)(char *const *words, size_t count);
} commands[] = {
	{ .group = "scripts",
	  .arguments = "[FLAG...] DIR",
	  .help = "a service that runs the scripts in DIR and keeps their output as text files",
	  .run = command_scripts,
	  .complete = complete_scripts },
	{ .group = "textfile",
	  .name = "check",
	  .arguments = "[--no-remarks] FILE...|-",
	  .help = "say what the textfile collector would refuse, and what could be better",
	  .about = "Each finding is a line with file, line and column: an error where the "
	           "collector would leave something out, a remark where it is against the "
	           "conventions of Prometheus. The exit status is 1 where there are any; "
	           "--no-remarks has errors only.",
	  .run = command_check },
	{ .group = "textfile",
	  .name = "write",
	  .arguments = "FILE",
	  .help = "put standard input in the place of FILE, at once and only if it is good",
	  .about = "Whoever reads FILE meets the old one or the new one, which is on disk before "
	           "the end and has the mode 0644. Where the input is more than 32 MiB, or "
	           "anything that the textfile collector would refuse, and after any other "
	           "failure, FILE stays as it was and the exit status is 1. A FILE that is a link, "
	           "or no regular file, is refused. Where it is killed, a hidden unfinished file "
	           "is left, which a later one removes an hour after that.",
	  .run = command_write },
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

void command_manual(struct arena *a, FILE *out)
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
		if (commands[i].about)
			flag_prose(a, out, commands[i].about);
		else
			(void)fprintf(out, "See\n.BR nodegauge\\-%s (1).\n", commands[i].group);
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

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

/* Run a tool; argv[0] is the last word of its name. */
static int run(const struct command *command, int argc, char **argv)
{
	bool is_asked = command->name && argc > 1 && is_help(argv[1]);
	int status = is_asked ? -1 : command->run(argc, argv);

	if (status >= 0)
		return status;
	(void)fprintf(is_asked ? stdout : stderr, "usage:\n");
	print_command(command, is_asked ? stdout : stderr);
	return is_asked && fflush(stdout) == 0 ? 0 : 1;
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
			return run(&commands[i], argc - 1, argv + 1);
		if (argc > 2 && !strcmp(commands[i].name, argv[2]))
			return run(&commands[i], argc - 2, argv + 2);
	}
	if (argc > 2 && is_help(argv[2])) {
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

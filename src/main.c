// SPDX-License-Identifier: Apache-2.0
/* nodegauge: tools, else flags, log, keeper. */
#include <fcntl.h>
#include <unistd.h>

#include "command.h"
#include "keeper.h"
#include "log.h"
#include "options.h"
#include "registry.h"
#include "websetup.h"

/*
 * Where standard input, output or error was closed nothing else may take its number. It stays
 * unusable: of the file in its place nobody can read, or write, what it was for.
 */
static void fill_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0) /* then this is the lowest number that is free */
			(void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	int status;

	fill_standard_files();
	status = command_run(argc, argv);
	if (status >= 0)
		return status;
	registry_open();
	status = options_parse(argc, argv);
	if (status >= 0)
		return status;
	if (*options.config_check)
		return websetup_check(options.config_check);
	log_open(options.log_level, options.log_format);
	return keeper_run();
}

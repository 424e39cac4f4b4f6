// SPDX-License-Identifier: Apache-2.0
/* nodegauge: tools, else flags, log, keeper. */
#include "command.h"
#include "keeper.h"
#include "log.h"
#include "options.h"
#include "registry.h"
#include "websetup.h"

int main(int argc, char **argv)
{
	int status;

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

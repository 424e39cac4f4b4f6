// SPDX-License-Identifier: Apache-2.0
/* nodegauge: flags, log, keeper. */
#include "keeper.h"
#include "log.h"
#include "options.h"
#include "registry.h"

int main(int argc, char **argv)
{
	int status;

	registry_open();
	status = options_parse(argc, argv);
	if (status >= 0)
		return status;
	log_open(options.log_level, options.log_format);
	return keeper_run();
}

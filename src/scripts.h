// SPDX-License-Identifier: Apache-2.0
/* The service that runs scripts and keeps what they print as text files. */
#pragma once

#include "scriptfile.h"

#define SCRIPTS_STOP_NS (600 * NS_PER_MS) /* from SIGTERM until runners are killed */

struct scripts_options {
	const char *directory; /* of the scripts */
	const char *output;    /* directory of the text files */
	struct script_times defaults;
	int64_t concurrency; /* how many run at once, at most */
	int64_t rescan;      /* ns between looks at the directories */
};

/*
 * Run until SIGTERM or SIGINT, then end everybody. SIGHUP: look at the directories at once. The
 * exit status. Only one such process may use an output directory at a time; another one waits.
 */
int scripts_serve(const struct scripts_options *options);

// SPDX-License-Identifier: Apache-2.0
/* What a script finds when it begins. */
#pragma once

#include <sys/types.h>

#include "util.h"

/* What a process exits with that could not become the script, as shells have it. */
enum {
	SCRIPT_STATUS_NOT_RUN = 126,
	SCRIPT_STATUS_NOT_FOUND = 127, /* it, or its interpreter */
};

/*
 * In a child of the runner: become the script, which leads a session of its own and ends with the
 * runner. Standard output and error are these; input is empty. Nothing is handed down but HOME and
 * TMPDIR, and descriptors that are not closed on exec. What goes wrong is said on err.
 */
_Noreturn void script_exec(const char *path, const char *name, pid_t runner, int out, int err);

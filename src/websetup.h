// SPDX-License-Identifier: Apache-2.0
/* The web configuration with all that it names: read and checked as a whole. */
#pragma once

#include "watch.h"
#include "webconfig.h"

/*
 * Read the configuration and its certificates, at most once in a process. 0, or -EINVAL with *error
 * filled; list has the files that were looked at in both cases.
 */
int websetup_load(const char *path, struct webconfig *ret, struct watch_list *list,
                  struct webconfig_error *error) MUST_CHECK;

/* "FILE:LINE:COLUMN: TEXT", or without what is not known. Lives in a. */
char *websetup_error(struct arena *a, const char *path, const struct webconfig_error *error);

/* --web.config.check: say on standard output whether it is good; the exit status. */
int websetup_check(const char *path);

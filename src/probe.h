// SPDX-License-Identifier: Apache-2.0
/* statfs(2) of mounts that may never answer, asked side by side in processes made for that. */
#pragma once

#include <sys/vfs.h>

#include "util.h"

struct scrape;

struct probe {
	uint64_t mount;       /* in: what the mount is: its id in mountinfo */
	const char *path;     /* in: what to ask, below PATH_MAX bytes */
	bool is_stuck;        /* out: no answer, now or since an earlier scrape */
	int error;            /* out: 0 or a negative errno */
	struct statfs result; /* out, where error is 0 */
};

/*
 * Fill in the answers, in 500 ms for all of them together. A mount that has not answered is not
 * asked again before its answer has come. Where there are no probers (in tests) each is asked
 * directly, as a hazard.
 */
void probe_mounts(struct scrape *s, struct probe *probes, size_t count);

// SPDX-License-Identifier: Apache-2.0
/* Network devices by procfs net/dev, for those who do not ask rtnetlink. */
#pragma once

#include "rtlink.h"

/*
 * The devices with their names and counters, in the order of the file. A malformed line is left
 * out, which warn() says. 0 or a negative errno after fail(). Results live as long as s.
 */
int netfile_links(struct scrape *s, const struct rtlink **ret, size_t *ret_count) MUST_CHECK;

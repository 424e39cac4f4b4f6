// SPDX-License-Identifier: Apache-2.0
/* What rtnetlink does not say of links: read from sysfs once, and again after they changed. */
#pragma once

#include "util.h"

struct rtlink;
struct scrape;

struct linkfacts {
	uint32_t index;
	bool is_known; /* false: the link has gone, or been renamed, meanwhile */
	bool has_addr_assign_type;
	bool has_dev_id;
	bool has_name_assign_type;
	uint32_t flags; /* as sysfs shows them; 0 where it does not */
	int64_t addr_assign_type;
	int64_t dev_id;
	int64_t name_assign_type;
};

/*
 * Those of count links, which must be in order of index: (*ret)[i] of links[i]. Where the kernel's
 * messages about links do not reach us all of them are read anew. -ESTALE where sysfs shows other
 * links, as those of the network namespace that mounted it. Results live until the next call.
 */
int linkfacts_get(struct scrape *s, const struct rtlink *links, size_t count,
                  const struct linkfacts **ret) MUST_CHECK;

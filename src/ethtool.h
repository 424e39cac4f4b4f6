// SPDX-License-Identifier: Apache-2.0
/*
 * What drivers say of network devices by ioctl(SIOCETHTOOL): of our own network namespace, whatever
 * the path flags are. Its structures are those of linux/ethtool.h.
 */
#pragma once

#include <linux/ethtool.h>

#include "util.h"

enum { ETHTOOL_STATISTICS_MAX = 32768 };

/* Zeroed: closed. */
struct ethtool {
	bool is_open;
	int fd;
	struct ethtool_gstrings *strings; /* with room for that many, and an unmapped page behind */
	struct ethtool_stats *stats;
};

/* 0 or a negative errno, as for all of these. */
int ethtool_open(struct ethtool *e) MUST_CHECK;
void ethtool_close(struct ethtool *e);

/*
 * -EOPNOTSUPP where the driver has nothing of the kind; -ENODEV where there is no such device (any
 * more). Settings are those of the first 32 link modes. Texts of a driver need not end with a NUL.
 */
int ethtool_settings(struct ethtool *e, const char *device, struct ethtool_cmd *ret) MUST_CHECK;
int ethtool_driver(struct ethtool *e, const char *device, struct ethtool_drvinfo *ret) MUST_CHECK;

/*
 * Read count names of statistics to e->strings->data, ETH_GSTRING_LEN bytes for each, and their
 * values to e->stats->data. -EFBIG for more than ETHTOOL_STATISTICS_MAX; -EAGAIN where there were
 * more or fewer of them.
 */
int ethtool_statistics(struct ethtool *e, const char *device, uint32_t count) MUST_CHECK;

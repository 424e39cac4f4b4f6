// SPDX-License-Identifier: Apache-2.0
/* What btrfs says of its block devices by ioctl(2) on a mount, which sysfs does not have. */
#pragma once

#include "util.h"

struct scrape;

enum { BTRFS_ERRORS = 5 }; /* writes, reads, flushes, corruption, generation, in this order */

struct btrfs_device {
	const char *name; /* the last part of its path; "" where it is missing */
	const char
		*uuid; /* in groups of 8-4-4-4-12 digits; "<zero>" where all are 0, as upstream */
	uint64_t size; /* bytes */
	uint64_t used; /* bytes of it that are given to some purpose */
	uint64_t errors[BTRFS_ERRORS];
};

struct btrfs_volume {
	const char *fsid; /* in the form of uuid above, as the directory in sysfs fs/btrfs */
	struct btrfs_device *devices;
	size_t count;
};

/*
 * Every btrfs that a mount below --path.rootfs leads to, once; how many there are. One that cannot
 * be asked is left out, which warn() says where that is odd. May block: each mount is a hazard.
 * Results live as long as s.
 */
size_t btrfs_volumes(struct scrape *s, struct btrfs_volume **ret);

/*
 * The one that an open directory is in. 0 or a negative errno: -ENOTTY where it is no btrfs, -EFBIG
 * where it has more than 1,024 devices or one with a number above 65,536.
 */
int btrfs_read(struct scrape *s, int fd, struct btrfs_volume *ret) MUST_CHECK;

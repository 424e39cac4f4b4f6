// SPDX-License-Identifier: Apache-2.0
/* Properties of block devices by udev's database, whose files "b8:0" have lines "E:ID_MODEL=…". */
#pragma once

#include "util.h"

struct scrape;
struct udevdata_device;

/* Begins as { .keys = …, .n_keys = … }: the properties of interest. */
struct udevdata {
	const char *const *keys;
	size_t n_keys;
	struct udevdata_device *devices; /* remembered as long as their files stay the same */
	size_t n_devices;
	size_t room;
	size_t next; /* where the next device is when they come in the order of last time */
};

/*
 * The values of a device in the order of keys, "" where it has none. They live until the next call
 * of any of these functions. What keeps a file from being read has been said by warn().
 */
const char *const *udevdata_block(struct scrape *s, struct udevdata *u, uint64_t major,
                                  uint64_t minor);

/* Forget the devices that were not asked for since the last call. */
void udevdata_tidy(struct udevdata *u);

void udevdata_free(struct udevdata *u);

// SPDX-License-Identifier: Apache-2.0
/*
 * Wireless devices made up for tests, in a directory with files as upstream has them:
 * interfaces.json, DEVICE/bss.json, DEVICE/stationinfo.json, with times in ns and addresses in
 * base64.
 */
#pragma once

#include "nl80211.h"

/* Like those of nl80211.h: 0 or a negative errno after fail(), -ENOENT where there is no file. */
int wififile_interfaces(struct scrape *s, const char *directory, struct wifi_interface **ret,
                        size_t *ret_count) MUST_CHECK;
int wififile_network(struct scrape *s, const char *directory, const char *device,
                     struct wifi_network *ret) MUST_CHECK;
int wififile_stations(struct scrape *s, const char *directory, const char *device,
                      struct wifi_station **ret, size_t *ret_count) MUST_CHECK;

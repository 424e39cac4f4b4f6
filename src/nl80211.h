// SPDX-License-Identifier: Apache-2.0
/* Wireless devices of our own network namespace, by nl80211 (generic netlink). */
#pragma once

#include "util.h"

struct scrape;

enum { NL80211_MAC = 6 };

struct wifi_interface {
	const char *name; /* "" where it has none */
	uint32_t index;
	uint32_t frequency; /* MHz; 0: not on any */
	bool has_mac;
	uint8_t mac[NL80211_MAC];
};

/* The network that an interface takes part in. */
struct wifi_network {
	const char *bssid; /* hexadecimal bytes with colons between them */
	const char
		*ssid; /* U+FFFD in the place of each byte that is not UTF-8; up to its first NUL */
	uint32_t status; /* NL80211_BSS_STATUS_… */
};

/* Somebody on the other side. What the driver does not know is 0. */
struct wifi_station {
	const char *mac;
	uint64_t connected_ns;
	uint64_t inactive_ns;
	double receive_bitrate;  /* bit/s */
	double transmit_bitrate; /* bit/s */
	double signal;           /* dBm */
	uint64_t received_bytes;
	uint64_t transmitted_bytes;
	uint32_t received_packets;
	uint32_t transmitted_packets;
	uint32_t transmit_retries;
	uint32_t transmit_failed;
	uint32_t beacon_loss;
};

/*
 * All of them: 0 or a negative errno after fail(), -ENOENT where the kernel has no nl80211. Each
 * interface is a hazard. Malformed messages are left out. Results live as long as s.
 */
int nl80211_interfaces(struct scrape *s, struct wifi_interface **ret, size_t *ret_count) MUST_CHECK;

/* -ENODATA, without fail(), where it takes part in none; -EBADMSG where its elements are malformed.
 */
int nl80211_network(struct scrape *s, const struct wifi_interface *i, struct wifi_network *ret)
	MUST_CHECK;
int nl80211_stations(struct scrape *s, const struct wifi_interface *i, struct wifi_station **ret,
                     size_t *ret_count) MUST_CHECK;

/* The forms of these labels. */
const char *nl80211_mac_text(struct scrape *s, const void *bytes, size_t size);
const char *nl80211_ssid_text(struct scrape *s, const char *bytes, size_t size);

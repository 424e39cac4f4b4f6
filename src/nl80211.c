// SPDX-License-Identifier: Apache-2.0
#include "nl80211.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/nl80211.h>
#include <string.h>

#include "collector.h"
#include "genetlink.h"

enum {
	SSID_ELEMENT = 0, /* IEEE 802.11 */
	BITRATE = 100000, /* the unit of bit rates in bit/s */
};

static struct {
	struct genetlink genetlink; /* kept while the process lives */
} self = { .genetlink = { .family = "nl80211" } };

/* Ask for all there are of something: of i, where that is not NULL. */
static int ask(struct scrape *s, const char *what, uint8_t command, const struct wifi_interface *i,
               struct netlink_reply *ret)
{
	struct {
		struct genlmsghdr header;
		struct nlattr index_header;
		uint32_t index;
		struct nlattr mac_header;
		uint8_t mac[NL80211_MAC + 2];
	} body = {
		.header = { .cmd = command },
		.index_header = { .nla_len = NLA_HDRLEN + sizeof(body.index),
		                  .nla_type = NL80211_ATTR_IFINDEX },
		.mac_header = { .nla_len = NLA_HDRLEN + NL80211_MAC, .nla_type = NL80211_ATTR_MAC },
	};
	struct netlink_request request = {
		.what = scrape_printf(s, "nl80211 %s%s%s", what, i ? " " : "", i ? i->name : ""),
		.hazard = i ? scrape_printf(s, "nl80211 %s", i->name) : "nl80211",
		.is_dump = true,
		.body = &body,
		.size = sizeof(body.header),
	};

	if (i) {
		body.index = i->index;
		memcpy(body.mac, i->mac, sizeof(i->mac));
		request.size = i->has_mac ? sizeof(body) : offsetof(typeof(body), mac_header);
	}
	return genetlink_ask(s, &self.genetlink, &request, ret);
}

/* The attributes of the next message that has this command; false at the end. */
static bool next_answer(struct netlink_reply *rest, uint8_t command, const struct nlattr **ret,
                        size_t count)
{
	const struct nlmsghdr *m;

	while ((m = netlink_next(rest))) {
		const struct genlmsghdr *header =
			netlink_parse(m, self.genetlink.type, GENL_HDRLEN, ret, count);

		if (header && header->cmd == command)
			return true;
	}
	return false;
}

static size_t count_messages(struct netlink_reply reply)
{
	size_t count = 0;

	while (netlink_next(&reply))
		count++;
	return count;
}

const char *nl80211_mac_text(struct scrape *s, const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;
	const char *text = "";

	for (size_t i = 0; i < size; i++)
		text = scrape_printf(s, "%s%s%02x", text, i ? ":" : "", byte[i]);
	return text;
}

const char *nl80211_ssid_text(struct scrape *s, const char *bytes, size_t size)
{
	const char *text = "";

	while (size) {
		size_t valid = utf8_prefix(bytes, size);

		text = scrape_printf(s, "%s%.*s%s", text, (int)valid, bytes,
		                     valid < size ? "\xef\xbf\xbd" : "");
		valid += valid < size;
		bytes += valid;
		size -= valid;
	}
	return text;
}

int nl80211_interfaces(struct scrape *s, struct wifi_interface **ret, size_t *ret_count)
{
	const struct nlattr *attributes[NL80211_ATTR_WIPHY_FREQ + 1];
	struct wifi_interface *interfaces;
	struct netlink_reply reply;
	size_t count = 0;
	int r;

	r = ask(s, "interfaces", NL80211_CMD_GET_INTERFACE, NULL, &reply);
	if (r < 0)
		return r;
	interfaces = scrape_alloc(s, count_messages(reply) * sizeof(*interfaces));
	while (next_answer(&reply, NL80211_CMD_NEW_INTERFACE, attributes, ARRAY_SIZE(attributes))) {
		struct wifi_interface *i = &interfaces[count++];

		*i = (struct wifi_interface){
			.name = netlink_text(s, attributes[NL80211_ATTR_IFNAME]),
		};
		(void)netlink_value(attributes[NL80211_ATTR_IFINDEX], &i->index, sizeof(i->index));
		(void)netlink_value(attributes[NL80211_ATTR_WIPHY_FREQ], &i->frequency,
		                    sizeof(i->frequency)); /* 0 where there is none */
		i->has_mac = netlink_value(attributes[NL80211_ATTR_MAC], i->mac, sizeof(i->mac));
	}
	*ret = interfaces;
	*ret_count = count;
	return 0;
}

/* The name of the network among elements of an identifier, a length and as many bytes. */
static int find_ssid(struct scrape *s, const struct nlattr *elements, const char **ret)
{
	struct netlink_reply rest = netlink_inside(elements);

	*ret = "";
	while (rest.size) {
		const uint8_t *element = (const uint8_t *)rest.bytes;
		size_t size = rest.size < 2 ? SIZE_MAX : 2 + (size_t)element[1];

		if (size > rest.size)
			return -EBADMSG;
		if (element[0] == SSID_ELEMENT) {
			*ret = nl80211_ssid_text(s, rest.bytes + 2, size - 2);
			return 0;
		}
		rest.bytes += size;
		rest.size -= size;
	}
	return 0;
}

int nl80211_network(struct scrape *s, const struct wifi_interface *i, struct wifi_network *ret)
{
	const struct nlattr *attributes[NL80211_ATTR_BSS + 1], *bss[NL80211_BSS_STATUS + 1];
	struct netlink_reply reply, id;
	int r;

	r = ask(s, "scan", NL80211_CMD_GET_SCAN, i, &reply);
	if (r < 0)
		return r;
	while (next_answer(&reply, NL80211_CMD_NEW_SCAN_RESULTS, attributes,
	                   ARRAY_SIZE(attributes))) {
		netlink_sort(netlink_inside(attributes[NL80211_ATTR_BSS]), bss, ARRAY_SIZE(bss));
		/* The others are networks in reach. */
		if (!netlink_value(bss[NL80211_BSS_STATUS], &ret->status, sizeof(ret->status)))
			continue;
		id = netlink_inside(bss[NL80211_BSS_BSSID]);
		ret->bssid = nl80211_mac_text(s, id.bytes, id.size);
		r = find_ssid(s, bss[NL80211_BSS_INFORMATION_ELEMENTS], &ret->ssid);
		return r < 0 ? fail(s, r, "nl80211 scan %s: malformed elements", i->name) : 0;
	}
	return -ENODATA;
}

static double parse_bitrate(const struct nlattr *rate)
{
	const struct nlattr *attributes[NL80211_RATE_INFO_BITRATE32 + 1];
	uint32_t wide = 0;
	uint16_t narrow = 0;

	netlink_sort(netlink_inside(rate), attributes, ARRAY_SIZE(attributes));
	if (netlink_value(attributes[NL80211_RATE_INFO_BITRATE32], &wide, sizeof(wide)))
		return (double)wide * BITRATE;
	(void)netlink_value(attributes[NL80211_RATE_INFO_BITRATE], &narrow,
	                    sizeof(narrow)); /* or 0 */
	return (double)narrow * BITRATE;
}

/* A number of 32 bits; 0 where there is none. */
static uint32_t parse_count(const struct nlattr *a)
{
	uint32_t value = 0;

	(void)netlink_value(a, &value, sizeof(value));
	return value;
}

static uint64_t parse_bytes(const struct nlattr *wide, const struct nlattr *narrow)
{
	uint64_t value;

	return netlink_value(wide, &value, sizeof(value)) ? value : parse_count(narrow);
}

static void parse_station(const struct nlattr *info, struct wifi_station *ret)
{
	const struct nlattr *a[NL80211_STA_INFO_TX_BYTES64 + 1];
	int8_t signal = 0;

	netlink_sort(netlink_inside(info), a, ARRAY_SIZE(a));
	(void)netlink_value(a[NL80211_STA_INFO_SIGNAL], &signal, sizeof(signal)); /* or 0 */
	ret->signal = signal;
	ret->connected_ns = parse_count(a[NL80211_STA_INFO_CONNECTED_TIME]) * (uint64_t)NS_PER_SEC;
	ret->inactive_ns = parse_count(a[NL80211_STA_INFO_INACTIVE_TIME]) * (uint64_t)NS_PER_MS;
	ret->receive_bitrate = parse_bitrate(a[NL80211_STA_INFO_RX_BITRATE]);
	ret->transmit_bitrate = parse_bitrate(a[NL80211_STA_INFO_TX_BITRATE]);
	ret->received_bytes =
		parse_bytes(a[NL80211_STA_INFO_RX_BYTES64], a[NL80211_STA_INFO_RX_BYTES]);
	ret->transmitted_bytes =
		parse_bytes(a[NL80211_STA_INFO_TX_BYTES64], a[NL80211_STA_INFO_TX_BYTES]);
	ret->received_packets = parse_count(a[NL80211_STA_INFO_RX_PACKETS]);
	ret->transmitted_packets = parse_count(a[NL80211_STA_INFO_TX_PACKETS]);
	ret->transmit_retries = parse_count(a[NL80211_STA_INFO_TX_RETRIES]);
	ret->transmit_failed = parse_count(a[NL80211_STA_INFO_TX_FAILED]);
	ret->beacon_loss = parse_count(a[NL80211_STA_INFO_BEACON_LOSS]);
}

int nl80211_stations(struct scrape *s, const struct wifi_interface *i, struct wifi_station **ret,
                     size_t *ret_count)
{
	const struct nlattr *attributes[NL80211_ATTR_STA_INFO + 1];
	struct wifi_station *stations;
	struct netlink_reply reply, mac;
	size_t count = 0;
	int r;

	r = ask(s, "stations", NL80211_CMD_GET_STATION, i, &reply);
	if (r < 0)
		return r;
	stations = scrape_alloc(s, count_messages(reply) * sizeof(*stations));
	while (next_answer(&reply, NL80211_CMD_NEW_STATION, attributes, ARRAY_SIZE(attributes))) {
		if (!attributes[NL80211_ATTR_STA_INFO])
			continue;
		mac = netlink_inside(attributes[NL80211_ATTR_MAC]);
		stations[count].mac = nl80211_mac_text(s, mac.bytes, mac.size);
		parse_station(attributes[NL80211_ATTR_STA_INFO], &stations[count++]);
	}
	*ret = stations;
	*ret_count = count;
	return 0;
}

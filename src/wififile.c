// SPDX-License-Identifier: Apache-2.0
#include "wififile.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "collector.h"
#include "json.h"

enum { ITEMS_MAX = 256 };

/* A number that fits into a float without loss. */
static uint64_t read_number(struct json *j)
{
	double value = json_number(j);

	if (!j->error && (value < 0 || value > (double)(UINT64_C(1) << 53)))
		j->error = "a number in range";
	return j->error ? 0 : (uint64_t)value;
}

static uint32_t read_count(struct json *j)
{
	uint64_t value = read_number(j);

	if (!j->error && value > UINT32_MAX)
		j->error = "a number in range";
	return (uint32_t)value;
}

/* An address in base64 (RFC 4648). */
static const char *read_mac(struct scrape *s, struct json *j)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *text = json_text(j);
	uint8_t bytes[32];
	unsigned bits = 0, n_bits = 0;
	size_t size = 0;

	for (; text && *text && *text != '='; text++) {
		const char *digit = strchr(digits, *text);

		if (!digit || size == sizeof(bytes)) {
			j->error = "an address in base64";
			return "";
		}
		bits = bits << 6 | (unsigned)(digit - digits);
		n_bits += 6;
		if (n_bits < 8)
			continue;
		n_bits -= 8;
		bytes[size++] = (uint8_t)(bits >> n_bits);
	}
	return nl80211_mac_text(s, bytes, size);
}

static void read_interface(struct json *j, struct wifi_interface *ret)
{
	*ret = (struct wifi_interface){ .name = "" };
	for (json_enter(j, '{'); json_has_next(j, '}');) {
		const char *name = json_name(j);

		if (strcasecmp(name, "Name") == 0)
			ret->name = json_text(j);
		else if (strcasecmp(name, "Frequency") == 0)
			ret->frequency = read_count(j);
		else
			json_skip(j);
	}
}

static void read_network(struct scrape *s, struct json *j, struct wifi_network *ret)
{
	*ret = (struct wifi_network){ .bssid = "", .ssid = "" };
	for (json_enter(j, '{'); json_has_next(j, '}');) {
		const char *name = json_name(j);

		if (strcasecmp(name, "SSID") == 0)
			ret->ssid = json_text(j);
		else if (strcasecmp(name, "BSSID") == 0)
			ret->bssid = read_mac(s, j);
		else if (strcasecmp(name, "Status") == 0)
			ret->status = read_count(j);
		else
			json_skip(j);
	}
}

static void read_station_member(struct scrape *s, struct json *j, struct wifi_station *t)
{
	const struct {
		const char *name;
		uint64_t *wide;
		uint32_t *narrow;
		double *real;
	} members[] = {
		{ "Connected", .wide = &t->connected_ns },
		{ "Inactive", .wide = &t->inactive_ns },
		{ "ReceivedBytes", .wide = &t->received_bytes },
		{ "TransmittedBytes", .wide = &t->transmitted_bytes },
		{ "ReceivedPackets", .narrow = &t->received_packets },
		{ "TransmittedPackets", .narrow = &t->transmitted_packets },
		{ "TransmitRetries", .narrow = &t->transmit_retries },
		{ "TransmitFailed", .narrow = &t->transmit_failed },
		{ "BeaconLoss", .narrow = &t->beacon_loss },
		{ "ReceiveBitrate", .real = &t->receive_bitrate },
		{ "TransmitBitrate", .real = &t->transmit_bitrate },
		{ "Signal", .real = &t->signal },
	};
	const char *name = json_name(j);
	size_t i = 0;

	while (i < ARRAY_SIZE(members) && strcasecmp(name, members[i].name) != 0)
		i++;
	if (i == ARRAY_SIZE(members) && strcasecmp(name, "HardwareAddr") == 0)
		t->mac = read_mac(s, j);
	else if (i == ARRAY_SIZE(members))
		json_skip(j);
	else if (members[i].wide)
		*members[i].wide = read_number(j);
	else if (members[i].narrow)
		*members[i].narrow = read_count(j);
	else
		*members[i].real = json_number(j);
}

int wififile_interfaces(struct scrape *s, const char *directory, struct wifi_interface **ret,
                        size_t *ret_count)
{
	const char *path = scrape_printf(s, "%s/interfaces.json", directory);
	struct wifi_interface *interfaces = scrape_alloc(s, ITEMS_MAX * sizeof(*interfaces));
	size_t count = 0;
	struct json j;
	int r;

	r = json_open(s, &j, path);
	if (r < 0)
		return r;
	for (json_enter(&j, '['); json_has_next(&j, ']');) {
		if (count == ITEMS_MAX)
			return fail(s, -EFBIG, "%s: more than %d of them", path, ITEMS_MAX);
		read_interface(&j, &interfaces[count++]);
	}
	*ret = interfaces;
	*ret_count = count;
	return json_check(s, &j, path);
}

int wififile_network(struct scrape *s, const char *directory, const char *device,
                     struct wifi_network *ret)
{
	const char *path = scrape_printf(s, "%s/%s/bss.json", directory, device);
	struct json j;
	int r;

	r = json_open(s, &j, path);
	if (r < 0)
		return r;
	read_network(s, &j, ret);
	return json_check(s, &j, path);
}

int wififile_stations(struct scrape *s, const char *directory, const char *device,
                      struct wifi_station **ret, size_t *ret_count)
{
	const char *path = scrape_printf(s, "%s/%s/stationinfo.json", directory, device);
	struct wifi_station *stations = scrape_alloc(s, ITEMS_MAX * sizeof(*stations));
	size_t count = 0;
	struct json j;
	int r;

	r = json_open(s, &j, path);
	if (r < 0)
		return r;
	for (json_enter(&j, '['); json_has_next(&j, ']'); count++) {
		if (count == ITEMS_MAX)
			return fail(s, -EFBIG, "%s: more than %d of them", path, ITEMS_MAX);
		stations[count] = (struct wifi_station){ .mac = "" };
		for (json_enter(&j, '{'); json_has_next(&j, '}');)
			read_station_member(s, &j, &stations[count]);
	}
	*ret = stations;
	*ret_count = count;
	return json_check(s, &j, path);
}

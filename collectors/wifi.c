// SPDX-License-Identifier: Apache-2.0
/*
 * Wireless devices, the networks they are in and who else is there, by nl80211, or by files that
 * stand in for the kernel.
 */

#include <errno.h>

#include "collector.h"
#include "nl80211.h"
#include "wififile.h"

enum { CLIENT_STATUS_MAX = 1, AD_HOC_STATUS = 3 };

#define STATION_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_wifi_station_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("device", "mac_address") \
	}

static const struct metric frequency = {
	.name = "node_wifi_interface_frequency_hertz",
	.help = "Frequency that a wireless device is on.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device"),
};

static const struct metric info = {
	.name = "node_wifi_station_info",
	.help = "The network that a wireless device takes part in; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "bssid", "ssid", "mode"),
};

static const struct metric connected =
	STATION_METRIC(COUNTER, "connected_seconds_total",
                       "Time for which there has been a connection to a station.");
static const struct metric inactive = STATION_METRIC(
	GAUGE, "inactive_seconds", "Time since anything came from or went to a station.");
static const struct metric receive_rate = STATION_METRIC(
	GAUGE, "receive_bits_per_second", "Bit rate at which a station was last received.");
static const struct metric transmit_rate = STATION_METRIC(
	GAUGE, "transmit_bits_per_second", "Bit rate at which was last sent to a station.");
static const struct metric receive_bytes =
	STATION_METRIC(COUNTER, "receive_bytes_total", "Bytes received from a station.");
static const struct metric transmit_bytes =
	STATION_METRIC(COUNTER, "transmit_bytes_total", "Bytes sent to a station.");
static const struct metric signal_strength =
	STATION_METRIC(GAUGE, "signal_dbm", "Strength of the last signal from a station, in dBm.");
static const struct metric retries = STATION_METRIC(
	COUNTER, "transmit_retries_total", "Times that something was sent to a station once more.");
static const struct metric failed = STATION_METRIC(COUNTER, "transmit_failed_total",
                                                   "Packets that could not be sent to a station.");
static const struct metric beacon_loss = STATION_METRIC(
	COUNTER, "beacon_loss_total", "Times that beacons of a station stayed away.");
static const struct metric transmit_packets =
	STATION_METRIC(COUNTER, "transmitted_packets_total", "Packets sent to a station.");
static const struct metric receive_packets =
	STATION_METRIC(COUNTER, "received_packets_total", "Packets received from a station.");

static struct {
	const char *fixtures;
} self;

static const struct flag flags[] = {
	{ .name = "collector.wifi.fixtures",
	  .type = FLAG_STRING,
	  .target = &self.fixtures,
	  .help = "For tests: a directory with files to read instead of asking the kernel." },
	{ 0 },
};

static const char *mode_name(uint32_t status)
{
	if (status <= CLIENT_STATUS_MAX)
		return "client";
	return status == AD_HOC_STATUS ? "ad-hoc" : "unknown";
}

/* As upstream does, so that both round alike. */
static double seconds(uint64_t ns)
{
	return (double)(ns / NS_PER_SEC) + (double)(ns % NS_PER_SEC) / 1e9;
}

static void emit_station(struct scrape *s, const char *device, const struct wifi_station *t)
{
	emit(s, &connected, seconds(t->connected_ns), device, t->mac);
	emit(s, &inactive, seconds(t->inactive_ns), device, t->mac);
	emit(s, &receive_rate, t->receive_bitrate, device, t->mac);
	emit(s, &transmit_rate, t->transmit_bitrate, device, t->mac);
	emit(s, &receive_bytes, (double)t->received_bytes, device, t->mac);
	emit(s, &transmit_bytes, (double)t->transmitted_bytes, device, t->mac);
	emit(s, &signal_strength, t->signal, device, t->mac);
	emit(s, &retries, t->transmit_retries, device, t->mac);
	emit(s, &failed, t->transmit_failed, device, t->mac);
	emit(s, &beacon_loss, t->beacon_loss, device, t->mac);
	emit(s, &transmit_packets, t->transmitted_packets, device, t->mac);
	emit(s, &receive_packets, t->received_packets, device, t->mac);
}

/* That there is no network, no station, or no such device any more is no failure. */
static bool is_absent(int r)
{
	return r == -ENODATA || r == -ENOENT || r == -ENODEV;
}

static bool uses_fixtures(void)
{
	return self.fixtures && self.fixtures[0];
}

static int collect_interface(struct scrape *s, const struct wifi_interface *i)
{
	struct wifi_station *stations;
	struct wifi_network network;
	size_t count;
	int r;

	emit(s, &frequency, (double)i->frequency * 1000 * 1000, i->name);
	r = uses_fixtures() ? wififile_network(s, self.fixtures, i->name, &network)
	                    : nl80211_network(s, i, &network);
	if (r == 0)
		emit(s, &info, 1, i->name, network.bssid, network.ssid, mode_name(network.status));
	else if (!is_absent(r))
		return r;
	r = uses_fixtures() ? wififile_stations(s, self.fixtures, i->name, &stations, &count)
	                    : nl80211_stations(s, i, &stations, &count);
	for (size_t k = 0; r == 0 && k < count; k++)
		emit_station(s, i->name, &stations[k]);
	return is_absent(r) ? 0 : r;
}

static int wifi_collect(struct scrape *s)
{
	struct wifi_interface *interfaces;
	const char *reason = NULL;
	size_t count;
	int r;

	r = uses_fixtures() ? wififile_interfaces(s, self.fixtures, &interfaces, &count)
	                    : nl80211_interfaces(s, &interfaces, &count);
	if (!uses_fixtures() && (r == -ENOENT || r == -EPERM || r == -EACCES))
		return NO_DATA;
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		int each = interfaces[i].name[0] ? collect_interface(s, &interfaces[i]) : 0;

		/* What is wrong with one does not keep the others out. */
		if (each < 0) {
			r = each;
			reason = failure(s, r);
		}
	}
	return r < 0 ? fail(s, r, "%s", reason) : 0;
}

COLLECTOR(wifi, .help = "wireless devices, their networks and stations",
          .needs = "a wireless interface", .may_block = true, .flags = flags,
          .collect = wifi_collect);

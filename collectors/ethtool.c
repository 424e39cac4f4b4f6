// SPDX-License-Identifier: Apache-2.0
/*
 * What the drivers of network devices say by ioctl(SIOCETHTOOL): who they are, what the link can
 * do, and statistics under names of their own. Which devices there are is in sysfs class/net.
 */

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "ethnames.h"
#include "ethtool.h"

enum { BYTES_PER_MBIT = 125000 };

#define DEVICE_METRIC(NAME, HELP, ...) \
	{ \
		.name = "node_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS("device" __VA_OPT__(, ) __VA_ARGS__) \
	}

static const struct metric info = {
	.name = "node_ethtool_info",
	.help = "The driver and the firmware of a network device; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("bus_info", "device", "driver", "expansion_rom_version",
	                 "firmware_version", "version"),
};

static const struct metric port =
	DEVICE_METRIC("network_supported_port_info",
                      "A kind of port that a network device has; always 1.", "type");
static const struct metric autonegotiate =
	DEVICE_METRIC("network_autonegotiate",
                      "Whether a network device is set to agree on a mode with the other side.");

/* What a network device can do, and which of that it offers to the other side. */
static const struct modes {
	struct metric speed;
	struct metric autonegotiate;
	struct metric pause;
	struct metric asymmetric_pause;
} supported = {
	DEVICE_METRIC("network_supported_speed_bytes",
                      "Bytes a second of each mode that a network device can work in.", "duplex", "mode"),
	DEVICE_METRIC("network_autonegotiate_supported",
                      "Whether a network device can agree on a mode with the other side."),
	DEVICE_METRIC("network_pause_supported", "Whether a network device can do with pause frames."),
	DEVICE_METRIC("network_asymmetricpause_supported",
                      "Whether a network device can do with pause frames in one direction only."),
}, advertised = {
	DEVICE_METRIC("network_advertised_speed_bytes",
                      "Bytes a second of each mode that a network device offers.", "duplex", "mode"),
	DEVICE_METRIC("network_autonegotiate_advertised",
                      "Whether a network device offers to agree on a mode."),
	DEVICE_METRIC("network_pause_advertised", "Whether a network device offers pause frames."),
	DEVICE_METRIC("network_asymmetricpause_advertised",
                      "Whether a network device offers pause frames in one direction only."),
};

/* Modes by their bit; upstream knows these. */
static const struct mode {
	unsigned bit;
	unsigned speed; /* Mbit/s */
	const char *mode;
	const char *duplex;
} modes[] = {
	{ 0, 10, "10baseT", "half" },
	{ 1, 10, "10baseT", "full" },
	{ 2, 100, "100baseT", "half" },
	{ 3, 100, "100baseT", "full" },
	{ 4, 1000, "1000baseT", "half" },
	{ 5, 1000, "1000baseT", "full" },
	{ 12, 10000, "10000baseT", "full" },
	{ 17, 1000, "1000baseKX", "full" },
	{ 18, 10000, "10000baseKX4", "full" },
	{ 19, 10000, "10000baseKR", "full" },
	{ 20, 10000, "10000baseR_FEC", "full" },
	{ 21, 20000, "20000baseMLD2", "full" },
	{ 22, 20000, "20000baseKR2", "full" },
	{ 23, 40000, "40000baseKR4", "full" },
	{ 24, 40000, "40000baseCR4", "full" },
	{ 25, 40000, "40000baseSR4", "full" },
	{ 26, 40000, "40000baseLR4", "full" },
	{ 27, 56000, "56000baseKR4", "full" },
	{ 28, 56000, "56000baseCR4", "full" },
	{ 29, 56000, "56000baseSR4", "full" },
	{ 30, 56000, "56000baseLR4", "full" },
	{ 31, 25000, "25000baseCR", "full" },
};

static const struct {
	unsigned bit;
	const char *type;
} ports[] = {
	{ 7, "TP" },     { 8, "AUI" },  { 9, "MII" },
	{ 10, "FIBRE" }, { 11, "BNC" }, { 16, "Backplane" },
};

enum { AUTONEG_BIT = 6, PAUSE_BIT = 13, ASYMMETRIC_PAUSE_BIT = 14 };

static struct {
	struct filter filter;
	struct regex statistics;
	struct ethtool ethtool;
	struct ethnames *names;
} self;

static const struct flag flags[] = {
	{ .name = "collector.ethtool.device-exclude",
	  .type = FLAG_REGEX,
	  .target = &self.filter.exclude,
	  .help = "Leave out network devices whose name matches." },
	{ .name = "collector.ethtool.device-include",
	  .type = FLAG_REGEX,
	  .target = &self.filter.include,
	  .help = "Export only network devices whose name matches." },
	{ .name = "collector.ethtool.metrics-include",
	  .type = FLAG_REGEX,
	  .target = &self.statistics,
	  .value = ".*",
	  .help = "Export only statistics whose name matches." },
	{ 0 },
};

static bool has_bit(uint32_t mask, unsigned bit)
{
	return mask >> bit & 1;
}

static void emit_modes(struct scrape *s, const char *device, const struct modes *m, uint32_t mask)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		if (has_bit(mask, modes[i].bit))
			emit(s, &m->speed, (double)modes[i].speed * BYTES_PER_MBIT, device,
			     modes[i].duplex, modes[i].mode);
	}
	emit(s, &m->autonegotiate, has_bit(mask, AUTONEG_BIT), device);
	emit(s, &m->pause, has_bit(mask, PAUSE_BIT), device);
	emit(s, &m->asymmetric_pause, has_bit(mask, ASYMMETRIC_PAUSE_BIT), device);
}

/* Say what is odd: not that a driver has nothing to say, nor that the device has gone. */
static void check(struct scrape *s, const char *device, const char *what, int r)
{
	if (r < 0 && r != -EOPNOTSUPP && r != -ENODEV)
		warn(s, "ethtool %s: %s: %s", device, what, error_text(r));
}

static void collect_settings(struct scrape *s, const char *device)
{
	struct ethtool_cmd settings;
	int r = ethtool_settings(&self.ethtool, device, &settings);

	check(s, device, "settings", r);
	if (r < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		if (has_bit(settings.supported, ports[i].bit))
			emit(s, &port, 1, device, ports[i].type);
	}
	emit_modes(s, device, &supported, settings.supported);
	emit_modes(s, device, &advertised, settings.advertising);
	emit(s, &autonegotiate, settings.autoneg, device);
}

/* One of a driver's texts. */
#define TEXT(S, FIELD) scrape_printf((S), "%.*s", (int)sizeof(FIELD), (FIELD))

/* How many statistics there are. */
static uint32_t collect_driver(struct scrape *s, const char *device)
{
	struct ethtool_drvinfo driver;
	int r = ethtool_driver(&self.ethtool, device, &driver);

	check(s, device, "driver", r);
	if (r < 0)
		return 0;
	emit(s, &info, 1, TEXT(s, driver.bus_info), device, TEXT(s, driver.driver),
	     TEXT(s, driver.erom_version), TEXT(s, driver.fw_version), TEXT(s, driver.version));
	return driver.n_stats;
}

static void collect_statistics(struct scrape *s, const char *device, uint32_t count)
{
	const struct ethnames *names;
	int r = ethtool_statistics(&self.ethtool, device, count);

	if (r == -EFBIG)
		warn(s, "ethtool %s: %u statistics, which are more than %d", device, count,
		     ETHTOOL_STATISTICS_MAX);
	else
		check(s, device, "statistics", r);
	if (r < 0)
		return;
	names = ethnames_find(s, &self.names, (const char *)self.ethtool.strings->data, count,
	                      ETH_GSTRING_LEN, &self.statistics);
	for (size_t i = 0; i < count; i++) {
		if (names->metrics[i].name)
			emit(s, &names->metrics[i], (double)self.ethtool.stats->data[i], device);
	}
}

static int ethtool_collect(struct scrape *s)
{
	char **devices;
	int r;

	r = tree_list(s, TREE_SYS, &devices, "class/net");
	if (r == -ENOENT || r == -EACCES || r == -EPERM)
		return NO_DATA;
	if (r < 0)
		return r;
	if (!devices[0])
		return fail(s, -ENODEV, "sysfs class/net: no network device");
	for (size_t i = 0; devices[i]; i++) {
		uint32_t count;

		/* A file; the kernel would look for a module that brings a device of that name. */
		if (strcmp(devices[i], "bonding_masters") == 0)
			continue;
		/* The kernel holds its lock on all links meanwhile, and a driver may take long. */
		if (!filter_keeps(&self.filter, devices[i]) ||
		    !attr_hazard(s, "ethtool", devices[i]))
			continue;
		collect_settings(s, devices[i]);
		count = collect_driver(s, devices[i]);
		if (count)
			collect_statistics(s, devices[i], count);
	}
	ethnames_prune(&self.names);
	return 0;
}

static int ethtool_start(struct scrape *s)
{
	int r = ethtool_open(&self.ethtool);

	return r < 0 ? fail(s, r, "ethtool: socket: %s", error_text(r)) : 0;
}

static void ethtool_stop(void)
{
	ethtool_close(&self.ethtool);
	ethnames_free(&self.names);
}

COLLECTOR(ethtool, .help = "drivers of network devices: versions, link modes, statistics",
          .may_block = true, .flags = flags, .start = ethtool_start, .collect = ethtool_collect,
          .stop = ethtool_stop);

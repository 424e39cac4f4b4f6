// SPDX-License-Identifier: Apache-2.0
/*
 * ethtool: the collector with drivers made by hand. Their answers follow linux/ethtool.h and the
 * manual page ethtool(8); names of statistics are of the kinds that drivers use.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect.h"
#include "ethtool.h"

extern const struct collector ethtool_collector;

enum { DEVICES = 2, STATISTICS = 24 };

/* The devices there are. */
static struct driver {
	char device[IFNAMSIZ];
	int settings_error, driver_error, strings_error, stats_error;
	struct ethtool_cmd settings;
	struct ethtool_drvinfo info;
	const char *names[STATISTICS]; /* ends with NULL; a value is 1 more than its place */
	uint32_t extra;                /* statistics that have come since the driver was asked */
} drivers[DEVICES];

static char dir[64];

int __wrap_ioctl(int fd, unsigned long request, struct ifreq *argument);

static uint32_t count_names(const struct driver *d)
{
	uint32_t n = 0;

	while (d->names[n])
		n++;
	return n;
}

static int answer_strings(const struct driver *d, struct ethtool_gstrings *strings)
{
	assert_int_equal(strings->string_set, ETH_SS_STATS);
	strings->len = count_names(d) + d->extra;
	for (uint32_t i = 0; i < strings->len; i++) {
		char *at = (char *)strings->data + (size_t)i * ETH_GSTRING_LEN;

		memset(at, 0, ETH_GSTRING_LEN);
		if (i < count_names(d))
			memcpy(at, d->names[i], strnlen(d->names[i], ETH_GSTRING_LEN));
	}
	return d->strings_error;
}

static int answer_stats(const struct driver *d, struct ethtool_stats *stats)
{
	stats->n_stats = count_names(d) + d->extra;
	for (uint32_t i = 0; i < stats->n_stats; i++)
		stats->data[i] = i + 1;
	return d->stats_error;
}

static int answer(const struct driver *d, void *data)
{
	switch (*(uint32_t *)data) {
	case ETHTOOL_GSET:
		memcpy(data, &d->settings, sizeof(d->settings));
		return d->settings_error;
	case ETHTOOL_GDRVINFO:
		memcpy(data, &d->info, sizeof(d->info));
		if (!d->info.n_stats)
			((struct ethtool_drvinfo *)data)->n_stats = count_names(d);
		return d->driver_error;
	case ETHTOOL_GSTRINGS:
		return answer_strings(d, data);
	case ETHTOOL_GSTATS:
		return answer_stats(d, data);
	default:
		return EINVAL;
	}
}

int __wrap_ioctl(int fd, unsigned long request, struct ifreq *argument)
{
	int err = ENODEV;

	(void)fd;
	assert_int_equal((unsigned)request, SIOCETHTOOL);
	assert_string_not_equal(argument->ifr_name, "bonding_masters");
	for (size_t i = 0; i < DEVICES; i++) {
		if (strcmp(drivers[i].device, argument->ifr_name) == 0)
			err = answer(&drivers[i], argument->ifr_data);
	}
	errno = err;
	return err ? -1 : 0;
}

static void add_device(const char *name)
{
	CLEANUP(cleanup_free) char *path = xasprintf("%s/class/net/%s", dir, name);

	assert_int_equal(mkdir(path, 0755), 0);
}

static int set_up(void **state)
{
	CLEANUP(cleanup_free) char *class = NULL, *net = NULL;

	(void)state;
	memset(drivers, 0, sizeof(drivers));
	snprintf(dir, sizeof(dir), "/tmp/test_ethtool.XXXXXX");
	assert_non_null(mkdtemp(dir));
	class = xasprintf("%s/class", dir);
	net = xasprintf("%s/class/net", dir);
	assert_int_equal(mkdir(class, 0755), 0);
	assert_int_equal(mkdir(net, 0755), 0);
	assert_int_equal(tree_set_root(TREE_SYS, dir, true), 0);
	assert_int_equal(collect_start(&ethtool_collector), 0);
	return 0;
}

static int tear_down(void **state)
{
	CLEANUP(cleanup_free) char *command = xasprintf("rm -rf %s", dir);

	(void)state;
	collect_end(&ethtool_collector);
	return system(command);
}

/* A device that says only what its statistics are. */
static struct driver *add_plain(size_t i, const char *name)
{
	struct driver *d = &drivers[i];

	add_device(name);
	snprintf(d->device, sizeof(d->device), "%s", name);
	d->settings_error = EOPNOTSUPP;
	return d;
}

/* As an e1000e: bits of ADVERTISED_* and SUPPORTED_*. */
static void driver_and_settings_are_exported(void **state)
{
	struct driver *d = add_plain(0, "eth0");

	(void)state;
	d->settings_error = 0;
	d->settings.supported = SUPPORTED_10baseT_Half | SUPPORTED_10baseT_Full |
	                        SUPPORTED_1000baseT_Full | SUPPORTED_2500baseX_Full |
	                        SUPPORTED_Autoneg | SUPPORTED_TP | SUPPORTED_MII | SUPPORTED_Pause |
	                        SUPPORTED_Asym_Pause;
	d->settings.advertising = ADVERTISED_1000baseT_Full | ADVERTISED_56000baseLR4_Full |
	                          UINT32_C(1) << 31 | ADVERTISED_Autoneg | ADVERTISED_TP |
	                          ADVERTISED_Pause;
	d->settings.autoneg = AUTONEG_ENABLE;
	snprintf(d->info.driver, sizeof(d->info.driver), "e1000e");
	snprintf(d->info.version, sizeof(d->info.version), "5.11.0");
	snprintf(d->info.fw_version, sizeof(d->info.fw_version), "0.5-4");
	memset(d->info.bus_info, 'b', sizeof(d->info.bus_info)); /* no NUL */
	assert_int_equal(collect(&ethtool_collector), 0);
	assert_samples("node_ethtool_info{bus_info=\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\","
	               "device=\"eth0\",driver=\"e1000e\",expansion_rom_version=\"\","
	               "firmware_version=\"0.5-4\",version=\"5.11.0\"} 1\n"
	               "node_network_advertised_speed_bytes{device=\"eth0\",duplex=\"full\","
	               "mode=\"1000baseT\"} 1.25e+08\n"
	               "node_network_advertised_speed_bytes{device=\"eth0\",duplex=\"full\","
	               "mode=\"25000baseCR\"} 3.125e+09\n"
	               "node_network_advertised_speed_bytes{device=\"eth0\",duplex=\"full\","
	               "mode=\"56000baseLR4\"} 7e+09\n"
	               "node_network_asymmetricpause_advertised{device=\"eth0\"} 0\n"
	               "node_network_asymmetricpause_supported{device=\"eth0\"} 1\n"
	               "node_network_autonegotiate{device=\"eth0\"} 1\n"
	               "node_network_autonegotiate_advertised{device=\"eth0\"} 1\n"
	               "node_network_autonegotiate_supported{device=\"eth0\"} 1\n"
	               "node_network_pause_advertised{device=\"eth0\"} 1\n"
	               "node_network_pause_supported{device=\"eth0\"} 1\n"
	               "node_network_supported_port_info{device=\"eth0\",type=\"MII\"} 1\n"
	               "node_network_supported_port_info{device=\"eth0\",type=\"TP\"} 1\n"
	               "node_network_supported_speed_bytes{device=\"eth0\",duplex=\"full\","
	               "mode=\"1000baseT\"} 1.25e+08\n"
	               "node_network_supported_speed_bytes{device=\"eth0\",duplex=\"full\","
	               "mode=\"10baseT\"} 1.25e+06\n"
	               "node_network_supported_speed_bytes{device=\"eth0\",duplex=\"half\","
	               "mode=\"10baseT\"} 1.25e+06\n");
	assert_string_equal(collected.warnings.data, "");
}

static void names_follow_the_rules(void **state)
{
	static const struct {
		const char *name, *metric;
	} rules[] = {
		{ "rx_bytes", "node_ethtool_received_bytes_total" },
		{ "tx_bytes", "node_ethtool_transmitted_bytes_total" },
		{ "rx_dropped", "node_ethtool_received_dropped_total" },
		{ "rx_errors", "node_ethtool_received_errors_total" },
		{ "rx_packets", "node_ethtool_received_packets_total" },
		{ "tx_errors", "node_ethtool_transmitted_errors_total" },
		{ "tx_packets", "node_ethtool_transmitted_packets_total" },
		{ "tx_dropped", "node_ethtool_transmitted_dropped" },
		{ "port.rx_dropped", "node_ethtool_port_received_dropped" },
		{ "Rx_Bytes", "node_ethtool_received_bytes" },
		{ "__tx_unicast", "node_ethtool_transmitted_unicast" },
		{ "[3]: rx_cqe (ns)", "node_ethtool_3_received_cqe_ns_" },
		{ "rx0_drops", "node_ethtool_rx0_drops" },
		{ "vport_rx", "node_ethtool_vport_received" },
		{ "rx", "node_ethtool_received" },
		{ "tx_tx_timeouts", "node_ethtool_transmitted_tx_timeouts" },
		{ "rx_rx_rx", "node_ethtool_received_rx_received" },
		{ "rx__rx", "node_ethtool_received__received" },
		{ "rx_tx_rx", "node_ethtool_received_transmitted_received" },
		{ "collisions", "node_ethtool_collisions" },
	};
	struct driver *d = add_plain(0, "eth0");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		CLEANUP(cleanup_free)
		char *line = xasprintf("%s{device=\"eth0\"} 1", rules[i].metric);

		d->names[0] = rules[i].name;
		assert_int_equal(collect(&ethtool_collector), 0);
		print_message("%s\n", rules[i].name);
		assert_true(has_sample(line));
	}
}

static void names_that_collide_are_left_out(void **state)
{
	static const char *const names[] = { "duplicate metric",
		                             "duplicate_metric",
		                             "fine",
		                             "same",
		                             "same",
		                             "",
		                             "x RX y",
		                             "x_rx_y",
		                             "x_rx_y",
		                             "q_0_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" };
	struct driver *d = add_plain(0, "eth0");

	(void)state;
	memcpy(d->names, names, sizeof(names));
	d->driver_error = 0;
	assert_int_equal(collect(&ethtool_collector), 0);
	assert_null(strstr(collected.text.data, "duplicate"));
	assert_null(strstr(collected.text.data, "received"));
	assert_true(has_sample("node_ethtool_fine{device=\"eth0\"} 3"));
	assert_true(has_sample("node_ethtool_same{device=\"eth0\"} 5"));
	assert_true(
		has_sample("node_ethtool_q_0_xxxxxxxxxxxxxxxxxxxxxxxxxxxx{device=\"eth0\"} 10"));
}

static void flags_choose(void **state)
{
	struct regex *exclude =
		collect_flag(&ethtool_collector, "collector.ethtool.device-exclude");
	struct regex *include =
		collect_flag(&ethtool_collector, "collector.ethtool.metrics-include");
	struct driver *d = add_plain(0, "eth0");
	char *error = NULL;

	(void)state;
	add_plain(1, "veth1")->names[0] = "peer_ifindex";
	d->names[0] = "rx_bytes";
	d->names[1] = "Rx-Missed";
	assert_int_equal(regex_compile(exclude, "^veth", &error), 0);
	assert_int_equal(regex_compile(include, "Rx_", &error), 0);
	assert_int_equal(collect(&ethtool_collector), 0);
	assert_non_null(
		strstr(collected.text.data, "node_ethtool_info{bus_info=\"\",device=\"eth0\""));
	assert_null(strstr(collected.text.data, "veth1"));
	assert_null(strstr(collected.text.data, "received_bytes"));
	assert_true(has_sample("node_ethtool_received_missed{device=\"eth0\"} 2"));
	regex_free(exclude);
	regex_free(include);
	*exclude = *include = (struct regex){ 0 };
}

/* A device that is only in sysfs; one that goes after it was asked once; files that are none. */
static void devices_that_go_are_left_out(void **state)
{
	struct driver *d = add_plain(0, "eth0");

	(void)state;
	add_device("gone0");
	add_device("a_name_that_is_too_long");
	d->names[0] = "rx_bytes";
	d->stats_error = ENODEV;
	assert_int_equal(collect(&ethtool_collector), 0);
	assert_non_null(strstr(collected.text.data, "node_ethtool_info{"));
	assert_null(strstr(collected.text.data, "received"));
	assert_string_equal(collected.warnings.data, "");
}

static void errors_cost_one_device(void **state)
{
	struct driver *bad = add_plain(0, "bad0");

	(void)state;
	add_plain(1, "fine0")->names[0] = "rx_bytes";
	bad->settings_error = EPERM;
	bad->driver_error = EIO;
	assert_int_equal(collect(&ethtool_collector), 0);
	assert_true(has_sample("node_ethtool_received_bytes_total{device=\"fine0\"} 1"));
	assert_string_equal(collected.warnings.data,
	                    "ethtool bad0: settings: operation not permitted\n"
	                    "ethtool bad0: driver: input/output error\n");
	bad->settings_error = EOPNOTSUPP;
	bad->driver_error = 0;
	bad->info.n_stats = ETHTOOL_STATISTICS_MAX + 1;
	assert_int_equal(collect(&ethtool_collector), 0);
	assert_true(has_sample("node_ethtool_received_bytes_total{device=\"fine0\"} 1"));
	assert_string_equal(collected.warnings.data,
	                    "ethtool bad0: 32769 statistics, which are more than 32768\n");
	collected.refuses_hazards = true;
	assert_int_equal(collect(&ethtool_collector), 0);
	assert_samples("");
}

/* The kernel writes what there is by then, not what it was asked for. */
static void statistics_that_grow_do_no_harm(void **state)
{
	struct driver *d = add_plain(0, "eth0");

	(void)state;
	d->names[0] = "rx_bytes";
	d->extra = ETHTOOL_STATISTICS_MAX - 1;
	assert_int_equal(collect(&ethtool_collector), 0);
	assert_null(strstr(collected.text.data, "received"));
	assert_string_equal(collected.warnings.data,
	                    "ethtool eth0: statistics: resource temporarily unavailable\n");
	d->extra = 0;
	assert_int_equal(collect(&ethtool_collector), 0);
	assert_true(has_sample("node_ethtool_received_bytes_total{device=\"eth0\"} 1"));
}

/* Which the kernel takes for the name of a module. */
static void files_are_not_asked_about(void **state)
{
	CLEANUP(cleanup_free) char *path = xasprintf("%s/class/net/bonding_masters", dir);
	struct driver *d = add_plain(0, "eth0");
	CLEANUP(cleanup_fd) int fd = open(path, O_WRONLY | O_CREAT, 0644);

	(void)state;
	assert_true(fd >= 0);
	d->names[0] = "rx_bytes";
	assert_int_equal(collect(&ethtool_collector), 0);
	assert_true(has_sample("node_ethtool_received_bytes_total{device=\"eth0\"} 1"));
}

static void nothing_may_be_there(void **state)
{
	CLEANUP(cleanup_free) char *net = xasprintf("%s/class/net", dir);

	(void)state;
	assert_int_equal(collect(&ethtool_collector), -ENODEV);
	assert_int_equal(rmdir(net), 0);
	assert_int_equal(collect(&ethtool_collector), NO_DATA);
}

#define DRIVER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DRIVER_TEST(driver_and_settings_are_exported),
		DRIVER_TEST(names_follow_the_rules),
		DRIVER_TEST(names_that_collide_are_left_out),
		DRIVER_TEST(flags_choose),
		DRIVER_TEST(devices_that_go_are_left_out),
		DRIVER_TEST(errors_cost_one_device),
		DRIVER_TEST(statistics_that_grow_do_no_harm),
		DRIVER_TEST(files_are_not_asked_about),
		DRIVER_TEST(nothing_may_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

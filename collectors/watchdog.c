// SPDX-License-Identifier: Apache-2.0
/*
 * Watchdog timers: sysfs class/watchdog/watchdogN, a file for each of their properties. Which ones
 * there are depends on the driver.
 */

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

#define WATCHDOG_METRIC(NAME, HELP) \
	{ \
		.name = "node_watchdog_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS("name") \
	}

static const struct number {
	const char *attr;
	struct metric metric;
} numbers[] = {
	{ "access_cs0",
	  WATCHDOG_METRIC("access_cs0",
	                  "Whether the first boot flash can be got at again (Aspeed).") },
	{ "bootstatus",
	  WATCHDOG_METRIC("bootstatus",
	                  "Flags of the driver that tell why the machine was reset.") },
	{ "fw_version", WATCHDOG_METRIC("fw_version", "Version of the timer's firmware.") },
	{ "nowayout",
	  WATCHDOG_METRIC("nowayout", "Whether the timer cannot be stopped once it runs.") },
	{ "pretimeout", WATCHDOG_METRIC("pretimeout_seconds",
	                                "How long before the reset there is a warning; 0: none.") },
	{ "timeleft",
	  WATCHDOG_METRIC("timeleft_seconds", "Time that is left until the machine is reset.") },
	{ "timeout", WATCHDOG_METRIC("timeout_seconds",
	                             "Time without a sign of life after which there is a reset.") },
};

static const struct metric info = {
	.name = "node_watchdog_info",
	.help = "What a watchdog timer is and does; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("name", "options", "identity", "state", "status", "pretimeout_governor"),
};

/* In the order of the labels. */
static const char *const texts[] = { "options", "identity", "state", "status",
	                             "pretimeout_governor" };

static void collect_attr(struct scrape *s, const char *device, const char *attr,
                         const char **labels)
{
	int64_t number;
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (strcmp(numbers[i].attr, attr) != 0)
			continue;
		if (attr_i64_any(s, &number, "class/watchdog/%s/%s", device, attr) == 0)
			emit(s, &numbers[i].metric, (double)number, device);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (strcmp(texts[i], attr) != 0)
			continue;
		if (attr_text(s, &text, "class/watchdog/%s/%s", device, attr) == 0)
			labels[i] = text;
		return;
	}
}

static void collect_device(struct scrape *s, const char *device)
{
	const char *labels[1 + ARRAY_SIZE(texts) + 1] = { device, "", "", "", "", "", NULL };
	char **attrs = attr_list(s, "class/watchdog/%s", device);

	if (!attrs)
		return;
	for (size_t i = 0; attrs[i]; i++)
		collect_attr(s, device, attrs[i], labels + 1);
	emit_labels(s, &info, 1, labels);
}

static int watchdog_collect(struct scrape *s)
{
	char **devices;
	int r;

	r = tree_list(s, TREE_SYS, &devices, "class/watchdog");
	if (r == -ENOENT || r == -EACCES || r == -EPERM)
		return NO_DATA;
	if (r < 0)
		return r;
	for (size_t i = 0; devices[i]; i++)
		collect_device(s, devices[i]);
	return 0;
}

COLLECTOR(watchdog, .help = "watchdog timers", .needs = "a watchdog with a driver",
          .default_on = true, .collect = watchdog_collect);

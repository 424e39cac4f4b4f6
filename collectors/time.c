// SPDX-License-Identifier: Apache-2.0
/*
 * The clock, the time zone, and devices/system/clocksource/clocksourceN in sysfs, where
 * available_clocksource is a list ("tsc hpet acpi_pm") and current_clocksource one of it.
 */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector.h"

static const struct metric time_seconds = {
	.name = "node_time_seconds",
	.help = "The clock of this machine: seconds since 1970.",
	.type = METRIC_GAUGE,
};

static const struct metric time_zone_offset = {
	.name = "node_time_zone_offset_seconds",
	.help = "How far local time is ahead of UTC, in seconds.",
	.type = METRIC_GAUGE,
	.labels = LABELS("time_zone"),
};

static const struct metric clocksource_available = {
	.name = "node_time_clocksource_available_info",
	.help = "1 for each clock source that the kernel could use.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "clocksource"),
};

static const struct metric clocksource_current = {
	.name = "node_time_clocksource_current_info",
	.help = "1 for the clock source that the kernel uses.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "clocksource"),
};

static struct {
	bool is_utc; /* no time zone file can be read */
} self;

/* Whether there is a time zone file of that name in dir, or anywhere where name begins with '/'. */
static bool is_zone(struct scrape *s, const char *dir, const char *name)
{
	CLEANUP(cleanup_fd) int fd = -1;
	const char *path = *name == '/' ? name : scrape_printf(s, "%s/%s", dir, name);
	char magic[4];

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd >= 0 && pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	       memcmp(magic, "TZif", sizeof(magic)) == 0;
}

/*
 * Upstream takes TZ for the name of a file only, so what is none, an empty one or a rule such as
 * "CET-1CEST", means UTC; libc would follow the rule.
 */
static int time_start(struct scrape *s)
{
	/* There is no other way to learn the time zone. */
	const char *zone = getenv("TZ");

	if (!zone)
		zone = "/etc/localtime";
	else if (*zone == ':')
		zone++;
	self.is_utc = !*zone || !is_zone(s, "/usr/share/zoneinfo", zone);
	tzset();
	return 0;
}

static void collect_clock(struct scrape *s)
{
	struct timespec now;
	struct tm local;

	clock_gettime(CLOCK_REALTIME, &now);
	emit(s, &time_seconds, (double)(now.tv_sec * NS_PER_SEC + now.tv_nsec) / 1e9);
	if (self.is_utc)
		emit(s, &time_zone_offset, 0, "UTC");
	else if (localtime_r(&now.tv_sec, &local))
		emit(s, &time_zone_offset, (double)local.tm_gmtoff, local.tm_zone);
}

/* What can be read of one clocksource directory; the last error, if there was one. */
static int collect_clocksource(struct scrape *s, const char *name, const char *device)
{
	char *available, *current, *source;
	int r, result = 0;

	r = tree_read_attr(s, TREE_SYS, &available,
	                   "devices/system/clocksource/%s/available_clocksource", name);
	if (r < 0)
		result = r;
	while (r == 0 && (source = next_field(&available)))
		emit(s, &clocksource_available, 1, device, source);

	r = tree_read_attr(s, TREE_SYS, &current,
	                   "devices/system/clocksource/%s/current_clocksource", name);
	if (r < 0)
		return r;
	if (*current)
		emit(s, &clocksource_current, 1, device, current);
	return result;
}

static int time_collect(struct scrape *s)
{
	unsigned device = 0;
	char **names;
	int r, result = 0;

	collect_clock(s);
	r = tree_list(s, TREE_SYS, &names, "devices/system/clocksource");
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (; *names; names++) {
		if (!starts_with(*names, "clocksource") ||
		    !isdigit((unsigned char)(*names)[strlen("clocksource")]))
			continue;
		r = collect_clocksource(s, *names, scrape_printf(s, "%u", device++));
		if (r < 0)
			result = r;
	}
	return result;
}

COLLECTOR(time, .help = "clock, time zone and clock sources", .default_on = true,
          .start = time_start, .collect = time_collect);

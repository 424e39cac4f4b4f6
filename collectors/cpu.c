// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/stat's lines about CPUs, in hundredths of a second since boot:
 *
 *   cpu  301854 612 111922 8979004 3552 2 3944 0 44 36
 *   cpu0 44490 19 21045 1087069 220 1 3410 0 2 1
 *
 * that is user, nice, system, idle, iowait, irq, softirq, steal, guest and guest_nice; the last two
 * are contained in user and nice. Idle and iowait can go back for a moment, and do so in earnest
 * when a CPU was taken out and put back: see cputimes.h. Also attributes of devices/system/cpu/cpuN
 * in sysfs, the list of isolated CPUs there ("1,3-5,9"), and /proc/cpuinfo: see cpuinfo.h.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "collector.h"
#include "cpuinfo.h"
#include "cpulist.h"
#include "cputimes.h"

enum { USER_HZ = 100, MODES = 8 };

static const struct metric cpu_seconds = {
	.name = "node_cpu_seconds_total",
	.help = "Seconds that each CPU has spent since boot, by what it spent them on.",
	.type = METRIC_COUNTER,
	.labels = LABELS("cpu", "mode"),
};

static const struct metric cpu_guest_seconds = {
	.name = "node_cpu_guest_seconds_total",
	.help = "Seconds that each CPU has run virtual machines; contained in modes user and nice.",
	.type = METRIC_COUNTER,
	.labels = LABELS("cpu", "mode"),
};

static const struct metric core_throttles = {
	.name = "node_cpu_core_throttles_total",
	.help = "Times that heat made this core run slower.",
	.type = METRIC_COUNTER,
	.labels = LABELS("package", "core"),
};

static const struct metric package_throttles = {
	.name = "node_cpu_package_throttles_total",
	.help = "Times that heat made this whole package run slower.",
	.type = METRIC_COUNTER,
	.labels = LABELS("package"),
};

static const struct metric cpu_isolated = {
	.name = "node_cpu_isolated",
	.help = "1 for each CPU that the scheduler leaves alone (isolcpus).",
	.type = METRIC_GAUGE,
	.labels = LABELS("cpu"),
};

static const struct metric cpu_online = {
	.name = "node_cpu_online",
	.help = "Whether the CPU is switched on, where CPUs can be switched off.",
	.type = METRIC_GAUGE,
	.labels = LABELS("cpu"),
};

static const struct metric cpu_info = {
	.name = "node_cpu_info",
	.help = "Always 1; the labels hold what /proc/cpuinfo says of the CPU.",
	.type = METRIC_GAUGE,
	.labels = LABELS("package", "core", "cpu", "vendor", "family", "model", "model_name",
	                 "microcode", "stepping", "cachesize"),
};

static const struct metric cpu_frequency = {
	.name = "node_cpu_frequency_hertz",
	.help = "Clock of the CPU in hertz.",
	.type = METRIC_GAUGE,
	.labels = LABELS("package", "core", "cpu"),
};

static const struct metric cpu_flag = {
	.name = "node_cpu_flag_info",
	.help = "1 for each selected feature that /proc/cpuinfo lists for the first CPU.",
	.type = METRIC_GAUGE,
	.labels = LABELS("flag"),
};

static const struct metric cpu_bug = {
	.name = "node_cpu_bug_info",
	.help = "1 for each selected flaw that /proc/cpuinfo lists for the first CPU.",
	.type = METRIC_GAUGE,
	.labels = LABELS("bug"),
};

static const char *const modes[MODES] = { "user",   "nice", "system",  "idle",
	                                  "iowait", "irq",  "softirq", "steal" };

static struct {
	bool guest;
	bool info;
	struct regex flags;
	struct regex bugs;
	struct cpulist isolated;
} self;

static const struct flag cpu_flags[] = {
	{ .name = "collector.cpu.guest",
	  .type = FLAG_BOOL,
	  .target = &self.guest,
	  .value = "true",
	  .help = "Export node_cpu_guest_seconds_total." },
	{ .name = "collector.cpu.info",
	  .type = FLAG_BOOL,
	  .target = &self.info,
	  .help = "Export node_cpu_info and node_cpu_frequency_hertz from /proc/cpuinfo." },
	{ .name = "collector.cpu.info.flags-include",
	  .type = FLAG_REGEX,
	  .target = &self.flags,
	  .help = "Regular expression of CPU features to export; switches on cpu.info." },
	{ .name = "collector.cpu.info.bugs-include",
	  .type = FLAG_REGEX,
	  .target = &self.bugs,
	  .help = "Regular expression of CPU flaws to export; switches on cpu.info." },
	{ 0 },
};

/* One line, its name taken off. False where it is not as expected. */
static bool collect_times(struct scrape *s, struct cputimes *kept, const char *cpu, char *fields)
{
	double seconds[CPUTIMES_COLUMNS] = { 0 };
	uint64_t id;
	size_t n;

	if (parse_u64(cpu, &id) < 0) {
		warn(s, "procfs stat: expected the number of a CPU, found \"cpu%.32s\"", cpu);
		return false;
	}
	/* Kernels before 2.6.33 have fewer fields. */
	for (n = 0; n < CPUTIMES_COLUMNS; n++) {
		char *field = next_field(&fields);
		double ticks;

		if (!field)
			break;
		if (parse_double(field, &ticks) < 0 ||
		    !(ticks >= 0 && ticks <= (double)UINT64_MAX)) {
			warn(s, "procfs stat: cpu%s: no number in field %zu", cpu, n + 1);
			return false;
		}
		seconds[n] = ticks / USER_HZ;
	}
	if (kept)
		cputimes_hold(kept, id, seconds);
	for (size_t i = 0; i < MIN(n, (size_t)MODES); i++)
		emit(s, &cpu_seconds, seconds[i], cpu, modes[i]);
	for (size_t i = MODES; i < n && self.guest; i++)
		emit(s, &cpu_guest_seconds, seconds[i], cpu, modes[i - MODES]);
	return n > 0;
}

static int collect_stat(struct scrape *s)
{
	struct cputimes *kept = keep(s, sizeof(*kept));
	size_t found = 0;
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "stat");
	if (r < 0)
		return r;
	while ((line = next_line(&text))) {
		const char *name;

		if (!starts_with(line, "cpu"))
			continue;
		name = next_field(&line);
		if (strcmp(name, "cpu") != 0)
			found += collect_times(s, kept, name + strlen("cpu"), line);
	}
	if (kept)
		cputimes_end_scrape(kept);
	return found ? 0 : fail(s, -EINVAL, "procfs stat: no times of a CPU in it");
}

static void collect_isolated(struct scrape *s)
{
	const struct cpulist *list = &self.isolated;

	for (unsigned cpu = 0; (cpu = cpulist_next(list, cpu)) < CPULIST_MAX; cpu++)
		emit(s, &cpu_isolated, 1, scrape_printf(s, "%u", cpu));
}

/* Cores, or packages, whose throttles a CPU before this one has counted. */
struct counted {
	size_t count;
	struct core {
		uint64_t package;
		uint64_t core; /* 0 of packages */
	} * items;
};

static bool is_counted(const struct counted *c, struct core which)
{
	for (size_t i = c->count; i-- > 0;)
		if (c->items[i].core == which.core && c->items[i].package == which.package)
			return true;
	return false;
}

/* One number below a CPU's directory. False where there is none; that it is odd is said. */
static bool read_number(struct scrape *s, const char *cpu, const char *attr, uint64_t *ret)
{
	int r = tree_read_u64(s, TREE_SYS, ret, "devices/system/cpu/%s/%s", cpu, attr);

	if (r < 0 && r != -ENOENT && r != -ENODEV && r != -ENXIO)
		warn(s, "%s", failure(s, r));
	return r == 0;
}

static void collect_throttles(struct scrape *s, const char *cpu, struct counted *cores,
                              struct counted *packages)
{
	struct core core, package = { 0 };
	uint64_t count;
	char *text;

	/* AMD's CPUs and virtual machines have none: spare them four files each. */
	if (!tree_exists(s, TREE_SYS, "devices/system/cpu/%s/thermal_throttle", cpu))
		return;
	if (!read_number(s, cpu, "topology/physical_package_id", &package.package) ||
	    !read_number(s, cpu, "topology/core_id", &core.core))
		return;
	core.package = package.package;
	text = scrape_printf(s, "%llu", (unsigned long long)package.package);
	if (!is_counted(cores, core) &&
	    read_number(s, cpu, "thermal_throttle/core_throttle_count", &count)) {
		emit(s, &core_throttles, (double)count, text,
		     scrape_printf(s, "%llu", (unsigned long long)core.core));
		cores->items[cores->count++] = core;
	}
	if (!is_counted(packages, package) &&
	    read_number(s, cpu, "thermal_throttle/package_throttle_count", &count)) {
		emit(s, &package_throttles, (double)count, text);
		packages->items[packages->count++] = package;
	}
}

static void collect_online(struct scrape *s, const char *cpu)
{
	uint64_t is_online;

	/* Upstream says 0 where it cannot be read. */
	if (read_number(s, cpu, "online", &is_online))
		emit(s, &cpu_online, is_online == 1, cpu + strlen("cpu"));
}

/* The directories cpuN. Upstream's order decides which CPU speaks for a core: it is by name. */
static void collect_devices(struct scrape *s)
{
	struct counted cores = { 0 }, packages = { 0 };
	size_t n = 0;
	bool has_online;
	char **cpus;
	int r;

	r = tree_list(s, TREE_SYS, &cpus, "devices/system/cpu");
	if (r < 0 && r != -ENOENT)
		warn(s, "%s", failure(s, r));
	if (r < 0)
		return;
	for (size_t i = 0; cpus[i]; i++)
		if (starts_with(cpus[i], "cpu") && isdigit((unsigned char)cpus[i][3]))
			cpus[n++] = cpus[i];
	if (!n)
		return;

	has_online = tree_exists(s, TREE_SYS, "devices/system/cpu/%s/online", cpus[0]);
	cores.items = scrape_alloc(s, n * sizeof(*cores.items));
	packages.items = scrape_alloc(s, n * sizeof(*packages.items));
	for (size_t i = 0; i < n; i++) {
		collect_throttles(s, cpus[i], &cores, &packages);
		if (has_online)
			collect_online(s, cpus[i]);
	}
}

/* The words of list that re matches; an empty re selects none. */
static void collect_words(struct scrape *s, const struct metric *m, const struct regex *re,
                          char *list)
{
	char *word;

	if (regex_is_empty(re) || !list)
		return;
	while ((word = next_field(&list)))
		if (regex_matches(re, word))
			emit(s, m, 1, word);
}

static int collect_info(struct scrape *s)
{
	bool has_frequency = is_collector_on("cpufreq"); /* upstream's condition, odd as it is */
	struct cpuinfo *cpus;
	size_t count;
	char *text;
	int r;

	r = tree_read(s, TREE_PROC, &text, "cpuinfo");
	if (r == 0)
		r = cpuinfo_parse(s, text, &cpus, &count);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		const char *values[CPUINFO_LABELS + 1] = { 0 };
		const char *mhz = cpus[i].fields[CPUINFO_MHZ];
		double hertz;

		for (size_t j = 0; j < CPUINFO_LABELS; j++)
			values[j] = cpus[i].fields[j] ? cpus[i].fields[j] : "";
		emit_labels(s, &cpu_info, 1, values);
		if (!has_frequency || !mhz)
			continue;
		if (cpuinfo_hertz(mhz, &hertz) == 0)
			emit(s, &cpu_frequency, hertz, values[CPUINFO_PACKAGE],
			     values[CPUINFO_CORE], values[CPUINFO_NUMBER]);
		else
			warn(s, "procfs cpuinfo: expected a clock in MHz, found \"%.32s\"", mhz);
	}
	if (count) {
		collect_words(s, &cpu_flag, &self.flags, cpus[0].fields[CPUINFO_FLAGS]);
		collect_words(s, &cpu_bug, &self.bugs, cpus[0].fields[CPUINFO_BUGS]);
	}
	return 0;
}

static int cpu_collect(struct scrape *s)
{
	int r, result;

	collect_isolated(s);
	collect_devices(s);
	result = self.info ? collect_info(s) : 0;
	r = collect_stat(s);
	return r < 0 ? r : result;
}

static int cpu_start(struct scrape *s)
{
	const char *bad;
	char *text;
	int r;

	if (!regex_is_empty(&self.flags) || !regex_is_empty(&self.bugs))
		self.info = true;

	r = tree_read(s, TREE_SYS, &text, "devices/system/cpu/isolated");
	if (r < 0 && r != -ENOENT)
		warn(s, "%s", failure(s, r));
	if (r < 0)
		return 0;
	if (cpulist_add(&self.isolated, trim(text), &bad) < 0)
		warn(s, "sysfs devices/system/cpu/isolated: expected CPUs, found \"%.32s\"", bad);
	return 0;
}

COLLECTOR(cpu, .help = "times, throttles and descriptions of CPUs", .default_on = true,
          .flags = cpu_flags, .start = cpu_start, .collect = cpu_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * Clocks of CPUs: sysfs devices/system/cpu/cpuN/cpufreq, a file for each figure, in kHz.
 * scaling_available_governors is "performance powersave", scaling_governor one of these. CPUs that
 * are switched off are listed in devices/system/cpu/offline.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "cpulist.h"

#define CPU_METRIC(NAME, HELP) \
	{ \
		.name = "node_cpu_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS("cpu") \
	}

static const struct clock {
	const char *attr;
	struct metric metric;
} clocks[] = {
	/* This one comes first: see collect_clocks(). */
	{ "scaling_cur_freq",
	  CPU_METRIC("scaling_frequency_hertz", "Clock of the CPU as its governor sees it.") },
	{ "scaling_max_freq", CPU_METRIC("scaling_frequency_max_hertz",
	                                 "Highest clock that the governor may choose.") },
	{ "scaling_min_freq",
	  CPU_METRIC("scaling_frequency_min_hertz", "Lowest clock that the governor may choose.") },
	{ "cpuinfo_cur_freq",
	  /* The cpu collector has the same family with more labels; the text must be the same. */
	  CPU_METRIC("frequency_hertz", "Clock of the CPU in hertz.") },
	{ "cpuinfo_avg_freq",
	  CPU_METRIC("frequency_avg_hertz", "Mean clock of the CPU over the last moments.") },
	{ "cpuinfo_max_freq", CPU_METRIC("frequency_max_hertz", "Highest clock of the hardware.") },
	{ "cpuinfo_min_freq", CPU_METRIC("frequency_min_hertz", "Lowest clock of the hardware.") },
};

static const struct metric governor = {
	.name = "node_cpu_scaling_governor",
	.help = "Whether this governor, of those there are, chooses the clock of the CPU.",
	.type = METRIC_GAUGE,
	.labels = LABELS("cpu", "governor"),
};

/* How long a clock may take to read before all are sampled at once. */
#define SLOW_NS (5 * NS_PER_MS)

static struct {
	struct cpulist offline;
} self;

/*
 * Have the kernel sample the clocks of all CPUs. Linux 4.15 to 5.17 on x86 does so when cpuinfo is
 * opened, and sleeps for 10 ms, but does the same for each scaling_cur_freq whose last sample is a
 * second old: some seconds in all on a large machine.
 */
static void sample_all(struct scrape *s)
{
	CLEANUP(cleanup_fd) int fd = -1;

	if (tree_open(s, TREE_PROC, O_RDONLY, &fd, "cpuinfo") < 0)
		return; /* and go on slowly */
}

/* False where this CPU has no clocks. */
static bool collect_clocks(struct scrape *s, const char *cpu, bool *is_sampled)
{
	for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
		int64_t start = i == 0 && !*is_sampled ? now_ns() : 0;
		uint64_t khz;
		int r;

		r = attr_u64(s, &khz, "devices/system/cpu/cpu%s/cpufreq/%s", cpu, clocks[i].attr);
		if (i == 0 && r == -ENOENT &&
		    !tree_exists(s, TREE_SYS, "devices/system/cpu/cpu%s/cpufreq", cpu))
			return false;
		if (start && now_ns() - start > SLOW_NS) {
			sample_all(s);
			*is_sampled = true;
		}
		if (r == 0)
			emit(s, &clocks[i].metric, (double)khz * 1000.0, cpu);
	}
	return true;
}

static void collect_governors(struct scrape *s, const char *cpu)
{
	char *current, *available, *name;

	if (attr_text(s, &current, "devices/system/cpu/cpu%s/cpufreq/scaling_governor", cpu) < 0 ||
	    !current[0] ||
	    attr_text(s, &available, "devices/system/cpu/cpu%s/cpufreq/scaling_available_governors",
	              cpu) < 0)
		return;
	/* As upstream: a list without names has one that is empty. */
	if (!available[0])
		emit(s, &governor, 0, cpu, "");
	while ((name = next_part(&available, ' ')))
		emit(s, &governor, strcmp(name, current) == 0, cpu, name);
}

static int read_offline(struct scrape *s)
{
	const char *bad;
	char *text;
	int r;

	memset(&self.offline, 0, sizeof(self.offline));
	r = tree_read(s, TREE_SYS, &text, "devices/system/cpu/offline");
	if (r < 0)
		return r;
	if (cpulist_add(&self.offline, trim(text), &bad) < 0)
		warn(s, "sysfs devices/system/cpu/offline: expected CPUs, found \"%.32s\"", bad);
	return 0;
}

static int cpufreq_collect(struct scrape *s)
{
	char **names = attr_list(s, "devices/system/cpu");
	bool is_sampled = false;
	size_t count = 0;
	int r;

	r = read_offline(s);
	if (r < 0)
		return r;
	for (size_t i = 0; names && names[i]; i++) {
		const char *cpu = names[i] + strlen("cpu");
		uint64_t number;

		if (!starts_with(names[i], "cpu") || parse_u64(cpu, &number) < 0 ||
		    cpulist_has(&self.offline, number))
			continue;
		count++;
		if (collect_clocks(s, cpu, &is_sampled))
			collect_governors(s, cpu);
	}
	if (!count)
		return fail(s, -ENOENT, "sysfs devices/system/cpu: no CPU that is on in it");
	return 0;
}

COLLECTOR(cpufreq, .help = "clocks of CPUs and their governors",
          .needs = "a driver for the clocks of CPUs, which virtual machines seldom have",
          .default_on = true, .collect = cpufreq_collect);

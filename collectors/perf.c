// SPDX-License-Identifier: Apache-2.0
/*
 * What the CPUs and the kernel count, by perf_event_open(2): events of the hardware, of its caches,
 * of the kernel, and tracepoints, whose numbers are in sysfs kernel/tracing/events/SYSTEM/EVENT/id.
 */

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>

#include "collector.h"
#include "cpulist.h"
#include "perfevent.h"
#include "perfset.h"

/* A CPU of the set. */
struct cpu {
	unsigned number;
	bool is_open;
	struct perf_group *groups;
	uint64_t *bases;        /* what was counted before its events were opened, by event */
	_Atomic uint64_t *kept; /* what was exported last, by event; NULL: not kept */
};

static struct {
	const char *cpus;
	struct list tracepoints;
	struct profilers {
		bool is_off;
		struct list names; /* those wanted; none: all */
	} profilers[PERF_KINDS];
} options;

/* What start() makes of them. */
static struct {
	struct perf_set set;
	struct cpu *cpus;
	size_t n_cpus;
	size_t n_emitted; /* samples, by this scrape */
	int refused;      /* why an event that there may be could not be opened; 0: never */
	unsigned refused_cpu;
} self;

#define PROFILER_FLAGS(NAME, KIND, EVENTS, THE_EVENTS) \
	{ .name = "collector.perf.disable-" NAME "-profilers", \
	  .type = FLAG_BOOL, \
	  .target = &options.profilers[KIND].is_off, \
	  .help = "Count no " EVENTS "." }, \
	{ \
		.name = "collector.perf." NAME "-profilers", .type = FLAG_LIST, \
		.target = &options.profilers[KIND].names, \
		.help = "Of " THE_EVENTS " count this one, and others that are named." \
	}

static const struct flag flags[] = {
	{ .name = "collector.perf.cpus",
	  .type = FLAG_STRING,
	  .target = &options.cpus,
	  .help = "CPUs to count on, as in 0,2-5,8-14:2; otherwise as many as may be used, from 0 on." },
	{ .name = "collector.perf.tracepoint",
	  .type = FLAG_LIST,
	  .target = &options.tracepoints,
	  .help = "Count a tracepoint of the kernel: SYSTEM:EVENT." },
	PROFILER_FLAGS("hardware", PERF_HARDWARE, "events of the hardware",
	               "the hardware's events"),
	PROFILER_FLAGS("software", PERF_SOFTWARE, "events of the kernel", "the kernel's events"),
	PROFILER_FLAGS("cache", PERF_CACHE, "events of caches", "the events of caches"),
	{ 0 },
};

/* The CPUs of the flag; without it as many as this process may use, from 0 on, as upstream. */
static int find_cpus(struct scrape *s, struct cpulist *ret)
{
	struct cpulist affinity = { 0 };
	const char *bad;
	unsigned count = 0;

	if (options.cpus[0]) {
		if (cpulist_add(ret, scrape_printf(s, "%s", options.cpus), &bad) < 0)
			return fail(s, -EINVAL,
			            "--collector.perf.cpus: expected CPUs, found \"%s\"", bad);
		return 0;
	}
	if (sched_getaffinity(0, sizeof(affinity.bits), (cpu_set_t *)affinity.bits) < 0)
		return fail(s, -errno, "perf: the CPUs that may be used: %s", error_text(errno));
	for (unsigned cpu = 0; (cpu = cpulist_next(&affinity, cpu)) < CPULIST_MAX; cpu++, count++)
		ret->bits[count / 64] |= UINT64_C(1) << count % 64;
	return 0;
}

/* One descriptor for each event and CPU may be more than a process has by default. */
static void raise_limit(size_t n_files)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return;
	files.rlim_cur += MIN(files.rlim_max - files.rlim_cur, n_files);
	/* What cannot be opened for want of it is said then. */
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

static void close_cpu(struct cpu *c)
{
	for (size_t i = 0; i < self.set.n_groups; i++)
		perf_close(&c->groups[i]);
	c->is_open = false;
}

/* -EIO or the like where the tracepoints could not be opened; the others need not be there. */
static int open_cpu(struct cpu *c)
{
	int r = 0;

	c->is_open = true;
	for (size_t i = 0; i < self.set.n_groups; i++) {
		size_t at = self.set.groups[i], end = self.set.groups[i + 1];

		r = perf_open(&c->groups[i], c->number, &self.set.events[at], end - at);
		if (r < 0 && !perf_is_unsupported(r) && !self.refused) {
			self.refused = r;
			self.refused_cpu = c->number;
		}
	}
	for (size_t i = 0; c->kept && i < self.set.n_events; i++)
		c->bases[i] = atomic_load(&c->kept[i]);
	return options.tracepoints.count ? r : 0;
}

/* Whether all of them have an answer that counts. */
static bool read_groups(struct cpu *c, uint64_t *values, int *results)
{
	bool is_stale = false;

	for (size_t i = 0; i < self.set.n_groups; i++) {
		results[i] = perf_read(&c->groups[i], values + self.set.groups[i]);
		is_stale = is_stale || results[i] == -ESTALE;
	}
	return !is_stale;
}

/* Add up with what was counted by earlier descriptors and processes, so that it never falls. */
static void emit_group(struct scrape *s, struct cpu *c, size_t group, const uint64_t *values)
{
	const struct perf_group *g = &c->groups[group];
	const char *label = scrape_printf(s, "%u", c->number);

	for (size_t i = 0; i < g->count; i++) {
		size_t at = self.set.groups[group] + i;
		uint64_t value = c->bases[at] + values[at];
		uint64_t before = c->kept ? atomic_load(&c->kept[at]) : 0;

		if (g->fds[i] < 0)
			continue;
		value = MAX(value, before);
		if (c->kept)
			atomic_store(&c->kept[at], value);
		self.n_emitted++;
		emit(s, self.set.metrics[at], (double)value, label);
	}
}

/* r, or the last error where there was one. */
static int collect_cpu(struct scrape *s, struct cpu *c, int r)
{
	uint64_t values[PERF_EVENTS_MAX];
	int results[PERF_EVENTS_MAX];

	if (!read_groups(c, values, results)) {
		close_cpu(c);
		(void)open_cpu(c); /* what is missing shows below */
		(void)read_groups(c, values, results);
	}
	for (size_t i = 0; i < self.set.n_groups; i++) {
		if (results[i] == 0)
			emit_group(s, c, i, values);
		else
			r = fail(s, results[i], "%s on CPU %u: %s",
			         self.set.metrics[self.set.groups[i]]->name, c->number,
			         error_text(results[i]));
	}
	return r;
}

/* Where the kernel does not say which CPUs are there all count as such. */
static bool read_online(struct scrape *s, struct cpulist *ret)
{
	const char *bad;
	char *text;

	return tree_read(s, TREE_SYS, &text, "devices/system/cpu/online") == 0 &&
	       cpulist_add(ret, trim(text), &bad) == 0;
}

/* Everything but opening. */
static int choose(struct scrape *s, struct cpulist *wanted)
{
	int r = 0;

	for (enum perf_kind kind = 0; kind < PERF_KINDS; kind++) {
		if (!options.profilers[kind].is_off)
			perf_add_profilers(s, &self.set, kind, &options.profilers[kind].names);
	}
	if (options.tracepoints.count)
		r = perf_add_tracepoints(s, &self.set, &options.tracepoints);
	return r < 0 ? r : find_cpus(s, wanted);
}

static int open_cpus(struct scrape *s, const struct cpulist *wanted)
{
	struct cpulist online = { 0 };
	_Atomic uint64_t *kept;
	unsigned cpu = 0;
	bool is_known;
	int r;

	for (unsigned i = 0; (i = cpulist_next(wanted, i)) < CPULIST_MAX; i++)
		self.n_cpus++;
	self.cpus = xcalloc(self.n_cpus, sizeof(*self.cpus));
	kept = keep(s, self.n_cpus * self.set.n_events * sizeof(*kept));
	raise_limit(self.n_cpus * self.set.n_events);
	is_known = read_online(s, &online);
	for (size_t i = 0; i < self.n_cpus; i++, cpu++) {
		struct cpu *c = &self.cpus[i];

		cpu = cpulist_next(wanted, cpu);
		c->number = cpu;
		c->groups = xcalloc(self.set.n_groups, sizeof(*c->groups));
		c->bases = xcalloc(self.set.n_events, sizeof(*c->bases));
		c->kept = kept ? kept + i * self.set.n_events : NULL;
		if (is_known && !cpulist_has(&online, cpu))
			continue;
		r = open_cpu(c);
		if (r < 0)
			return fail(s, r, "--collector.perf.tracepoint: CPU %u: %s", cpu,
			            error_text(r));
	}
	return 0;
}

static void perf_stop(void)
{
	for (size_t i = 0; i < self.n_cpus; i++) {
		if (self.cpus[i].is_open)
			close_cpu(&self.cpus[i]);
		free(self.cpus[i].groups);
		free(self.cpus[i].bases);
	}
	free(self.cpus);
	perf_free_set(&self.set);
	memset(&self, 0, sizeof(self));
}

static int perf_start(struct scrape *s)
{
	struct cpulist wanted = { 0 };
	int r;

	r = choose(s, &wanted);
	if (r == 0)
		r = open_cpus(s, &wanted);
	/* A worker that serves already may try again. */
	if (r < 0)
		perf_stop();
	return r;
}

static int perf_collect(struct scrape *s)
{
	struct cpulist online = { 0 };
	bool is_known = read_online(s, &online);
	int r = 0;

	self.n_emitted = 0;
	for (size_t i = 0; i < self.n_cpus; i++) {
		struct cpu *c = &self.cpus[i];
		bool is_online = !is_known || cpulist_has(&online, c->number);

		if (c->is_open && !is_online)
			close_cpu(c);
		else if (!c->is_open && is_online)
			(void)open_cpu(c); /* what is missing shows below */
		if (c->is_open)
			r = collect_cpu(s, c, r);
	}
	if (!self.refused || r < 0)
		return r;
	if (!self.n_emitted)
		return fail(s, self.refused,
		            "perf_event_open on CPU %u: %s (see kernel.perf_event_paranoid)",
		            self.refused_cpu, error_text(self.refused));
	warn(s, "perf_event_open on CPU %u: %s", self.refused_cpu, error_text(self.refused));
	return 0;
}

COLLECTOR(perf, .help = "what CPUs, caches and the kernel count, by perf_event_open(2)",
          .needs = "CPUs that count, CAP_PERFMON or a low kernel.perf_event_paranoid",
          .flags = flags, .start = perf_start, .collect = perf_collect, .stop = perf_stop);

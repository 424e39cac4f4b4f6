// SPDX-License-Identifier: Apache-2.0
/*
 * What the CPUs and the kernel count, by perf_event_open(2): events of the hardware, of its caches,
 * of the kernel, and tracepoints, whose numbers are in sysfs kernel/tracing/events/SYSTEM/EVENT/id.
 */

#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>

#include "collector.h"
#include "cpulist.h"
#include "perfevent.h"
#include "perfnames.h"

enum { EVENTS_MAX = PERF_HARDWARE + PERF_SOFTWARE + PERF_CACHE + PERF_GROUP_MAX };

static const char *const traced_labels[] = { "cpu", NULL };

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
	bool no_hardware, no_software, no_cache;
	struct list hardware, software, cache;
} options;

/* What start() makes of them. */
static struct {
	struct perf_event events[EVENTS_MAX];
	const struct metric *metrics[EVENTS_MAX];
	size_t n_events;
	size_t groups[EVENTS_MAX + 1]; /* where each begins, and where the last one ends */
	size_t n_groups;
	struct metric *traced; /* of the tracepoints */
	size_t n_traced;
	struct cpu *cpus;
	size_t n_cpus;
	size_t n_emitted; /* samples, by this scrape */
	int refused;      /* why an event that there may be could not be opened; 0: never */
	unsigned refused_cpu;
} self;

static const struct flag flags[] = {
	{ .name = "collector.perf.cpus",
	  .type = FLAG_STRING,
	  .target = &options.cpus,
	  .help = "CPUs to count on, as in 0,2-5,8-14:2; otherwise as many as may be used, from 0 on." },
	{ .name = "collector.perf.tracepoint",
	  .type = FLAG_LIST,
	  .target = &options.tracepoints,
	  .help = "Count a tracepoint of the kernel: SYSTEM:EVENT." },
	{ .name = "collector.perf.disable-hardware-profilers",
	  .type = FLAG_BOOL,
	  .target = &options.no_hardware,
	  .help = "Count no events of the hardware." },
	{ .name = "collector.perf.hardware-profilers",
	  .type = FLAG_LIST,
	  .target = &options.hardware,
	  .help = "Of the hardware's events count this one, and others that are named." },
	{ .name = "collector.perf.disable-software-profilers",
	  .type = FLAG_BOOL,
	  .target = &options.no_software,
	  .help = "Count no events of the kernel." },
	{ .name = "collector.perf.software-profilers",
	  .type = FLAG_LIST,
	  .target = &options.software,
	  .help = "Of the kernel's events count this one, and others that are named." },
	{ .name = "collector.perf.disable-cache-profilers",
	  .type = FLAG_BOOL,
	  .target = &options.no_cache,
	  .help = "Count no events of caches." },
	{ .name = "collector.perf.cache-profilers",
	  .type = FLAG_LIST,
	  .target = &options.cache,
	  .help = "Of the events of caches count this one, and others that are named." },
	{ 0 },
};

static bool is_listed(const struct list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], name) == 0)
			return true;
	}
	return false;
}

static void add_event(struct perf_event event, const struct metric *metric)
{
	self.events[self.n_events] = event;
	self.metrics[self.n_events++] = metric;
}

/* The wanted ones of count profilers: those that are named, or all of them where none is. */
static void add_profilers(struct scrape *s, const struct perf_profiler *profilers, size_t count,
                          const struct list *names, bool is_group)
{
	struct list known = { .items = scrape_alloc(s, count * sizeof(*known.items)) };

	for (size_t i = 0; i < count; i++) {
		if (is_listed(names, profilers[i].flag))
			known.items[known.count++] = profilers[i].flag;
	}
	for (size_t i = 0, k; i < names->count; i++) {
		for (k = 0; k < count && strcmp(profilers[k].flag, names->items[i]) != 0;)
			k++;
		if (k == count)
			warn(s, "perf: no such profiler: \"%.64s\"", names->items[i]);
	}
	for (size_t i = 0, begun = 0; i < count; i++) {
		if (known.count && !is_listed(&known, profilers[i].flag))
			continue;
		/* Events of the hardware must take turns one by one, as they do for upstream. */
		if (!is_group || !begun++)
			self.groups[self.n_groups++] = self.n_events;
		add_event(profilers[i].event, &profilers[i].metric);
	}
}

static int add_tracepoint(struct scrape *s, const char *flag, struct metric *m)
{
	char *event = scrape_printf(s, "%s", flag), *system = next_part(&event, ':');
	uint64_t id;
	int r;

	if (!system || !system[0] || !event[0] || strpbrk(event, ":/") || strchr(system, '/'))
		return fail(s, -EINVAL,
		            "--collector.perf.tracepoint: expected SYSTEM:EVENT, found \"%s\"",
		            flag);
	r = tree_read_u64(s, TREE_SYS, &id, "kernel/tracing/events/%s/%s/id", system, event);
	if (r == -ENOENT)
		r = tree_read_u64(s, TREE_SYS, &id, "kernel/debug/tracing/events/%s/%s/id", system,
		                  event);
	if (r < 0)
		return r;
	*m = (struct metric){
		.name = xasprintf("node_perf_%s_%s", system, event),
		.help = xasprintf("Times that the CPU came by the tracepoint %s.", flag),
		.type = METRIC_COUNTER,
		.labels = traced_labels,
	};
	self.n_traced++;
	add_event((struct perf_event){ PERF_TYPE_TRACEPOINT, id }, m);
	return 0;
}

static int add_tracepoints(struct scrape *s)
{
	size_t count = options.tracepoints.count;
	int r;

	if (!count)
		return 0;
	if (count > PERF_GROUP_MAX)
		return fail(s, -E2BIG, "--collector.perf.tracepoint: more than %d of them",
		            PERF_GROUP_MAX);
	self.groups[self.n_groups++] = self.n_events;
	self.traced = xcalloc(count, sizeof(*self.traced));
	for (size_t i = 0; i < count; i++) {
		r = add_tracepoint(s, options.tracepoints.items[i], &self.traced[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

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
	files.rlim_cur = MIN(files.rlim_max, files.rlim_cur + n_files);
	/* What cannot be opened for want of it is said then. */
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

static void close_cpu(struct cpu *c)
{
	for (size_t i = 0; i < self.n_groups; i++)
		perf_close(&c->groups[i]);
	c->is_open = false;
}

/* -EIO or the like where the tracepoints could not be opened; the others need not be there. */
static int open_cpu(struct cpu *c)
{
	int r = 0;

	c->is_open = true;
	for (size_t i = 0; i < self.n_groups; i++) {
		size_t at = self.groups[i], end = self.groups[i + 1];

		r = perf_open(&c->groups[i], c->number, &self.events[at], end - at);
		if (r < 0 && !perf_is_unsupported(r) && !self.refused) {
			self.refused = r;
			self.refused_cpu = c->number;
		}
	}
	for (size_t i = 0; c->kept && i < self.n_events; i++)
		c->bases[i] = atomic_load(&c->kept[i]);
	return self.n_traced ? r : 0;
}

/* Whether all of them have an answer that counts. */
static bool read_groups(struct cpu *c, uint64_t *values, int *results)
{
	bool is_stale = false;

	for (size_t i = 0; i < self.n_groups; i++) {
		results[i] = perf_read(&c->groups[i], values + self.groups[i]);
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
		size_t at = self.groups[group] + i;
		uint64_t value = c->bases[at] + values[at];

		if (g->fds[i] < 0)
			continue;
		if (c->kept) {
			value = MAX(value, atomic_load(&c->kept[at]));
			atomic_store(&c->kept[at], value);
		}
		self.n_emitted++;
		emit(s, self.metrics[at], (double)value, label);
	}
}

/* r, or the last error where there was one. */
static int collect_cpu(struct scrape *s, struct cpu *c, int r)
{
	uint64_t values[EVENTS_MAX];
	int results[EVENTS_MAX];

	if (!read_groups(c, values, results)) {
		close_cpu(c);
		(void)open_cpu(c); /* what is missing shows below */
		(void)read_groups(c, values, results);
	}
	for (size_t i = 0; i < self.n_groups; i++) {
		if (results[i] == 0)
			emit_group(s, c, i, values);
		else
			r = fail(s, results[i], "%s on CPU %u: %s",
			         self.metrics[self.groups[i]]->name, c->number,
			         error_text(results[i]));
	}
	return r;
}

/* Where the kernel does not say which CPUs are there all count as such. */
static bool read_online(struct scrape *s, struct cpulist *ret)
{
	const char *bad;
	char *text;

	return tree_read_attr(s, TREE_SYS, &text, "devices/system/cpu/online") == 0 &&
	       cpulist_add(ret, text, &bad) == 0;
}

static int perf_start(struct scrape *s)
{
	struct cpulist wanted = { 0 }, online = { 0 };
	_Atomic uint64_t *kept;
	unsigned cpu = 0;
	bool is_known;
	int r;

	if (!options.no_hardware)
		add_profilers(s, perf_hardware, PERF_HARDWARE, &options.hardware, false);
	if (!options.no_software)
		add_profilers(s, perf_software, PERF_SOFTWARE, &options.software, true);
	if (!options.no_cache)
		add_profilers(s, perf_cache, PERF_CACHE, &options.cache, false);
	r = add_tracepoints(s);
	if (r == 0)
		r = find_cpus(s, &wanted);
	if (r < 0)
		return r;
	self.groups[self.n_groups] = self.n_events;
	for (unsigned i = 0; (i = cpulist_next(&wanted, i)) < CPULIST_MAX; i++)
		self.n_cpus++;
	self.cpus = xcalloc(self.n_cpus, sizeof(*self.cpus));
	kept = keep(s, self.n_cpus * self.n_events * sizeof(*kept));
	raise_limit(self.n_cpus * self.n_events);
	is_known = read_online(s, &online);
	for (size_t i = 0; i < self.n_cpus; i++, cpu++) {
		struct cpu *c = &self.cpus[i];

		cpu = cpulist_next(&wanted, cpu);
		c->number = cpu;
		c->groups = xcalloc(self.n_groups, sizeof(*c->groups));
		c->bases = xcalloc(self.n_events, sizeof(*c->bases));
		c->kept = kept ? kept + i * self.n_events : NULL;
		if (is_known && !cpulist_has(&online, cpu))
			continue;
		r = open_cpu(c);
		if (r < 0)
			return fail(s, r, "--collector.perf.tracepoint: CPU %u: %s", cpu,
			            error_text(r));
	}
	return 0;
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

static void perf_stop(void)
{
	for (size_t i = 0; i < self.n_cpus; i++) {
		if (self.cpus[i].is_open)
			close_cpu(&self.cpus[i]);
		free(self.cpus[i].groups);
		free(self.cpus[i].bases);
	}
	free(self.cpus);
	for (size_t i = 0; i < self.n_traced; i++) {
		cleanup_free(&self.traced[i].name);
		cleanup_free(&self.traced[i].help);
	}
	free(self.traced);
	memset(&self, 0, sizeof(self));
}

COLLECTOR(perf, .help = "what CPUs, caches and the kernel count, by perf_event_open(2)",
          .flags = flags, .start = perf_start, .collect = perf_collect, .stop = perf_stop);

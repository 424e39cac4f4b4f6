// SPDX-License-Identifier: Apache-2.0
#include "perfset.h"

#include <assert.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

#include "collector.h"

#define CACHE(ID, OP, RESULT) \
	(PERF_COUNT_HW_CACHE_##ID | PERF_COUNT_HW_CACHE_OP_##OP << 8 | \
	 PERF_COUNT_HW_CACHE_RESULT_##RESULT << 16)
#define PROFILER(FLAG, TYPE, CONFIG, NAME, HELP) \
	{ \
		FLAG, { PERF_TYPE_##TYPE, CONFIG }, \
		{ \
			.name = "node_perf_" NAME "_total", .help = HELP ", by CPU.", \
			.type = METRIC_COUNTER, .labels = LABELS("cpu") \
		} \
	}
#define HARDWARE(FLAG, CONFIG, NAME, HELP) \
	PROFILER(FLAG, HARDWARE, PERF_COUNT_HW_##CONFIG, NAME, HELP)
#define SOFTWARE(FLAG, CONFIG, NAME, HELP) \
	PROFILER(FLAG, SOFTWARE, PERF_COUNT_SW_##CONFIG, NAME, HELP)
#define CACHED(FLAG, ID, OP, RESULT, NAME, HELP) \
	PROFILER(FLAG, HW_CACHE, CACHE(ID, OP, RESULT), "cache_" NAME, HELP)

struct profiler {
	const char *flag; /* as --collector.perf.*-profilers has it */
	struct perf_event event;
	struct metric metric;
};

static const struct profiler hardware[] = {
	HARDWARE("CpuCycles", CPU_CYCLES, "cpucycles", "Cycles of the CPU's clock"),
	HARDWARE("CpuInstr", INSTRUCTIONS, "instructions", "Instructions that were finished"),
	HARDWARE("CacheRef", CACHE_REFERENCES, "cache_refs", "Accesses to the last cache"),
	HARDWARE("CacheMisses", CACHE_MISSES, "cache_misses", "Misses in the last cache"),
	HARDWARE("BranchInstr", BRANCH_INSTRUCTIONS, "branch_instructions",
	         "Branches that were finished"),
	HARDWARE("BranchMisses", BRANCH_MISSES, "branch_misses",
	         "Branches that were predicted wrongly"),
	HARDWARE("StalledCyclesFrontend", STALLED_CYCLES_FRONTEND, "stalled_cycles_frontend",
	         "Cycles in which no instruction could be begun"),
	HARDWARE("StalledCyclesBackend", STALLED_CYCLES_BACKEND, "stalled_cycles_backend",
	         "Cycles in which no instruction could be finished"),
	HARDWARE("RefCpuCycles", REF_CPU_CYCLES, "ref_cpucycles",
	         "Cycles of the clock that does not change with the CPU's"),
};

static const struct profiler software[] = {
	SOFTWARE("PageFault", PAGE_FAULTS, "page_faults", "Page faults"),
	SOFTWARE("ContextSwitch", CONTEXT_SWITCHES, "context_switches",
	         "Switches from one task to another"),
	SOFTWARE("CpuMigration", CPU_MIGRATIONS, "cpu_migrations",
	         "Tasks that came from another CPU"),
	SOFTWARE("MinorFault", PAGE_FAULTS_MIN, "minor_faults",
	         "Page faults that no disk was read for"),
	SOFTWARE("MajorFault", PAGE_FAULTS_MAJ, "major_faults",
	         "Page faults that a disk was read for"),
};

static const struct profiler cache[] = {
	CACHED("L1DataReadHit", L1D, READ, ACCESS, "l1d_read_hits",
	       "Reads that went to the L1 data cache"),
	CACHED("L1DataReadMiss", L1D, READ, MISS, "l1d_read_misses",
	       "Reads that were not answered by the L1 data cache"),
	CACHED("L1DataWriteHit", L1D, WRITE, ACCESS, "l1d_write_hits",
	       "Writes that went to the L1 data cache"),
	CACHED("L1InstrReadMiss", L1I, READ, MISS, "l1_instr_read_misses",
	       "Reads that were not answered by the L1 instruction cache"),
	CACHED("LLReadHit", LL, READ, ACCESS, "ll_read_hits", "Reads that went to the last cache"),
	CACHED("LLReadMiss", LL, READ, MISS, "ll_read_misses",
	       "Reads that were not answered by the last cache"),
	CACHED("LLWriteHit", LL, WRITE, ACCESS, "ll_write_hits",
	       "Writes that went to the last cache"),
	CACHED("LLWriteMiss", LL, WRITE, MISS, "ll_write_misses",
	       "Writes that were not answered by the last cache"),
	CACHED("DataTLBReadHit", DTLB, READ, ACCESS, "tlb_data_read_hits",
	       "Reads that went to the data TLB"),
	CACHED("DataTLBReadMiss", DTLB, READ, MISS, "tlb_data_read_misses",
	       "Reads that were not answered by the data TLB"),
	CACHED("DataTLBWriteHit", DTLB, WRITE, ACCESS, "tlb_data_write_hits",
	       "Writes that went to the data TLB"),
	CACHED("DataTLBWriteMiss", DTLB, WRITE, MISS, "tlb_data_write_misses",
	       "Writes that were not answered by the data TLB"),
	CACHED("InstrTLBReadHit", ITLB, READ, ACCESS, "tlb_instr_read_hits",
	       "Reads that went to the instruction TLB"),
	CACHED("InstrTLBReadMiss", ITLB, READ, MISS, "tlb_instr_read_misses",
	       "Reads that were not answered by the instruction TLB"),
	CACHED("BPUReadHit", BPU, READ, ACCESS, "bpu_read_hits",
	       "Reads that went to the branch prediction"),
	CACHED("BPUReadMiss", BPU, READ, MISS, "bpu_read_misses",
	       "Reads that were not answered by the branch prediction"),
};

static const struct kind {
	const struct profiler *profilers;
	size_t count;
	bool is_group; /* may be read by one call, as none has to wait for another's turn to count
	                */
} kinds[] = {
	[PERF_HARDWARE] = { hardware, ARRAY_SIZE(hardware), false },
	[PERF_SOFTWARE] = { software, ARRAY_SIZE(software), true },
	[PERF_CACHE] = { cache, ARRAY_SIZE(cache), false },
};

static const char *const traced_labels[] = { "cpu", NULL };

static_assert(ARRAY_SIZE(hardware) + ARRAY_SIZE(software) + ARRAY_SIZE(cache) + PERF_GROUP_MAX <=
                      PERF_EVENTS_MAX,
              "there is room for every event");

static bool is_listed(const struct list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], name) == 0)
			return true;
	}
	return false;
}

static void begin_group(struct perf_set *set)
{
	set->groups[set->n_groups++] = set->n_events;
}

static void add_event(struct perf_set *set, struct perf_event event, const struct metric *metric)
{
	set->events[set->n_events] = event;
	set->metrics[set->n_events++] = metric;
	set->groups[set->n_groups] = set->n_events;
}

static bool is_known(const struct kind *k, const char *name)
{
	for (size_t i = 0; i < k->count; i++) {
		if (strcmp(k->profilers[i].flag, name) == 0)
			return true;
	}
	return false;
}

void perf_add_profilers(struct scrape *s, struct perf_set *set, enum perf_kind kind,
                        const struct list *names)
{
	const struct kind *k = &kinds[kind];
	bool is_any = false, is_begun = false;

	for (size_t i = 0; i < names->count; i++) {
		if (is_known(k, names->items[i]))
			is_any = true;
		else
			warn(s, "perf: no such profiler: \"%.64s\"", names->items[i]);
	}
	for (size_t i = 0; i < k->count; i++) {
		if (is_any && !is_listed(names, k->profilers[i].flag))
			continue;
		if (!k->is_group || !is_begun)
			begin_group(set);
		is_begun = true;
		add_event(set, k->profilers[i].event, &k->profilers[i].metric);
	}
}

static int add_tracepoint(struct scrape *s, struct perf_set *set, const char *flag)
{
	char *event = scrape_printf(s, "%s", flag), *system = next_part(&event, ':');
	struct metric *m = &set->traced[set->n_traced];
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
	set->n_traced++;
	add_event(set, (struct perf_event){ PERF_TYPE_TRACEPOINT, id }, m);
	return 0;
}

int perf_add_tracepoints(struct scrape *s, struct perf_set *set, const struct list *names)
{
	int r;

	if (names->count > PERF_GROUP_MAX)
		return fail(s, -E2BIG, "--collector.perf.tracepoint: more than %d of them",
		            PERF_GROUP_MAX);
	begin_group(set);
	set->traced = xcalloc(names->count, sizeof(*set->traced));
	for (size_t i = 0; i < names->count; i++) {
		r = add_tracepoint(s, set, names->items[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

void perf_free_set(struct perf_set *set)
{
	for (size_t i = 0; i < set->n_traced; i++) {
		cleanup_free(&set->traced[i].name);
		cleanup_free(&set->traced[i].help);
	}
	free(set->traced);
}

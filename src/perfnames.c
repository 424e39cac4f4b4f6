// SPDX-License-Identifier: Apache-2.0
#include "perfnames.h"

#include <linux/perf_event.h>

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

const struct perf_profiler perf_hardware[PERF_HARDWARE] = {
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

const struct perf_profiler perf_software[PERF_SOFTWARE] = {
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

const struct perf_profiler perf_cache[PERF_CACHE] = {
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

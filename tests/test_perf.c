// SPDX-License-Identifier: Apache-2.0
/* perf: the collector with a kernel made by hand that has every event, and CPUs that go. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect.h"

enum { FILES_MAX = 512, CPUS = 2 };

extern const struct collector perf_collector;

/* The events that are open, by descriptor. A count is 1000 times the CPU, and the config. */
static struct {
	struct event {
		bool is_open;
		bool is_dead; /* its CPU went */
		int leader;
		unsigned cpu;
		uint64_t type, config;
	} events[FILES_MAX];
	uint64_t clock;
	uint64_t extra;    /* on top of every count */
	int open_error;    /* of all but events of the type below */
	uint64_t fine;     /* type + 1 */
	int read_error;    /* of CPU 1 */
	size_t short_read; /* bytes that are missing at the end */
	char dir[64];
} self;

long __wrap_syscall(long number, struct perf_event_attr *attr, int pid, int cpu, int leader,
                    unsigned long flags);
ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t __real_read(int fd, void *data, size_t size);

long __wrap_syscall(long number, struct perf_event_attr *attr, int pid, int cpu, int leader,
                    unsigned long flags)
{
	int fd = -1;

	(void)number;
	assert_int_equal(pid, -1);
	assert_int_equal(flags, PERF_FLAG_FD_CLOEXEC);
	assert_int_equal(attr->exclude_hv, 1);
	assert_int_equal(attr->disabled, 0);
	errno = cpu >= CPUS                                      ? ENODEV
	        : self.open_error && attr->type + 1 != self.fine ? self.open_error
	                                                         : 0;
	if (errno == 0)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	assert_true(fd < FILES_MAX);
	assert_true(leader < 0 || self.events[leader].is_open);
	self.events[fd] = (struct event){ true,          false,      leader < 0 ? fd : leader,
		                          (unsigned)cpu, attr->type, attr->config };
	return fd;
}

ssize_t __wrap_read(int fd, void *data, size_t size)
{
	uint64_t *out = data;
	size_t n = 0;

	if (fd < 0 || fd >= FILES_MAX || !self.events[fd].is_open)
		return __real_read(fd, data, size);
	assert_int_equal(self.events[fd].leader, fd);
	if (self.read_error && self.events[fd].cpu == 1) {
		errno = self.read_error;
		return -1;
	}
	if (!self.events[fd].is_dead)
		self.clock++;
	for (int i = 0; i < FILES_MAX; i++) {
		const struct event *e = &self.events[i];

		if (!e->is_open || e->leader != fd || (e->is_dead && i != fd))
			continue;
		assert_true((4 + n) * sizeof(*out) <= size);
		out[3 + n++] = e->cpu * 1000 + e->config + self.extra;
	}
	out[0] = n;
	out[1] = out[2] = self.clock;
	return (ssize_t)((3 + n) * sizeof(*out) - self.short_read);
}

static void write_online(const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/devices/system/cpu/online", self.dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void write_tracepoint(void)
{
	static const char *const dirs[] = { "kernel",
		                            "kernel/debug",
		                            "kernel/debug/tracing",
		                            "kernel/debug/tracing/events",
		                            "kernel/debug/tracing/events/sched",
		                            "kernel/debug/tracing/events/sched/sched_switch" };
	char path[256];
	FILE *f;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", self.dir, dirs[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	snprintf(path, sizeof(path), "%s/%s/id", self.dir, dirs[ARRAY_SIZE(dirs) - 1]);
	f = fopen(path, "we");
	assert_non_null(f);
	fprintf(f, "314\n");
	fclose(f);
}

static bool *flag_bool(const char *name)
{
	return collect_flag(&perf_collector, name);
}

static void set_list(const char *name, const char **items, size_t count)
{
	struct list *list = collect_flag(&perf_collector, name);

	*list = (struct list){ count, items };
}

static int set_up(void **state)
{
	static const char *const dirs[] = { "devices", "devices/system", "devices/system/cpu" };
	char path[256];

	(void)state;
	memset(&self, 0, sizeof(self));
	snprintf(self.dir, sizeof(self.dir), "/tmp/test_perf.XXXXXX");
	assert_non_null(mkdtemp(self.dir));
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", self.dir, dirs[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	write_online("0-1\n");
	write_tracepoint();
	assert_int_equal(tree_set_root(TREE_SYS, self.dir, true), 0);
	*(const char **)collect_flag(&perf_collector, "collector.perf.cpus") = "0-7";
	*flag_bool("collector.perf.disable-hardware-profilers") = false;
	*flag_bool("collector.perf.disable-software-profilers") = false;
	*flag_bool("collector.perf.disable-cache-profilers") = false;
	set_list("collector.perf.hardware-profilers", NULL, 0);
	set_list("collector.perf.software-profilers", NULL, 0);
	set_list("collector.perf.cache-profilers", NULL, 0);
	set_list("collector.perf.tracepoint", NULL, 0);
	return 0;
}

static int tear_down(void **state)
{
	char *command = xasprintf("rm -rf %s", self.dir);
	size_t n_open = 0;

	(void)state;
	collect_end(&perf_collector);
	for (int fd = 0; fd < FILES_MAX; fd++)
		n_open += self.events[fd].is_open && fcntl(fd, F_GETFD) >= 0;
	assert_int_equal(system(command), 0);
	free(command);
	return n_open ? -1 : 0;
}

static const char every_sample_of_0[] = "node_perf_branch_instructions_total 4\n"
					"node_perf_branch_misses_total 5\n"
					"node_perf_cache_bpu_read_hits_total 5\n"
					"node_perf_cache_bpu_read_misses_total 65541\n"
					"node_perf_cache_l1_instr_read_misses_total 65537\n"
					"node_perf_cache_l1d_read_hits_total 0\n"
					"node_perf_cache_l1d_read_misses_total 65536\n"
					"node_perf_cache_l1d_write_hits_total 256\n"
					"node_perf_cache_ll_read_hits_total 2\n"
					"node_perf_cache_ll_read_misses_total 65538\n"
					"node_perf_cache_ll_write_hits_total 258\n"
					"node_perf_cache_ll_write_misses_total 65794\n"
					"node_perf_cache_misses_total 3\n"
					"node_perf_cache_refs_total 2\n"
					"node_perf_cache_tlb_data_read_hits_total 3\n"
					"node_perf_cache_tlb_data_read_misses_total 65539\n"
					"node_perf_cache_tlb_data_write_hits_total 259\n"
					"node_perf_cache_tlb_data_write_misses_total 65795\n"
					"node_perf_cache_tlb_instr_read_hits_total 4\n"
					"node_perf_cache_tlb_instr_read_misses_total 65540\n"
					"node_perf_context_switches_total 3\n"
					"node_perf_cpu_migrations_total 4\n"
					"node_perf_cpucycles_total 0\n"
					"node_perf_instructions_total 1\n"
					"node_perf_major_faults_total 6\n"
					"node_perf_minor_faults_total 5\n"
					"node_perf_page_faults_total 2\n"
					"node_perf_ref_cpucycles_total 9\n"
					"node_perf_sched_sched_switch 314\n"
					"node_perf_stalled_cycles_backend_total 8\n"
					"node_perf_stalled_cycles_frontend_total 7\n";

/* The numbers are those of the kernel's list of events, which the fake gives back. */
static void every_event_is_the_right_one(void **state)
{
	const char *tracepoints[] = { "sched:sched_switch" };
	struct buffer expected = { 0 };
	char *text = xasprintf("%s", every_sample_of_0), *rest = text, *line;

	(void)state;
	set_list("collector.perf.tracepoint", tracepoints, 1);
	write_online("0\n");
	assert_int_equal(collect_start(&perf_collector), 0);
	assert_int_equal(collect(&perf_collector), 0);
	while ((line = next_line(&rest))) {
		char *value = strchr(line, ' ');

		*value++ = '\0';
		buffer_add_text(&expected, line);
		buffer_add_text(&expected, "{cpu=\"0\"} ");
		buffer_add_text(&expected, value);
		buffer_add_text(&expected, "\n");
	}
	buffer_add(&expected, "", 1);
	assert_samples(expected.data);
	assert_string_equal(collected.warnings.data, "");
	buffer_free(&expected);
	free(text);
}

/* Only what is grouped without taking turns is read together. */
static void groups_are_small(void **state)
{
	const char *tracepoints[] = { "sched:sched_switch", "sched:sched_switch" };
	size_t n_leaders[PERF_TYPE_MAX] = { 0 };

	(void)state;
	set_list("collector.perf.tracepoint", tracepoints, 2);
	assert_int_equal(collect_start(&perf_collector), 0);
	for (int fd = 0; fd < FILES_MAX; fd++) {
		if (self.events[fd].is_open && self.events[fd].leader == fd)
			n_leaders[self.events[fd].type]++;
	}
	assert_int_equal(n_leaders[PERF_TYPE_HARDWARE], 9 * CPUS);
	assert_int_equal(n_leaders[PERF_TYPE_HW_CACHE], 16 * CPUS);
	assert_int_equal(n_leaders[PERF_TYPE_SOFTWARE], CPUS);
	assert_int_equal(n_leaders[PERF_TYPE_TRACEPOINT], CPUS);
}

static void profilers_are_chosen(void **state)
{
	const char *hardware[] = { "CpuInstr", "CpuNonsense", "CacheRef" };
	const char *cache[] = { "nonsense" };

	(void)state;
	set_list("collector.perf.hardware-profilers", hardware, 3);
	set_list("collector.perf.cache-profilers", cache, 1);
	*flag_bool("collector.perf.disable-software-profilers") = true;
	*(const char **)collect_flag(&perf_collector, "collector.perf.cpus") = "1";
	assert_int_equal(collect_start(&perf_collector), 0);
	assert_string_equal(collected.warnings.data, "perf: no such profiler: \"CpuNonsense\"\n"
	                                             "perf: no such profiler: \"nonsense\"\n");
	assert_int_equal(collect(&perf_collector), 0);
	assert_true(has_sample("node_perf_instructions_total{cpu=\"1\"} 1001"));
	assert_true(has_sample("node_perf_cache_refs_total{cpu=\"1\"} 1002"));
	assert_null(strstr(collected.text.data, "cpucycles"));
	assert_null(strstr(collected.text.data, "faults"));
	/* A list without a known name is no list. */
	assert_non_null(strstr(collected.text.data, "cache_ll_write_misses"));
}

static void a_cpu_goes_and_comes_back(void **state)
{
	(void)state;
	*flag_bool("collector.perf.disable-cache-profilers") = true;
	assert_int_equal(collect_start(&perf_collector), 0);
	self.extra = 50;
	assert_int_equal(collect(&perf_collector), 0);
	assert_true(has_sample("node_perf_page_faults_total{cpu=\"1\"} 1052"));
	write_online("0\n");
	assert_int_equal(collect(&perf_collector), 0);
	assert_true(has_sample("node_perf_page_faults_total{cpu=\"0\"} 52"));
	assert_null(strstr(collected.text.data, "cpu=\"1\""));
	write_online("0-1\n");
	/* The new descriptors count from the old ones' last value on. */
	assert_int_equal(collect(&perf_collector), 0);
	assert_true(has_sample("node_perf_page_faults_total{cpu=\"1\"} 2104"));
}

/* Between two scrapes, so that the list of CPUs is the same. */
static void a_cpu_was_away(void **state)
{
	(void)state;
	assert_int_equal(collect_start(&perf_collector), 0);
	assert_int_equal(collect(&perf_collector), 0);
	for (int fd = 0; fd < FILES_MAX; fd++)
		self.events[fd].is_dead = self.events[fd].cpu == 1;
	assert_int_equal(collect(&perf_collector), 0);
	assert_true(has_sample("node_perf_page_faults_total{cpu=\"0\"} 2"));
	assert_true(has_sample("node_perf_page_faults_total{cpu=\"1\"} 2004"));
	assert_true(has_sample("node_perf_instructions_total{cpu=\"1\"} 2002"));
	assert_string_equal(collected.warnings.data, "");
}

/* As when a second worker runs it: what is exported never falls. */
static void counts_go_on_in_another_process(void **state)
{
	(void)state;
	assert_int_equal(collect_start(&perf_collector), 0);
	assert_int_equal(collect(&perf_collector), 0);
	assert_true(has_sample("node_perf_page_faults_total{cpu=\"0\"} 2"));
	perf_collector.stop();
	assert_int_equal(collect_start(&perf_collector), 0);
	assert_int_equal(collect(&perf_collector), 0);
	assert_true(has_sample("node_perf_page_faults_total{cpu=\"0\"} 4"));
	self.extra = (uint64_t)-1;
	assert_int_equal(collect(&perf_collector), 0);
	assert_true(has_sample("node_perf_page_faults_total{cpu=\"0\"} 4"));
}

static void what_is_refused_is_said(void **state)
{
	(void)state;
	self.open_error = EACCES;
	assert_int_equal(collect_start(&perf_collector), 0);
	assert_int_equal(collect(&perf_collector), -EACCES);
	assert_string_equal(
		collect_reason(-EACCES),
		"perf_event_open on CPU 0: permission denied (see kernel.perf_event_paranoid)");
	assert_samples("");
	perf_collector.stop();
	self.fine = PERF_TYPE_SOFTWARE + 1;
	assert_int_equal(collect_start(&perf_collector), 0);
	assert_int_equal(collect(&perf_collector), 0);
	assert_string_equal(collected.warnings.data,
	                    "perf_event_open on CPU 0: permission denied\n");
	assert_true(has_sample("node_perf_page_faults_total{cpu=\"0\"} 2"));
	perf_collector.stop();
	/* A machine that does not have them is no reason to complain. */
	self.open_error = ENOENT;
	self.fine = 0;
	assert_int_equal(collect_start(&perf_collector), 0);
	assert_int_equal(collect(&perf_collector), 0);
	assert_string_equal(collected.warnings.data, "");
	assert_samples("");
}

static void tracepoints_must_be_there(void **state)
{
	const char *absent[] = { "sched:absent" }, *there[] = { "sched:sched_switch" };
	static const char *const odd[] = {
		"sched", "sched:", ":x", "a:b:c", "../a:b", "a:../b", ""
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		const char *items[] = { odd[i] };

		/* Again and again, as a worker that serves does. */
		set_list("collector.perf.tracepoint", items, 1);
		for (int k = 0; k < 8; k++)
			assert_int_equal(collect_start(&perf_collector), -EINVAL);
	}
	set_list("collector.perf.tracepoint", absent, 1);
	assert_int_equal(collect_start(&perf_collector), -ENOENT);
	assert_string_equal(collect_reason(-ENOENT), "sysfs kernel/debug/tracing/events/sched/"
	                                             "absent/id: no such file or directory");
	perf_collector.stop();
	set_list("collector.perf.tracepoint", there, 1);
	self.open_error = EPERM;
	self.fine = PERF_TYPE_SOFTWARE + 1;
	assert_int_equal(collect_start(&perf_collector), -EPERM);
	assert_string_equal(collect_reason(-EPERM),
	                    "--collector.perf.tracepoint: CPU 0: operation not permitted");
}

static void odd_reads_cost_their_group(void **state)
{
	(void)state;
	assert_int_equal(collect_start(&perf_collector), 0);
	self.read_error = EIO;
	assert_int_equal(collect(&perf_collector), -EIO);
	assert_true(has_sample("node_perf_page_faults_total{cpu=\"0\"} 2"));
	assert_null(strstr(collected.text.data, "cpu=\"1\""));
	self.read_error = 0;
	for (size_t bytes = 1; bytes <= 32; bytes++) {
		self.short_read = bytes;
		assert_true(collect(&perf_collector) < 0);
		assert_null(strstr(collected.text.data, "instructions"));
	}
	self.short_read = 0;
	assert_int_equal(collect(&perf_collector), 0);
	assert_non_null(strstr(collected.text.data, "node_perf_instructions_total{cpu=\"1\"}"));
}

static void cpus_are_checked(void **state)
{
	static const char *const odd[] = { "0-3:0", "1-", "x", "3-1", "0-3:-1", "70000" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		*(const char **)collect_flag(&perf_collector, "collector.perf.cpus") = odd[i];
		assert_int_equal(collect_start(&perf_collector), -EINVAL);
		perf_collector.stop();
	}
	*(const char **)collect_flag(&perf_collector, "collector.perf.cpus") = "1-6:2,9";
	assert_int_equal(collect_start(&perf_collector), 0);
	assert_int_equal(collect(&perf_collector), 0);
	assert_null(strstr(collected.text.data, "cpu=\"0\""));
	assert_non_null(strstr(collected.text.data, "cpu=\"1\""));
}

#define PERF_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PERF_TEST(every_event_is_the_right_one),
		PERF_TEST(groups_are_small),
		PERF_TEST(profilers_are_chosen),
		PERF_TEST(a_cpu_goes_and_comes_back),
		PERF_TEST(a_cpu_was_away),
		PERF_TEST(counts_go_on_in_another_process),
		PERF_TEST(what_is_refused_is_said),
		PERF_TEST(tracepoints_must_be_there),
		PERF_TEST(odd_reads_cost_their_group),
		PERF_TEST(cpus_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

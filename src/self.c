// SPDX-License-Identifier: Apache-2.0
/*
 * Always of the real /proc, whatever --path.procfs says. CPU time is that of the processes' CPU
 * clocks (clock_getcpuclockid(3)). The first three figures of /proc/PID/statm are the virtual, the
 * resident and the shared size in pages; field 22 of /proc/PID/stat is the start in ticks since
 * boot (proc(5)).
 */
#include "self.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shared.h"

static const struct metric cpu_seconds = {
	.name = "process_cpu_seconds_total",
	.help = "User and system CPU time spent by all processes of the exporter, in seconds.",
	.type = METRIC_COUNTER,
};
static const struct metric open_fds = {
	.name = "process_open_fds",
	.help = "File descriptors that are open in that process of the exporter which has most.",
	.type = METRIC_GAUGE,
};
static const struct metric max_fds = {
	.name = "process_max_fds",
	.help = "File descriptors that one process of the exporter may have open.",
	.type = METRIC_GAUGE,
};
static const struct metric virtual_bytes = {
	.name = "process_virtual_memory_bytes",
	.help = "Address space of the exporter's largest process, in bytes.",
	.type = METRIC_GAUGE,
};
static const struct metric virtual_max_bytes = {
	.name = "process_virtual_memory_max_bytes",
	.help = "Address space that one process of the exporter may have, in bytes.",
	.type = METRIC_GAUGE,
};
static const struct metric resident_bytes = {
	.name = "process_resident_memory_bytes",
	.help = "Memory that the exporter's processes hold resident, shared pages counted once.",
	.type = METRIC_GAUGE,
};
static const struct metric start_seconds = {
	.name = "process_start_time_seconds",
	.help = "When the exporter was started, in seconds since the epoch.",
	.type = METRIC_GAUGE,
};
static const struct metric received_bytes = {
	.name = "process_network_receive_bytes_total",
	.help = "Bytes received by IP in the exporter's network namespace.",
	.type = METRIC_COUNTER,
};
static const struct metric sent_bytes = {
	.name = "process_network_transmit_bytes_total",
	.help = "Bytes sent by IP in the exporter's network namespace.",
	.type = METRIC_COUNTER,
};

enum { KEPT_PROCESSES = 8 };

static struct {
	/* Files of processes that were there at the last scrape, too, stay open. */
	struct kept {
		pid_t pid; /* 0: free */
		int statm;
	} kept[KEPT_PROCESSES];
	double started; /* the keeper, in seconds since boot; 0: not known yet */
	double start;   /* the same in seconds since the epoch, as exported last */
} self;

struct usage {
	int64_t cpu_ns;
	uint64_t open_fds;      /* of the one that has most, as the limit is one for each */
	uint64_t virtual_pages; /* of the largest */
	uint64_t private_pages; /* the sum */
	uint64_t shared_pages;  /* of the largest */
};

/* The file from its beginning; what does not come at once, or does not fit, is left out. */
static int read_open(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	if (n < 0)
		return -errno;
	text[MIN((size_t)n, size - 1)] = '\0';
	return 0;
}

static int open_proc(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* A process' statm; where there is no room to keep it, *spare, to be closed. NULL: it is gone. */
static struct kept *open_statm(pid_t pid, struct kept *spare)
{
	struct kept *k = spare;

	for (size_t i = 0; i < KEPT_PROCESSES; i++) {
		if (self.kept[i].pid == pid)
			return &self.kept[i];
		if (!self.kept[i].pid)
			k = &self.kept[i];
	}
	k->statm = open_proc(pid, "statm");
	k->pid = k->statm < 0 ? 0 : pid;
	return k->pid ? k : NULL;
}

static void close_kept(struct kept *k)
{
	close(k->statm);
	*k = (struct kept){ 0 };
}

static void forget_the_gone(void)
{
	for (size_t i = 0; i < KEPT_PROCESSES; i++) {
		bool is_there = false;

		for (size_t n = 0; n < PROCESSES_MAX && self.kept[i].pid; n++)
			is_there |= atomic_load(&shared->processes[n].pid) == self.kept[i].pid;
		if (self.kept[i].pid && !is_there)
			close_kept(&self.kept[i]);
	}
}

static int add_statm(char *text, struct usage *u)
{
	uint64_t pages[3];

	for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
		char *field = next_field(&text);

		if (!field || parse_u64(field, &pages[i]) < 0)
			return -EINVAL;
	}
	u->virtual_pages = MAX(u->virtual_pages, pages[0]);
	u->private_pages += pages[1] - MIN(pages[2], pages[1]);
	u->shared_pages = MAX(u->shared_pages, pages[2]);
	return 0;
}

/* One process, if it is still there. */
static int add_process(pid_t pid, struct usage *u)
{
	struct kept spare, *k = open_statm(pid, &spare);
	struct timespec cpu = { 0 };
	char text[256];
	clockid_t clock;
	int r;

	if (!k)
		return -ESRCH;
	r = read_open(k->statm, text, sizeof(text));
	if (r == 0)
		r = add_statm(text, u);
	if (k == &spare || r < 0)
		close_kept(k);
	if (r == 0 && clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &cpu) == 0)
		u->cpu_ns += cpu.tv_sec * NS_PER_SEC + cpu.tv_nsec;
	return r;
}

/* When the keeper was started, in seconds since boot; 0 where that cannot be read. */
static double find_start(pid_t keeper)
{
	CLEANUP(cleanup_fd) int fd = open_proc(keeper, "stat");
	char text[1024], *at, *field = NULL;
	uint64_t ticks;

	if (fd < 0 || read_open(fd, text, sizeof(text)) < 0)
		return 0;
	/* The name in parentheses may hold anything. */
	at = strrchr(text, ')');
	if (!at)
		return 0;
	at++;
	for (unsigned i = 3; i <= 22; i++)
		field = next_field(&at);
	if (!field || parse_u64(field, &ticks) < 0)
		return 0;
	return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

/* Since Linux 6.2 the size of the fd directory is the number of descriptors. */
static uint64_t count_fds(pid_t pid)
{
	CLEANUP(cleanup_dir) DIR *dir = NULL;
	uint64_t count = 0;
	char path[64];
	struct dirent *e;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if (stat(path, &st) == 0 && st.st_size > 0)
		return (uint64_t)st.st_size;
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		count += e->d_name[0] != '.';
	return count;
}

/* Seconds between the epoch and the boot, as the kernel reckons now. */
static double boot_time(void)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (double)(real.tv_sec - boot.tv_sec) + (double)(real.tv_nsec - boot.tv_nsec) / 1e9;
}

/*
 * Only a step of the clock moves it, not the time that passes between two clocks' readings: another
 * start is taken for a restart.
 */
static void emit_start(struct scrape *s)
{
	double start = boot_time() + self.started;

	if (fabs(start - self.start) >= 1)
		self.start = rint(start * 100) / 100;
	emit(s, &start_seconds, self.start);
}

static void emit_limit(struct scrape *s, const struct metric *m, int resource)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)resource, &limit) == 0)
		emit(s, m, (double)limit.rlim_cur);
}

/* netstat has pairs of lines: names, then figures in the same order. */
static void emit_network(struct scrape *s, char *text)
{
	static const char group[] = "IpExt:";
	char *names, *figures, *name, *figure;

	while ((names = next_line(&text)) && (figures = next_line(&text))) {
		if (!starts_with(names, group) || !starts_with(figures, group))
			continue;
		while ((name = next_field(&names)) && (figure = next_field(&figures))) {
			uint64_t bytes;

			if (parse_u64(figure, &bytes) < 0)
				continue;
			if (strcmp(name, "InOctets") == 0)
				emit(s, &received_bytes, (double)bytes);
			else if (strcmp(name, "OutOctets") == 0)
				emit(s, &sent_bytes, (double)bytes);
		}
		return;
	}
}

/* By the tree where that is the real one: a collector may read the same file in this run. */
static void collect_network(struct scrape *s)
{
	char buffer[8192], *text = buffer;
	CLEANUP(cleanup_fd) int fd = -1;

	if (tree_is_default(TREE_PROC)) {
		if (tree_read(s, TREE_PROC, &text, "net/netstat") == 0)
			emit_network(s, text);
		return;
	}
	fd = open("/proc/self/net/netstat", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read_open(fd, buffer, sizeof(buffer)) == 0)
		emit_network(s, text);
}

static int self_collect(struct scrape *s)
{
	double page = (double)sysconf(_SC_PAGESIZE);
	struct usage u = { 0 };
	size_t count = 0;

	forget_the_gone();
	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		pid_t pid = atomic_load(&shared->processes[i].pid);

		if (!pid || add_process(pid, &u) < 0)
			continue;
		u.open_fds = MAX(u.open_fds, count_fds(pid));
		count++;
		if (!self.started && atomic_load(&shared->processes[i].role) == ROLE_KEEPER)
			self.started = find_start(pid);
	}
	if (!count)
		return fail(s, -ENOENT, "/proc: no figures of our own processes");
	emit(s, &cpu_seconds, (double)(u.cpu_ns + atomic_load(&shared->reaped_cpu_ns)) / 1e9);
	emit(s, &open_fds, (double)u.open_fds);
	emit(s, &virtual_bytes, (double)u.virtual_pages * page);
	emit(s, &resident_bytes, (double)(u.private_pages + u.shared_pages) * page);
	if (self.started)
		emit_start(s);
	emit_limit(s, &max_fds, RLIMIT_NOFILE);
	emit_limit(s, &virtual_max_bytes, RLIMIT_AS);
	collect_network(s);
	return 0;
}

const struct collector self_collector = {
	.name = "self",
	.help = "the exporter's own processes",
	.default_on = true,
	.collect = self_collect,
};

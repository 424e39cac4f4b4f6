// SPDX-License-Identifier: Apache-2.0
/*
 * Always of the real /proc, whatever --path.procfs says. From /proc/PID/stat: fields 14 and 15 are
 * user and system time in ticks, 22 the start in ticks since boot, 23 the virtual size in bytes;
 * from /proc/PID/statm: the second and third figure are resident and shared pages (proc(5)).
 */
#include "self.h"

#include <errno.h>
#include <fcntl.h>
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
	.help = "File descriptors that the exporter's processes have open.",
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

/* Files of processes that were there at the last scrape, too, stay open. */
static struct {
	struct kept {
		pid_t pid; /* 0: free */
		int stat;
		int statm;
	} kept[KEPT_PROCESSES];
} self;

struct usage {
	uint64_t ticks;
	uint64_t open_fds;
	uint64_t virtual_bytes; /* of the largest */
	uint64_t private_pages; /* the sum */
	uint64_t shared_pages;  /* of the largest */
	uint64_t start_ticks;   /* of the keeper */
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
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void close_kept(struct kept *k)
{
	close(k->stat);
	close(k->statm);
	*k = (struct kept){ 0 };
}

/* Two open files of a process; *k is kept where there is room, else *spare, to be closed. */
static struct kept *open_files(pid_t pid, struct kept *spare)
{
	struct kept *k = spare;

	for (size_t i = 0; i < KEPT_PROCESSES; i++) {
		if (self.kept[i].pid == pid)
			return &self.kept[i];
		if (!self.kept[i].pid)
			k = &self.kept[i];
	}
	k->stat = open_proc(pid, "stat");
	k->statm = k->stat < 0 ? k->stat : open_proc(pid, "statm");
	if (k->statm < 0) {
		if (k->stat >= 0)
			close(k->stat);
		*k = (struct kept){ 0 };
		return NULL;
	}
	k->pid = pid;
	return k;
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

/* The stat fields behind the name in parentheses, which may hold anything. */
static int add_stat(char *text, bool is_keeper, struct usage *u)
{
	uint64_t user = 0, system = 0, start = 0, size = 0;
	char *at = strrchr(text, ')'), *field;
	unsigned i = 3;

	if (!at)
		return -EINVAL;
	at++;
	for (; i <= 23 && (field = next_field(&at)); i++) {
		uint64_t *to = i == 14 ? &user : i == 15 ? &system : i == 22 ? &start : &size;

		if ((i == 14 || i == 15 || i == 22 || i == 23) && parse_u64(field, to) < 0)
			return -EINVAL;
	}
	if (i <= 23)
		return -EINVAL;
	u->ticks += user + system;
	u->virtual_bytes = MAX(u->virtual_bytes, size);
	if (is_keeper)
		u->start_ticks = start;
	return 0;
}

static int add_statm(char *text, struct usage *u)
{
	uint64_t resident, common;
	char *field;

	(void)next_field(&text); /* the virtual size in pages */
	field = next_field(&text);
	if (!field || parse_u64(field, &resident) < 0)
		return -EINVAL;
	field = next_field(&text);
	if (!field || parse_u64(field, &common) < 0)
		return -EINVAL;
	u->private_pages += resident - MIN(common, resident);
	u->shared_pages = MAX(u->shared_pages, common);
	return 0;
}

/* One process, if it is still there. */
static int add_process(pid_t pid, bool is_keeper, struct usage *u)
{
	struct kept spare, *k = open_files(pid, &spare);
	char text[1024];
	int r;

	if (!k)
		return -ESRCH;
	r = read_open(k->stat, text, sizeof(text));
	if (r == 0)
		r = add_stat(text, is_keeper, u);
	if (r == 0)
		r = read_open(k->statm, text, sizeof(text));
	if (r == 0)
		r = add_statm(text, u);
	if (k == &spare || r < 0)
		close_kept(k);
	return r;
}

/* Since Linux 6.2 the size of the fd directory is the number of descriptors. */
static void add_fds(pid_t pid, struct usage *u)
{
	CLEANUP(cleanup_dir) DIR *dir = NULL;
	char path[64];
	struct dirent *e;
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if (stat(path, &st) == 0 && st.st_size > 0) {
		u->open_fds += (uint64_t)st.st_size;
		return;
	}
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		u->open_fds += e->d_name[0] != '.';
}

/* Seconds between the epoch and the boot, as the kernel reckons now. */
static double boot_time(void)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (double)(real.tv_sec - boot.tv_sec) + (double)(real.tv_nsec - boot.tv_nsec) / 1e9;
}

static void emit_limit(struct scrape *s, const struct metric *m, int resource)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)resource, &limit) == 0)
		emit(s, m, (double)limit.rlim_cur);
}

/* netstat has pairs of lines: names, then figures in the same order. */
static void emit_network(struct scrape *s)
{
	static const char group[] = "IpExt:";
	char text[8192], *at = text, *names, *figures, *name, *figure;
	CLEANUP(cleanup_fd) int fd = open("/proc/self/net/netstat", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read_open(fd, text, sizeof(text)) < 0)
		return;
	while ((names = next_line(&at)) && (figures = next_line(&at))) {
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
	}
}

static int self_collect(struct scrape *s)
{
	double hertz = (double)sysconf(_SC_CLK_TCK), page = (double)sysconf(_SC_PAGESIZE);
	struct usage u = { 0 };
	size_t count = 0;

	forget_the_gone();
	for (size_t i = 0; i < PROCESSES_MAX; i++) {
		pid_t pid = atomic_load(&shared->processes[i].pid);
		bool is_keeper = atomic_load(&shared->processes[i].role) == ROLE_KEEPER;

		if (!pid || add_process(pid, is_keeper, &u) < 0)
			continue;
		add_fds(pid, &u);
		count++;
	}
	if (!count)
		return fail(s, -ENOENT, "/proc: no figures of our own processes");
	emit(s, &cpu_seconds,
	     (double)u.ticks / hertz + (double)atomic_load(&shared->reaped_cpu_ns) / 1e9);
	emit(s, &open_fds, (double)u.open_fds);
	emit(s, &virtual_bytes, (double)u.virtual_bytes);
	emit(s, &resident_bytes, (double)(u.private_pages + u.shared_pages) * page);
	emit(s, &start_seconds, boot_time() + (double)u.start_ticks / hertz);
	emit_limit(s, &max_fds, RLIMIT_NOFILE);
	emit_limit(s, &virtual_max_bytes, RLIMIT_AS);
	emit_network(s);
	return 0;
}

const struct collector self_collector = {
	.name = "self",
	.help = "the exporter's own processes",
	.default_on = true,
	.collect = self_collect,
};

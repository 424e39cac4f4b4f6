// SPDX-License-Identifier: Apache-2.0
/*
 * How many processes and threads there are: procfs PID/stat, where the name in parentheses may hold
 * anything, and the same file of each thread in PID/task.
 *
 *   10 (rcu_tasks_kthread) I 2 0 0 0 -1 69238848 0 0 0 0 0 0 0 0 20 0 1 0 …
 *
 * The 3rd field is the state, the 20th the number of threads.
 */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "collector.h"

enum {
	STAT_MAX = 4096, /* 52 numbers and a name of 64 bytes at most are well below it */
	THREADS_FIELD = 20 - 3,
	STATES = 128, /* an ASCII letter each */
};

static const struct metric threads = {
	.name = "node_processes_threads",
	.help = "Threads of all processes.",
	.type = METRIC_GAUGE,
};

static const struct metric max_threads = {
	.name = "node_processes_max_threads",
	.help = "How many threads there may be.",
	.type = METRIC_GAUGE,
};

static const struct metric threads_state = {
	.name = "node_processes_threads_state",
	.help = "Threads by their state, a letter as in proc_pid_stat(5).",
	.type = METRIC_GAUGE,
	.labels = LABELS("thread_state"),
};

static const struct metric processes_state = {
	.name = "node_processes_state",
	.help = "Processes by the state of their first thread, a letter as in proc_pid_stat(5).",
	.type = METRIC_GAUGE,
	.labels = LABELS("state"),
};

static const struct metric pids = {
	.name = "node_processes_pids",
	.help = "Processes.",
	.type = METRIC_GAUGE,
};

static const struct metric max_processes = {
	.name = "node_processes_max_processes",
	.help = "The limit of process numbers, and so of processes and threads.",
	.type = METRIC_GAUGE,
};

struct counts {
	uint64_t processes;
	uint64_t threads;
	uint64_t process_states[STATES];
	uint64_t thread_states[STATES];
};

struct stat_line {
	unsigned char state;
	uint64_t threads;
};

static bool is_number(const char *name)
{
	return *name && name[strspn(name, "0123456789")] == '\0';
}

/* The last error of a process or thread that has just ended. */
static bool has_ended(int r)
{
	return r == -ENOENT || r == -ESRCH;
}

static bool parse_stat(char *text, struct stat_line *ret)
{
	char *rest = strrchr(text, ')'), *field;
	struct stat_line line = { 0 };

	if (!rest)
		return false;
	rest++;
	field = next_field(&rest);
	if (!field || strlen(field) != 1 || !isalpha((unsigned char)*field))
		return false;
	line.state = (unsigned char)*field;
	for (size_t i = 0; i < THREADS_FIELD && field; i++)
		field = next_field(&rest);
	if (!field || parse_u64(field, &line.threads) < 0)
		return false;
	*ret = line;
	return true;
}

/*
 * Not by tree_read(), which would keep each of these files open at the cost of those that last.
 * -EINVAL, after warn(), where it is not as expected.
 */
static int read_stat(struct scrape *s, const char *dir, struct stat_line *ret)
{
	CLEANUP(cleanup_fd) int fd = -1;
	char text[STAT_MAX];
	ssize_t n;
	int r;

	r = tree_open(s, TREE_PROC, O_RDONLY, &fd, "%s/stat", dir);
	if (r < 0)
		return r;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return fail(s, -errno, "procfs %s/stat: %s", dir, error_text(errno));
	text[n] = '\0';
	if (parse_stat(text, ret))
		return 0;
	warn(s, "procfs %s/stat: expected a name, a state and a number of threads", dir);
	return -EINVAL;
}

/* The threads of a process by their state; first is what its own file says. */
static int count_states(struct scrape *s, const char *pid, const struct stat_line *first,
                        struct counts *c)
{
	char **names;
	int r;

	/* Spares listing the one thread that there is. */
	if (first->threads == 1) {
		if (tree_exists(s, TREE_PROC, "%s/task", pid))
			c->thread_states[first->state]++;
		return 0;
	}
	r = tree_list(s, TREE_PROC, &names, "%s/task", pid);
	if (r < 0)
		return has_ended(r) ? 0 : r;
	for (; *names; names++) {
		struct stat_line line = *first;

		if (!is_number(*names))
			continue;
		if (strcmp(*names, pid) != 0) {
			r = read_stat(s, scrape_printf(s, "%s/task/%s", pid, *names), &line);
			if (has_ended(r) || r == -EINVAL)
				continue;
			if (r < 0)
				return r;
		}
		c->thread_states[line.state]++;
	}
	return 0;
}

static int count_all(struct scrape *s, struct counts *c)
{
	char **names;
	int r;

	r = tree_list(s, TREE_PROC, &names, ".");
	if (r < 0)
		return r;
	for (; *names; names++) {
		struct stat_line line;

		if (!is_number(*names))
			continue;
		r = read_stat(s, *names, &line);
		if (has_ended(r) || r == -EINVAL)
			continue;
		/* As with hidepid=1: a count of some of them would be a wrong one. */
		if (r < 0)
			return r;
		c->processes++;
		c->threads += line.threads;
		c->process_states[line.state]++;
		r = count_states(s, *names, &line, c);
		if (r < 0)
			return r;
	}
	return 0;
}

static void emit_states(struct scrape *s, const struct metric *m, const uint64_t counts[STATES])
{
	for (size_t i = 0; i < STATES; i++)
		if (counts[i])
			emit(s, m, (double)counts[i], (const char[]){ (char)i, '\0' });
}

static int collect_limit(struct scrape *s, const struct metric *m, const char *file)
{
	uint64_t limit;
	int r;

	r = tree_read_u64(s, TREE_PROC, &limit, "sys/kernel/%s", file);
	if (r == 0)
		emit(s, m, (double)limit);
	return r;
}

static int collect_counts(struct scrape *s)
{
	struct counts c = { 0 };
	int r;

	r = count_all(s, &c);
	if (r < 0)
		return r;
	emit(s, &threads, (double)c.threads);
	emit(s, &pids, (double)c.processes);
	emit_states(s, &processes_state, c.process_states);
	emit_states(s, &threads_state, c.thread_states);
	return 0;
}

static int collect_max_threads(struct scrape *s)
{
	return collect_limit(s, &max_threads, "threads-max");
}

static int collect_max_processes(struct scrape *s)
{
	return collect_limit(s, &max_processes, "pid_max");
}

static int processes_collect(struct scrape *s)
{
	static int (*const parts[])(struct scrape * s) = { collect_counts, collect_max_threads,
		                                           collect_max_processes };
	const char *why = NULL;
	int r, result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		r = parts[i](s);
		if (r < 0 && result == 0) {
			result = r;
			why = failure(s, r);
		}
	}
	return result < 0 ? fail(s, result, "%s", why) : 0;
}

COLLECTOR(processes, .help = "numbers of processes and threads by state",
          .collect = processes_collect);

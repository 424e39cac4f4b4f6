// SPDX-License-Identifier: Apache-2.0
#include "perfevent.h"

#include <assert.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A group as read(2) has it. */
struct reading {
	uint64_t count;
	uint64_t enabled; /* ns */
	uint64_t running; /* ns */
	uint64_t values[PERF_GROUP_MAX];
};

static int open_event(const struct perf_event *event, unsigned cpu, int leader)
{
	struct perf_event_attr attr = {
		.type = event->type,
		.size = PERF_ATTR_SIZE_VER0, /* which is all that is used */
		.config = event->config,
		.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED |
		               PERF_FORMAT_TOTAL_TIME_RUNNING,
		.exclude_hv = 1,
	};
	int fd;

	fd = (int)syscall(SYS_perf_event_open, &attr, -1, (int)cpu, leader, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int perf_open(struct perf_group *g, unsigned cpu, const struct perf_event *events, size_t count)
{
	int leader = -1, r = 0;

	assert(count <= PERF_GROUP_MAX);
	g->fds = xcalloc(count, sizeof(*g->fds));
	g->count = count;
	g->enabled = 0;
	for (size_t i = 0; i < count; i++) {
		int fd = open_event(&events[i], cpu, leader);

		g->fds[i] = MAX(fd, -1);
		if (leader < 0)
			leader = g->fds[i];
		if (fd < 0 && r == 0)
			r = fd;
	}
	return r;
}

void perf_close(struct perf_group *g)
{
	for (size_t i = 0; i < g->count; i++)
		cleanup_fd(&g->fds[i]);
	free(g->fds);
	*g = (struct perf_group){ 0 };
}

int perf_read(struct perf_group *g, uint64_t *values)
{
	struct reading reading;
	size_t n_open = 0, k = 0;
	int leader = -1;
	ssize_t size;

	for (size_t i = g->count; i-- > 0;) {
		if (g->fds[i] < 0)
			continue;
		leader = g->fds[i];
		n_open++;
	}
	if (!n_open)
		return 0;
	do {
		size = read(leader, &reading, sizeof(reading));
	} while (size < 0 && errno == EINTR);
	if (size < 0)
		return -errno;
	/* When a CPU goes, its groups fall apart and their time stands still, also when it is back.
	 */
	if (size < (ssize_t)offsetof(struct reading, values) || reading.count != n_open ||
	    reading.enabled == g->enabled)
		return -ESTALE;
	if ((size_t)size != offsetof(struct reading, values) + n_open * sizeof(values[0]))
		return -EBADMSG;
	g->enabled = reading.enabled;
	for (size_t i = 0; i < g->count; i++) {
		if (g->fds[i] >= 0)
			values[i] = reading.values[k++];
	}
	return 0;
}

bool perf_is_unsupported(int r)
{
	return r == -ENOENT || r == -ENODEV || r == -EOPNOTSUPP || r == -EINVAL || r == -ENXIO;
}

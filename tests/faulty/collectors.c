// SPDX-License-Identifier: Apache-2.0
/*
 * Collectors that misbehave on demand, for the programme tests/nodegauge-faulty. Each emits
 * test_value{collector} and then, where the file fault/NAME below --path.procfs exists, does what
 * its name says. Those that take time make a file fault/NAME.begun first.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "collector.h"
#include "scrape.h"
#include "shared.h"

static const struct metric value = {
	.name = "test_value",
	.help = "Emitted by each collector of the fault tests.",
	.type = METRIC_GAUGE,
	.labels = LABELS("collector"),
};
static const struct metric item_value = {
	.name = "test_item",
	.help = "Emitted for each item that could be asked.",
	.type = METRIC_GAUGE,
	.labels = LABELS("item"),
};

static bool is_faulty(struct scrape *s)
{
	return tree_exists(s, TREE_PROC, "fault/%s", s->collector->name);
}

static void say_begun(struct scrape *s)
{
	const char *path = tree_path(s, TREE_PROC, "fault/%s.begun", s->collector->name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd >= 0) /* else the test waits in vain, and says so */
		close(fd);
}

static int healthy_collect(struct scrape *s)
{
	emit(s, &value, 1, s->collector->name);
	return 0;
}
COLLECTOR(healthy, .default_on = true, .collect = healthy_collect);

static int crash_collect(struct scrape *s)
{
	emit(s, &value, 1, s->collector->name);
	if (is_faulty(s))
		raise(SIGSEGV);
	return 0;
}
COLLECTOR(crash, .default_on = true, .collect = crash_collect);

static int spin_collect(struct scrape *s)
{
	volatile unsigned long turns = 0;

	emit(s, &value, 1, s->collector->name);
	if (is_faulty(s))
		say_begun(s);
	while (is_faulty(s))
		turns++;
	return 0;
}
COLLECTOR(spin, .default_on = true, .collect = spin_collect);

/* Two items, one of which takes as many milliseconds as the file says. */
static int slow_collect(struct scrape *s)
{
	uint64_t ms;

	if (hazard(s, "quick"))
		emit(s, &item_value, 1, "quick");
	if (!hazard(s, "slow"))
		return 0;
	if (is_faulty(s) && tree_read_u64(s, TREE_PROC, &ms, "fault/slow") == 0) {
		struct timespec left = { .tv_sec = (time_t)(ms / 1000),
			                 .tv_nsec = (long)(ms % 1000) * 1000000 };

		say_begun(s);
		while (nanosleep(&left, &left) < 0)
			;
	}
	emit(s, &item_value, 2, "slow");
	return 0;
}
COLLECTOR(slow, .default_on = true, .may_block = true, .collect = slow_collect);

/* statfs(2) of the directory that the file names: a mount that never answers. */
static int hang_collect(struct scrape *s)
{
	struct statfs st;
	char *path;

	emit(s, &value, 1, s->collector->name);
	if (!is_faulty(s) || tree_read_attr(s, TREE_PROC, &path, "fault/hang") < 0)
		return 0;
	if (hazard(s, path) && statfs(path, &st) < 0)
		return fail(s, -errno, "hang: %s", error_text(errno));
	return 0;
}
COLLECTOR(hang, .default_on = true, .may_block = true, .collect = hang_collect);

static int leak_collect(struct scrape *s)
{
	emit(s, &value, 1, s->collector->name);
	while (is_faulty(s))
		memset(xmalloc(16 << 20), 1, 16 << 20);
	return 0;
}
COLLECTOR(leak, .default_on = true, .collect = leak_collect);

/* Overwrites its own sample set behind the writer's back. */
static int garbage_collect(struct scrape *s)
{
	emit(s, &value, 1, s->collector->name);
	if (is_faulty(s))
		memset(s->set.base, 0xa5, s->set.used);
	return 0;
}
COLLECTOR(garbage, .default_on = true, .collect = garbage_collect);

/* Writes over all that processes share, the heads of segments included. */
static int scribble_collect(struct scrape *s)
{
	emit(s, &value, 1, s->collector->name);
	if (!is_faulty(s))
		return 0;
	memset((void *)shared, 0xff, sizeof(*shared));
	memset((void *)((uintptr_t)s->set.base & ~(uintptr_t)0xfff), 0x5a, 4096);
	return 0;
}
COLLECTOR(scribble, .default_on = true, .collect = scribble_collect);

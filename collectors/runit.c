// SPDX-License-Identifier: Apache-2.0
/*
 * Services that runit keeps: SERVICE/supervise/status in the directory of services, 20 bytes of
 * which these count:
 *
 *   0-7   when the state changed last: seconds of TAI64, the highest byte first
 *   17    the state that is wanted: 'u' is up, 'd' down
 *   19    the state: 0 is down, 1 up, 2 that its finish script runs
 */

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "collector.h"

enum { STATUS_SIZE = 20, WANTED = 17, STATE = 19 };

/* 1970 in TAI64. */
static const uint64_t tai_epoch = 4611686018427387914;

static const char supervisor[] = "runit";
static const char default_dir[] = "/etc/service";

#define SERVICE_METRIC(NAME, HELP) \
	{ \
		.name = "node_service_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS("service", "supervisor") \
	}

static const struct metric state =
	SERVICE_METRIC("state", "State of the service: 0: down; 1: up; 2: its finish script runs.");
static const struct metric desired_state =
	SERVICE_METRIC("desired_state", "Whether the service is meant to be up now.");
static const struct metric normal_state =
	SERVICE_METRIC("normal_state", "Whether the service is meant to be up after boot.");
static const struct metric last_change =
	SERVICE_METRIC("state_last_change_timestamp_seconds",
                       "When the service's state changed last, in seconds since 1970.");

static struct {
	const char *dir;
} self;

static const struct flag flags[] = {
	{ .name = "collector.runit.servicedir",
	  .type = FLAG_STRING,
	  .target = &self.dir,
	  .value = default_dir,
	  .help = "The directory of services." },
	{ 0 },
};

static int runit_start(struct scrape *s)
{
	if (!*self.dir)
		self.dir = default_dir;
	warn(s, "runit: this collector is deprecated and will be gone in the next major version");
	return 0;
}

/* What is behind the end counts as 0. An empty file is an error. */
static int read_status(int dir, const char *path, unsigned char status[static STATUS_SIZE])
{
	CLEANUP(cleanup_fd) int fd = -1;
	ssize_t n;

	fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	memset(status, 0, STATUS_SIZE);
	n = read(fd, status, STATUS_SIZE);
	if (n < 0)
		return -errno;
	return n ? 0 : -ENODATA;
}

static void collect_service(struct scrape *s, int dir, const char *name)
{
	unsigned char status[STATUS_SIZE];
	uint64_t changed;
	int r;

	r = read_status(dir, scrape_printf(s, "%s/supervise/status", name), status);
	if (r < 0) {
		/* Not a service, or one that no one keeps. */
		if (r != -ENOENT && r != -ENOTDIR)
			warn(s, "%s/%s/supervise/status: %s", self.dir, name,
			     r == -ENODATA ? "it is empty" : error_text(r));
		return;
	}
	memcpy(&changed, status, sizeof(changed));
	emit(s, &state, status[STATE], name, supervisor);
	emit(s, &desired_state, status[WANTED] == 'u', name, supervisor);
	emit(s, &last_change, (double)(int64_t)(be64toh(changed) - tai_epoch), name, supervisor);
	/* runit itself looks for the file in the directory above; upstream does here. */
	emit(s, &normal_state,
	     faccessat(dir, scrape_printf(s, "%s/supervise/down", name), F_OK, 0) < 0, name,
	     supervisor);
}

static int runit_collect(struct scrape *s)
{
	CLEANUP(cleanup_dir) DIR *dir = NULL;
	struct dirent *e;

	dir = opendir(self.dir);
	if (!dir)
		return fail(s, -errno, "%s: %s", self.dir, error_text(errno));
	for (errno = 0; (e = readdir(dir)); errno = 0)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			collect_service(s, dirfd(dir), e->d_name);
	return errno ? fail(s, -errno, "%s: %s", self.dir, error_text(errno)) : 0;
}

COLLECTOR(runit, .help = "services that runit keeps (deprecated)",
          .needs = "the service directory of runit", .flags = flags, .start = runit_start,
          .collect = runit_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * By libudev's monitor, group "kernel": what the group "udev" says is said by udevd, which
 * containers and some systems do not have.
 */
#include "devices.h"

#include <errno.h>
#include <fcntl.h>
#include <libudev.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define SETTLE_NS (2 * NS_PER_SEC)

enum {
	SLOTS = 64,
	HEAR_MAX = 4096,
	BUFFER_SIZE = 128 << 10,
	KERNEL_GROUP = 1,
	FIRST_USER_NAMESPACE = 0xEFFFFFFD, /* its inode: PROC_USER_INIT_INO */
};

struct change {
	uint64_t generation;
	int64_t at;
};

static struct {
	struct udev *udev;
	struct udev_monitor *monitor;
	uint64_t generation; /* the newest */
	int64_t now;         /* the beginning of the run */
	struct change all;   /* may concern any device */
	/* By hash of the subsystem. Those that share one share their changes. */
	struct change slots[SLOTS];
} self;

/* Devices of the second kind change those of the first. */
static const struct {
	const char *subsystem;
	const char *by;
} dependents[] = {
	{ "hwmon", "thermal" }, /* a zone adds its inputs to a chip that is there already */
	{ "nvme", "block" },    /* namespaces lie in their controller's directory */
	{ "nvme-subsystem", "block" },
	{ "nvme-subsystem", "nvme" },
};

/* These come and go by network namespace, and sysfs need not show our own. */
static const char *const namespaced[] = { "net", "ieee80211", "infiniband" };

/* Whatever comes with these may bring or take a whole class or bus. */
static const char *const general[] = { "module", "class", "bus", "drivers", "subsystem" };

static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static struct change *slot_of(const char *subsystem)
{
	return &self.slots[hash_text(0, subsystem) % SLOTS];
}

static void mark(struct change *c)
{
	*c = (struct change){ .generation = ++self.generation, .at = self.now };
}

static void mark_subsystem(const char *subsystem)
{
	if (!subsystem || is_among(subsystem, general, ARRAY_SIZE(general))) {
		mark(&self.all);
		return;
	}
	mark(slot_of(subsystem));
	for (size_t i = 0; i < ARRAY_SIZE(dependents); i++)
		if (strcmp(dependents[i].by, subsystem) == 0)
			mark(slot_of(dependents[i].subsystem));
}

/* Whether the kernel tells this network namespace of devices that belong to none. */
static int check_namespace(void)
{
	CLEANUP(cleanup_fd) int net = -1;
	CLEANUP(cleanup_fd) int user = -1;
	struct stat st;

	net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (net < 0)
		return -errno;
	user = ioctl(net, NS_GET_USERNS);
	if (user < 0 || fstat(user, &st) < 0)
		return -errno;
	return st.st_ino == FIRST_USER_NAMESPACE ? 0 : -EXDEV;
}

/* Substitutes of libudev have monitors that hear from someone else, or from no one. */
static int check_socket(int fd)
{
	struct sockaddr_nl address = { 0 };
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	return address.nl_family == AF_NETLINK && (address.nl_groups & KERNEL_GROUP)
	               ? 0
	               : -EPROTONOSUPPORT;
}

static void stop_listening(void)
{
	udev_monitor_unref(self.monitor);
	udev_unref(self.udev);
	self.monitor = NULL;
	self.udev = NULL;
}

static int open_monitor(void)
{
	int r;

	self.udev = udev_new();
	if (!self.udev)
		return -errno;
	self.monitor = udev_monitor_new_from_netlink(self.udev, "kernel");
	if (!self.monitor)
		return -errno;
	/* libudev would have 128 MiB of it. What does not fit makes all devices be looked at. */
	r = udev_monitor_set_receive_buffer_size(self.monitor, BUFFER_SIZE);
	if (r >= 0)
		r = udev_monitor_enable_receiving(self.monitor);
	return r < 0 ? r : check_socket(udev_monitor_get_fd(self.monitor));
}

int devices_listen(void)
{
	int r;

	r = check_namespace();
	if (r == 0)
		r = open_monitor();
	if (r < 0) {
		stop_listening();
		return r;
	}
	self.now = now_ns();
	mark(&self.all);
	return 0;
}

/* One message. False where the monitor can go no further. */
static bool hear_one(void)
{
	struct udev_device *device;
	int e;

	errno = 0;
	device = udev_monitor_receive_device(self.monitor);
	e = errno;
	if (device) {
		mark_subsystem(udev_device_get_subsystem(device));
		udev_device_unref(device);
		return true;
	}
	/* libudev passes over what is not the kernel's. */
	if (!e || e == EAGAIN || e == EINTR)
		return true;
	mark(&self.all);
	return e == ENOBUFS; /* messages were lost, but others follow */
}

void devices_hear(void)
{
	struct pollfd fd;

	if (!self.monitor)
		return;
	self.now = now_ns();
	fd = (struct pollfd){ .fd = udev_monitor_get_fd(self.monitor), .events = POLLIN };
	for (size_t i = 0; i < HEAR_MAX; i++)
		if (poll(&fd, 1, 0) <= 0 || !hear_one())
			return;
	mark(&self.all); /* there is more */
}

/* The last one that concerned these devices; NULL where nobody would tell. */
static const struct change *last_change(const char *subsystem)
{
	const struct change *own = slot_of(subsystem);

	if (!self.monitor || is_among(subsystem, namespaced, ARRAY_SIZE(namespaced)))
		return NULL;
	return own->generation > self.all.generation ? own : &self.all;
}

uint64_t devices_generation(const char *subsystem)
{
	const struct change *c = last_change(subsystem);

	return c ? c->generation : 0;
}

bool devices_are_settled(const char *subsystem)
{
	const struct change *c = last_change(subsystem);

	return c && self.now - c->at >= SETTLE_NS;
}

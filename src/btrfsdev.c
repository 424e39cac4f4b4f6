// SPDX-License-Identifier: Apache-2.0
#include "btrfsdev.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "collector.h"
#include "mounts.h"

enum {
	SUBVOLUME_INODE = 256, /* of the top of every subvolume */
	DEVICES_MAX = 1024,
	IDS_MAX = 65536,
};

static_assert((int)BTRFS_ERRORS == (int)BTRFS_DEV_STAT_VALUES_MAX, "all kinds of errors");

static const char *format_uuid(struct scrape *s, const uint8_t bytes[BTRFS_UUID_SIZE])
{
	static const uint8_t zero[BTRFS_UUID_SIZE];

	if (memcmp(bytes, zero, sizeof(zero)) == 0)
		return "<zero>";
	return scrape_printf(
		s, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", bytes[0],
		bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8],
		bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]);
}

/* ioctl() has requests as an int or as a long, by the C library. */
static int ask(int fd, unsigned request, void *argument)
{
	return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

/* -ENODEV where no device has that number. */
static int read_device(struct scrape *s, int fd, uint64_t id, struct btrfs_device *ret)
{
	struct btrfs_ioctl_dev_info_args info = { .devid = id };
	struct btrfs_ioctl_get_dev_stats stats = { .devid = id, .nr_items = BTRFS_ERRORS };
	const char *path, *slash;
	int r;

	r = ask(fd, BTRFS_IOC_DEV_INFO, &info);
	if (r == 0)
		r = ask(fd, BTRFS_IOC_GET_DEV_STATS, &stats);
	if (r < 0)
		return r;
	info.path[sizeof(info.path) - 1] = '\0';
	path = (const char *)info.path;
	slash = strrchr(path, '/');
	*ret = (struct btrfs_device){
		.name = scrape_printf(s, "%s", slash ? slash + 1 : path),
		.uuid = format_uuid(s, info.uuid),
		.size = info.total_bytes,
		.used = info.bytes_used,
	};
	for (size_t i = 0; i < BTRFS_ERRORS; i++)
		ret->errors[i] = stats.values[i];
	return 0;
}

/* All devices of a volume. Those that go meanwhile are left out. */
static int read_devices(struct scrape *s, int fd, const struct btrfs_ioctl_fs_info_args *info,
                        struct btrfs_volume *volume)
{
	int r;

	if (info->num_devices > DEVICES_MAX)
		return -EFBIG;
	volume->devices = scrape_alloc(s, info->num_devices * sizeof(*volume->devices));
	for (uint64_t id = 0; id <= info->max_id && volume->count < info->num_devices; id++) {
		if (id > IDS_MAX)
			return -EFBIG;
		r = read_device(s, fd, id, &volume->devices[volume->count]);
		if (r < 0 && r != -ENODEV)
			return r;
		volume->count += r == 0;
	}
	return 0;
}

int btrfs_read(struct scrape *s, int fd, struct btrfs_volume *ret)
{
	struct btrfs_ioctl_fs_info_args info = { 0 };
	struct btrfs_volume volume = { 0 };
	int r;

	r = ask(fd, BTRFS_IOC_FS_INFO, &info);
	if (r == 0)
		r = read_devices(s, fd, &info, &volume);
	if (r < 0)
		return r;
	volume.fsid = format_uuid(s, info.fsid);
	*ret = volume;
	return 0;
}

static bool is_known(const struct btrfs_volume *volumes, size_t count, const char *fsid)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(volumes[i].fsid, fsid) == 0)
			return true;
	}
	return false;
}

/* Ask at one mount point. True where that brought a volume, or one that is there already. */
static bool ask_mount(struct scrape *s, const struct mount *m, struct btrfs_volume *volumes,
                      size_t *count)
{
	struct btrfs_volume volume;
	CLEANUP(cleanup_fd) int fd = -1;
	struct stat st;
	int r;

	if (!hazard(s, scrape_printf(s, "btrfs mount %llu", (unsigned long long)m->id)))
		return false;
	r = tree_open(s, TREE_ROOT, O_RDONLY | O_DIRECTORY | O_NONBLOCK, &fd, "%s",
	              m->path + (m->path[0] == '/'));
	if (r < 0) {
		if (r != -ENOENT)
			warn(s, "%s", failure(s, r));
		return false;
	}
	/* A mount of a directory further down is nothing that upstream asks. */
	if (fstat(fd, &st) < 0 || st.st_ino != SUBVOLUME_INODE)
		return false;
	r = btrfs_read(s, fd, &volume);
	if (r < 0) {
		/* ENOTTY: something else has been mounted there. */
		if (r != -ENOTTY)
			warn(s, "btrfs at %s: devices: %s", m->path, error_text(r));
		return false;
	}
	if (!is_known(volumes, *count, volume.fsid))
		volumes[(*count)++] = volume;
	return true;
}

size_t btrfs_volumes(struct scrape *s, struct btrfs_volume **ret)
{
	struct btrfs_volume *volumes;
	size_t n_mounts, n_asked = 0, count = 0;
	struct mount *mounts;
	const char **asked;
	int r;

	r = mounts_read(s, &mounts, &n_mounts);
	if (r < 0) {
		if (r != -ENOENT)
			warn(s, "%s", failure(s, r));
		return 0;
	}
	volumes = scrape_alloc(s, n_mounts * sizeof(*volumes));
	asked = scrape_alloc(s, n_mounts * sizeof(*asked));
	for (size_t i = 0; i < n_mounts; i++) {
		size_t k = 0;

		if (strcmp(mounts[i].type, "btrfs") != 0)
			continue;
		while (k < n_asked && strcmp(asked[k], mounts[i].device) != 0)
			k++;
		if (k == n_asked && ask_mount(s, &mounts[i], volumes, &count))
			asked[n_asked++] = mounts[i].device;
	}
	*ret = volumes;
	return count;
}

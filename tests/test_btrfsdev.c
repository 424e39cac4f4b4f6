// SPDX-License-Identifier: Apache-2.0
/* btrfsdev: what ioctl(2) may say, with a kernel made by hand. */
#include "unit.h"

#include <errno.h>
#include <linux/btrfs.h>
#include <stdio.h>
#include <string.h>

#include "btrfsdev.h"
#include "scrape.h"

enum { DEVICES = 4, FD = 1000 };

/* The file system there is. Device numbers begin with 1, as the kernel's do. */
static struct {
	struct btrfs_ioctl_fs_info_args info;
	uint64_t ids[DEVICES];
	const char *paths[DEVICES];
	int info_error;
	uint64_t bad_id; /* whose statistics fail with bad_error */
	int bad_error;
	size_t n_calls;
} self;

int __wrap_ioctl(int fd, unsigned long request, void *argument);

static int find_id(uint64_t id)
{
	for (int i = 0; i < DEVICES; i++) {
		if (self.ids[i] && self.ids[i] == id)
			return i;
	}
	return -1;
}

static int answer_device(struct btrfs_ioctl_dev_info_args *a)
{
	int i = find_id(a->devid);

	if (i < 0)
		return ENODEV;
	memset(a->uuid, (int)(0x10 * a->devid), sizeof(a->uuid));
	a->uuid[15] = 0xab;
	a->total_bytes = a->devid << 30;
	a->bytes_used = a->devid << 20;
	memset(a->path, 'x', sizeof(a->path));
	if (self.paths[i])
		snprintf((char *)a->path, sizeof(a->path), "%s", self.paths[i]);
	return 0;
}

static int answer_stats(struct btrfs_ioctl_get_dev_stats *a)
{
	if (a->devid == self.bad_id)
		return self.bad_error;
	assert_int_equal(a->nr_items, BTRFS_ERRORS);
	assert_int_equal(a->flags, 0);
	for (size_t i = 0; i < BTRFS_ERRORS; i++)
		a->values[i] = a->devid * 10 + i;
	return 0;
}

int __wrap_ioctl(int fd, unsigned long whole, void *argument)
{
	unsigned request = (unsigned)whole; /* all that every C library passes on */
	int err = ENOTTY;

	assert_int_equal(fd, FD);
	self.n_calls++;
	if (request == BTRFS_IOC_FS_INFO) {
		memcpy(argument, &self.info, sizeof(self.info));
		err = self.info_error;
	} else if (request == BTRFS_IOC_DEV_INFO) {
		err = answer_device(argument);
	} else if (request == BTRFS_IOC_GET_DEV_STATS) {
		err = answer_stats(argument);
	}
	errno = err;
	return err ? -1 : 0;
}

static int set_up(void **state)
{
	(void)state;
	memset(&self, 0, sizeof(self));
	self.info.max_id = 7;
	self.info.num_devices = 2;
	for (size_t i = 0; i < sizeof(self.info.fsid); i++)
		self.info.fsid[i] = (uint8_t)(0xf0 + i);
	self.ids[0] = 1;
	self.paths[0] = "/dev/mapper/fast";
	self.ids[1] = 5;
	self.paths[1] = "";
	return 0;
}

static void devices_are_found_by_number(void **state)
{
	struct scrape s = { 0 };
	struct btrfs_volume v;

	(void)state;
	assert_int_equal(btrfs_read(&s, FD, &v), 0);
	assert_string_equal(v.fsid, "f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff");
	assert_int_equal(v.count, 2);
	assert_string_equal(v.devices[0].name, "fast");
	assert_string_equal(v.devices[0].uuid, "10101010-1010-1010-1010-1010101010ab");
	assert_int_equal(v.devices[0].size, 1 << 30);
	assert_int_equal(v.devices[0].used, 1 << 20);
	assert_string_equal(v.devices[1].name, "");
	assert_int_equal(v.devices[1].errors[0], 50);
	assert_int_equal(v.devices[1].errors[4], 54);
	/* Nothing is asked behind the last one: 0 to 5, and statistics of two. */
	assert_int_equal(self.n_calls, 1 + 6 + 2);
	scrape_free(&s);
}

static void odd_answers_do_no_harm(void **state)
{
	struct scrape s = { 0 };
	struct btrfs_volume v;

	(void)state;
	memset(self.info.fsid, 0, sizeof(self.info.fsid));
	self.paths[0] = NULL; /* without a NUL */
	self.info.num_devices = 3;
	assert_int_equal(btrfs_read(&s, FD, &v), 0);
	assert_string_equal(v.fsid, "<zero>");
	assert_int_equal(v.count, 2);
	assert_int_equal(strlen(v.devices[0].name), BTRFS_DEVICE_PATH_NAME_MAX - 1);
	self.info.num_devices = 0;
	assert_int_equal(btrfs_read(&s, FD, &v), 0);
	assert_int_equal(v.count, 0);
	scrape_free(&s);
}

static void a_device_that_goes_is_left_out(void **state)
{
	struct scrape s = { 0 };
	struct btrfs_volume v;

	(void)state;
	self.bad_id = 1;
	self.bad_error = ENODEV;
	assert_int_equal(btrfs_read(&s, FD, &v), 0);
	assert_int_equal(v.count, 1);
	assert_string_equal(v.devices[0].uuid, "50505050-5050-5050-5050-5050505050ab");
	scrape_free(&s);
}

static void errors_end_it(void **state)
{
	struct scrape s = { 0 };
	struct btrfs_volume v = { .count = 99 };

	(void)state;
	self.bad_id = 5;
	self.bad_error = EPERM;
	assert_int_equal(btrfs_read(&s, FD, &v), -EPERM);
	self.info_error = ENOTTY;
	assert_int_equal(btrfs_read(&s, FD, &v), -ENOTTY);
	assert_int_equal(v.count, 99);
	scrape_free(&s);
}

static void there_are_bounds(void **state)
{
	struct scrape s = { 0 };
	struct btrfs_volume v;

	(void)state;
	self.info.num_devices = 3;
	self.info.max_id = UINT64_MAX;
	assert_int_equal(btrfs_read(&s, FD, &v), -EFBIG);
	assert_true(self.n_calls < 70000);
	self.info.num_devices = UINT64_MAX;
	assert_int_equal(btrfs_read(&s, FD, &v), -EFBIG);
	scrape_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(devices_are_found_by_number, set_up),
		cmocka_unit_test_setup(odd_answers_do_no_harm, set_up),
		cmocka_unit_test_setup(a_device_that_goes_is_left_out, set_up),
		cmocka_unit_test_setup(errors_end_it, set_up),
		cmocka_unit_test_setup(there_are_bounds, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* mounts, and which of them the filesystem collector leaves to the probers. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gather.h"
#include "mounts.h"
#include "probe.h"
#include "scrape.h"

extern const struct collector filesystem_collector;

static struct {
	char warnings[4096];
	char hazards[4096];
	char probes[4096];
	const char *stuck; /* the hazard that is denied, the path that is not answered */
	_Alignas(64) unsigned char set[1 << 20];
} self;

static void append(char *list, size_t size, const char *text)
{
	size_t used = strlen(list);

	assert_true((size_t)snprintf(list + used, size - used, "%s\n", text) < size - used);
}

static void note_warning(struct scrape *s, const char *text)
{
	(void)s;
	append(self.warnings, sizeof(self.warnings), text);
}

static bool note_hazard(struct scrape *s, const char *item)
{
	(void)s;
	append(self.hazards, sizeof(self.hazards), item);
	return !self.stuck || strcmp(self.stuck, item) != 0;
}

static void note_probes(struct scrape *s, struct probe *probes, size_t count)
{
	(void)s;
	for (size_t i = 0; i < count; i++) {
		append(self.probes, sizeof(self.probes), probes[i].path);
		probes[i].is_stuck = self.stuck && strcmp(self.stuck, probes[i].path) == 0;
		probes[i].error = probes[i].is_stuck ? 0 : -EHOSTDOWN;
	}
}

static const struct scrape_hooks hooks = {
	.warn = note_warning,
	.hazard = note_hazard,
	.probe = note_probes,
};

static void lines_are_parsed(void **state)
{
	static const struct {
		const char *line;
		bool is_good;
		struct mount mount;
	} cases[] = {
		{ "36 35 98:0 / /mnt rw,noatime - ext4 /dev/sda1 rw,errors=continue",
		  true,
		  { 36, "98", "0", "/mnt", "/mnt", "rw,noatime", "ext4", "/dev/sda1",
		    "rw,errors=continue" } },
		{ "1 0 0:1 / / rw shared:1 master:2 propagate_from:3 unbindable - a b c",
		  true,
		  { 1, "0", "1", "/", "/", "rw", "a", "b", "c" } },
		{ "1 0 0:1 /\\040x /a\\040b\\011c\\134d\\012e\\1 rw - fuse.x y\\040z r\\040w",
		  true,
		  { 1, "0", "1", "/a b\tc\\134d\\012e\\1", "/a b\tc\\d\ne\\1", "rw", "fuse.x",
		    "y\\040z", "r\\040w" } },
		{ "1 0 0:1 / /\\400\\000\\401 rw - a b c",
		  true,
		  { 1, "0", "1", "/\\400\\000\\401", "/\\400\\000\\401", "rw", "a", "b", "c" } },
		{ "1 0 0:1 / / rw - a  c", true, { 1, "0", "1", "/", "/", "rw", "a", "", "c" } },
		{ "1 0 0:1 / /  - a b c", true, { 1, "0", "1", "/", "/", "", "a", "b", "c" } },
		{ .line = "" },
		{ .line = " " },
		{ .line = "1" },
		{ .line = "1 0 0:1 / / rw" },
		{ .line = "1 0 0:1 / / rw -" },
		{ .line = "1 0 0:1 / / rw - a" },
		{ .line = "1 0 0:1 / / rw - a b" },
		{ .line = "1 0 0:1 / / rw a b c d" },
		{ .line = "1 0 0:1 / / rw - a b c d" },
		{ .line = "1 0 0:1 /  rw - a b c" },
		{ .line = "- 0 0:1 / / rw - a b c" },
		{ .line = "1 - 0:1 / / rw - a b c" },
		{ .line = "1 0 0 / / rw - a b c" },
		{ .line = "1 0 :1 / / rw - a b c" },
		{ .line = "1 0 0: / / rw - a b c" },
		{ .line = "1 0 0:1:2 / / rw - a b c" },
	};
	struct scrape s = { .hooks = &hooks };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct mount *expected = &cases[i].mount;
		char *text = arena_printf(&s.arena, "%s\n", cases[i].line);
		struct mount *m;
		size_t count;

		memset(self.warnings, 0, sizeof(self.warnings));
		mounts_parse(&s, text, &m, &count);
		assert_int_equal(count, cases[i].is_good);
		assert_int_equal(!self.warnings[0], cases[i].is_good);
		if (!cases[i].is_good) {
			assert_non_null(strstr(self.warnings, cases[i].line));
			continue;
		}
		assert_int_equal(m->id, expected->id);
		assert_string_equal(m->major, expected->major);
		assert_string_equal(m->minor, expected->minor);
		assert_string_equal(m->point, expected->point);
		assert_string_equal(m->path, expected->path);
		assert_string_equal(m->options, expected->options);
		assert_string_equal(m->type, expected->type);
		assert_string_equal(m->device, expected->device);
		assert_string_equal(m->super_options, expected->super_options);
	}
	scrape_free(&s);
}

static void every_mount_here_is_parsed(void **state)
{
	struct scrape s = { .hooks = &hooks };
	struct mount *mounts;
	size_t count, roots = 0;

	(void)state;
	memset(self.warnings, 0, sizeof(self.warnings));
	assert_int_equal(tree_set_root(TREE_PROC, "/proc", true), 0);
	assert_int_equal(mounts_read(&s, &mounts, &count), 0);
	for (size_t i = 0; i < count; i++)
		roots += strcmp(mounts[i].path, "/") == 0;
	assert_true(roots > 0);
	assert_string_equal(self.warnings, "");
	scrape_free(&s);
}

static void options_are_matched_whole(void **state)
{
	(void)state;
	assert_true(mount_has_option("ro", "ro"));
	assert_true(mount_has_option("rw,ro", "ro"));
	assert_true(mount_has_option("ro,rw", "ro"));
	assert_true(mount_has_option("a,emergency_ro,b", "emergency_ro"));
	assert_false(mount_has_option("", "ro"));
	assert_false(mount_has_option(",", "ro"));
	assert_false(mount_has_option("rw,errors=remount-ro", "ro"));
	assert_false(mount_has_option("emergency_ro", "ro"));
	assert_false(mount_has_option("r", "ro"));
	assert_false(mount_has_option("roo", "ro"));
}

static void local_types_are_known(void **state)
{
	static const char *const local[] = {
		"adfs",  "ext2",    "ext3",      "ext4",     "xfs",      "btrfs",
		"tmpfs", "ramfs",   "vfat",      "exfat",    "ntfs3",    "zfs",
		"f2fs",  "overlay", "squashfs",  "iso9660",  "proc",     "sysfs",
		"bpf",   "tracefs", "debugfs",   "mqueue",   "cgroup",   "cgroup2",
		"udf",   "devpts",  "hugetlbfs", "configfs", "bcachefs", "zonefs",
	};
	static const char *const remote[] = {
		"",       "nfs",   "nfs4", "cifs",  "smb3",      "fuse",  "fuseblk", "fuse.sshfs",
		"9p",     "afs",   "ceph", "gfs2",  "glusterfs", "ocfs2", "autofs",  "virtiofs",
		"lustre", "zzzfs", "ext",  "ext44", "aaa",       "beegfs"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(local); i++)
		assert_true(mount_is_local(local[i]));
	for (size_t i = 0; i < ARRAY_SIZE(remote); i++)
		assert_false(mount_is_local(remote[i]));
}

static void errors_are_worded_as_in_go(void **state)
{
	struct scrape s = { 0 };

	(void)state;
	assert_string_equal(mount_error(&s, -EACCES), "permission denied");
	assert_string_equal(mount_error(&s, -ENOTCONN), "transport endpoint is not connected");
#if defined(__x86_64__) || defined(__i386__) || defined(__arm__)
	assert_string_equal(mount_error(&s, -ESTALE), "stale NFS file handle");
#else
	assert_string_equal(mount_error(&s, -ESTALE), "stale file handle");
#endif
	scrape_free(&s);
}

/* Run the collector on a mountinfo; the samples are in *ret, one "NAME{VALUE,…} N" a line. */
static void collect(struct scrape *s, const char *mountinfo, char *ret, size_t size)
{
	struct set_reader reader = { 0 };
	struct set_item item;
	const char *names[64] = { 0 };
	size_t used = 0;
	int fd, r;

	memset(self.hazards, 0, sizeof(self.hazards));
	memset(self.probes, 0, sizeof(self.probes));
	fd = open("proc/1/mountinfo", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, mountinfo, strlen(mountinfo)), strlen(mountinfo));
	assert_int_equal(close(fd), 0);
	assert_int_equal(scrape_run(s, &filesystem_collector, self.set, sizeof(self.set)), 0);

	set_read(&reader, self.set, s->set.used);
	while ((r = set_next(&reader, &item)) > 0) {
		const char *bytes = item.kind == SET_SAMPLE ? item.bytes : NULL;

		if (item.kind == SET_FAMILY) {
			names[item.family] = item.name;
			continue;
		}
		used += (size_t)snprintf(ret + used, size - used, "%s", names[item.family]);
		for (size_t i = 0; i < item.n_labels; i++) {
			used += (size_t)snprintf(ret + used, size - used, " %.*s",
			                         (int)item.lengths[i], bytes);
			bytes += item.lengths[i];
		}
		used += (size_t)snprintf(ret + used, size - used, " %g\n", item.value);
		assert_true(used < size);
	}
	assert_int_equal(r, 0);
	set_read_free(&reader);
}

static void what_may_hang_is_probed(void **state)
{
	static const char mountinfo[] = "10 1 254:1 / / rw - ext4 /dev/a rw\n"
					"11 10 0:1 / /nfs rw - nfs4 h:/ rw\n"
					"12 11 0:2 / /nfs/local rw - tmpfs t rw\n"
					"13 10 0:3 / /nfs-not rw - tmpfs t rw\n"
					"14 10 0:4 / /fuse rw - fuse.x f rw\n"
					"15 10 0:5 / /top rw - tmpfs t rw\n"
					"16 15 0:6 / /top rw - cifs //h rw\n"
					"17 10 0:7 / /hid/den rw - tmpfs t rw\n"
					"18 10 0:8 / /hid rw - autofs a rw\n"
					"19 10 0:9 / /a\\134b rw - 9p n rw\n"
					"20 10 0:10 / /a\\134b/c/d rw - xfs /dev/b rw\n";
	struct scrape s = { .hooks = &hooks };
	char samples[16384] = "";

	(void)state;
	self.stuck = NULL;
	collect(&s, mountinfo, samples, sizeof(samples));
	assert_string_equal(self.hazards, "mount 10\nmount 13\n");
	assert_string_equal(self.probes, "root/nfs\nroot/nfs/local\nroot/fuse\nroot/top\n"
	                                 "root/top\nroot/hid/den\nroot/hid\nroot/a\\b\n"
	                                 "root/a\\b/c/d\n");
	assert_non_null(
		strstr(samples, "node_filesystem_device_error h:/ /nfs nfs4 host is down 1"));
	assert_non_null(strstr(samples, "node_filesystem_device_error /dev/a / ext4  0\n"));
	scrape_free(&s);
}

static void all_is_probed_below_a_remote_root(void **state)
{
	struct scrape s = { .hooks = &hooks };
	char samples[16384] = "";

	(void)state;
	self.stuck = NULL;
	collect(&s, "1 0 0:1 / / rw - nfs h:/ rw\n2 1 0:2 / /local rw - tmpfs t rw\n", samples,
	        sizeof(samples));
	assert_string_equal(self.hazards, "");
	assert_string_equal(self.probes, "root/\nroot/local\n");
	scrape_free(&s);
}

static void what_is_stuck_is_said(void **state)
{
	struct scrape s = { .hooks = &hooks };
	char samples[16384] = "";

	(void)state;
	self.stuck = "root/dead";
	collect(&s, "1 0 0:1 / /dead ro - nfs h:/ rw\n", samples, sizeof(samples));
	assert_string_equal(samples,
	                    "node_filesystem_device_error h:/ /dead nfs mountpoint timeout 1\n"
	                    "node_filesystem_readonly h:/ /dead nfs mountpoint timeout 1\n");

	memset(samples, 0, sizeof(samples));
	self.stuck = "mount 7";
	collect(&s, "7 0 0:1 / /slow rw - ext4 /dev/a rw\n", samples, sizeof(samples));
	assert_string_equal(samples,
	                    "node_filesystem_device_error /dev/a /slow ext4 mountpoint timeout 1\n"
	                    "node_filesystem_readonly /dev/a /slow ext4 mountpoint timeout 0\n");
	assert_string_equal(self.hazards, "mount 7\n");
	scrape_free(&s);
}

static int make_tree(void **state)
{
	static char directory[] = "/tmp/test_mounts.XXXXXX";

	*state = directory;
	if (!mkdtemp(directory) || chdir(directory) < 0)
		return -1;
	if (mkdir("proc", 0755) < 0 || mkdir("proc/1", 0755) < 0 || mkdir("root", 0755) < 0)
		return -1;
	return tree_set_root(TREE_ROOT, "root", true);
}

static int use_tree(void **state)
{
	(void)state;
	return tree_set_root(TREE_PROC, "proc", true);
}

static int remove_tree(void **state)
{
	if (unlink("proc/1/mountinfo") < 0 || rmdir("proc/1") < 0 || rmdir("proc") < 0 ||
	    rmdir("root") < 0 || chdir("/") < 0)
		return -1;
	return rmdir(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_parsed),
		cmocka_unit_test(every_mount_here_is_parsed),
		cmocka_unit_test(options_are_matched_whole),
		cmocka_unit_test(local_types_are_known),
		cmocka_unit_test(errors_are_worded_as_in_go),
		cmocka_unit_test_setup(what_may_hang_is_probed, use_tree),
		cmocka_unit_test_setup(all_is_probed_below_a_remote_root, use_tree),
		cmocka_unit_test_setup(what_is_stuck_is_said, use_tree),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}

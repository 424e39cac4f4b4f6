// SPDX-License-Identifier: Apache-2.0
/*
 * A line of mountinfo, with any number of optional fields before the lone "-":
 *
 *   36 35 98:0 / /mnt/my\040disk rw,noatime shared:1 master:2 - ext4 /dev/sda1 rw,errors=continue
 */
#include "mounts.h"

#include <errno.h>
#include <string.h>

#include "collector.h"

/* In the order of strcmp(). Cluster file systems wait for other machines, so they are not here. */
static const char *const local_types[] = {
	"adfs",        "affs",     "apfs",      "bcachefs", "befs",       "bfs",        "binder",
	"binfmt_misc", "bpf",      "btrfs",     "cgroup",   "cgroup2",    "configfs",   "cpuset",
	"cramfs",      "debugfs",  "devpts",    "devtmpfs", "efivarfs",   "efs",        "erofs",
	"exfat",       "ext2",     "ext3",      "ext4",     "f2fs",       "fusectl",    "hfs",
	"hfsplus",     "hpfs",     "hugetlbfs", "iso9660",  "jffs2",      "jfs",        "minix",
	"mqueue",      "msdos",    "nilfs2",    "nsfs",     "ntfs",       "ntfs3",      "omfs",
	"overlay",     "pipefs",   "proc",      "pstore",   "qnx4",       "qnx6",       "ramfs",
	"reiserfs",    "resctrl",  "romfs",     "rootfs",   "rpc_pipefs", "securityfs", "selinuxfs",
	"smackfs",     "squashfs", "sysfs",     "sysv",     "tmpfs",      "tracefs",    "ubifs",
	"udf",         "ufs",      "vfat",      "xenfs",    "xfs",        "zfs",        "zonefs",
};

static int compare_types(const void *key, const void *entry)
{
	return strcmp(key, *(const char *const *)entry);
}

bool mount_is_local(const char *type)
{
	return bsearch(type, local_types, ARRAY_SIZE(local_types), sizeof(*local_types),
	               compare_types);
}

bool mount_has_option(const char *options, const char *option)
{
	size_t length = strlen(option);

	while (*options) {
		const char *end = strchrnul(options, ',');

		if ((size_t)(end - options) == length && memcmp(options, option, length) == 0)
			return true;
		options = *end ? end + 1 : end;
	}
	return false;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Resolve "\040" in place: only blanks and tabs, or every escape of the kernel's. */
static void unescape(char *text, bool only_blanks)
{
	char *out = text;

	while (*text) {
		unsigned code = 0;

		if (text[0] == '\\' && is_octal(text[1]) && is_octal(text[2]) && is_octal(text[3]))
			code = (unsigned)((text[1] - '0') * 64 + (text[2] - '0') * 8 + text[3] -
			                  '0');
		if (code == ' ' || code == '\t' || (!only_blanks && code && code < 256)) {
			*out++ = (char)code;
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

/* Cut "254:1" in two, where it is that. */
static bool parse_device_number(char *text, struct mount *m)
{
	char *colon = strchr(text, ':');
	uint64_t number;

	if (!colon)
		return false;
	*colon = '\0';
	m->major = text;
	m->minor = colon + 1;
	if (parse_u64(m->major, &number) == 0 && parse_u64(m->minor, &number) == 0)
		return true;
	*colon = ':';
	return false;
}

static bool parse_mount(struct scrape *s, char *line, struct mount *ret)
{
	char *fields[6], *field;
	uint64_t parent;
	struct mount m;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = next_part(&line, ' ');
		if (!fields[i])
			return false;
	}
	do {
		field = next_part(&line, ' ');
	} while (field && strcmp(field, "-") != 0);
	m.type = next_part(&line, ' ');
	m.device = next_part(&line, ' ');
	m.super_options = next_part(&line, ' ');
	m.options = fields[5];
	if (!m.super_options || *line || !fields[4][0] || parse_u64(fields[0], &m.id) < 0 ||
	    parse_u64(fields[1], &parent) < 0 || !parse_device_number(fields[2], &m))
		return false;
	m.point = m.path = fields[4];
	if (strchr(m.path, '\\')) {
		char *point = scrape_printf(s, "%s", m.path);

		unescape(point, true);
		unescape(fields[4], false);
		m.point = point;
	}
	*ret = m;
	return true;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text += *text == '\n') {
		text = strchrnul(text, '\n');
		count++;
	}
	return count;
}

void mounts_parse(struct scrape *s, char *text, struct mount **ret, size_t *ret_count)
{
	struct mount *mounts = scrape_alloc(s, count_lines(text) * sizeof(*mounts));
	size_t count = 0;
	char *line;

	while ((line = next_line(&text))) {
		char *end = strchr(line, '\0');

		if (parse_mount(s, line, &mounts[count])) {
			count++;
			continue;
		}
		for (char *at = line; at < end; at++)
			*at = *at ? *at : ' ';
		warn(s, "procfs mountinfo: not a mount: \"%s\"", line);
	}
	*ret = mounts;
	*ret_count = count;
}

/* A service manager that hides process 1 can hand its mountinfo over: StandardInput=file:… */
static bool stdin_is_mountinfo(struct scrape *s)
{
	char *target;

	return tree_is_default(TREE_PROC) &&
	       tree_read_link(s, TREE_PROC, &target, "self/fd/0") == 0 &&
	       starts_with(target, "/proc/") && ends_with(target, "/mountinfo");
}

int mounts_read(struct scrape *s, struct mount **ret, size_t *ret_count)
{
	char *text;
	int r;

	r = tree_read(s, TREE_PROC, &text, "1/mountinfo");
	if ((r == -ENOENT || r == -EACCES) && stdin_is_mountinfo(s))
		r = tree_read(s, TREE_PROC, &text, "self/fd/0");
	if (r == -ENOENT || r == -EACCES)
		r = tree_read(s, TREE_PROC, &text, "self/mountinfo");
	if (r < 0)
		return r;
	mounts_parse(s, text, ret, ret_count);
	return 0;
}

const char *mount_error(struct scrape *s, int err)
{
#if defined(__x86_64__) || defined(__i386__) || defined(__arm__)
	if (err == -ESTALE)
		return "stale NFS file handle";
#endif
	return scrape_printf(s, "%s", error_text(err));
}

const char *mount_below_root(const char *path)
{
	const char *root = tree_root(TREE_ROOT);

	if (!starts_with(path, root))
		return path;
	path += strlen(root);
	return path[0] ? path : "/";
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct mount_places mounts_remote(struct scrape *s, const struct mount *mounts, size_t count)
{
	struct mount_places remote = { .paths = scrape_alloc(s, count * sizeof(*remote.paths)) };

	for (size_t i = 0; i < count; i++) {
		if (!mount_is_local(mounts[i].type))
			remote.paths[remote.count++] = mount_below_root(mounts[i].path);
	}
	qsort(remote.paths, remote.count, sizeof(*remote.paths), compare_paths);
	return remote;
}

static bool has_place(const struct mount_places *places, const char *path)
{
	return bsearch(&path, places->paths, places->count, sizeof(*places->paths), compare_paths);
}

bool mount_passes(struct scrape *s, const struct mount_places *places, const char *path)
{
	char *part, *end, cut;

	if (!places->count)
		return false;
	if (has_place(places, "/"))
		return true;
	part = end = scrape_printf(s, "%s", path);
	do {
		end = strchrnul(end + 1, '/');
		cut = *end;
		*end = '\0';
		if (has_place(places, part))
			return true;
		*end = cut;
	} while (cut);
	return false;
}

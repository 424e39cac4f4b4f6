// SPDX-License-Identifier: Apache-2.0
/*
 * statfs(2) of the mount points in procfs mountinfo. File systems that this machine's kernel
 * answers for by itself are asked one after the other, each announced as a hazard; all others, and
 * whatever is reached through one of those, by processes that may get stuck, side by side.
 */

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "collector.h"
#include "mounts.h"
#include "probe.h"

#define FILESYSTEM_METRIC(NAME, HELP) \
	{ \
		.name = "node_filesystem_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS("device", "mountpoint", "fstype", "device_error") \
	}

static const struct metric size_bytes =
	FILESYSTEM_METRIC("size_bytes", "Size of the file system in bytes.");
static const struct metric free_bytes = FILESYSTEM_METRIC(
	"free_bytes", "Bytes of the file system that are free, with those reserved for root.");
static const struct metric avail_bytes = FILESYSTEM_METRIC(
	"avail_bytes", "Bytes of the file system that users other than root can still fill.");
static const struct metric files = FILESYSTEM_METRIC(
	"files", "Inodes that the file system can have; 0 where they have no limit.");
static const struct metric files_free =
	FILESYSTEM_METRIC("files_free", "Inodes of the file system that are free.");
static const struct metric purgeable_bytes = FILESYSTEM_METRIC(
	"purgeable_bytes",
	"Bytes of the file system that could be reclaimed at need; always 0 on Linux.");
static const struct metric readonly =
	FILESYSTEM_METRIC("readonly", "1 where the file system is mounted read-only, else 0.");
static const struct metric device_error = FILESYSTEM_METRIC(
	"device_error",
	"1 where the file system could not be asked, for the reason in the label, else 0.");

static const struct metric mount_info = {
	.name = "node_filesystem_mount_info",
	.help = "Device numbers of the mounted file system, as stat(2) shows them; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "major", "minor", "mountpoint"),
};

static struct {
	struct filter points;
	struct filter types;
	struct regex ignored_points;
	struct regex ignored_types;
	int64_t mount_timeout;
	int64_t stat_workers;
} self;

static const struct flag flags[] = {
	{ .name = "collector.filesystem.fs-types-exclude",
	  .type = FLAG_REGEX,
	  .target = &self.types.exclude,
	  .value = "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|"
	           "hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|"
	           "selinuxfs|squashfs|erofs|sysfs|tracefs)$",
	  .help = "Leave out file systems whose type matches." },
	{ .name = "collector.filesystem.fs-types-include",
	  .type = FLAG_REGEX,
	  .target = &self.types.include,
	  .help = "Export only file systems whose type matches." },
	{ .name = "collector.filesystem.ignored-fs-types",
	  .type = FLAG_REGEX,
	  .target = &self.ignored_types,
	  .help = "Old name of --collector.filesystem.fs-types-exclude.",
	  .hidden = true },
	{ .name = "collector.filesystem.ignored-mount-points",
	  .type = FLAG_REGEX,
	  .target = &self.ignored_points,
	  .help = "Old name of --collector.filesystem.mount-points-exclude.",
	  .hidden = true },
	{ .name = "collector.filesystem.mount-points-exclude",
	  .type = FLAG_REGEX,
	  .target = &self.points.exclude,
	  .value = "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|"
	           "var/lib/containers/storage/.+)($|/)",
	  .help = "Leave out file systems whose mount point matches." },
	{ .name = "collector.filesystem.mount-points-include",
	  .type = FLAG_REGEX,
	  .target = &self.points.include,
	  .help = "Export only file systems whose mount point matches." },
	{ .name = "collector.filesystem.mount-timeout",
	  .type = FLAG_DURATION,
	  .target = &self.mount_timeout,
	  .value = "5s",
	  .help = "Without effect: no mount is waited for longer than half a second.",
	  .hidden = true },
	{ .name = "collector.filesystem.stat-workers",
	  .type = FLAG_INT,
	  .target = &self.stat_workers,
	  .value = "4",
	  .help = "Without effect: mounts that may hang are all asked at once.",
	  .hidden = true },
	{ 0 },
};

/* A mount that is exported. */
struct entry {
	const struct mount *mount;
	const char *point; /* below rootfs, as the label has it */
	const struct probe *probe;
	const char *error; /* as the label has it; "" where all went well */
};

static void ask_directly(struct scrape *s, struct probe *p)
{
	p->is_stuck = !hazard(s, scrape_printf(s, "mount %llu", (unsigned long long)p->mount));
	if (!p->is_stuck)
		p->error = statfs(p->path, &p->result) < 0 ? -errno : 0;
}

/* Ask all of them and fill in probe and error. */
static void ask_mounts(struct scrape *s, struct entry *entries, size_t count,
                       const struct mount_places *remote)
{
	struct probe *probes = scrape_alloc(s, count * sizeof(*probes));
	size_t n_probed = 0, direct = count;

	for (size_t i = 0; i < count; i++) {
		const struct mount *m = entries[i].mount;
		const char *path = mount_below_root(m->path);
		struct probe p = { .mount = m->id };

		p.path = tree_path(s, TREE_ROOT, "%s", path + (path[0] == '/'));
		/* What is too long for a path the kernel refuses before it looks at anything. */
		if (strlen(p.path) < PATH_MAX && mount_passes(s, remote, path)) {
			probes[n_probed] = p;
			entries[i].probe = &probes[n_probed++];
		} else {
			probes[--direct] = p;
			entries[i].probe = &probes[direct];
		}
	}
	/* Before the first hazard, which would go on while these are waited for. */
	if (n_probed)
		probe_mounts(s, probes, n_probed);
	for (size_t i = count; i > direct; i--)
		ask_directly(s, &probes[i - 1]);

	for (size_t i = 0; i < count; i++) {
		const struct probe *p = entries[i].probe;

		if (p->is_stuck)
			entries[i].error = "mountpoint timeout";
		else
			entries[i].error = p->error ? mount_error(s, p->error) : "";
	}
}

/* By the labels that the figures have. */
static int compare_labels(const struct entry *a, const struct entry *b)
{
	int order = strcmp(a->mount->device, b->mount->device);

	if (order == 0)
		order = strcmp(a->point, b->point);
	if (order == 0)
		order = strcmp(a->mount->type, b->mount->type);
	return order ? order : strcmp(a->error, b->error);
}

static int compare_numbers(const struct entry *a, const struct entry *b)
{
	int order = strcmp(a->mount->major, b->mount->major);

	return order ? order : strcmp(a->mount->minor, b->mount->minor);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = compare_labels(x, y);

	if (order == 0)
		order = compare_numbers(x, y);
	/* Of equals the one that was mounted first stays. */
	return order ? order : (x->mount > y->mount) - (x->mount < y->mount);
}

static void emit_figures(struct scrape *s, const struct entry *e)
{
	const struct mount *m = e->mount;
	const struct statfs *fs = &e->probe->result;
	const char *const labels[] = { m->device, e->point, m->type, e->error, NULL };
	/* Known of a stuck one, too, of which upstream says 0. */
	bool is_readonly = mount_has_option(m->options, "ro") ||
	                   mount_has_option(m->super_options, "ro") ||
	                   mount_has_option(m->super_options, "emergency_ro");
	/* As upstream, which takes f_bsize even where f_frsize differs. */
	double block = (double)fs->f_bsize;

	emit_labels(s, &device_error, e->error[0] ? 1 : 0, labels);
	emit_labels(s, &readonly, is_readonly, labels);
	if (e->error[0])
		return;
	emit_labels(s, &size_bytes, (double)fs->f_blocks * block, labels);
	emit_labels(s, &free_bytes, (double)fs->f_bfree * block, labels);
	emit_labels(s, &avail_bytes, (double)fs->f_bavail * block, labels);
	emit_labels(s, &files, (double)fs->f_files, labels);
	emit_labels(s, &files_free, (double)fs->f_ffree, labels);
	emit_labels(s, &purgeable_bytes, 0, labels);
}

/* Bind mounts and the like repeat what is told apart by labels: each is exported once. */
static void emit_entries(struct scrape *s, struct entry *entries, size_t count)
{
	qsort(entries, count, sizeof(*entries), compare_entries);
	for (size_t i = 0; i < count; i++) {
		const struct entry *e = &entries[i];
		bool is_same = i && compare_labels(e, e - 1) == 0;

		if (!is_same)
			emit_figures(s, e);
		if (!e->error[0] && !(is_same && compare_numbers(e, e - 1) == 0))
			emit(s, &mount_info, 1, e->mount->device, e->mount->major, e->mount->minor,
			     e->point);
	}
}

/*
 * The old names of the flags never clash with the include lists, which upstream lets win without
 * a word.
 */
static int settle(struct scrape *s, struct filter *f, const char *include, const char *exclude,
                  const struct regex *old, const char *old_name)
{
	bool is_exclude_given = f->exclude.given;
	int r;

	r = regex_alias(s, &f->exclude, exclude, old, old_name);
	if (r < 0)
		return r;
	f->exclude.given = is_exclude_given;
	return filter_settle(s, f, include, exclude);
}

static int filesystem_start(struct scrape *s)
{
	int r;

	r = settle(s, &self.points, "collector.filesystem.mount-points-include",
	           "collector.filesystem.mount-points-exclude", &self.ignored_points,
	           "collector.filesystem.ignored-mount-points");
	if (r < 0)
		return r;
	return settle(s, &self.types, "collector.filesystem.fs-types-include",
	              "collector.filesystem.fs-types-exclude", &self.ignored_types,
	              "collector.filesystem.ignored-fs-types");
}

static int filesystem_collect(struct scrape *s)
{
	struct entry *entries;
	struct mount_places remote;
	struct mount *mounts;
	size_t n_mounts, count = 0;
	int r;

	r = mounts_read(s, &mounts, &n_mounts);
	if (r < 0)
		return r;
	remote = mounts_remote(s, mounts, n_mounts);
	entries = scrape_alloc(s, n_mounts * sizeof(*entries));
	for (size_t i = 0; i < n_mounts; i++) {
		const char *point = mount_below_root(mounts[i].point);

		if (filter_keeps(&self.points, point) && filter_keeps(&self.types, mounts[i].type))
			entries[count++] = (struct entry){ .mount = &mounts[i], .point = point };
	}
	ask_mounts(s, entries, count, &remote);
	emit_entries(s, entries, count);
	return 0;
}

COLLECTOR(filesystem, .help = "mounted file systems: size, free space, inodes, errors",
          .default_on = true, .may_block = true, .flags = flags, .start = filesystem_start,
          .collect = filesystem_collect);

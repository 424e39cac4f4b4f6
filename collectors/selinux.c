// SPDX-License-Identifier: Apache-2.0
/*
 * SELinux: a file system of type selinuxfs where it is on, whose file enforce says 1 or 0, and
 * etc/selinux/config below the root, which says what is wanted at boot:
 *
 *   # This file controls the state of SELinux on the system.
 *   SELINUX=enforcing
 *   SELINUXTYPE=targeted
 */

#include <errno.h>
#include <string.h>

#include "collector.h"
#include "mounts.h"

static const struct metric enabled = {
	.name = "node_selinux_enabled",
	.help = "Whether SELinux is on.",
	.type = METRIC_GAUGE,
};

static const struct metric config_mode = {
	.name = "node_selinux_config_mode",
	.help = "SELinux mode configured for boot: 1: enforcing; 0: permissive; -1: neither.",
	.type = METRIC_GAUGE,
};

static const struct metric current_mode = {
	.name = "node_selinux_current_mode",
	.help = "SELinux mode now: 1: enforcing; 0: permissive; -1: not known.",
	.type = METRIC_GAUGE,
};

enum { MODE_UNKNOWN = -1, MODE_PERMISSIVE, MODE_ENFORCING };

static struct {
	bool is_known; /* whether it is on, which takes a reboot to change */
	bool is_on;
	char *dir; /* of its file system, below the root */
} self;

/* A file system that a later one hides is not there. */
static bool is_hidden(const struct mount *mounts, size_t count, size_t i)
{
	for (size_t later = i + 1; later < count; later++)
		if (strcmp(mounts[later].path, mounts[i].path) == 0)
			return true;
	return false;
}

/* Where selinuxfs is mounted to be written to; NULL: nowhere. */
static const char *find_selinuxfs(struct scrape *s, char *mountinfo)
{
	struct mount *mounts;
	size_t count;

	mounts_parse(s, mountinfo, &mounts, &count);
	for (size_t i = 0; i < count; i++) {
		const struct mount *m = &mounts[i];

		if (strcmp(m->type, "selinuxfs") == 0 && !mount_has_option(m->options, "ro") &&
		    !mount_has_option(m->super_options, "ro") && !is_hidden(mounts, count, i))
			return m->path;
	}
	return NULL;
}

/* Our own label is "kernel" as long as no policy has been loaded. */
static bool has_policy(struct scrape *s)
{
	char *label;

	return tree_read(s, TREE_PROC, &label, "thread-self/attr/current") < 0 ||
	       strcmp(label, "kernel") != 0;
}

static int learn(struct scrape *s)
{
	const char *root = tree_root(TREE_ROOT), *dir;
	char *text = NULL;
	int r;

	r = tree_read(s, TREE_PROC, &text, "self/mountinfo");
	if (r < 0 && r != -ENOENT)
		return r;
	dir = text ? find_selinuxfs(s, text) : NULL;
	self.is_on = dir && has_policy(s);
	if (self.is_on) {
		if (starts_with(dir, root) && dir[strlen(root)] == '/')
			dir += strlen(root);
		self.dir = xstrdup(dir + (*dir == '/'));
	}
	self.is_known = true;
	return 0;
}

/* The first line that sets SELINUX counts, and just as it is written. */
static int configured_mode(struct scrape *s)
{
	char *text, *line;

	if (tree_read(s, TREE_ROOT, &text, "etc/selinux/config") < 0)
		return MODE_UNKNOWN;
	while ((line = next_line(&text))) {
		static const char key[] = "SELINUX=";
		size_t length;

		line = trim(line);
		if (!starts_with(line, key))
			continue;
		line += strlen(key);
		line += strspn(line, "\"");
		for (length = strlen(line); length && line[length - 1] == '"'; length--)
			line[length - 1] = '\0';
		if (strcmp(line, "enforcing") == 0)
			return MODE_ENFORCING;
		return strcmp(line, "permissive") == 0 ? MODE_PERMISSIVE : MODE_UNKNOWN;
	}
	return MODE_UNKNOWN;
}

static int64_t enforced_mode(struct scrape *s)
{
	int64_t mode;
	char *text;

	if (tree_read(s, TREE_ROOT, &text, "%s/enforce", self.dir) < 0 ||
	    parse_i64(text, &mode) < 0)
		return MODE_UNKNOWN;
	return mode;
}

static int selinux_collect(struct scrape *s)
{
	int r;

	r = self.is_known ? 0 : learn(s);
	if (r < 0)
		return r;
	emit(s, &enabled, self.is_on);
	if (!self.is_on)
		return 0;
	emit(s, &config_mode, configured_mode(s));
	emit(s, &current_mode, (double)enforced_mode(s));
	return 0;
}

static void selinux_stop(void)
{
	free(self.dir);
	self.dir = NULL;
	self.is_known = false;
}

COLLECTOR(selinux, .help = "whether and how SELinux is on", .needs = "SELinux", .default_on = true,
          .collect = selinux_collect, .stop = selinux_stop);

// SPDX-License-Identifier: Apache-2.0
/*
 * A chip is a directory hwmonN, with a link called device to what it is part of. Its number may be
 * another one after the next start, so that labels are made of the device's path.
 */
#include "hwmonchips.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "devices.h"

static struct {
	struct hwmon_chip *known;
	size_t n_known;
	bool has_changed;    /* some chip: labels may be others now */
	uint64_t generation; /* of the devices that are known */
	bool has_found;      /* all there were then */
} self;

static void free_chip(struct hwmon_chip *c)
{
	hwmon_readings_forget(&c->readings);
	free(c->entry);
	free(c->path);
	free(c->from_device);
	free(c->name);
	free(c->base);
	free(c->label);
}

/* The last two parts of a device's path; only the last where nothing is left of the other. */
static char *label_of_device(struct scrape *s, const char *path)
{
	char *parent = scrape_printf(s, "%s", path), *name = strrchr(parent, '/');
	const char *cleaned, *above;

	if (!name)
		return NULL;
	*name++ = '\0';
	cleaned = sensor_clean(s, name);
	name = strrchr(parent, '/');
	above = sensor_clean(s, name ? name + 1 : parent);
	if (!cleaned[0])
		return NULL;
	return xasprintf("%s%s%s", above, above[0] ? "_" : "", cleaned);
}

static void add_chip(struct scrape *s, const char *entry, const struct stat *dir)
{
	char *link = tree_path(s, TREE_SYS, "class/hwmon/%s", entry), path[PATH_MAX];
	struct hwmon_chip c = { .entry = xstrdup(entry), .dev = dir->st_dev, .ino = dir->st_ino };

	c.is_seen = true;
	c.has_device = realpath(scrape_printf(s, "%s/device", link), path);
	if (c.has_device)
		c.from_device = label_of_device(s, path);
	else if (!realpath(link, path))
		memcpy(path, "", 1);
	c.path = xstrdup(path[0] ? path : link);
	self.known = xrealloc(self.known, (self.n_known + 1) * sizeof(*self.known));
	self.known[self.n_known++] = c;
	self.has_changed = true;
}

/* Chips that have come since the last scrape, and that have gone. */
static int find_chips(struct scrape *s)
{
	size_t n_before = self.n_known, kept = 0;
	char **entries;
	int r;

	r = tree_list(s, TREE_SYS, &entries, "class/hwmon");
	if (r < 0)
		return r;
	for (size_t i = 0; entries[i]; i++) {
		struct stat dir;
		size_t k = 0;

		if (stat(tree_path(s, TREE_SYS, "class/hwmon/%s", entries[i]), &dir) < 0 ||
		    !S_ISDIR(dir.st_mode))
			continue;
		while (k < n_before &&
		       (self.known[k].ino != dir.st_ino || self.known[k].dev != dir.st_dev ||
		        strcmp(self.known[k].entry, entries[i]) != 0))
			k++;
		if (k < n_before)
			self.known[k].is_seen = true;
		else
			add_chip(s, entries[i], &dir);
	}
	for (size_t i = 0; i < self.n_known; i++) {
		if (self.known[i].is_seen) {
			self.known[kept] = self.known[i];
			self.known[kept++].is_seen = false;
			continue;
		}
		free_chip(&self.known[i]);
		self.has_changed = true;
	}
	self.n_known = kept;
	return 0;
}

/* Read what a chip is called, once. Where it is stuck just the device's path is known. */
static void name_chip(struct scrape *s, struct hwmon_chip *c)
{
	const char *base = c->from_device;
	char *text;

	if (c->is_named || !attr_hazard(s, "chip", c->path))
		return;
	/* Many have none, and none is worth a word in the log. */
	if (tree_read(s, TREE_SYS, &text, "class/hwmon/%s/name", c->entry) < 0)
		text = scrape_printf(s, "%s", "");
	c->name = xstrdup(trim(text));
	if (!base)
		base = sensor_clean(s, c->name);
	if (!base[0]) {
		const char *slash = c->has_device ? NULL : strrchr(c->path, '/');

		base = sensor_clean(s, slash ? slash + 1 : c->entry);
	}
	c->base = xstrdup(base);
	c->is_named = true;
	self.has_changed = true;
}

static const char *base_of(const struct hwmon_chip *c)
{
	return c->base ? c->base : c->from_device ? c->from_device : "";
}

/* Labels of all chips that are named: those whose labels would be the same get something more. */
static void label_chips(struct scrape *s)
{
	for (size_t i = 0; i < self.n_known; i++) {
		struct hwmon_chip *c = &self.known[i];
		size_t n_same = 0, n_same_name = 0;
		const char *suffix = "";
		char *label;

		if (!c->is_named)
			continue;
		for (size_t k = 0; k < self.n_known; k++) {
			const struct hwmon_chip *other = &self.known[k];
			bool is_same = strcmp(base_of(other), c->base) == 0;

			n_same += is_same;
			n_same_name += is_same && other->name && strcmp(other->name, c->name) == 0;
		}
		if (n_same > 1 && n_same_name == 1)
			suffix = sensor_clean(s, c->name);
		if (n_same > 1 && !suffix[0])
			suffix = sensor_clean(s, c->entry);
		label = xasprintf("%s%s%s", c->base, n_same > 1 ? "_" : "", suffix);
		if (c->label && strcmp(c->label, label) == 0) {
			free(label);
			continue;
		}
		free(c->label);
		c->label = label;
		hwmon_readings_forget(&c->readings);
	}
}

int hwmon_chips(struct scrape *s, struct hwmon_chip **ret, size_t *ret_count)
{
	uint64_t generation = devices_generation("hwmon");
	int r;

	if (generation != self.generation)
		hwmon_forget_chips();
	self.generation = generation;
	if (!self.has_found || !devices_are_settled("hwmon")) {
		r = find_chips(s);
		self.has_found = r == 0;
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < self.n_known; i++)
		name_chip(s, &self.known[i]);
	if (self.has_changed)
		label_chips(s);
	self.has_changed = false;
	*ret = self.known;
	*ret_count = self.n_known;
	return 0;
}

void hwmon_forget_chips(void)
{
	for (size_t i = 0; i < self.n_known; i++)
		free_chip(&self.known[i]);
	free(self.known);
	self.known = NULL;
	self.n_known = 0;
	self.has_found = false;
}

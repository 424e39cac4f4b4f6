// SPDX-License-Identifier: Apache-2.0
/*
 * Energy that parts of the CPU have used: sysfs class/powercap/ZONE/{name,energy_uj}, in millionths
 * of a joule. The name is "package-0", "dram" and the like, and not unique. Since Linux 5.10 the
 * energy is for root alone.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "sanitize.h"

static const char help[] = "Energy that a power zone of the CPU has used; starts again from 0 at "
			   "times.";

static const struct metric joules = {
	.name = "node_rapl_joules_total",
	.help = help,
	.type = METRIC_COUNTER,
	.labels = LABELS("index", "path", "rapl_zone"),
};

static const char *const zone_labels[] = { "index", "path", NULL };

struct zone {
	char *entry; /* its name in class/powercap */
	char *name;  /* without its number */
	int64_t index;
};

static struct {
	bool enable_zone_label;
	struct zone *zones;
	size_t n_zones;
	uint64_t listing; /* hash of the entries that zones were made from; 0: none yet */
} self;

static const struct flag flags[] = {
	{ .name = "collector.rapl.enable-zone-label",
	  .type = FLAG_BOOL,
	  .target = &self.enable_zone_label,
	  .help = "Export node_rapl_joules_total with the zone as a label." },
	{ 0 },
};

static void forget_zones(void)
{
	for (size_t i = 0; i < self.n_zones; i++) {
		free(self.zones[i].entry);
		free(self.zones[i].name);
	}
	free(self.zones);
	self.zones = NULL;
	self.n_zones = 0;
	self.listing = 0;
}

/* Add a zone called name: "package-0" has the index 0, others that of their kind so far. */
static void add_zone(const char *entry, char *name)
{
	char *dash = strchr(name, '-');
	int64_t index = 0;

	if (dash && isdigit((unsigned char)dash[1]) && parse_i64(dash + 1, &index) == 0) {
		*dash = '\0';
	} else {
		size_t i = self.n_zones;

		while (i > 0 && strcmp(self.zones[i - 1].name, name) != 0)
			i--;
		/* By way of the unsigned type, in which there is no overflow. */
		index = i > 0 ? (int64_t)((uint64_t)self.zones[i - 1].index + 1) : 0;
	}
	self.zones = xrealloc(self.zones, (self.n_zones + 1) * sizeof(*self.zones));
	self.zones[self.n_zones++] =
		(struct zone){ .entry = xstrdup(entry), .name = xstrdup(name), .index = index };
}

/* The zones of these entries. As upstream, no data where one of them has no range. */
static int find_zones(struct scrape *s, char **entries)
{
	char *name, *range;
	int r;

	forget_zones();
	for (size_t i = 0; entries[i]; i++) {
		if (tree_read(s, TREE_SYS, &name, "class/powercap/%s/name", entries[i]) < 0)
			continue;
		r = tree_read(s, TREE_SYS, &range, "class/powercap/%s/max_energy_range_uj",
		              entries[i]);
		if (r == -ENOENT || r == -EACCES || r == -EPERM) {
			forget_zones();
			return NO_DATA;
		}
		add_zone(entries[i], trim(name));
	}
	return 0;
}

/* The zones of the last scrape stay unless the entries are others now. */
static int update_zones(struct scrape *s)
{
	uint64_t listing = 1;
	char **entries;
	int r;

	r = tree_list(s, TREE_SYS, &entries, "class/powercap");
	if (r == -ENOENT || r == -EACCES || r == -EPERM)
		return NO_DATA;
	if (r < 0)
		return r;
	for (size_t i = 0; entries[i]; i++)
		listing = hash_text(listing, entries[i]);
	if (listing == self.listing)
		return 0;
	r = find_zones(s, entries);
	if (r == 0)
		self.listing = listing;
	return r;
}

static void emit_zone(struct scrape *s, const struct zone *z, uint64_t energy)
{
	const char *path = tree_path(s, TREE_SYS, "class/powercap/%s", z->entry);
	const char *index = scrape_printf(s, "%lld", (long long)z->index);
	double value = (double)energy / 1000000.0;

	if (self.enable_zone_label)
		emit(s, &joules, value, index, path, z->name);
	else
		emit(s,
		     metric_named(s, METRIC_COUNTER, help, zone_labels, "node_rapl_%s_joules_total",
		                  sanitize(s, z->name)),
		     value, index, path);
}

static int rapl_collect(struct scrape *s)
{
	int r;

	r = update_zones(s);
	if (r != 0)
		return r;
	for (size_t i = 0; i < self.n_zones; i++) {
		uint64_t energy;

		r = attr_u64(s, &energy, "class/powercap/%s/energy_uj", self.zones[i].entry);
		/* What is out already stays, as upstream has it. */
		if (r == -EACCES || r == -EPERM)
			return NO_DATA;
		if (r == 0)
			emit_zone(s, &self.zones[i], energy);
	}
	return 0;
}

static void rapl_stop(void)
{
	forget_zones();
}

COLLECTOR(rapl, .help = "energy that parts of the CPU have used",
          .needs = "a CPU with RAPL and its powercap driver; CAP_DAC_READ_SEARCH to read it",
          .default_on = true, .flags = flags, .collect = rapl_collect, .stop = rapl_stop);

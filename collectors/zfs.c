// SPDX-License-Identifier: Apache-2.0
/*
 * The kstats of OpenZFS, in procfs spl/kstat/zfs. Most are files of one figure a line, behind a
 * heading; of their types, 3 is a signed number of 64 bits, 4 an unsigned one and 7 text:
 *
 *   10 1 0x01 6 1632 7244218 88209318
 *   name                            type data
 *   hits                            4    1830
 *
 * Each pool has a directory with the file state, which holds one word, one objset-0xID of that kind
 * for each data set and, before OpenZFS 2.1, the file io, which has its figures side by side.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "collector.h"

static const struct file {
	const char *name;
	const char *prefix; /* of the families, behind node_zfs_ */
} files[] = {
	{ "abdstats", "abd" },
	{ "arcstats", "arc" },
	{ "dbufstats", "dbuf" },
	{ "dmu_tx", "dmu_tx" },
	{ "dnodestats", "dnode" },
	{ "fm", "fm" },
	{ "vdev_cache_stats", "vdev_cache" },
	{ "vdev_mirror_stats", "vdev_mirror" },
	{ "xuio_stats", "xuio" },
	{ "zfetchstats", "zfetch" },
	{ "zil", "zil" },
};

static const char *const pool_labels[] = { "zpool", NULL };
static const char *const dataset_labels[] = { "zpool", "dataset", NULL };

static const struct metric pool_state = {
	.name = "node_zfs_zpool_state",
	.help = "Whether this is the state of a pool.",
	.type = METRIC_GAUGE,
	.labels = LABELS("zpool", "state"),
};

static const char *const states[] = { "online",  "degraded", "faulted",  "offline",
	                              "removed", "unavail",  "suspended" };

/* Families of data sets met in this scrape, so that each is described once. */
struct families {
	struct family {
		const char *key;
		const struct metric *metric;
	} * items;
	size_t count;
	size_t room;
	size_t hint; /* the next one, where keys come in the order of the last data set */
};

/* A file of which nothing is left, as its pool went away, is no news; all else is said. */
static bool read_file(struct scrape *s, char **ret, const char *name)
{
	int r = tree_read(s, TREE_PROC, ret, "spl/kstat/zfs/%s", name);

	if (r < 0 && r != -ENOENT)
		warn(s, "%s", failure(s, r));
	return r == 0;
}

/* What a family's name has of a key: what is behind the last dot, and no dashes. */
static const char *name_of(struct scrape *s, const char *key)
{
	const char *dot = strrchr(key, '.');
	char *name = scrape_printf(s, "%s", dot ? dot + 1 : key);

	for (char *at = name; (at = strchr(at, '-'));)
		*at = '_';
	return name;
}

static const struct metric *describe(struct scrape *s, const char *const *labels, const char *file,
                                     const char *prefix, const char *key)
{
	return metric_named(s, METRIC_UNTYPED,
	                    scrape_printf(s, "Figure %s of kstat %s.", key, file), labels,
	                    "node_zfs_%s_%s", prefix, name_of(s, key));
}

static const struct metric *find_family(struct scrape *s, struct families *f, const char *key)
{
	for (size_t i = 0; i < f->count; i++) {
		size_t at = (f->hint + i) % f->count;

		if (strcmp(f->items[at].key, key) != 0)
			continue;
		f->hint = at + 1;
		return f->items[at].metric;
	}
	if (f->count == f->room) {
		struct family *old = f->items;

		f->room = f->room ? f->room * 2 : 32;
		f->items = scrape_alloc(s, f->room * sizeof(*f->items));
		if (old)
			memcpy(f->items, old, f->count * sizeof(*f->items));
	}
	f->hint = f->count + 1;
	f->items[f->count] = (struct family){
		.key = key,
		.metric = describe(s, dataset_labels, "objset-*", "zpool_dataset", key),
	};
	return f->items[f->count++].metric;
}

/* Go to the first figure. False where there is no heading. */
static bool skip_heading(struct scrape *s, char **text, const char *file)
{
	char *line;

	while ((line = next_line(text))) {
		const char *name = next_field(&line), *type = next_field(&line);
		const char *data = next_field(&line);

		if (data && !next_field(&line) && strcmp(name, "name") == 0 &&
		    strcmp(type, "type") == 0 && strcmp(data, "data") == 0)
			return true;
	}
	warn(s, "procfs spl/kstat/zfs/%s: expected a line \"name type data\"", file);
	return false;
}

/* A line of a file: its key, and what is said of it. */
struct row {
	const char *key;
	const char *type;
	char *data; /* the rest of the line */
};

static bool parse_row(char *line, struct row *ret)
{
	ret->key = next_field(&line);
	ret->type = next_field(&line);
	ret->data = line + strspn(line, " \t");
	return ret->type && *ret->data;
}

/* False where it is none that is exported; that it is odd is said. */
static bool parse_value(struct scrape *s, const struct row *row, bool may_be_signed,
                        const char *file, double *ret)
{
	char *rest = row->data, *text = next_field(&rest);
	uint64_t u = 0;
	int64_t i = 0;
	int r;

	if (strcmp(row->type, "4") == 0) {
		r = parse_u64(text, &u);
		*ret = (double)u;
	} else if (may_be_signed && strcmp(row->type, "3") == 0) {
		r = parse_i64(text, &i);
		*ret = (double)i;
	} else {
		return false;
	}
	if (r < 0)
		warn(s, "procfs spl/kstat/zfs/%s: %s: expected a number, found \"%.32s\"", file,
		     row->key, text);
	return r == 0;
}

static void collect_file(struct scrape *s, const struct file *f)
{
	char *text, *line;
	struct row row;
	double value;

	if (!read_file(s, &text, f->name) || !skip_heading(s, &text, f->name))
		return;
	while ((line = next_line(&text))) {
		if (parse_row(line, &row) && parse_value(s, &row, true, f->name, &value))
			emit(s, describe(s, NULL, f->name, f->prefix, row.key), value);
	}
}

static void collect_objset(struct scrape *s, struct families *f, const char *pool, const char *name)
{
	const char *file = scrape_printf(s, "%s/%s", pool, name), *dataset = NULL;
	char *text, *line;
	struct row row;
	double value;

	if (!read_file(s, &text, file) || !skip_heading(s, &text, file))
		return;
	while ((line = next_line(&text))) {
		if (!parse_row(line, &row))
			continue;
		if (strcmp(row.key, "dataset_name") == 0)
			dataset = row.data;
		else if (dataset && parse_value(s, &row, false, file, &value))
			emit(s, find_family(s, f, row.key), value, pool, dataset);
	}
	if (!dataset)
		warn(s, "procfs spl/kstat/zfs/%s: expected a line of dataset_name", file);
}

/* Headings in one line, from nread to rcnt, and figures in the next. */
static void collect_io(struct scrape *s, const char *pool)
{
	const char *file = scrape_printf(s, "%s/io", pool);
	char *text, *heads, *line, *key;

	if (!read_file(s, &text, file))
		return;
	while ((heads = next_line(&text)) && !starts_with(heads, "nread"))
		;
	line = next_line(&text);
	if (!heads || !line) {
		warn(s, "procfs spl/kstat/zfs/%s: expected a line of nread, and one more", file);
		return;
	}
	while ((key = next_field(&heads))) {
		const char *field = next_field(&line);
		uint64_t value;

		if (!field || parse_u64(field, &value) < 0)
			warn(s, "procfs spl/kstat/zfs/%s: %s: expected a number", file, key);
		else
			emit(s, describe(s, pool_labels, "io", "zpool", key), (double)value, pool);
	}
}

static void collect_state(struct scrape *s, const char *pool)
{
	char *text, *state;

	if (!read_file(s, &text, scrape_printf(s, "%s/state", pool)))
		return;
	state = next_line(&text);
	for (char *c = state; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		emit(s, &pool_state, state && strcmp(state, states[i]) == 0, pool, states[i]);
}

static void collect_pool(struct scrape *s, struct families *f, const char *pool)
{
	char **names;
	int r;

	r = tree_list(s, TREE_PROC, &names, "spl/kstat/zfs/%s", pool);
	if (r < 0) {
		/* One of the many other files, or a pool that went away. */
		if (r != -ENOTDIR && r != -ENOENT)
			warn(s, "%s", failure(s, r));
		return;
	}
	for (size_t i = 0; names[i]; i++) {
		if (strcmp(names[i], "io") == 0)
			collect_io(s, pool);
		else if (strcmp(names[i], "state") == 0)
			collect_state(s, pool);
		else if (starts_with(names[i], "objset-"))
			collect_objset(s, f, pool, names[i]);
	}
}

static const struct file *find_file(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (strcmp(name, files[i].name) == 0)
			return &files[i];
	}
	return NULL;
}

static int zfs_collect(struct scrape *s)
{
	struct families families = { 0 };
	char **names;

	if (tree_list(s, TREE_PROC, &names, "spl/kstat/zfs") < 0)
		return NO_DATA;
	for (size_t i = 0; names[i]; i++) {
		const struct file *f = find_file(names[i]);

		if (f)
			collect_file(s, f);
		else
			collect_pool(s, &families, names[i]);
	}
	return 0;
}

COLLECTOR(zfs, .help = "OpenZFS: caches, pools and data sets", .needs = "the module zfs",
          .default_on = true, .collect = zfs_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * sysfs fs/bcache/UUID, a directory of attributes for each set of caches, with a link bdevN to each
 * device that is cached and a link cacheN to each cache. Attributes are numbers, or amounts such as
 * "1.5k". Upstream takes what is behind the point for 1024ths of a hundred, so that this is 1524;
 * so do we. bdevN/writeback_rate_debug has lines:
 *
 *   rate:           512/sec
 *   dirty:          20.4G
 *   integral:       -790.0k
 *
 * cacheN/priority_stats has "Unused: 99%" and "Metadata: 0%", and is costly to read.
 */

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

/* An amount in a file or in a line. */
struct attr {
	const char *key;
	struct metric metric;
	double unit;     /* of the amount, in that of the metric; 0: the same */
	bool hides_zero; /* it is not exported while the file has "0" */
};

#define BCACHE_ATTR(KEY, LABEL_NAMES, TYPE, NAME, HELP, ...) \
	{ \
		.key = (KEY), \
		.metric = { .name = "node_bcache_" NAME, \
			    .help = (HELP), \
			    .type = METRIC_##TYPE, \
			    .labels = LABEL_NAMES }, \
		__VA_ARGS__ \
	}
#define SET(KEY, ...) BCACHE_ATTR(KEY, LABELS("uuid"), __VA_ARGS__)
#define DEVICE(KEY, ...) BCACHE_ATTR(KEY, LABELS("uuid", "backing_device"), __VA_ARGS__)
#define CACHE(KEY, ...) BCACHE_ATTR(KEY, LABELS("uuid", "cache_device"), __VA_ARGS__)

static const struct attr set_attrs[] = {
	SET("average_key_size", GAUGE, "average_key_size_sectors",
	    "Average size of data that a key is of."),
	SET("btree_cache_size", GAUGE, "btree_cache_size_bytes",
	    "Memory that the b-tree is cached in."),
	SET("cache_available_percent", GAUGE, "cache_available_percent",
	    "Part of the caches that holds no dirty data."),
	SET("congested", GAUGE, "congested", "How congested the caches are, by their latency."),
	SET("root_usage_percent", GAUGE, "root_usage_percent",
	    "Part of the b-tree's root that is used."),
	SET("tree_depth", GAUGE, "tree_depth", "Depth of the b-tree."),
	SET("internal/active_journal_entries", GAUGE, "active_journal_entries",
	    "Journal entries that are newer than the index."),
	SET("internal/btree_nodes", GAUGE, "btree_nodes", "Nodes of the b-tree."),
	SET("internal/cache_read_races", COUNTER, "cache_read_races_total",
	    "Reads whose data the cache dropped meanwhile and that were done again."),
	/* It is in nanoseconds, whatever the file's name says. */
	SET("internal/btree_read_average_duration_us", GAUGE, "btree_read_average_duration_seconds",
	    "Average time of a read of the b-tree.", .unit = 1e-9),
};

static const struct attr device_attrs[] = {
	DEVICE("dirty_data", GAUGE, "dirty_data_bytes", "Data that only the cache has."),
	DEVICE("stats_total/bypassed", COUNTER, "bypassed_bytes_total",
	       "Bytes read and written that bypassed the cache."),
	DEVICE("stats_total/cache_bypass_hits", COUNTER, "cache_bypass_hits_total",
	       "Requests that were to bypass the cache, though it had the data."),
	DEVICE("stats_total/cache_bypass_misses", COUNTER, "cache_bypass_misses_total",
	       "Requests that were to bypass the cache, which had not got the data."),
	DEVICE("stats_total/cache_hits", COUNTER, "cache_hits_total",
	       "Requests that the cache served."),
	DEVICE("stats_total/cache_miss_collisions", COUNTER, "cache_miss_collisions_total",
	       "Data read from the device that a write overtook on its way to the cache."),
	DEVICE("stats_total/cache_misses", COUNTER, "cache_misses_total",
	       "Requests that the cache did not serve."),
	/* Gone since Linux 5.18. */
	DEVICE("stats_total/cache_readaheads", COUNTER, "cache_readaheads_total",
	       "Reads ahead; not exported while 0.", .hides_zero = true),
};

static const struct attr writeback_lines[] = {
	DEVICE("rate", GAUGE, "writeback_rate",
	       "Bytes a second at which dirty data are written back."),
	DEVICE("target", GAUGE, "dirty_target_bytes", "How much data may stay dirty for now."),
	DEVICE("proportional", GAUGE, "writeback_rate_proportional_term",
	       "Proportional part of the rate of writing back."),
	DEVICE("integral", GAUGE, "writeback_rate_integral_term",
	       "Integral part of the rate of writing back."),
	DEVICE("change", GAUGE, "writeback_change", "Last change of the rate of writing back."),
};

static const struct attr cache_attrs[] = {
	CACHE("io_errors", GAUGE, "io_errors",
	      "Errors of the cache, which are halved from time to time."),
	CACHE("metadata_written", COUNTER, "metadata_written_bytes_total",
	      "Bytes written to the cache that are no data."),
	CACHE("written", COUNTER, "written_bytes_total", "Bytes of data written to the cache."),
};

static const struct attr priority_lines[] = {
	CACHE("Metadata", GAUGE, "priority_stats_metadata_percent",
	      "Part of the cache that holds what is no data."),
	CACHE("Unused", GAUGE, "priority_stats_unused_percent",
	      "Part of the cache that holds nothing."),
};

static struct {
	bool has_priorities;
} self;

static const struct flag flags[] = {
	{ .name = "collector.bcache.priorityStats",
	  .type = FLAG_BOOL,
	  .target = &self.has_priorities,
	  .help = "Export what caches hold, which is costly to find out." },
	{ 0 },
};

/* A set, a cached device or a cache. */
struct item {
	const char *path;      /* in sysfs */
	const char *labels[3]; /* the values; ends with NULL */
};

static const char units[] = "kMGTPEZY"; /* each 1024 times the one before */

/* An amount as bcache writes it, without its sign. */
static int parse_amount(char *text, double *ret)
{
	size_t length = strlen(text);
	const char *unit = length ? strchr(units, text[length - 1]) : NULL;
	uint64_t n, part = 0;
	char *whole;
	double value;

	if (!unit) {
		if (text[0] == '-' || parse_double(text, &value) < 0)
			return -EINVAL;
	} else {
		text[length - 1] = '\0';
		whole = next_part(&text, '.');
		if (!whole || parse_u64(whole, &n) < 0 || (*text && parse_u64(text, &part) < 0))
			return -EINVAL;
		value = ldexp((double)n + (double)part / 10.24, 10 * (int)(unit - units + 1));
	}
	/* Upstream keeps it in 64 bits. */
	if (!(value < 0x1p64))
		return -ERANGE;
	*ret = trunc(value);
	return 0;
}

static void emit_amount(struct scrape *s, const struct item *item, const struct metric *m,
                        const char *where, char *text, double factor)
{
	const char *shown = scrape_printf(s, "%.32s", text);
	double value;

	if (parse_amount(text, &value) < 0)
		warn(s, "sysfs %s/%s: expected an amount, found \"%s\"", item->path, where, shown);
	else
		emit_labels(s, m, value * factor, item->labels);
}

/* What a kernel does not have, or no longer, is left out, where upstream says 0. */
static void collect_attrs(struct scrape *s, const struct item *item, const struct attr *attrs,
                          size_t count)
{
	for (const struct attr *a = attrs; a < attrs + count; a++) {
		char *text;

		if (attr_text(s, &text, "%s/%s", item->path, a->key) == 0 &&
		    !(a->hides_zero && strcmp(text, "0") == 0))
			emit_amount(s, item, &a->metric, a->key, text, a->unit ? a->unit : 1);
	}
}

/* The last word of each line of a file that is asked for, without the suffix. */
static void collect_lines(struct scrape *s, const struct item *item, const char *file,
                          const char *suffix, const struct attr *attrs, size_t count)
{
	char *text, *line;
	int r;

	r = tree_read(s, TREE_SYS, &text, "%s/%s", item->path, file);
	if (r < 0 && !attr_is_quiet(r))
		warn(s, "%s", failure(s, r));
	if (r < 0)
		return;
	while ((line = next_line(&text))) {
		char *key = next_field(&line), *last = NULL, *field;
		bool is_negative;

		while ((field = next_field(&line)))
			last = field;
		if (!last || !ends_with(key, ":"))
			continue;
		key[strlen(key) - 1] = '\0';
		if (ends_with(last, suffix))
			last[strlen(last) - strlen(suffix)] = '\0';
		is_negative = last[0] == '-';
		for (size_t i = 0; i < count; i++) {
			if (strcmp(key, attrs[i].key) == 0)
				emit_amount(s, item, &attrs[i].metric,
				            scrape_printf(s, "%s: %s", file, key),
				            last + is_negative, is_negative ? -1 : 1);
		}
	}
}

static void collect_device(struct scrape *s, const struct item *item)
{
	collect_attrs(s, item, device_attrs, ARRAY_SIZE(device_attrs));
	collect_lines(s, item, "writeback_rate_debug", "/sec", writeback_lines,
	              ARRAY_SIZE(writeback_lines));
}

static void collect_cache(struct scrape *s, const struct item *item)
{
	collect_attrs(s, item, cache_attrs, ARRAY_SIZE(cache_attrs));
	if (self.has_priorities)
		collect_lines(s, item, "priority_stats", "%", priority_lines,
		              ARRAY_SIZE(priority_lines));
}

/* Whether name is prefix and a number, or begins so. */
static bool is_numbered(const char *name, const char *prefix)
{
	return starts_with(name, prefix) && isdigit((unsigned char)name[strlen(prefix)]);
}

static void collect_set(struct scrape *s, const char *uuid)
{
	const struct item set = {
		.path = scrape_printf(s, "fs/bcache/%s", uuid),
		.labels = { uuid },
	};
	char **names;

	/* Some attributes wait for a lock that is held while the devices are asked. */
	if (!hazard(s, scrape_printf(s, "bcache %s", uuid)))
		return;
	names = attr_list(s, "%s", set.path);
	if (!names)
		return;
	collect_attrs(s, &set, set_attrs, ARRAY_SIZE(set_attrs));
	for (size_t i = 0; names[i]; i++) {
		const struct item item = {
			.path = scrape_printf(s, "%s/%s", set.path, names[i]),
			.labels = { uuid, names[i] },
		};

		if (is_numbered(names[i], "bdev"))
			collect_device(s, &item);
		else if (is_numbered(names[i], "cache"))
			collect_cache(s, &item);
	}
}

static int bcache_collect(struct scrape *s)
{
	char **names;
	int r;

	r = tree_list(s, TREE_SYS, &names, "fs/bcache");
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (size_t i = 0; names[i]; i++) {
		if (strchr(names[i], '-'))
			collect_set(s, names[i]);
	}
	return 0;
}

COLLECTOR(bcache, .help = "caches of block devices, bcache", .needs = "a bcache device",
          .default_on = true, .may_block = true, .flags = flags, .collect = bcache_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * sysfs fs/bcachefs/UUID of each mounted bcachefs. Amounts may be as for people ("2.05G").
 *
 *   btree_cache_size        one amount
 *   compression_stats       a heading, then "zstd  226G  603G  115k", the last being an average
 *   btree_write_stats       a heading, then "initial:  3298401  100k"
 *   errors                  "bset_bad_csum  2  1767112063", the last being a time
 *   counters/NAME           "since mount:  39816825", "since filesystem creation:  44105502"
 *   dev-N/io_done           "read:", below it "user : 102313054208", then "write:" and the same
 *   dev-N/io_errors         "IO errors since filesystem creation", below it "  read:  0", then the
 *                           same since another time
 *
 * and further attributes of one word in dev-N.
 */

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "sanitize.h"

#define BCACHEFS_METRIC(TYPE, NAME, HELP, ...) \
	{ \
		.name = "node_bcachefs_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS(__VA_ARGS__) \
	}

static const struct metric info =
	BCACHEFS_METRIC(GAUGE, "info", "A mounted file system; always 1.", "uuid");
static const struct metric btree_cache_size = BCACHEFS_METRIC(
	GAUGE, "btree_cache_size_bytes", "Memory that b-tree nodes are cached in.", "uuid");
static const struct metric compressed =
	BCACHEFS_METRIC(GAUGE, "compression_compressed_bytes", "Space that compressed data take.",
                        "uuid", "algorithm");
static const struct metric uncompressed =
	BCACHEFS_METRIC(GAUGE, "compression_uncompressed_bytes",
                        "Space that compressed data would take otherwise.", "uuid", "algorithm");
static const struct metric errors =
	BCACHEFS_METRIC(COUNTER, "errors_total", "Errors found in the file system, by their kind.",
                        "uuid", "error_type");
static const struct metric btree_writes = BCACHEFS_METRIC(
	COUNTER, "btree_writes_total", "Writes of b-tree nodes, by their cause.", "uuid", "type");
static const struct metric btree_write_size = BCACHEFS_METRIC(
	GAUGE, "btree_write_average_size_bytes",
	"Average size of the writes of b-tree nodes, by their cause.", "uuid", "type");
static const struct metric device_info =
	BCACHEFS_METRIC(GAUGE, "device_info", "What a device is to its file system; always 1.",
                        "uuid", "device", "label", "state");
static const struct metric io_done =
	BCACHEFS_METRIC(COUNTER, "device_io_done_bytes_total",
                        "Bytes read from and written to a device, by what they are.", "uuid",
                        "device", "operation", "data_type");
static const struct metric io_errors = BCACHEFS_METRIC(
	COUNTER, "device_io_errors_total", "Errors of a device since the file system was made.",
	"uuid", "device", "type");

/* Attributes of a device that are one amount. */
static const struct device_attr {
	const char *name;
	struct metric metric;
} device_attrs[] = {
	{ "bucket_size",
	  BCACHEFS_METRIC(GAUGE, "device_bucket_size_bytes",
	                  "Size of the buckets that a device is divided into.", "uuid", "device") },
	{ "durability",
	  BCACHEFS_METRIC(GAUGE, "device_durability",
	                  "How many copies one on this device counts as.", "uuid", "device") },
	{ "nbuckets",
	  BCACHEFS_METRIC(GAUGE, "device_buckets", "Buckets of a device.", "uuid", "device") },
};

static const char units[] = "kmgtpe"; /* each 1024 times the one before; capitals do, too */
static const char since[] = "since filesystem creation:";
static const char *const counter_labels[] = { "uuid", NULL };

/* What a kernel does not have is left out; upstream says 0 of it. */
static bool read_file(struct scrape *s, char **ret, const char *uuid, const char *file)
{
	int r = tree_read(s, TREE_SYS, ret, "fs/bcachefs/%s/%s", uuid, file);

	if (r < 0 && !attr_is_quiet(r))
		warn(s, "%s", failure(s, r));
	return r == 0;
}

static bool read_attr(struct scrape *s, char **ret, const char *uuid, const char *attr)
{
	return attr_text(s, ret, "fs/bcachefs/%s/%s", uuid, attr) == 0;
}

/* "2.05G", rounded down to what fits 64 bits. */
static int parse_amount(struct scrape *s, const char *text, double *ret)
{
	char *number = scrape_printf(s, "%s", text);
	size_t length = strlen(number);
	const char *unit = NULL;
	double value;

	if (length)
		unit = strchr(units, tolower((unsigned char)number[length - 1]));
	if (unit)
		number[length - 1] = '\0';
	if (parse_double(number, &value) < 0)
		return -EINVAL;
	value = ldexp(value, unit ? 10 * (int)(unit - units + 1) : 0);
	if (!(value >= 0 && value < 0x1p64))
		return -ERANGE;
	*ret = trunc(value);
	return 0;
}

/* Emit an amount that file has, with these label values, of which the UUID is the first. */
static void emit_amount(struct scrape *s, const struct metric *m, const char *file,
                        const char *text, const char *const *values)
{
	double amount;

	if (parse_amount(s, text, &amount) == 0)
		emit_labels(s, m, amount, values);
	else
		warn(s, "sysfs fs/bcachefs/%s/%s: expected an amount, found \"%.32s\"", values[0],
		     file, text);
}

#define VALUES(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Cut a colon off the end of a word. */
static char *cut_colon(char *word)
{
	if (ends_with(word, ":"))
		word[strlen(word) - 1] = '\0';
	return word;
}

/* A table with a heading: a word, then two amounts. */
static void collect_table(struct scrape *s, const char *uuid, const char *file,
                          const struct metric *first, const struct metric *second)
{
	char *text, *line;

	if (!read_file(s, &text, uuid, file) || !next_line(&text))
		return;
	while ((line = next_line(&text))) {
		char *key = next_field(&line), *a = next_field(&line), *b = next_field(&line);

		if (!b)
			continue;
		cut_colon(key);
		emit_amount(s, first, file, a, VALUES(uuid, key));
		emit_amount(s, second, file, b, VALUES(uuid, key));
	}
}

static void collect_errors(struct scrape *s, const char *uuid)
{
	char *text, *line;

	if (!read_file(s, &text, uuid, "errors"))
		return;
	while ((line = next_line(&text))) {
		const char *key = next_field(&line), *count = next_field(&line);

		if (count)
			emit_amount(s, &errors, "errors", count, VALUES(uuid, key));
	}
}

static void collect_counter(struct scrape *s, const char *uuid, const char *name)
{
	const char *file = scrape_printf(s, "counters/%s", name), *help;
	char *text, *line;

	if (!read_file(s, &text, uuid, file))
		return;
	while ((line = next_line(&text)) && !starts_with(line, since))
		;
	if (!line) {
		warn(s, "sysfs fs/bcachefs/%s/%s: expected a line \"%s\"", uuid, file, since);
		return;
	}
	help = scrape_printf(s, "Counter %s since the file system was made.", name);
	emit_amount(s,
	            metric_named(s, METRIC_COUNTER, help, counter_labels, "node_bcachefs_%s_total",
	                         sanitize(s, name)),
	            file, trim(line + strlen(since)), VALUES(uuid));
}

static void collect_counters(struct scrape *s, const char *uuid)
{
	char **names = attr_list(s, "fs/bcachefs/%s/counters", uuid);

	for (size_t i = 0; names && names[i]; i++)
		collect_counter(s, uuid, names[i]);
}

/* "user : 4096": the word and what follows, both trimmed; false where there is no colon. */
static bool split_line(char *line, char **ret_key, char **ret_value)
{
	char *colon = strchr(line, ':');

	if (!colon)
		return false;
	*colon = '\0';
	*ret_key = trim(line);
	*ret_value = trim(colon + 1);
	return true;
}

static void collect_io_done(struct scrape *s, const char *uuid, const char *device)
{
	const char *file = scrape_printf(s, "dev-%s/io_done", device), *operation = NULL;
	char *text, *line, *key, *count;

	if (!read_file(s, &text, uuid, file))
		return;
	while ((line = next_line(&text))) {
		line = trim(line);
		if (strcmp(line, "read:") == 0 || strcmp(line, "write:") == 0)
			operation = cut_colon(line);
		else if (operation && split_line(line, &key, &count))
			emit_amount(s, &io_done, file, count, VALUES(uuid, device, operation, key));
	}
}

static void collect_io_errors(struct scrape *s, const char *uuid, const char *device)
{
	const char *file = scrape_printf(s, "dev-%s/io_errors", device);
	char *text, *line, *key, *count;
	bool is_since_creation = false;

	if (!read_file(s, &text, uuid, file))
		return;
	while ((line = next_line(&text))) {
		if (starts_with(line, "IO errors since "))
			is_since_creation =
				starts_with(line, "IO errors since filesystem creation");
		else if (is_since_creation && split_line(line, &key, &count))
			emit_amount(s, &io_errors, file, count, VALUES(uuid, device, key));
	}
}

static void collect_device(struct scrape *s, const char *uuid, const char *device)
{
	const char *label, *state;
	char *text;

	label = read_attr(s, &text, uuid, scrape_printf(s, "dev-%s/label", device)) ? text : "";
	state = read_attr(s, &text, uuid, scrape_printf(s, "dev-%s/state", device)) ? text : "";
	emit(s, &device_info, 1, uuid, device, label, state);
	for (size_t i = 0; i < ARRAY_SIZE(device_attrs); i++) {
		const struct device_attr *a = &device_attrs[i];
		const char *attr = scrape_printf(s, "dev-%s/%s", device, a->name);

		if (read_attr(s, &text, uuid, attr))
			emit_amount(s, &a->metric, attr, text, VALUES(uuid, device));
	}
	collect_io_done(s, uuid, device);
	collect_io_errors(s, uuid, device);
}

static void collect_volume(struct scrape *s, const char *uuid, char *const *names)
{
	char *text;

	emit(s, &info, 1, uuid);
	if (read_attr(s, &text, uuid, "btree_cache_size"))
		emit_amount(s, &btree_cache_size, "btree_cache_size", text, VALUES(uuid));
	collect_table(s, uuid, "compression_stats", &compressed, &uncompressed);
	collect_table(s, uuid, "btree_write_stats", &btree_writes, &btree_write_size);
	collect_errors(s, uuid);
	collect_counters(s, uuid);
	for (size_t i = 0; names[i]; i++) {
		if (starts_with(names[i], "dev-"))
			collect_device(s, uuid, names[i] + strlen("dev-"));
	}
}

static int bcachefs_collect(struct scrape *s)
{
	size_t found = 0;
	char **uuids;
	int r;

	r = tree_list(s, TREE_SYS, &uuids, "fs/bcachefs");
	if (r < 0)
		return r == -ENOENT ? NO_DATA : r;
	for (size_t i = 0; uuids[i]; i++) {
		char **names;

		/* Before Linux 6.11 all that is in it is read for its compression_stats. */
		if (!hazard(s, scrape_printf(s, "bcachefs %s", uuids[i]))) {
			found++;
			continue;
		}
		r = tree_list(s, TREE_SYS, &names, "fs/bcachefs/%s", uuids[i]);
		if (r == 0)
			collect_volume(s, uuids[i], names);
		else if (r != -ENOTDIR && !attr_is_quiet(r))
			warn(s, "%s", failure(s, r));
		found += r == 0;
	}
	return found ? 0 : NO_DATA;
}

COLLECTOR(bcachefs, .help = "mounted bcachefs: space, devices, errors, counters",
          .needs = "a mounted bcachefs", .default_on = true, .may_block = true,
          .collect = bcachefs_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * Files *.prom in the directories given, hidden ones too, in the text format 0.0.4 or OpenMetrics.
 * A file counts as a whole: one that is malformed, has a timestamp or is no regular file is left
 * out, and node_textfile_scrape_error is 1. The help of a metric without one is worded as upstream
 * does. What was read is remembered until the file changes.
 */

#include <errno.h>
#include <string.h>

#include "collector.h"
#include "promwatch.h"

enum { PATHS_MAX = 16 << 10 }; /* bytes of paths in a help text */

static const struct metric mtime_seconds = {
	.name = "node_textfile_mtime_seconds",
	.help = "When the text file was last modified, of those that could be read whole.",
	.type = METRIC_GAUGE,
	.labels = LABELS("file"),
};
static const struct metric scrape_error = {
	.name = "node_textfile_scrape_error",
	.help = "Whether a text file or a directory of them was left out, in part or whole.",
	.type = METRIC_GAUGE,
};
static const struct metric file_error = {
	.name = "nodegauge_textfile_error",
	.help = "1 for a text file, or a directory of them, of which all or something is left out.",
	.type = METRIC_GAUGE,
	.labels = LABELS("file", "reason"),
};
static const struct metric file_samples = {
	.name = "nodegauge_textfile_samples",
	.help = "How many samples the text file has that are exported.",
	.type = METRIC_GAUGE,
	.labels = LABELS("file"),
};
static const struct metric file_age = {
	.name = "nodegauge_textfile_age_seconds",
	.help = "How long ago the text file was last modified.",
	.type = METRIC_GAUGE,
	.labels = LABELS("file"),
};

static struct {
	struct promwatch watch;
	bool has_error;      /* what upstream takes for one */
	uint64_t generation; /* of what files export; 0: there was none yet */
} self;

static const struct flag flags[] = {
	{ .name = "collector.textfile.directory",
	  .type = FLAG_LIST,
	  .target = &self.watch.directories,
	  .value = "",
	  .help = "Directory with text files (*.prom) whose metrics are exported as well, or a "
	          "pattern (*, ?, [...]) that directories match. May be repeated." },
	{ .name = "collector.textfile.max-age",
	  .type = FLAG_DURATION,
	  .target = &self.watch.max_age,
	  .value = "0s",
	  .help = "Leave out text files that were last modified longer ago than this; 0 is for any "
	          "age." },
	{ .name = "collector.textfile.max-file-bytes",
	  .type = FLAG_INT,
	  .target = &self.watch.limits.size,
	  .value = "33554432",
	  .help = "Leave out text files that are larger than this." },
	{ .name = "collector.textfile.max-file-samples",
	  .type = FLAG_INT,
	  .target = &self.watch.limits.samples,
	  .value = "1000000",
	  .help = "Leave out text files that have more samples than this." },
	{ .name = "collector.textfile.max-label-bytes",
	  .type = FLAG_INT,
	  .target = &self.watch.limits.label,
	  .value = "65536",
	  .help = "Leave out text files with a label whose name or value is longer than this." },
	{ .name = "collector.textfile.max-samples",
	  .type = FLAG_INT,
	  .target = &self.watch.max_samples,
	  .value = "1000000",
	  .help = "Leave out text files that have, with those before them, more samples than this." },
	{ 0 },
};

static int compare_sources(const void *left, const void *right)
{
	const struct prom_source *a = left, *b = right;
	int order = strcmp(a->family->name, b->family->name);

	return order ? order : (a->set > b->set) - (a->set < b->set);
}

/* The help of a metric that comes without: where it was read. */
static const char *make_help(const struct prom_source *sources, size_t count)
{
	static const char intro[] = "Metric read from ";
	size_t size = sizeof(intro) + strlen(", ..."), n = 0;
	char *help, *to;

	while (n < count && (!n || size < PATHS_MAX))
		size += self.watch.known.items[sources[n++].set]->file.node.length + 2;
	help = arena_alloc(&self.watch.scratch, size);
	to = stpcpy(help, intro);
	for (size_t i = 0; i < n; i++)
		to = stpcpy(stpcpy(to, i ? ", " : ""),
		            self.watch.known.items[sources[i].set]->file.node.key);
	to = stpcpy(to, n < count ? ", ..." : "");
	return promtext_utf8(&self.watch.scratch, help, (size_t)(to - help));
}

static void note_conflict(const struct prom_source *source, enum promfile_fault fault)
{
	struct promwatch_entry *e = self.watch.known.items[source->set];
	bool is_own = fault == FAULT_TWIN && source->family->twin_line;

	if (!e->conflicts) {
		e->conflict = fault;
		e->conflict_line = is_own ? source->family->twin_line : source->family->line;
	}
	e->conflicts |= fault;
}

/*
 * What count files say of one family: the first one decides on its type, and the first one that has
 * a help on that. Those that differ are left out.
 */
static void emit_family(struct scrape *s, struct prom_source *sources, size_t count)
{
	enum metric_type type = sources->family->type;
	const char *help = NULL;
	size_t good = 0;

	for (size_t i = 0; i < count && !help; i++)
		help = sources[i].family->help;
	for (size_t i = 0; i < count; i++) {
		const char *own = sources[i].family->help;

		if (own && strcmp(own, help) != 0)
			note_conflict(&sources[i], FAULT_HELP);
		else if (sources[i].family->type != type)
			note_conflict(&sources[i], FAULT_TYPE);
		else
			sources[good++] = sources[i];
	}
	if (!help)
		help = make_help(sources, good);
	promset_emit(s, &self.watch.scratch, sources, good, help);
	for (size_t i = 0; i < good; i++)
		if (sources[i].has_twins || sources[i].family->twin_line)
			note_conflict(&sources[i], FAULT_TWIN);
}

/* Emit what all files say together, and note who contradicts whom. */
static void emit_families(struct scrape *s)
{
	struct prom_source *sources;
	size_t n = 0, same;

	for (size_t i = 0; i < self.watch.known.count; i++) {
		struct promwatch_entry *e = self.watch.known.items[i];

		e->conflicts = 0;
		n += e->is_exported ? e->file.set.n_families : 0;
	}
	sources = arena_alloc(&self.watch.scratch, n * sizeof(*sources));
	n = 0;
	for (size_t i = 0; i < self.watch.known.count; i++) {
		const struct promwatch_entry *e = self.watch.known.items[i];

		for (size_t k = 0; e->is_exported && k < e->file.set.n_families; k++) {
			sources[n++] = (struct prom_source){ &e->file.set.families[k], i, false };
			e->file.set.families[k].n_emitted = 0;
		}
	}
	if (n)
		qsort(sources, n, sizeof(*sources), compare_sources);
	for (size_t i = 0; i < n; i += same) {
		const char *name = sources[i].family->name;

		for (same = 1; i + same < n; same++)
			if (strcmp(sources[i + same].family->name, name) != 0)
				break;
		emit_family(s, sources + i, same);
	}
}

/* Count what of an entry is exported: all that was emitted but families whose names are taken. */
static void count_exported(const struct scrape *s, struct promwatch_entry *e)
{
	e->taken = NULL;
	e->n_exported = 0;
	for (size_t i = 0; e->is_exported && i < e->file.set.n_families; i++) {
		const struct prom_rows *family = &e->file.set.families[i];

		if (!is_name_taken(s, family->name))
			e->n_exported += family->n_emitted;
		else if (!e->taken || family->line < e->taken->line)
			e->taken = family;
	}
}

/* What the log says of an entry once for each of its versions. */
static void report(struct scrape *s, const struct promwatch_entry *e)
{
	const struct stat *st = &e->file.st;
	const int64_t parts[] = { (int64_t)st->st_ino, (int64_t)st->st_dev, (int64_t)st->st_size,
		                  st->st_mtim.tv_sec,  st->st_mtim.tv_nsec, st->st_ctim.tv_sec,
		                  st->st_ctim.tv_nsec };
	uint64_t version = hash_bytes(0, parts, sizeof(parts));
	const char *path = e->file.node.key;

	if (e->file.faults)
		warn_version(s, version, "%s%s", path, e->file.message);
	else if (promwatch_faults(&self.watch, e))
		warn_version(s, version, "%s: older than --collector.textfile.max-age", path);
	if (e->taken)
		warn_version(s, version,
		             "%s:%u:1: expected a name that no collector and no part of another "
		             "metric has, found \"%s\"",
		             path, e->taken->line, e->taken->name);
	if (!e->conflicts)
		return;
	if (e->conflict == FAULT_TWIN)
		warn_version(s, version,
		             "%s:%u:1: expected each series once in all files, found one again",
		             path, e->conflict_line);
	else
		warn_version(
			s, version,
			"%s:%u:1: expected the %s that this metric has in a file before it, found another",
			path, e->conflict_line, e->conflict == FAULT_HELP ? "help text" : "type");
}

static void emit_entry(struct scrape *s, struct promwatch_entry *e)
{
	const char *path = e->file.node.key;
	unsigned faults = promwatch_faults(&self.watch, e);
	/* Whole seconds towards 1970, as upstream's division has it. */
	const struct timespec *modified = &e->file.st.st_mtim;
	int64_t mtime = modified->tv_sec + (modified->tv_sec < 0 && modified->tv_nsec > 0);

	count_exported(s, e);
	if (!faults)
		faults = e->conflicts | (e->taken ? FAULT_TAKEN : 0);
	for (size_t i = 0; i < ARRAY_SIZE(promfile_reasons); i++)
		if (faults & (1u << i))
			emit(s, &file_error, 1, path, promfile_reasons[i]);
	if (faults)
		report(s, e);
	self.has_error |= faults & (FAULT_WHOLE | FAULT_HELP);
	if (!e->file.st.st_ino)
		return;
	emit(s, &file_age, promwatch_age(&self.watch, e), path);
	emit(s, &file_samples, faults & FAULT_WHOLE ? 0 : (double)e->n_exported, path);
	if (!(faults & FAULT_WHOLE))
		emit(s, &mtime_seconds, (double)mtime, path);
}

static int textfile_start(struct scrape *s)
{
	const struct promfile_limits *limits = &self.watch.limits;

	if (self.watch.max_age < 0 || self.watch.max_samples < 0 || limits->size < 0 ||
	    limits->samples < 0 || limits->label < 0)
		return fail(s, -EINVAL, "expected limits of text files that are not below 0");
	return 0;
}

static int textfile_collect(struct scrape *s)
{
	self.has_error = false;
	promwatch_look(s, &self.watch);
	if (self.watch.has_changed || !self.generation)
		self.generation = new_generation();
	if (emit_kept(s, self.generation))
		emit_families(s);
	emit_kept_end(s);
	for (size_t i = 0; i < self.watch.known.count; i++)
		emit_entry(s, self.watch.known.items[i]);
	emit(s, &scrape_error, self.has_error);
	arena_reset(&self.watch.scratch, PROMWATCH_KEPT);
	return 0;
}

static void textfile_stop(void)
{
	promwatch_free(&self.watch);
}

COLLECTOR(textfile, .help = "metrics that others wrote into text files", .default_on = true,
          .may_block = true, .flags = flags, .start = textfile_start, .collect = textfile_collect,
          .stop = textfile_stop);

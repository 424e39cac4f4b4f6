// SPDX-License-Identifier: Apache-2.0
/*
 * Files *.prom in the directories given, hidden ones too, in the text format 0.0.4 or OpenMetrics.
 * A file counts as a whole: one that is malformed, has a timestamp or is no regular file is left
 * out, and node_textfile_scrape_error is 1. The help of a metric without one is worded as upstream
 * does. What was read is remembered until the file changes.
 */

#include <errno.h>
#include <string.h>
#include <time.h>

#include "collector.h"
#include "glob.h"
#include "promfile.h"

enum {
	FILES_MAX = 128 << 20,   /* bytes of all files together */
	PATHS_MAX = 16 << 10,    /* bytes of paths in a help text */
	HAZARD_PATH_MAX = 80,    /* bytes of a path in a hazard */
	SCRATCH_KEPT = 128 << 10 /* bytes kept from scrape to scrape */
};

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

/* A file, or a directory that is left out, as it is remembered from scrape to scrape. */
struct entry {
	struct promfile file; /* the first member: found by its node, whose key is the path */
	bool is_seen;         /* in this scrape */
	bool was_exported;    /* when the families were put together */
	unsigned conflicts;   /* with files before it then: FAULT_HELP and so on */
	enum promfile_fault conflict; /* the first one, */
	unsigned conflict_line;       /* and where the file begins it */
	size_t n_exported;
};

struct entries {
	struct entry **items;
	size_t count;
	size_t room;
};

static struct {
	struct list directories;
	struct promfile_limits limits;
	int64_t max_samples;
	int64_t max_age;
	struct arena scratch;    /* of this scrape */
	struct arena text;       /* of the file at hand */
	struct trie_node *index; /* of all entries, by path */
	struct entries known;    /* of the last scrape, in order */
	struct entries found;    /* of this one */
	size_t room;             /* bytes and samples that the files to come may have */
	size_t sample_room;
	struct timespec now;
	bool has_error;      /* what upstream takes for one */
	bool has_changed;    /* what is exported of files */
	uint64_t generation; /* of that */
} self;

static const struct flag flags[] = {
	{ .name = "collector.textfile.directory",
	  .type = FLAG_LIST,
	  .target = &self.directories,
	  .value = "",
	  .help = "Directory with text files (*.prom) whose metrics are exported as well, or a "
	          "pattern (*, ?, [...]) that directories match. May be repeated." },
	{ .name = "collector.textfile.max-age",
	  .type = FLAG_DURATION,
	  .target = &self.max_age,
	  .value = "0s",
	  .help = "Leave out text files that were last modified longer ago than this; 0 is for any "
	          "age." },
	{ .name = "collector.textfile.max-file-bytes",
	  .type = FLAG_INT,
	  .target = &self.limits.size,
	  .value = "33554432",
	  .help = "Leave out text files that are larger than this." },
	{ .name = "collector.textfile.max-file-samples",
	  .type = FLAG_INT,
	  .target = &self.limits.samples,
	  .value = "1000000",
	  .help = "Leave out text files that have more samples than this." },
	{ .name = "collector.textfile.max-label-bytes",
	  .type = FLAG_INT,
	  .target = &self.limits.label,
	  .value = "65536",
	  .help = "Leave out text files with a label whose name or value is longer than this." },
	{ .name = "collector.textfile.max-samples",
	  .type = FLAG_INT,
	  .target = &self.max_samples,
	  .value = "1000000",
	  .help = "Leave out text files that have, with those before them, more samples than this." },
	{ 0 },
};

/* The entry of a path, NULL where this scrape has it already. */
static struct entry *take_entry(const char *path)
{
	struct entries *found = &self.found;
	struct trie_node *closest;
	struct entry *e = (struct entry *)trie_find(self.index, path, strlen(path), &closest);

	if (e && e->is_seen)
		return NULL;
	if (!e) {
		e = xcalloc(1, sizeof(*e));
		e->file.node.key = xstrdup(path);
		e->file.node.length = strlen(path);
		trie_add(&self.index, &e->file.node, closest);
	}
	e->is_seen = true;
	if (found->count == found->room) {
		found->room = MAX(found->room * 2, (size_t)16);
		found->items = xrealloc(found->items, found->room * sizeof(*found->items));
	}
	found->items[found->count++] = e;
	return e;
}

static void free_entry(struct entry *e)
{
	promfile_free(&e->file);
	free((char *)(uintptr_t)e->file.node.key);
	free(e);
}

/* Say what is wrong with a directory, in its own entry. */
static void refuse_directory(const char *path, enum promfile_fault fault, const char *reason)
{
	struct entry *e = take_entry(path);

	if (e)
		promfile_fail(&e->file, fault, ": %s", reason);
}

/* hazard() with "kind:path"; of a long path its hash and its end. */
static bool announce(struct scrape *s, const char *kind, const char *path)
{
	size_t length = strlen(path);
	const char *item;

	if (length <= HAZARD_PATH_MAX)
		item = scrape_printf(s, "%s:%s", kind, path);
	else
		item = scrape_printf(s, "%s:%016jx...%s", kind, (uintmax_t)hash_text(0, path),
		                     path + length - HAZARD_PATH_MAX / 2);
	if (hazard(s, item))
		return true;
	refuse_directory(path, FAULT_STUCK, "left out, an earlier look at it is still stuck");
	return false;
}

/* Read and parse a file of a directory, for which that hazard has been announced. */
static void read_file(struct scrape *s, struct promfile *f, const char *path, const char *kind,
                      const char *directory)
{
	const char *text;

	self.has_changed = true;
	if (promfile_read(f, path, &self.text, self.limits.size, &text) == 0) {
		/* To parse a large file may take longer than something may hang. */
		(void)hazard(s, NULL);
		promfile_parse(f, text, &self.text, &self.limits);
		(void)announce(s, kind, directory); /* it was granted in this scrape */
	}
	arena_reset(&self.text, SCRATCH_KEPT);
}

/* Bring an entry up to date, and hold it to the limits of all files together. */
static void update_file(struct scrape *s, struct entry *e, const char *path, const char *kind,
                        const char *directory)
{
	struct promfile *f = &e->file;
	size_t had = f->n_samples;
	bool is_gone, has_to_be_read = promfile_look(f, path, &is_gone);

	if (is_gone) {
		e->is_seen = false;
		self.found.count--;
		return;
	}
	if (!has_to_be_read && f->faults & (FAULT_UNREADABLE | FAULT_NOT_REGULAR))
		return;
	if (f->st.st_size <= self.limits.size && (size_t)f->st.st_size > self.room) {
		promfile_fail(f, FAULT_ALL_SIZE, ": more than %d bytes with the files before it",
		              FILES_MAX);
		return;
	}
	has_to_be_read |= f->faults & FAULT_ALL_SIZE;
	has_to_be_read |= (f->faults & FAULT_ALL_SAMPLES) && had <= self.sample_room;
	if (has_to_be_read)
		read_file(s, f, path, kind, directory);
	if (f->set.n_rows > self.sample_room)
		promfile_fail(f, FAULT_ALL_SAMPLES,
		              ": more than %lld samples with the files before it",
		              (long long)self.max_samples);
	if (f->faults)
		return;
	self.room -= (size_t)f->st.st_size;
	self.sample_room -= f->set.n_rows;
}

static void take_directory(struct scrape *s, const char *path)
{
	struct list names;
	const char *kind;
	struct stat st;
	int r;

	if (!announce(s, "path", path))
		return;
	if (stat(path, &st) < 0) {
		refuse_directory(path, FAULT_UNREADABLE, error_text(errno));
		return;
	}
	kind = scrape_printf(s, "dir %ju", (uintmax_t)st.st_dev);
	if (!announce(s, kind, path))
		return;
	r = glob_names(&self.scratch, path, "*.prom", &names);
	if (r == -EFBIG)
		refuse_directory(path, FAULT_UNREADABLE, "too many text files");
	else if (r < 0)
		refuse_directory(path, FAULT_UNREADABLE, error_text(r));
	for (size_t i = 0; i < names.count; i++) {
		struct entry *e = take_entry(glob_join(&self.scratch, path, names.items[i]));

		if (e)
			update_file(s, e,
			            arena_printf(&self.scratch, "%s/%s", path, names.items[i]),
			            kind, path);
	}
}

/* The directories that a flag's value stands for; an empty one stands for none. */
static void take_directories(struct scrape *s, const char *pattern)
{
	struct list paths;

	if (!*pattern || (glob_is_pattern(pattern) && !announce(s, "pattern", pattern)))
		return;
	paths = glob_paths(&self.scratch, pattern);
	for (size_t i = 0; i < paths.count; i++)
		take_directory(s, paths.items[i]);
}

static double age_of(const struct entry *e)
{
	const struct timespec *then = &e->file.st.st_mtim;

	return (double)(self.now.tv_sec - then->tv_sec) +
	       (double)(self.now.tv_nsec - then->tv_nsec) / 1e9;
}

static unsigned faults_of(const struct entry *e)
{
	bool is_old =
		self.max_age > 0 && e->file.st.st_ino && age_of(e) > (double)self.max_age / 1e9;

	return e->file.faults | (is_old ? FAULT_OLD : 0);
}

/* Entries that this scrape has not met go, and with them the index that they are in. */
static void forget_unseen(void)
{
	bool is_same = self.found.count == self.known.count;

	for (size_t i = 0; i < self.known.count; i++)
		is_same &= i < self.found.count && self.known.items[i] == self.found.items[i];
	self.has_changed |= !is_same;
	if (is_same)
		return;
	self.index = NULL;
	for (size_t i = 0; i < self.known.count; i++)
		if (!self.known.items[i]->is_seen)
			free_entry(self.known.items[i]);
	for (size_t i = 0; i < self.found.count; i++) {
		struct trie_node *node = &self.found.items[i]->file.node, *closest;

		(void)trie_find(self.index, node->key, node->length, &closest);
		trie_add(&self.index, node, closest);
	}
}

/* Look at everything; found has the entries then. */
static void look_around(struct scrape *s)
{
	struct entries old;

	self.found.count = 0;
	self.room = FILES_MAX;
	self.sample_room = (size_t)self.max_samples;
	(void)clock_gettime(CLOCK_REALTIME, &self.now); /* cannot fail */
	for (size_t i = 0; i < self.directories.count; i++)
		take_directories(s, self.directories.items[i]);
	forget_unseen();
	old = self.known;
	self.known = self.found;
	self.found = old;
	for (size_t i = 0; i < self.known.count; i++) {
		struct entry *e = self.known.items[i];
		bool is_exported = !faults_of(e);

		self.has_changed |= is_exported != e->was_exported;
		e->was_exported = is_exported;
		e->is_seen = false;
	}
}

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
		size += self.known.items[sources[n++].set]->file.node.length + 2;
	help = arena_alloc(&self.scratch, size);
	to = stpcpy(help, intro);
	for (size_t i = 0; i < n; i++)
		to = stpcpy(stpcpy(to, i ? ", " : ""),
		            self.known.items[sources[i].set]->file.node.key);
	to = stpcpy(to, n < count ? ", ..." : "");
	return promtext_utf8(&self.scratch, help, (size_t)(to - help));
}

static void note_conflict(const struct prom_source *source, enum promfile_fault fault)
{
	struct entry *e = self.known.items[source->set];
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
	promset_emit(s, &self.scratch, sources, good, help);
	for (size_t i = 0; i < good; i++) {
		self.known.items[sources[i].set]->n_exported += sources[i].n_emitted;
		if (sources[i].has_twins || sources[i].family->twin_line)
			note_conflict(&sources[i], FAULT_TWIN);
	}
}

/* Emit what all files say together, and note who contradicts whom. */
static void emit_families(struct scrape *s)
{
	struct prom_source *sources;
	size_t n = 0, same;

	for (size_t i = 0; i < self.known.count; i++) {
		struct entry *e = self.known.items[i];

		e->conflicts = 0;
		e->n_exported = 0;
		n += e->was_exported ? e->file.set.n_families : 0;
	}
	sources = arena_alloc(&self.scratch, n * sizeof(*sources));
	n = 0;
	for (size_t i = 0; i < self.known.count; i++) {
		const struct entry *e = self.known.items[i];

		for (size_t k = 0; e->was_exported && k < e->file.set.n_families; k++)
			sources[n++] =
				(struct prom_source){ &e->file.set.families[k], i, false, 0 };
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

/* What the log says of an entry once for each of its versions. */
static void report(struct scrape *s, const struct entry *e)
{
	const struct stat *st = &e->file.st;
	const int64_t parts[] = { (int64_t)st->st_ino, (int64_t)st->st_dev, (int64_t)st->st_size,
		                  st->st_mtim.tv_sec,  st->st_mtim.tv_nsec, st->st_ctim.tv_sec,
		                  st->st_ctim.tv_nsec };
	uint64_t version = hash_bytes(0, parts, sizeof(parts));
	const char *path = e->file.node.key;

	if (e->file.faults)
		warn_version(s, version, "%s%s", path, e->file.message);
	else if (faults_of(e))
		warn_version(s, version, "%s: older than --collector.textfile.max-age", path);
	else if (e->conflict == FAULT_TWIN)
		warn_version(s, version,
		             "%s:%u:1: expected each series once in all files, found one again",
		             path, e->conflict_line);
	else
		warn_version(
			s, version,
			"%s:%u:1: expected the %s that this metric has in a file before it, found another",
			path, e->conflict_line, e->conflict == FAULT_HELP ? "help text" : "type");
}

static void emit_entry(struct scrape *s, const struct entry *e)
{
	const char *path = e->file.node.key;
	unsigned faults = faults_of(e);
	/* Whole seconds towards 1970, as upstream's division has it. */
	const struct timespec *modified = &e->file.st.st_mtim;
	int64_t mtime = modified->tv_sec + (modified->tv_sec < 0 && modified->tv_nsec > 0);

	faults |= faults ? 0 : e->conflicts;
	for (size_t i = 0; i < ARRAY_SIZE(promfile_reasons); i++)
		if (faults & (1u << i))
			emit(s, &file_error, 1, path, promfile_reasons[i]);
	if (faults)
		report(s, e);
	self.has_error |= faults & (FAULT_WHOLE | FAULT_HELP);
	if (!e->file.st.st_ino)
		return;
	emit(s, &file_age, age_of(e), path);
	emit(s, &file_samples, faults & FAULT_WHOLE ? 0 : (double)e->n_exported, path);
	if (!(faults & FAULT_WHOLE))
		emit(s, &mtime_seconds, (double)mtime, path);
}

static int textfile_collect(struct scrape *s)
{
	arena_reset(&self.scratch, SCRATCH_KEPT);
	self.has_error = false;
	look_around(s);
	if (self.has_changed || !self.generation)
		self.generation = new_generation();
	self.has_changed = false;
	if (emit_kept(s, self.generation))
		emit_families(s);
	emit_kept_end(s);
	for (size_t i = 0; i < self.known.count; i++)
		emit_entry(s, self.known.items[i]);
	emit(s, &scrape_error, self.has_error);
	return 0;
}

static int textfile_start(struct scrape *s)
{
	if (self.max_age < 0 || self.max_samples < 0 || self.limits.size < 0 ||
	    self.limits.samples < 0 || self.limits.label < 0)
		return fail(s, -EINVAL, "expected limits of text files that are not below 0");
	return 0;
}

static void textfile_stop(void)
{
	for (size_t i = 0; i < self.known.count; i++)
		free_entry(self.known.items[i]);
	free(self.known.items);
	free(self.found.items);
	arena_free(&self.text);
	arena_free(&self.scratch);
}

COLLECTOR(textfile, .help = "metrics that others wrote into text files", .default_on = true,
          .may_block = true, .flags = flags, .start = textfile_start, .collect = textfile_collect,
          .stop = textfile_stop);

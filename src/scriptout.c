// SPDX-License-Identifier: Apache-2.0
/* The directory that the text files go to, and the file of metrics about scripts. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "glob.h"
#include "log.h"
#include "replace.h"
#include "script.h"
#include "scriptrun.h"
#include "text.h"

enum { DIRECTORY_MODE = 0755, AGE_SECONDS_MAX = 1000000000 };

/* A directory that can be written; its descriptor or a negative errno. */
static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && mkdir(path, DIRECTORY_MODE) == 0) {
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		/* The exporter has to read it, whatever the umask; it is ours, so this works. */
		if (fd >= 0)
			(void)fchmod(fd, DIRECTORY_MODE);
	}
	if (fd < 0)
		return -errno;
	if (faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

/* Take what is open as the one that is used from now on. True where that was not so before. */
static bool change_to(struct script_output *o, int fd, int *ret_error)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		*ret_error = -errno;
		return false;
	}
	if (o->fd >= 0 && st.st_dev == o->st.st_dev && st.st_ino == o->st.st_ino) {
		close(fd);
		return false;
	}
	/* Some file systems have no locks; those that others have are what matters. */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		*ret_error = -EWOULDBLOCK;
		return false;
	}
	if (o->fd >= 0)
		close(o->fd);
	o->fd = fd;
	o->st = st;
	o->metrics_hash = 0;
	return true;
}

bool script_output_open(struct script_output *o)
{
	int fd = open_directory(o->path), r = fd < 0 ? fd : 0;
	bool is_other = r == 0 && change_to(o, fd, &r);

	if (r < 0) {
		if (fd >= 0)
			close(fd);
		if (o->fd >= 0)
			close(o->fd);
		o->fd = -1;
	}
	script_note(&o->trouble,
	            r == -EWOULDBLOCK ? "another nodegauge scripts writes there"
	            : r < 0           ? error_text(r)
	                              : NULL,
	            "The output directory cannot be used and no script is run", "directory",
	            o->path);
	return is_other;
}

static double real_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / (double)NS_PER_SEC;
}

/* Seconds since a file was written: none where the clock was set back, AGE_SECONDS_MAX at most. */
static double age_of(const struct stat *st)
{
	double age = real_seconds() - (double)st->st_mtim.tv_sec -
	             (double)st->st_mtim.tv_nsec / (double)NS_PER_SEC;

	return MIN(MAX(age, 0), AGE_SECONDS_MAX);
}

static struct script *find_writer(const struct script_table *t, const char *output)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->items[i]->output, output) == 0)
			return t->items[i];
	return NULL;
}

static void remove_file(const struct script_output *o, const char *name)
{
	if (unlinkat(o->fd, name, 0) < 0 && errno != ENOENT)
		log_at(LOG_WARN, "A file cannot be removed", "file", name, "err",
		       error_text(errno));
}

static void sweep_file(const struct script_output *o, const struct script_table *t,
                       const char *name)
{
	struct script *s;
	struct stat st;

	if (fstatat(o->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	if (!ends_with(name, ".prom") || strcmp(name, SCRIPT_METRICS) == 0 ||
	    !script_may_replace(o->fd, name))
		return;
	s = find_writer(t, name);
	if (!s)
		remove_file(o, name);
	else if (!s->output_at)
		s->output_at = now_ns() - (int64_t)(age_of(&st) * (double)NS_PER_SEC);
}

void script_output_sweep(const struct script_output *o, const struct script_table *t)
{
	struct arena arena = { 0 };
	struct list names;

	replace_sweep(o->fd);
	/* What cannot be listed is not swept. */
	(void)glob_names(&arena, o->path, "*", &names);
	for (size_t i = 0; i < names.count; i++)
		sweep_file(o, t, names.items[i]);
	arena_free(&arena);
}

void script_output_remove(const struct script_output *o, struct script *s)
{
	if (o->fd >= 0 && s->output_at && script_may_replace(o->fd, s->output))
		remove_file(o, s->output);
	s->output_at = 0;
}

/* ---- metrics ---- */

enum figure { ENDED_AT, DURATION, EXIT_CODE, GOOD, TIMEOUTS };

static const struct {
	const char *name;
	const char *type;
	const char *help;
	enum figure figure;
} families[] = {
	{ "nodegauge_script_duration_seconds", "gauge", "How long the last run took.", DURATION },
	{ "nodegauge_script_exit_code", "gauge",
	  "What the last run ended with; 128 and the number of the signal where one ended it.",
	  EXIT_CODE },
	{ "nodegauge_script_last_run_timestamp_seconds", "gauge", "When the last run ended.",
	  ENDED_AT },
	{ "nodegauge_script_success", "gauge",
	  "Whether the last run ended well and its output was put in place.", GOOD },
	{ "nodegauge_script_timeouts_total", "counter",
	  "Runs that were ended because they took too long.", TIMEOUTS },
};

static double figure_of(const struct script *s, enum figure figure)
{
	switch (figure) {
	case ENDED_AT:
		return s->ended_at;
	case DURATION:
		return s->duration;
	case EXIT_CODE:
		return s->exit_code;
	case GOOD:
		return s->is_good;
	case TIMEOUTS:
		break;
	}
	return (double)s->timeouts;
}

static void PRINTF(2, 3) add(struct buffer *b, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	buffer_add_text(b, text);
}

/* name{script="…"} value; the name of a script has no control characters. */
static void add_sample(struct buffer *b, const char *name, const struct script *s, double value)
{
	add(b, "%s{script=\"", name);
	for (const char *c = s->name; *c; c++)
		add(b, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
	add(b, "\"} %.*f\n", value == floor(value) ? 0 : 6, value);
}

static void add_metrics(struct buffer *b, const struct script_table *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		add(b, "# HELP %s %s\n# TYPE %s %s\n", families[i].name, families[i].help,
		    families[i].name, families[i].type);
		for (size_t k = 0; k < t->count; k++)
			if (t->items[k]->has_run || families[i].figure == TIMEOUTS)
				add_sample(b, families[i].name, t->items[k],
				           figure_of(t->items[k], families[i].figure));
	}
	add(b,
	    "# HELP nodegauge_scripts Scripts that are run.\n# TYPE nodegauge_scripts gauge\n"
	    "nodegauge_scripts %zu\n",
	    t->count);
	add(b,
	    "# HELP nodegauge_scripts_refused Executable files that are not run; the log says "
	    "why.\n# TYPE nodegauge_scripts_refused gauge\nnodegauge_scripts_refused %zu\n",
	    t->n_refused);
}

void script_output_write_metrics(struct script_output *o, const struct script_table *t)
{
	struct buffer b = { 0 };
	uint64_t hash;
	int r = -EEXIST;

	buffer_add_text(&b, SCRIPT_MARK);
	add_metrics(&b, t);
	hash = hash_bytes(0, b.data, b.used);
	if (hash == o->metrics_hash)
		r = 0;
	else if (script_may_replace(o->fd, SCRIPT_METRICS))
		r = replace_file(o->fd, SCRIPT_METRICS, b.data, b.used);
	buffer_free(&b);
	o->metrics_hash = r < 0 ? 0 : hash;
	script_note(&o->metrics_trouble,
	            r == -EEXIST ? "it is there already, and not from here"
	            : r < 0      ? error_text(r)
	                         : NULL,
	            "The metrics about scripts could not be written", "file", SCRIPT_METRICS);
}

// SPDX-License-Identifier: Apache-2.0
#include "script.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "glob.h"
#include "log.h"
#include "text.h"

void script_note(char **trouble, const char *now, const char *message, const char *key,
                 const char *subject)
{
	bool was_said = *trouble && now && strcmp(*trouble, now) == 0;

	if (was_said || (!*trouble && !now))
		return;
	if (now)
		log_at(LOG_WARN, message, key, subject, "err", now);
	else
		log_at(LOG_INFO, "Recovered", "from", message, key, subject);
	free(*trouble);
	*trouble = now ? xstrdup(now) : NULL;
}

/* The name of a script's text file: without its last ending, of plain characters only. */
static char *output_name(const char *name)
{
	const char *dot = strrchr(name, '.');
	int length = dot && dot > name ? (int)(dot - name) : (int)strlen(name);
	char *output = xasprintf("%.*s.prom", length, name);

	for (int i = 0; i < length; i++)
		if (!isalnum((unsigned char)output[i]) && !strchr("._-", output[i]))
			output[i] = '_';
	return output;
}

static struct script *find(const struct script_table *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->items[i]->name, name) == 0)
			return t->items[i];
	return NULL;
}

/* Count it, and say why, unless that was said in the scan before. */
static void refuse(struct script_table *t, const struct script_table *before, const char *name,
                   const char *reason)
{
	uint64_t hash = hash_text(hash_text(0, name), reason);
	bool was_said = false;

	for (size_t i = 0; i < MIN(before->n_refused, (size_t)SCRIPTS_MAX); i++)
		was_said |= before->refusals[i] == hash;
	/* Of ever so many the rest is counted only. */
	if (t->n_refused < SCRIPTS_MAX) {
		t->refusals[t->n_refused] = hash;
		if (!was_said)
			log_at(LOG_ERROR, "A script is refused", "script", name, "err", reason);
	}
	t->n_refused++;
}

static void log_script(const char *message, const struct script *s)
{
	char interval[32], timeout[32];

	snprintf(interval, sizeof(interval), "%gs",
	         (double)s->file.times.interval / (double)NS_PER_SEC);
	snprintf(timeout, sizeof(timeout), "%gs",
	         (double)s->file.times.timeout / (double)NS_PER_SEC);
	log_at(LOG_INFO, message, "script", s->name, "interval", interval, "timeout", timeout,
	       "output", s->output);
}

/* Insert a script of that name. */
static struct script *add(struct script_table *t, const char *name)
{
	struct script *s = xcalloc(1, sizeof(*s));
	size_t at = t->count;

	s->name = xstrdup(name);
	s->output = output_name(name);
	s->report = -1;
	for (; at > 0 && strcmp(t->items[at - 1]->name, name) > 0; at--)
		t->items[at] = t->items[at - 1];
	t->items[at] = s;
	t->count++;
	return s;
}

/* Take over what the file says. */
static void update(struct script *s, struct script_file *file)
{
	bool is_new = !s->file.path;
	bool is_changed = !is_new && (!script_file_is_same(&s->file, file) ||
	                              s->file.times.interval != file->times.interval ||
	                              s->file.times.timeout != file->times.timeout);

	free(s->file.path);
	s->file = *file;
	s->is_seen = true;
	if (is_new || is_changed) {
		s->next = 0;
		log_script(is_new ? "Found a script" : "A script has changed", s);
	}
}

/* Another script, seen in this scan, that writes to the same file; NULL: none does. */
static const struct script *find_rival(const struct script_table *t, const char *name)
{
	CLEANUP(cleanup_free) char *output = output_name(name);

	for (size_t i = 0; i < t->count; i++)
		if (t->items[i]->is_seen && strcmp(t->items[i]->output, output) == 0)
			return t->items[i];
	return NULL;
}

/* Why a script that is good in itself cannot be taken, or 0. */
static int check_place(const struct script_table *t, const char *name, char *reason)
{
	CLEANUP(cleanup_free) char *output = output_name(name);
	const struct script *rival = find_rival(t, name), *known = find(t, name);

	if (rival)
		snprintf(reason, SCRIPT_REASON_MAX, "%s is written by %.200s already", output,
		         rival->name);
	else if (strcmp(output, SCRIPT_METRICS) == 0)
		snprintf(reason, SCRIPT_REASON_MAX, "%s is for metrics about the scripts", output);
	else if (strlen(output) > NAME_MAX)
		snprintf(reason, SCRIPT_REASON_MAX, "%.300s would be too long a name", output);
	else if (known && known->is_leaving)
		return -EAGAIN; /* its last run is about to end */
	else if (!known && t->count == SCRIPTS_MAX)
		snprintf(reason, SCRIPT_REASON_MAX, "there are %d scripts already", SCRIPTS_MAX);
	else
		return 0;
	return -EEXIST;
}

static void take_name(struct script_table *t, const struct script_table *before,
                      const char *directory, const char *name)
{
	char reason[SCRIPT_REASON_MAX];
	struct script_file file;
	struct script *s;
	int r;

	r = script_look(directory, name, &t->defaults, &file, reason);
	if (r == 0)
		return;
	if (r > 0) {
		r = check_place(t, name, reason);
		if (r < 0)
			free(file.path);
	}
	if (r == -EAGAIN)
		return;
	if (r < 0) {
		refuse(t, before, name, reason);
		return;
	}
	s = find(t, name);
	update(s ? s : add(t, name), &file);
}

/* The names in the directory, and its path without links. 0 or a negative errno with the reason. */
static int read_directory(struct arena *a, const char *directory, struct list *ret_names,
                          char **ret_path, char *reason)
{
	CLEANUP(cleanup_free) char *path = realpath(directory, NULL);
	int r = path ? script_check_safe(path, reason) : -errno;

	if (path && r < 0)
		return r;
	if (r == 0)
		r = glob_names(a, path, "*", ret_names);
	if (r < 0) {
		snprintf(reason, SCRIPT_REASON_MAX, "%s", error_text(r));
		return r;
	}
	*ret_path = path;
	path = NULL;
	return 0;
}

void script_table_scan(struct script_table *t)
{
	CLEANUP(cleanup_free) char *path = NULL;
	struct script_table before = *t;
	char reason[SCRIPT_REASON_MAX];
	struct list names = { 0 };
	struct arena arena = { 0 };
	int r;

	r = read_directory(&arena, t->directory, &names, &path, reason);
	script_note(&t->trouble, r < 0 ? reason : NULL, "The directory of scripts cannot be used",
	            "directory", t->directory);
	if (r == 0 || r == -ENOENT || r == -ENOTDIR || r == -EPERM) {
		for (size_t i = 0; i < t->count; i++)
			t->items[i]->is_seen = false;
		t->n_refused = 0;
		for (size_t i = 0; r == 0 && i < names.count; i++)
			take_name(t, &before, path, names.items[i]);
		for (size_t i = 0; i < t->count; i++)
			t->items[i]->is_leaving |= !t->items[i]->is_seen;
	}
	arena_free(&arena);
}

void script_table_forget(struct script_table *t, struct script *s)
{
	size_t at = 0;

	while (t->items[at] != s)
		at++;
	memmove(&t->items[at], &t->items[at + 1], (--t->count - at) * sizeof(struct script *));
	log_at(LOG_INFO, "A script is gone", "script", s->name);
	free(s->name);
	free(s->output);
	free(s->file.path);
	free(s->trouble);
	free(s);
}

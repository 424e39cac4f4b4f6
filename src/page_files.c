// SPDX-License-Identifier: Apache-2.0
#include "page_parts.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "markup.h"
#include "page_pieces.h"

/* What the textfile collector had to say of files, a line each; NULL: nothing. */
static const char *words(void)
{
	int id = registry_find("textfile");

	return id >= 0 ? history_of((unsigned)id)->words : NULL;
}

bool page_files_have_words(unsigned id)
{
	return registry_find("textfile") == (int)id && host_table(HOST_FILES)->n_rows;
}

static bool is_bad(const struct host_row *row)
{
	return row->now[FILE_ERROR] > 0;
}

/* What a line says of the row's file ("FILE:LINE:COLUMN: …", "FILE: …"); NULL: it is of another. */
static const char *words_of(const struct host_row *row, const char *line, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (line[i] == ':' && hash_bytes(0, line, i) == row->key)
			return line + i + 1;
	return NULL;
}

static void add_words(struct buffer *b, const struct host_row *row)
{
	const char *line = words();
	size_t length;

	for (; line && *line; line += length + (line[length] != '\0')) {
		CLEANUP(cleanup_free) char *text = NULL;
		const char *at;

		length = strcspn(line, "\n");
		at = words_of(row, line, length);
		if (!at)
			continue;
		text = xasprintf("%.*s", (int)(line + length - at), at);
		buffer_add_text(b, *text == ' ' ? "<br>" : "<br>line ");
		piece_html(b, text + (*text == ' '));
	}
}

/* Length of the directory in a path, with its slash. */
static size_t directory_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Those that need a look first, then by name. */
static int compare_files(const void *left, const void *right)
{
	const struct host_row *a = *(const struct host_row *const *)left;
	const struct host_row *b = *(const struct host_row *const *)right;

	return is_bad(a) != is_bad(b) ? is_bad(b) - is_bad(a) : strcmp(a->name, b->name);
}

static void add_file(struct buffer *b, const struct host_row *row, const struct host_row *before)
{
	size_t length = directory_of(row->name);

	if (!before || directory_of(before->name) != length ||
	    memcmp(before->name, row->name, length) != 0) {
		CLEANUP(cleanup_free) char *directory = xasprintf("%.*s", (int)length, row->name);

		buffer_add_text(b, "<tr class=\"dir\"><th colspan=\"4\" class=\"w\">");
		piece_html(b, directory);
		buffer_add_text(b, "</th></tr>");
	}
	piece_row(b, row->name + length, "");
	buffer_add_text(b, "<td class=\"n\">");
	piece_duration(b, row->now[FILE_AGE]);
	buffer_add_text(b, "</td><td class=\"n\">");
	if (isfinite(row->now[FILE_SAMPLES]))
		markup_printf(b, "%.0f", row->now[FILE_SAMPLES]);
	if (is_bad(row)) {
		buffer_add_text(b, "</td><td class=\"w\"><span class=\"bad\">");
		piece_html(b, row->note);
		buffer_add_text(b, "</span>");
		add_words(b, row);
	} else {
		buffer_add_text(b, "</td><td class=\"ok\">ok");
	}
	buffer_add_text(b, "</td></tr>");
}

static void add_files(struct buffer *b, const struct host_table *t)
{
	const struct host_row *rows[HOST_ROWS_MAX];

	for (size_t i = 0; i < t->n_rows; i++)
		rows[i] = &t->rows[i];
	qsort(rows, t->n_rows, sizeof(const struct host_row *), compare_files);
	piece_table(b, COLUMNS("File", ">Age", ">Samples", "State"));
	for (size_t i = 0; i < t->n_rows; i++)
		add_file(b, rows[i], i ? rows[i - 1] : NULL);
	piece_table_end(b);
	piece_more(b, t->n_more);
}

static void add_script(struct buffer *b, const struct host_row *row)
{
	double code = row->now[SCRIPT_EXIT_CODE];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	piece_row(b, row->name, "");
	buffer_add_text(b, "<td class=\"n\">");
	piece_duration(b, (double)now.tv_sec - row->now[SCRIPT_LAST_RUN]);
	buffer_add_text(b, " ago</td><td class=\"n t\">");
	piece_short_time(b, row->now[SCRIPT_DURATION]);
	if (row->now[SCRIPT_SUCCESS] > 0)
		buffer_add_text(b, "</td><td class=\"ok\">ok</td></tr>");
	else if (code > 128)
		markup_printf(b, "</td><td class=\"bad\">ended by signal %.0f</td></tr>",
		              code - 128);
	else if (code > 0)
		markup_printf(b, "</td><td class=\"bad\">failed, exit code %.0f</td></tr>", code);
	else
		buffer_add_text(b, "</td><td class=\"w\"><span class=\"bad\">failed</span><br>"
		                   "its log says why its output was refused</td></tr>");
}

void page_files(struct buffer *b)
{
	const struct host_table *files = host_table(HOST_FILES);
	const struct host_table *scripts = host_table(HOST_SCRIPTS);

	if (!files->n_rows && !scripts->n_rows) {
		piece_none(b, "None (<code>--collector.textfile.directory</code>).");
		return;
	}
	if (scripts->n_rows) {
		piece_table(b, COLUMNS("Script", ">Ran", ">Took", "State"));
		for (size_t i = 0; i < scripts->n_rows; i++)
			add_script(b, &scripts->rows[i]);
		piece_table_end(b);
		piece_more(b, scripts->n_more);
	}
	if (files->n_rows)
		add_files(b, files);
}

/* --- How it all is --- */

static void add_count(struct buffer *b, size_t count, const char *section, const char *one,
                      const char *many)
{
	if (count)
		markup_printf(b, "<a class=\"bad\" href=\"#%s-title\">%zu %s</a>", section, count,
		              count == 1 ? one : many);
}

static size_t count_rows(enum host_part part, unsigned column, bool is_bad_if)
{
	const struct host_table *t = host_table(part);
	size_t count = 0;

	for (size_t i = 0; i < t->n_rows; i++)
		count += isfinite(t->rows[i].now[column]) &&
		         (t->rows[i].now[column] > 0) == is_bad_if;
	return count;
}

void page_summary(struct buffer *b)
{
	size_t states[PAGE_OFF + 1] = { 0 }, n_series = 0, before = b->used;

	for (unsigned id = 0; id < registry_count(); id++) {
		states[page_state(id)]++;
		n_series += history_of(id)->n_series;
	}
	add_count(b, states[PAGE_FAILED], "collectors", "collector fails", "collectors fail");
	add_count(b, states[PAGE_STUCK], "collectors", "collector is stuck",
	          "collectors are stuck");
	add_count(b, count_rows(HOST_FILESYSTEMS, FS_FAULT, true), "filesystems",
	          "file system does not answer", "file systems do not answer");
	add_count(b, count_rows(HOST_FILES, FILE_ERROR, true), "files", "text file has faults",
	          "text files have faults");
	add_count(b, count_rows(HOST_SCRIPTS, SCRIPT_SUCCESS, false), "files", "script fails",
	          "scripts fail");
	if (b->used == before && states[PAGE_OK])
		markup_printf(b,
		              "<span class=\"ok\">%zu collectors are well, with %zu series</span>",
		              states[PAGE_OK] + states[PAGE_ASIDE], n_series);
}

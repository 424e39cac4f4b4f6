// SPDX-License-Identifier: Apache-2.0
#include "page.h"

#include <math.h>
#include <string.h>

#include "care.h"
#include "crew.h"
#include "markup.h"
#include "page_parts.h"
#include "shared.h"
#include "version.h"

enum { FAMILIES_MAX = 4096, SERIES_MAX = 20 };

static const struct part {
	const char *name;
	const char *columns[HOST_COLUMNS + 1];
	const char *rates[HOST_COLUMNS]; /* what a counter grows by in a second; NULL: it is none */
	const char *note;                /* what a row's note is called; NULL: it has none */
} parts[HOST_PARTS] = {
	[HOST_CPU] = { .name = "cpu", .columns = { "seconds" }, .rates = { "seconds_per_second" } },
	[HOST_MEMORY] = { .name = "memory", .columns = { "bytes" } },
	[HOST_LOAD] = { .name = "load", .columns = { "value" } },
	[HOST_PRESSURE] = { .name = "pressure",
	                    .columns = { "seconds" },
	                    .rates = { "seconds_per_second" } },
	[HOST_DISKS] = { .name = "disks",
	                 .columns = { "read_bytes", "written_bytes", "reads", "writes",
	                              "busy_seconds" },
	                 .rates = { "read_bytes_per_second", "written_bytes_per_second",
	                            "reads_per_second", "writes_per_second", "busy_ratio" } },
	[HOST_FILESYSTEMS] = { .name = "filesystems",
	                       .columns = { "size_bytes", "available_bytes", "is_readonly",
	                                    "does_not_answer" },
	                       .note = "type" },
	[HOST_NETWORK] = { .name = "network",
	                   .columns = { "received_bytes", "sent_bytes", "errors" },
	                   .rates = { "received_bytes_per_second", "sent_bytes_per_second",
	                              "errors_per_second" } },
	[HOST_TEMPERATURES] = { .name = "temperatures", .columns = { "celsius" } },
	[HOST_BOOT] = { .name = "boot", .columns = { "time_seconds" } },
	[HOST_UNAME] = { .name = "uname", .note = "text" },
	[HOST_OS] = { .name = "os", .note = "text" },
	[HOST_FILES] = { .name = "textfiles",
	                 .columns = { "mtime_seconds", "samples", "age_seconds", "has_error" },
	                 .note = "reason" },
	[HOST_SCRIPTS] = { .name = "scripts",
	                   .columns = { "success", "exit_code", "duration_seconds",
	                                "last_run_timestamp_seconds" } },
};

static void add_name(struct buffer *b, const char *name)
{
	char last = b->used ? b->data[b->used - 1] : '{';

	if (last != '{' && last != '[')
		buffer_add_text(b, ",");
	markup_json(b, name);
	buffer_add_text(b, ":");
}

static void add_number(struct buffer *b, const char *name, double value)
{
	add_name(b, name);
	markup_json_number(b, value);
}

static void add_text(struct buffer *b, const char *name, const char *text)
{
	add_name(b, name);
	markup_json(b, text);
}

static void add_flag(struct buffer *b, const char *name, bool value)
{
	add_name(b, name);
	buffer_add_text(b, value ? "true" : "false");
}

/* Before an item of an array that is not its first. */
static void add_comma(struct buffer *b)
{
	if (b->data[b->used - 1] != '[')
		buffer_add_text(b, ",");
}

static double seconds(int64_t ns)
{
	return ns ? (double)ns / 1e9 : NAN;
}

static void add_row(struct buffer *b, const struct part *part, const struct host_table *t,
                    const struct host_row *row)
{
	add_comma(b);
	buffer_add_text(b, "{");
	add_text(b, "name", row->name);
	if (part->note && row->note[0])
		add_text(b, part->note, row->note);
	for (unsigned i = 0; part->columns[i]; i++) {
		add_number(b, part->columns[i], row->now[i]);
		if (part->rates[i])
			add_number(b, part->rates[i], host_rate(t, row, i));
	}
	buffer_add_text(b, "}");
}

static void add_part(struct buffer *b, enum host_part id)
{
	const struct host_table *t = host_table(id);

	add_name(b, parts[id].name);
	buffer_add_text(b, "{");
	add_number(b, "age_seconds", page_age(t->at));
	add_number(b, "interval_seconds", t->before_at ? seconds(t->at - t->before_at) : NAN);
	add_number(b, "left_out", (double)t->n_more);
	add_name(b, "rows");
	buffer_add_text(b, "[");
	for (size_t i = 0; i < t->n_rows; i++)
		add_row(b, &parts[id], t, &t->rows[i]);
	buffer_add_text(b, "]}");
}

static void add_collector(struct buffer *b, unsigned id)
{
	const struct history *h = history_of(id);
	char flag[PAGE_FLAG_MAX];
	const char *item;
	int64_t since;

	add_comma(b);
	buffer_add_text(b, "{");
	add_text(b, "name", collectors[id]->name);
	add_text(b, "help", collectors[id]->help ? collectors[id]->help : "");
	add_text(b, "needs", collectors[id]->needs ? collectors[id]->needs : "");
	add_flag(b, "is_on", collector_switches[id].is_on);
	add_text(b, "switched", page_switch(id, flag));
	add_text(b, "state", page_state_words[page_state(id)]);
	add_flag(b, "runs_aside", care_of(id)->mode != CARE_COMMON);
	add_number(b, "age_seconds", page_age(h->at));
	add_number(b, "series", (double)h->n_series);
	add_text(b, "words", h->words ? h->words : "");
	add_name(b, "durations_seconds");
	buffer_add_text(b, "[");
	for (size_t i = 0; i < history_kept(h); i++) {
		add_comma(b);
		markup_json_number(b, history_duration(h, i) / 1e6);
	}
	buffer_add_text(b, "]");
	add_name(b, "stuck");
	buffer_add_text(b, "[");
	for (size_t i = 0; (item = page_stuck(id, i, &since)); i++) {
		add_comma(b);
		buffer_add_text(b, "{");
		add_text(b, "item", item);
		add_number(b, "seconds", (double)since / 1e9);
		buffer_add_text(b, "}");
	}
	buffer_add_text(b, "]}");
}

static void add_scraper(struct buffer *b, const struct scraper *s)
{
	add_comma(b);
	buffer_add_text(b, "{");
	add_text(b, "address", s->address);
	add_text(b, "agent", s->agent);
	add_text(b, "format", s->format);
	add_text(b, "encoding", s->is_gzip ? "gzip" : "identity");
	add_number(b, "bytes", s->bytes ? (double)s->bytes : NAN);
	add_number(b, "duration_seconds", seconds(s->duration));
	add_number(b, "interval_seconds", seconds(s->interval));
	add_number(b, "deadline_seconds", seconds(s->deadline));
	add_number(b, "scrapes", (double)s->count);
	add_number(b, "age_seconds", page_age(s->at));
	buffer_add_text(b, "}");
}

static void add_exporter(struct buffer *b)
{
	struct crew_figures f = crew_figures();

	add_name(b, "exporter");
	buffer_add_text(b, "{");
	add_text(b, "version", PACKAGE_VERSION);
	add_text(b, "compatible_with", "node_exporter " COMPAT_VERSION);
	add_number(b, "runs", (double)ledger->runs);
	add_number(b, "workers", (double)f.workers);
	add_number(b, "workers_written_off", (double)f.written_off);
	buffer_add_text(b, "}");
}

void page_status(struct buffer *b)
{
	unsigned ids[COLLECTORS_MAX];
	size_t count = page_order(ids);

	buffer_add_text(b, "{");
	add_exporter(b);
	add_number(b, "uptime_seconds", page_uptime());
	for (unsigned i = 0; i < HOST_PARTS; i++)
		add_part(b, (enum host_part)i);
	add_name(b, "collectors");
	buffer_add_text(b, "[");
	for (size_t i = 0; i < count; i++)
		add_collector(b, ids[i]);
	buffer_add_text(b, "]");
	add_name(b, "scrapers");
	buffer_add_text(b, "[");
	for (size_t i = 0; i < SCRAPERS_MAX; i++)
		if (scrapers()[i].at)
			add_scraper(b, &scrapers()[i]);
	buffer_add_text(b, "]}\n");
}

/* --- All metrics --- */

/* A text between double quotes as PromQL has it. */
static void add_quoted(struct buffer *b, const char *text, size_t length)
{
	buffer_add_text(b, "\"");
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '"' || text[i] == '\\')
			buffer_add_text(b, "\\");
		if (text[i] == '\n')
			buffer_add_text(b, "\\n");
		else
			buffer_add(b, &text[i], 1);
	}
	buffer_add_text(b, "\"");
}

/* A name as it is, or in quotes where it is none that PromQL takes without. */
static void add_promql_name(struct buffer *b, const char *name, bool is_legacy)
{
	if (is_legacy)
		buffer_add_text(b, name);
	else
		add_quoted(b, name, strlen(name));
}

/* A series as a selector: name{label="value"}, or {"odd name", label="value"}. */
static void add_series(struct buffer *b, struct buffer *text, const struct gather_family *f,
                       const struct gather_sample *s)
{
	static const char *const suffixes[METRIC_PARTS] = {
		[PART_BUCKET] = "_bucket", [PART_SUM] = "_sum", [PART_COUNT] = "_count"
	};
	const char *suffix = suffixes[s->part] ? suffixes[s->part] : "";
	bool has_braces = s->form->n_labels || !f->is_legacy;
	CLEANUP(cleanup_free) char *name = xasprintf("%s%s", f->name, suffix);

	text->used = 0;
	buffer_add_text(text, f->is_legacy ? "" : "{");
	add_promql_name(text, name, f->is_legacy);
	buffer_add_text(text, f->is_legacy && has_braces ? "{" : "");
	for (size_t i = 0; i < s->form->n_labels; i++) {
		size_t length;
		const char *value = gather_value(s, i, &length);

		buffer_add_text(text, i || !f->is_legacy ? ", " : "");
		add_promql_name(text, s->form->labels[i].name, s->form->labels[i].is_legacy);
		buffer_add_text(text, "=");
		add_quoted(text, value, length);
	}
	buffer_add_text(text, has_braces ? "}" : "");
	buffer_add(text, "", 1);
	markup_json(b, text->data);
}

static void add_value(struct buffer *b, double value)
{
	if (isfinite(value))
		markup_json_number(b, value);
	else
		buffer_add_text(b, isnan(value) ? "\"NaN\"" : value > 0 ? "\"+Inf\"" : "\"-Inf\"");
}

static void add_family(struct buffer *b, struct buffer *text, const struct gather_family *f)
{
	static const char *const types[METRIC_TYPES] = { [METRIC_COUNTER] = "counter",
		                                         [METRIC_GAUGE] = "gauge",
		                                         [METRIC_UNTYPED] = "untyped",
		                                         [METRIC_SUMMARY] = "summary",
		                                         [METRIC_HISTOGRAM] = "histogram" };
	size_t shown = 0;

	add_comma(b);
	buffer_add_text(b, "{");
	add_text(b, "name", f->name);
	add_text(b, "type", types[f->type]);
	add_text(b, "help", f->help ? f->help : "");
	add_number(b, "series", (double)f->n_samples);
	add_name(b, "samples");
	buffer_add_text(b, "[");
	for (size_t i = 0; i < f->n_samples && shown < SERIES_MAX; i++, shown++) {
		add_comma(b);
		buffer_add_text(b, "[");
		add_series(b, text, f, f->samples[i]);
		buffer_add_text(b, ",");
		add_value(b, f->samples[i]->value);
		buffer_add_text(b, "]");
	}
	buffer_add_text(b, "]}");
}

void page_metrics(struct buffer *b, const struct gather *g)
{
	struct buffer text = { 0 };

	buffer_add_text(b, "{\"families\":[");
	for (size_t i = 0; i < MIN(g->n_families, (size_t)FAMILIES_MAX); i++)
		add_family(b, &text, &g->families[i]);
	buffer_add_text(b, "]}\n");
	buffer_free(&text);
}

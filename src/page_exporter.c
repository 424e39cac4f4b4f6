// SPDX-License-Identifier: Apache-2.0
#include "page_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "markup.h"
#include "page_pieces.h"

enum { SPARK_POINTS = 30, SPARK_STEP = 3, SPARK_HEIGHT = 14 };

/* Points as high as the one before them. */
static void add_flat(struct buffer *b, int *flat)
{
	if (*flat)
		markup_printf(b, "h%d", *flat);
	*flat = 0;
}

/* The last durations as one line, the highest at the top. */
static void add_spark(struct buffer *b, const struct history *h)
{
	size_t kept = history_kept(h), count = MIN(kept, (size_t)SPARK_POINTS);
	uint32_t most = 1;
	int last = 0, flat = 0;

	if (count < 2)
		return;
	for (size_t i = kept - count; i < kept; i++)
		most = MAX(most, history_duration(h, i));
	markup_printf(b,
	              "<svg class=\"spark\" viewBox=\"0 0 %d %d\" aria-hidden=\"true\"><path d=\"",
	              (SPARK_POINTS - 1) * SPARK_STEP, SPARK_HEIGHT + 1);
	for (size_t i = kept - count; i < kept; i++) {
		int y = SPARK_HEIGHT -
		        (int)((uint64_t)history_duration(h, i) * SPARK_HEIGHT / most);

		if (i == kept - count) {
			markup_printf(b, "M%d %d", (int)(SPARK_POINTS - count) * SPARK_STEP, y);
		} else if (y == last) {
			flat += SPARK_STEP;
			continue;
		} else {
			add_flat(b, &flat);
			markup_printf(b, "l%d%s%d", SPARK_STEP, y < last ? "" : " ", y - last);
		}
		last = y;
	}
	add_flat(b, &flat);
	buffer_add_text(b, "\"/></svg>");
}

static void add_words(struct buffer *b, unsigned id)
{
	const struct history *h = history_of(id);
	int64_t since;
	const char *item;

	for (size_t i = 0; (item = page_stuck(id, i, &since)); i++) {
		buffer_add_text(b, i ? ", " : "stuck in ");
		piece_html(b, item);
		buffer_add_text(b, " for ");
		piece_duration(b, (double)since / 1e9);
	}
	if (h->words && h->code == 0 && page_files_have_words(id)) {
		buffer_add_text(b, "<a href=\"#files-title\">Some text files have faults</a>");
	} else if (h->words) {
		buffer_add_text(b, page_stuck(id, 0, &since) ? "<br>" : "");
		piece_lines(b, h->words);
	}
	if (h->code < 0 && collectors[id]->needs) {
		buffer_add_text(b, " <small>It needs ");
		piece_html(b, collectors[id]->needs);
		buffer_add_text(b, ".</small>");
	}
}

static void add_help(struct buffer *b, const char *help)
{
	buffer_add_text(b, "<span class=\"dim\">");
	piece_html(b, help ? help : "");
	buffer_add_text(b, "</span>");
}

static void add_collector(struct buffer *b, unsigned id)
{
	static const char *const classes[] = {
		[PAGE_FAILED] = "bad", [PAGE_STUCK] = "bad",   [PAGE_ASIDE] = "warn",
		[PAGE_OK] = "ok",      [PAGE_NO_DATA] = "dim", [PAGE_WAITING] = "dim",
	};
	const struct history *h = history_of(id);
	enum page_state state = page_state(id);
	size_t kept = history_kept(h);
	char flag[PAGE_FLAG_MAX];

	piece_row(b, collectors[id]->name,
	          collector_switches[id].is_given ? page_switch(id, flag) : "");
	markup_printf(b, "<td class=\"%s\">%s</td><td class=\"n\">", classes[state],
	              page_state_words[state]);
	if (kept)
		piece_short_time(b, history_duration(h, kept - 1) / 1e6);
	buffer_add_text(b, "</td><td>");
	add_spark(b, h);
	markup_printf(b, "</td><td class=\"n\">%zu</td><td class=\"w\">", h->n_series);
	if (h->words || state != PAGE_OK)
		add_words(b, id);
	else
		add_help(b, collectors[id]->help);
	buffer_add_text(b, "</td></tr>");
}

void page_collectors(struct buffer *b)
{
	unsigned ids[COLLECTORS_MAX];
	size_t count = page_order(ids);

	piece_table(b, COLUMNS("Collector", "State", ">Took", "", ">Series", ""));
	for (size_t i = 0; i < count; i++)
		if (collector_switches[ids[i]].is_on && page_state(ids[i]) != PAGE_NO_DATA)
			add_collector(b, ids[i]);
	piece_table_end(b);
}

void page_quiet(struct buffer *b)
{
	unsigned ids[COLLECTORS_MAX];
	size_t count = page_order(ids);

	piece_table(b, COLUMNS("Collector", "What it is about", "What it would need"));
	for (size_t i = 0; i < count; i++) {
		const struct collector *c = collectors[ids[i]];

		if (page_state(ids[i]) != PAGE_NO_DATA)
			continue;
		piece_row(b, c->name, "");
		buffer_add_text(b, "<td class=\"w\">");
		piece_html(b, c->help ? c->help : "");
		buffer_add_text(b, "</td><td class=\"w\">");
		piece_html(b, c->needs ? c->needs : "");
		buffer_add_text(b, c->needs && history_of(ids[i])->words ? "; " : "");
		add_words(b, ids[i]);
		buffer_add_text(b, "</td></tr>");
	}
	piece_table_end(b);
}

void page_off(struct buffer *b)
{
	unsigned ids[COLLECTORS_MAX];
	size_t count = page_order(ids);

	piece_table(b, COLUMNS("Flag that turns it on", "What it is about", "Off by"));
	for (size_t i = 0; i < count; i++) {
		char flag[PAGE_FLAG_MAX];

		if (collector_switches[ids[i]].is_on)
			continue;
		buffer_add_text(b, "<tr><td><code>--collector.");
		piece_html(b, collectors[ids[i]]->name);
		buffer_add_text(b, "</code></td><td>");
		piece_html(b, collectors[ids[i]]->help ? collectors[ids[i]]->help : "");
		buffer_add_text(b, "</td><td class=\"dim\">");
		if (collectors[ids[i]]->default_on)
			piece_html(b, page_switch(ids[i], flag));
		buffer_add_text(b, "</td></tr>");
	}
	piece_table_end(b);
}

static void add_scraper(struct buffer *b, const struct scraper *s)
{
	piece_row(b, s->address, "");
	buffer_add_text(b, "<td class=\"w\">");
	piece_html(b, s->agent);
	buffer_add_text(b, "</td><td>");
	piece_html(b, s->format);
	markup_printf(b, "%s</td><td class=\"n\">", s->is_gzip ? ", gzip" : "");
	if (s->bytes)
		piece_bytes(b, (double)s->bytes);
	else
		buffer_add_text(b, "streamed");
	buffer_add_text(b, "</td><td class=\"n\">");
	piece_short_time(b, (double)s->duration / 1e9);
	buffer_add_text(b, "</td><td class=\"n\">");
	piece_duration(b, s->interval ? round((double)s->interval / 1e9) : NAN);
	buffer_add_text(b, "</td><td class=\"n\">");
	piece_duration(b, s->deadline ? round((double)s->deadline / 1e9) : NAN);
	buffer_add_text(b, "</td><td class=\"n\">");
	piece_duration(b, page_age(s->at));
	buffer_add_text(b, " ago</td></tr>");
}

void page_scrapers(struct buffer *b)
{
	bool is_begun = false;

	for (size_t i = 0; i < SCRAPERS_MAX; i++) {
		if (!scrapers()[i].at)
			continue;
		if (!is_begun)
			piece_table(b, COLUMNS("Address", "Agent", "Format", ">Size", ">Took",
			                       ">Interval", ">Timeout", ">Last"));
		is_begun = true;
		add_scraper(b, &scrapers()[i]);
	}
	if (is_begun)
		piece_table_end(b);
	else
		piece_none(b, "Nobody has asked for metrics yet.");
}

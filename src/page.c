// SPDX-License-Identifier: Apache-2.0
#include "page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "markup.h"
#include "options.h"
#include "page_parts.h"
#include "run.h"
#include "shared.h"
#include "version.h"

#include "page.def"

enum { SPARK_POINTS = 30, SPARK_STEP = 3, SPARK_HEIGHT = 14, WORDS_SHOWN = 400 };

const char page_policy[] =
	"default-src 'none'; style-src '" CSS_HASH "'; script-src '" JS_HASH "'; "
	"connect-src 'self'; img-src data:; base-uri 'none'; "
	"form-action 'none'; frame-ancestors 'none'";

const char *const page_state_words[] = {
	[PAGE_FAILED] = "failed", [PAGE_STUCK] = "stuck",          [PAGE_ASIDE] = "runs aside",
	[PAGE_OK] = "ok",         [PAGE_NO_DATA] = "nothing here", [PAGE_WAITING] = "not run yet",
	[PAGE_OFF] = "off",
};

bool page_is_full(void)
{
	return strcmp(options.page, "full") == 0;
}

/* --- What the page and its JSON have in common --- */

const char *page_stuck(unsigned id, size_t n, int64_t *ret_for)
{
	for (size_t i = 0; i < STUCK_MAX; i++) {
		if (!ledger->stuck[i].pid || ledger->stuck[i].collector != id || n--)
			continue;
		*ret_for = now_ns() - ledger->stuck[i].since;
		return ledger->stuck[i].item;
	}
	return NULL;
}

enum page_state page_state(unsigned id)
{
	const struct history *h = history_of(id);
	int64_t since;

	if (!collector_switches[id].is_on)
		return PAGE_OFF;
	if (page_stuck(id, 0, &since))
		return PAGE_STUCK;
	if (!h->at)
		return PAGE_WAITING;
	if (h->code < 0)
		return PAGE_FAILED;
	if (runs_have_aside(id))
		return PAGE_ASIDE;
	return h->code == NO_DATA || !h->n_series ? PAGE_NO_DATA : PAGE_OK;
}

const char *page_switch(unsigned id, char text[static PAGE_FLAG_MAX])
{
	const struct collector_switch *s = &collector_switches[id];

	if (s->is_given)
		snprintf(text, PAGE_FLAG_MAX, "--%scollector.%s", s->is_on ? "" : "no-",
		         collectors[id]->name);
	else if (options.disable_defaults && collectors[id]->default_on)
		snprintf(text, PAGE_FLAG_MAX, "--collector.disable-defaults");
	else
		snprintf(text, PAGE_FLAG_MAX, "by default");
	return text;
}

double page_age(int64_t at)
{
	return at ? (double)(now_ns() - at) / 1e9 : NAN;
}

double page_uptime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec - host_figure(HOST_BOOT, "boot");
}

static int compare_shown(const void *one, const void *other)
{
	unsigned a = *(const unsigned *)one, b = *(const unsigned *)other;
	enum page_state x = page_state(a), y = page_state(b);

	if (x != y)
		return x < y ? -1 : 1;
	return strcmp(collectors[a]->name, collectors[b]->name);
}

size_t page_order(unsigned ids[static COLLECTORS_MAX])
{
	size_t count = registry_count();

	for (unsigned i = 0; i < count; i++)
		ids[i] = i;
	qsort(ids, count, sizeof(*ids), compare_shown);
	return count;
}

/* --- Pieces --- */

static void add_html(struct buffer *b, const char *text)
{
	markup_html(b, text, WORDS_SHOWN);
}

/* A number of three digits or so. */
static void add_short(struct buffer *b, double value)
{
	markup_printf(b, "%.*f", value >= 100 || value == 0 ? 0 : value >= 10 ? 1 : 2, value);
}

static void add_bytes(struct buffer *b, double value)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	size_t i = 0;

	if (!isfinite(value)) {
		buffer_add_text(b, "–");
		return;
	}
	for (; value >= 1000 && i + 1 < ARRAY_SIZE(units); i++)
		value /= 1024;
	markup_printf(b, "%.*f %s", i && value < 10 ? 1 : 0, value, units[i]);
}

static void add_byte_rate(struct buffer *b, double value)
{
	add_bytes(b, value);
	if (isfinite(value))
		buffer_add_text(b, "/s");
}

static void add_percent(struct buffer *b, double share)
{
	if (isfinite(share))
		markup_printf(b, "%.*f %%", share < 0.0995 ? 1 : 0, share * 100);
	else
		buffer_add_text(b, "–");
}

static void add_rate(struct buffer *b, double value)
{
	if (isfinite(value))
		add_short(b, value);
	else
		buffer_add_text(b, "–");
}

/* What took less than a second, mostly. */
static void add_short_time(struct buffer *b, double seconds)
{
	if (seconds < 1e-3)
		markup_printf(b, "%.0f µs", seconds * 1e6);
	else if (seconds < 1)
		markup_printf(b, "%.1f ms", seconds * 1e3);
	else
		markup_printf(b, "%.1f s", seconds);
}

/* "3 d 4 h", "12 s" */
static void add_duration(struct buffer *b, double seconds)
{
	static const struct {
		double seconds;
		const char *name;
	} units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };

	if (!isfinite(seconds)) {
		buffer_add_text(b, "–");
		return;
	}
	seconds = MAX(seconds, 0);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		double n = floor(seconds / units[i].seconds);

		if (n < 1 && i + 1 < ARRAY_SIZE(units))
			continue;
		markup_printf(b, "%.0f %s", n, units[i].name);
		seconds -= n * units[i].seconds;
		if (i + 1 < ARRAY_SIZE(units) && seconds >= units[i + 1].seconds)
			markup_printf(b, " %.0f %s", floor(seconds / units[i + 1].seconds),
			              units[i + 1].name);
		return;
	}
}

/* Shares of a whole, which is 1, in the colours a, b, c and so on. */
static void add_bar(struct buffer *b, const double *shares, size_t count)
{
	double at = 0;

	buffer_add_text(b, "<svg class=\"bar\" viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" "
	                   "aria-hidden=\"true\">");
	for (size_t i = 0; i < count; i++) {
		double width = isfinite(shares[i]) ? MIN(MAX(shares[i], 0), 1) * 100 : 0;

		if (width >= 0.05)
			markup_printf(b,
			              "<rect class=\"f%c\" x=\"%.1f\" width=\"%.1f\" "
			              "height=\"1\"/>",
			              (char)('a' + i), at, width);
		at += width;
	}
	buffer_add_text(b, "</svg>");
}

/* Where page.js draws the last minute; max 0: as high as it gets. */
static void add_graph(struct buffer *b, const char *class, const char *key, const char *name,
                      double value, double max)
{
	markup_printf(b,
	              "<svg class=\"%s\" viewBox=\"0 0 100 30\" preserveAspectRatio=\"none\" "
	              "aria-hidden=\"true\" data-key=\"%s ",
	              class, key);
	add_html(b, name);
	markup_printf(b, "\" data-value=\"");
	if (isfinite(value))
		markup_printf(b, "%.6g", value);
	markup_printf(b, "\" data-max=\"%.6g\"></svg>", max);
}

static void add_none(struct buffer *b, const char *text)
{
	buffer_add_text(b, "<p class=\"none\">");
	buffer_add_text(b, text);
	buffer_add_text(b, "</p>");
}

static void add_more(struct buffer *b, size_t count)
{
	if (count)
		markup_printf(b, "<p class=\"none\">and %zu more</p>", count);
}

/* The head of a table; columns with a ">" before their names have numbers. */
static void begin_table(struct buffer *b, const char *const *columns)
{
	buffer_add_text(b, "<table><thead><tr>");
	for (; *columns; columns++)
		markup_printf(b, "<th scope=\"col\"%s>%s</th>",
		              **columns == '>' ? " class=\"n\"" : "",
		              *columns + (**columns == '>'));
	buffer_add_text(b, "</tr></thead><tbody>");
}

#define COLUMNS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void end_table(struct buffer *b)
{
	buffer_add_text(b, "</tbody></table>");
}

static void begin_row(struct buffer *b, const char *name, const char *note)
{
	buffer_add_text(b, "<tr><th scope=\"row\" class=\"w\">");
	add_html(b, name);
	if (*note) {
		buffer_add_text(b, " <small>");
		add_html(b, note);
		buffer_add_text(b, "</small>");
	}
	buffer_add_text(b, "</th>");
}

/* --- The host --- */

static void add_title(struct buffer *b)
{
	const struct host_row *host = host_find(HOST_UNAME, "host");

	if (!host)
		return;
	add_html(b, host->note);
	buffer_add_text(b, " – ");
}

static void add_host(struct buffer *b)
{
	const struct host_row *rows[] = { host_find(HOST_UNAME, "host"), host_find(HOST_OS, "os"),
		                          host_find(HOST_UNAME, "kernel") };
	double uptime = page_uptime();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct host_row *row = rows[i];

		if (!row || !row->note[0])
			continue;
		buffer_add_text(b, i ? "<span> · </span>" : "<strong>");
		buffer_add_text(b, i == 2 ? "Linux " : "");
		add_html(b, row->note);
		buffer_add_text(b, i ? "" : "</strong>");
	}
	if (isfinite(uptime)) {
		buffer_add_text(b, "<span> · </span>up ");
		add_duration(b, uptime);
	}
}

static void add_age(struct buffer *b)
{
	const struct host_table *t = host_table(HOST_CPU);

	if (!host_latest()) {
		buffer_add_text(b, "No collector has run yet. Reload to try again.");
		return;
	}
	if (page_age(host_latest()) < 2) {
		buffer_add_text(b, "Figures of this moment");
	} else {
		buffer_add_text(b, "Figures of ");
		add_duration(b, page_age(host_latest()));
		buffer_add_text(b, " ago");
	}
	if (t->before_at) {
		buffer_add_text(b, ", rates over ");
		add_duration(b, round((double)(t->at - t->before_at) / 1e9));
	}
	buffer_add_text(b, ".");
}

/* What a mode of the CPUs had of a second, or of the time since the boot. */
static double cpu_time(const char *mode)
{
	const struct host_table *t = host_table(HOST_CPU);
	const struct host_row *row = host_find(HOST_CPU, mode);

	if (!row)
		return 0;
	return t->before_at ? host_rate(t, row, 0) : row->now[0];
}

static unsigned cpu_count(void)
{
	const struct host_row *idle = host_find(HOST_CPU, "idle");

	return idle ? idle->n_added : 0;
}

static void add_key(struct buffer *b, const char *const *names, const double *shares, size_t count)
{
	buffer_add_text(b, "<ul class=\"key\">");
	for (size_t i = 0; i < count; i++) {
		markup_printf(b, "<li class=\"k%c\">%s ", (char)('a' + i), names[i]);
		add_percent(b, shares[i]);
		buffer_add_text(b, "</li>");
	}
	buffer_add_text(b, "</ul>");
}

static void add_cpu(struct buffer *b)
{
	static const char *const names[] = { "user", "system", "interrupts", "waiting for I/O",
		                             "steal" };
	double idle = cpu_time("idle");
	double shares[] = { cpu_time("user") + cpu_time("nice"), cpu_time("system"),
		            cpu_time("irq") + cpu_time("softirq"), cpu_time("iowait"),
		            cpu_time("steal") };
	double all = idle, busy;

	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		all += shares[i];
	if (!(all > 0)) {
		add_none(b, "No figures.");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		shares[i] /= all;
	busy = 1 - idle / all - shares[3];
	buffer_add_text(b, "<p class=\"big\">");
	add_percent(b, busy);
	markup_printf(b, " <small>of %u CPU%s%s</small></p>", cpu_count(),
	              cpu_count() == 1 ? "" : "s",
	              host_table(HOST_CPU)->before_at ? "" : " since the boot");
	add_bar(b, shares, ARRAY_SIZE(shares));
	add_key(b, names, shares, ARRAY_SIZE(shares));
	add_graph(b, "graph", "cpu", "", busy, 1);
}

static void add_memory(struct buffer *b)
{
	static const char *const names[] = { "used", "cache and buffers" };
	double total = host_figure(HOST_MEMORY, "total");
	double available = host_figure(HOST_MEMORY, "available");
	double swap = host_figure(HOST_MEMORY, "swap_total");
	double used = total - (isnan(available) ? host_figure(HOST_MEMORY, "free") : available);
	double cache = total - used - host_figure(HOST_MEMORY, "free");
	double shares[] = { used / total, MAX(cache, 0) / total };

	if (!(total > 0)) {
		add_none(b, "No figures.");
		return;
	}
	buffer_add_text(b, "<p class=\"big\">");
	add_bytes(b, used);
	buffer_add_text(b, " <small>of ");
	add_bytes(b, total);
	buffer_add_text(b, "</small></p>");
	add_bar(b, shares, ARRAY_SIZE(shares));
	add_key(b, names, shares, ARRAY_SIZE(shares));
	if (swap > 0) {
		buffer_add_text(b, "<ul class=\"key\"><li>swap ");
		add_bytes(b, swap - host_figure(HOST_MEMORY, "swap_free"));
		buffer_add_text(b, " of ");
		add_bytes(b, swap);
		buffer_add_text(b, "</li></ul>");
	}
	add_graph(b, "graph", "memory", "", used / total, 1);
}

static void add_load(struct buffer *b)
{
	double one = host_figure(HOST_LOAD, "1m"), cpus = cpu_count();

	if (isnan(one)) {
		add_none(b, "No figures.");
		return;
	}
	buffer_add_text(b, "<p class=\"big\">");
	add_short(b, one);
	buffer_add_text(b, " <small>");
	if (cpus) {
		add_short(b, one / cpus);
		buffer_add_text(b, " a CPU");
	}
	buffer_add_text(b, "</small></p>");
	if (cpus)
		add_bar(b, (const double[]){ MIN(one / cpus, 1) }, 1);
	buffer_add_text(b, "<ul class=\"key\"><li>5 min ");
	add_short(b, host_figure(HOST_LOAD, "5m"));
	buffer_add_text(b, "</li><li>15 min ");
	add_short(b, host_figure(HOST_LOAD, "15m"));
	buffer_add_text(b, "</li></ul>");
	add_graph(b, "graph", "load", "", one, 0);
}

static void add_pressure(struct buffer *b)
{
	const struct host_table *t = host_table(HOST_PRESSURE);
	double most = NAN;

	if (!t->n_rows) {
		add_none(b, "The kernel tells of none (CONFIG_PSI, psi=1).");
		return;
	}
	for (size_t i = 0; i < t->n_rows; i++)
		most = fmax(most, host_rate(t, &t->rows[i], 0));
	buffer_add_text(b, "<p class=\"big\">");
	add_percent(b, most);
	buffer_add_text(b, " <small>waiting</small></p>");
	add_bar(b, &most, 1);
	buffer_add_text(b, "<ul class=\"key\">");
	for (size_t i = 0; i < t->n_rows; i++) {
		buffer_add_text(b, "<li>");
		add_html(b, t->rows[i].name);
		buffer_add_text(b, " ");
		add_percent(b, host_rate(t, &t->rows[i], 0));
		buffer_add_text(b, "</li>");
	}
	buffer_add_text(b, "</ul>");
	add_graph(b, "graph", "pressure", "", most, 1);
}

static void add_disks(struct buffer *b)
{
	const struct host_table *t = host_table(HOST_DISKS);

	if (!t->n_rows) {
		add_none(b, "None.");
		return;
	}
	begin_table(b, COLUMNS("Device", ">Read", ">Written", ">IOPS", ">Busy", "Last minute"));
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct host_row *row = &t->rows[i];
		double busy = host_rate(t, row, DISK_BUSY);

		begin_row(b, row->name, "");
		buffer_add_text(b, "<td class=\"n\">");
		add_byte_rate(b, host_rate(t, row, DISK_READ_BYTES));
		buffer_add_text(b, "</td><td class=\"n\">");
		add_byte_rate(b, host_rate(t, row, DISK_WRITTEN_BYTES));
		buffer_add_text(b, "</td><td class=\"n\">");
		add_rate(b, host_rate(t, row, DISK_READS) + host_rate(t, row, DISK_WRITES));
		buffer_add_text(b, "</td><td class=\"n\">");
		add_percent(b, isnan(busy) ? busy : MIN(busy, 1));
		buffer_add_text(b, "</td><td>");
		add_graph(b, "spark", "disk", row->name, busy, 1);
		buffer_add_text(b, "</td></tr>");
	}
	end_table(b);
	add_more(b, t->n_more);
}

static void add_network(struct buffer *b)
{
	const struct host_table *t = host_table(HOST_NETWORK);

	if (!t->n_rows) {
		add_none(b, "None.");
		return;
	}
	begin_table(b, COLUMNS("Device", ">Received", ">Sent", ">Errors", "Last minute"));
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct host_row *row = &t->rows[i];
		double received = host_rate(t, row, NET_RECEIVED),
		       sent = host_rate(t, row, NET_SENT);

		begin_row(b, row->name, "");
		buffer_add_text(b, "<td class=\"n\">");
		add_byte_rate(b, received);
		buffer_add_text(b, "</td><td class=\"n\">");
		add_byte_rate(b, sent);
		buffer_add_text(b, "</td><td class=\"n\">");
		add_rate(b, host_rate(t, row, NET_ERRORS));
		buffer_add_text(b, "</td><td>");
		add_graph(b, "spark", "net", row->name, received + sent, 0);
		buffer_add_text(b, "</td></tr>");
	}
	end_table(b);
	add_more(b, t->n_more);
}

static void add_filesystem(struct buffer *b, const struct host_row *row)
{
	double size = row->now[FS_BYTES], share = 1 - row->now[FS_AVAILABLE] / size;

	begin_row(b, row->name, row->note);
	if (row->now[FS_FAULT] > 0) {
		buffer_add_text(b, "<td colspan=\"3\" class=\"bad\">does not answer, or not to us"
		                   "</td></tr>");
		return;
	}
	buffer_add_text(b, "<td>");
	add_bar(b, &share, 1);
	buffer_add_text(b, "</td><td class=\"n\">");
	add_percent(b, share);
	buffer_add_text(b, row->now[FS_READONLY] > 0 ? " <small>read only</small>" : "");
	buffer_add_text(b, "</td><td class=\"n\">");
	add_bytes(b, row->now[FS_AVAILABLE]);
	buffer_add_text(b, "</td></tr>");
}

static void add_filesystems(struct buffer *b)
{
	const struct host_table *t = host_table(HOST_FILESYSTEMS);

	if (!t->n_rows) {
		add_none(b, "None.");
		return;
	}
	begin_table(b, COLUMNS("Mount point", "Used", ">", ">Available"));
	for (size_t i = 0; i < t->n_rows; i++)
		add_filesystem(b, &t->rows[i]);
	end_table(b);
	add_more(b, t->n_more);
}

static void add_temperatures(struct buffer *b)
{
	const struct host_table *t = host_table(HOST_TEMPERATURES);

	if (!t->n_rows) {
		add_none(b, "No sensor here tells one.");
		return;
	}
	begin_table(b, COLUMNS("Sensor", ">Temperature", "Last minute"));
	for (size_t i = 0; i < t->n_rows; i++) {
		begin_row(b, t->rows[i].name, "");
		markup_printf(b, "<td class=\"n\">%.1f °C</td><td>", t->rows[i].now[0]);
		add_graph(b, "spark", "temperature", t->rows[i].name, t->rows[i].now[0], 100);
		buffer_add_text(b, "</td></tr>");
	}
	end_table(b);
	add_more(b, t->n_more);
}

/* --- The exporter --- */

/* The last durations as one line, the highest at the top. */
static void add_spark(struct buffer *b, const struct history *h)
{
	size_t kept = history_kept(h), count = MIN(kept, (size_t)SPARK_POINTS);
	uint32_t most = 1;
	int last = 0;

	if (count < 2)
		return;
	for (size_t i = kept - count; i < kept; i++)
		most = MAX(most, history_duration(h, i));
	markup_printf(b,
	              "<svg class=\"spark\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
	              "aria-hidden=\"true\"><path d=\"",
	              (SPARK_POINTS - 1) * SPARK_STEP, SPARK_HEIGHT + 1);
	for (size_t i = kept - count; i < kept; i++) {
		int y = SPARK_HEIGHT -
		        (int)((uint64_t)history_duration(h, i) * SPARK_HEIGHT / most);

		if (i == kept - count)
			markup_printf(b, "M%d %dl", (int)(SPARK_POINTS - count) * SPARK_STEP, y);
		else
			markup_printf(b, "%d%s%d ", SPARK_STEP, y < last ? "" : " ", y - last);
		last = y;
	}
	buffer_add_text(b, "\"/></svg>");
}

static void add_words(struct buffer *b, unsigned id)
{
	const struct history *h = history_of(id);
	int64_t since;
	const char *item;

	for (size_t i = 0; (item = page_stuck(id, i, &since)); i++) {
		buffer_add_text(b, i ? ", " : "stuck in ");
		add_html(b, item);
		buffer_add_text(b, " for ");
		add_duration(b, (double)since / 1e9);
	}
	if (h->words) {
		buffer_add_text(b, page_stuck(id, 0, &since) ? "; " : "");
		add_html(b, h->words);
	}
	if (h->code < 0 && collectors[id]->needs) {
		buffer_add_text(b, " <small>It needs ");
		add_html(b, collectors[id]->needs);
		buffer_add_text(b, ".</small>");
	}
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

	begin_row(b, collectors[id]->name,
	          collector_switches[id].is_given ? page_switch(id, flag) : "");
	markup_printf(b, "<td class=\"%s\">%s</td><td class=\"n\">", classes[state],
	              page_state_words[state]);
	if (kept)
		add_short_time(b, history_duration(h, kept - 1) / 1e6);
	buffer_add_text(b, "</td><td>");
	add_spark(b, h);
	markup_printf(b, "</td><td class=\"n\">%zu</td><td class=\"w\">", h->n_series);
	add_words(b, id);
	buffer_add_text(b, "</td></tr>");
}

static void add_collectors(struct buffer *b)
{
	unsigned ids[COLLECTORS_MAX];
	size_t count = page_order(ids);

	begin_table(b, COLUMNS("Collector", "State", ">Took", "Before that", ">Series", ""));
	for (size_t i = 0; i < count; i++)
		if (collector_switches[ids[i]].is_on && page_state(ids[i]) != PAGE_NO_DATA)
			add_collector(b, ids[i]);
	end_table(b);
}

static void add_quiet(struct buffer *b)
{
	unsigned ids[COLLECTORS_MAX];
	size_t count = page_order(ids);

	begin_table(b, COLUMNS("Collector", "What it is about", "What it would need"));
	for (size_t i = 0; i < count; i++) {
		const struct collector *c = collectors[ids[i]];

		if (page_state(ids[i]) != PAGE_NO_DATA)
			continue;
		begin_row(b, c->name, "");
		buffer_add_text(b, "<td class=\"w\">");
		add_html(b, c->help ? c->help : "");
		buffer_add_text(b, "</td><td class=\"w\">");
		add_html(b, c->needs ? c->needs : "");
		buffer_add_text(b, c->needs && history_of(ids[i])->words ? "; " : "");
		add_words(b, ids[i]);
		buffer_add_text(b, "</td></tr>");
	}
	end_table(b);
}

static void add_off(struct buffer *b)
{
	unsigned ids[COLLECTORS_MAX];
	size_t count = page_order(ids);

	begin_table(b, COLUMNS("Flag that turns it on", "What it is about", "Off"));
	for (size_t i = 0; i < count; i++) {
		char flag[PAGE_FLAG_MAX];

		if (collector_switches[ids[i]].is_on)
			continue;
		buffer_add_text(b, "<tr><td><code>--collector.");
		add_html(b, collectors[ids[i]]->name);
		buffer_add_text(b, "</code></td><td>");
		add_html(b, collectors[ids[i]]->help ? collectors[ids[i]]->help : "");
		buffer_add_text(b, "</td><td class=\"dim\">");
		add_html(b, page_switch(ids[i], flag));
		buffer_add_text(b, "</td></tr>");
	}
	end_table(b);
}

static void add_scraper(struct buffer *b, const struct scraper *s)
{
	begin_row(b, s->address, "");
	buffer_add_text(b, "<td class=\"w\">");
	add_html(b, s->agent);
	buffer_add_text(b, "</td><td>");
	add_html(b, s->format);
	markup_printf(b, "%s</td><td class=\"n\">", s->is_gzip ? ", gzip" : "");
	if (s->bytes)
		add_bytes(b, (double)s->bytes);
	else
		buffer_add_text(b, "streamed");
	buffer_add_text(b, "</td><td class=\"n\">");
	add_short_time(b, (double)s->duration / 1e9);
	buffer_add_text(b, "</td><td class=\"n\">");
	add_duration(b, s->interval ? round((double)s->interval / 1e9) : NAN);
	buffer_add_text(b, "</td><td class=\"n\">");
	add_duration(b, s->deadline ? round((double)s->deadline / 1e9) : NAN);
	buffer_add_text(b, "</td><td class=\"n\">");
	add_duration(b, page_age(s->at));
	buffer_add_text(b, " ago</td></tr>");
}

static void add_scrapers(struct buffer *b)
{
	bool is_begun = false;

	for (size_t i = 0; i < SCRAPERS_MAX; i++) {
		if (!scrapers()[i].at)
			continue;
		if (!is_begun)
			begin_table(b, COLUMNS("Address", "Agent", "Format", ">Size", ">Took",
			                       ">Interval", ">Timeout", ">Last"));
		is_begun = true;
		add_scraper(b, &scrapers()[i]);
	}
	if (is_begun)
		end_table(b);
	else
		add_none(b, "Nobody has asked for metrics yet.");
}

static void add_file(struct buffer *b, const struct host_row *row)
{
	bool is_bad = row->now[FILE_ERROR] > 0;

	begin_row(b, row->name, "");
	markup_printf(b, "<td class=\"%s\">", is_bad ? "bad" : "ok");
	add_html(b, is_bad ? row->note : "ok");
	buffer_add_text(b, "</td><td class=\"n\">");
	add_duration(b, row->now[FILE_AGE]);
	buffer_add_text(b, "</td><td class=\"n\">");
	if (isfinite(row->now[FILE_SAMPLES]))
		markup_printf(b, "%.0f", row->now[FILE_SAMPLES]);
	buffer_add_text(b, "</td></tr>");
}

static void add_script(struct buffer *b, const struct host_row *row)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	begin_row(b, row->name, "script");
	if (row->now[SCRIPT_SUCCESS] > 0)
		buffer_add_text(b, "<td class=\"ok\">ok</td>");
	else
		markup_printf(b, "<td class=\"bad\">failed, exit code %.0f</td>",
		              row->now[SCRIPT_EXIT_CODE]);
	buffer_add_text(b, "<td class=\"n\">");
	add_duration(b, (double)now.tv_sec - row->now[SCRIPT_LAST_RUN]);
	markup_printf(b, "</td><td class=\"n\">%.2f s</td></tr>", row->now[SCRIPT_DURATION]);
}

static void add_files(struct buffer *b)
{
	const struct host_table *files = host_table(HOST_FILES);
	const struct host_table *scripts = host_table(HOST_SCRIPTS);
	int textfile = registry_find("textfile");
	const char *words = textfile >= 0 ? history_of((unsigned)textfile)->words : NULL;

	if (!files->n_rows && !scripts->n_rows) {
		add_none(b, "None (<code>--collector.textfile.directory</code>).");
		return;
	}
	begin_table(b, COLUMNS("File", "State", ">Age", ">Samples, or time"));
	for (size_t i = 0; i < files->n_rows; i++)
		add_file(b, &files->rows[i]);
	for (size_t i = 0; i < scripts->n_rows; i++)
		add_script(b, &scripts->rows[i]);
	end_table(b);
	add_more(b, files->n_more + scripts->n_more);
	if (!words)
		return;
	buffer_add_text(b, "<p class=\"w bad\">");
	add_html(b, words);
	buffer_add_text(b, "</p>");
}

/* --- The whole --- */

static void add_metrics_path(struct buffer *b)
{
	add_html(b, options.telemetry_path);
}

static void add_css(struct buffer *b)
{
	buffer_add_text(b, page_css);
}

static void add_js(struct buffer *b)
{
	buffer_add_text(b, page_js);
}

static void add_version(struct buffer *b)
{
	buffer_add_text(b, PACKAGE_VERSION);
}

static void add_build(struct buffer *b)
{
	buffer_add_text(b, "(version=" COMPAT_VERSION ", branch=" BUILD_BRANCH
	                   ", revision=" BUILD_REVISION ")");
}

/* What stands in braces in page.html. */
static const struct hole {
	const char *name;
	void (*fill)(struct buffer *b);
	bool is_live;
} holes[] = {
	{ "title", add_title, false },
	{ "css", add_css, false },
	{ "js", add_js, false },
	{ "metrics", add_metrics_path, false },
	{ "version", add_version, false },
	{ "build", add_build, false },
	{ "off", add_off, false },
	{ "host", add_host, true },
	{ "age", add_age, true },
	{ "cpu", add_cpu, true },
	{ "memory", add_memory, true },
	{ "load", add_load, true },
	{ "pressure", add_pressure, true },
	{ "disks", add_disks, true },
	{ "network", add_network, true },
	{ "filesystems", add_filesystems, true },
	{ "temperatures", add_temperatures, true },
	{ "collectors", add_collectors, true },
	{ "quiet", add_quiet, true },
	{ "scrapers", add_scrapers, true },
	{ "files", add_files, true },
};

static const struct hole *find_hole(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(holes); i++)
		if (strlen(holes[i].name) == length && memcmp(holes[i].name, name, length) == 0)
			return &holes[i];
	return NULL;
}

void page_html(struct buffer *b)
{
	const char *rest = page_template, *open;

	while ((open = strchr(rest, '{'))) {
		size_t length = strcspn(open + 1, "}");
		const struct hole *hole = find_hole(open + 1, length);

		buffer_add(b, rest, (size_t)(open - rest));
		rest = open + 1 + length + (hole != NULL);
		if (hole)
			hole->fill(b);
		else
			buffer_add(b, open, length + 1);
	}
	buffer_add_text(b, rest);
}

void page_live(struct buffer *b)
{
	buffer_add_text(
		b, "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Live</title></head><body>\n");
	for (size_t i = 0; i < ARRAY_SIZE(holes); i++) {
		if (!holes[i].is_live)
			continue;
		markup_printf(b, "<div id=\"%s\">", holes[i].name);
		holes[i].fill(b);
		buffer_add_text(b, "</div>\n");
	}
	buffer_add_text(b, "</body></html>\n");
}

void page_plain(struct buffer *b)
{
	buffer_add_text(b, "<!DOCTYPE html>\n"
	                   "<html lang=\"en\">\n"
	                   "<head><meta charset=\"utf-8\"><title>Node Exporter</title></head>\n"
	                   "<body>\n"
	                   "<h1>Node Exporter</h1>\n"
	                   "<p>nodegauge " PACKAGE_VERSION
	                   " stands in for the Prometheus Node Exporter. Version: ");
	add_build(b);
	buffer_add_text(b, "</p>\n<ul><li><a href=\"");
	add_metrics_path(b);
	buffer_add_text(b, "\">Metrics</a></li></ul>\n</body>\n</html>\n");
}

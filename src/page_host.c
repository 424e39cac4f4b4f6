// SPDX-License-Identifier: Apache-2.0
#include "page_parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "markup.h"
#include "page_pieces.h"

void page_title(struct buffer *b)
{
	const struct host_row *host = host_find(HOST_UNAME, "host");

	if (!host)
		return;
	piece_html(b, host->note);
	buffer_add_text(b, " – ");
}

void page_name(struct buffer *b)
{
	const struct host_row *host = host_find(HOST_UNAME, "host");

	piece_html(b, host ? host->note : "Node Exporter");
}

void page_host(struct buffer *b)
{
	const struct host_row *rows[] = { host_find(HOST_OS, "os"),
		                          host_find(HOST_UNAME, "kernel") };
	double uptime = page_uptime();

	buffer_add_text(b, "Node Exporter");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i] || !rows[i]->note[0])
			continue;
		buffer_add_text(b, i ? " · Linux " : " · ");
		piece_html(b, rows[i]->note);
	}
	if (isfinite(uptime)) {
		buffer_add_text(b, " · up ");
		piece_duration(b, uptime);
	}
}

void page_figures_age(struct buffer *b)
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
		piece_duration(b, page_age(host_latest()));
		buffer_add_text(b, " ago");
	}
	if (t->before_at) {
		buffer_add_text(b, ", rates over ");
		piece_duration(b, round((double)(t->at - t->before_at) / 1e9));
	}
	buffer_add_text(b, "<span>; graphs show the last minute</span>.");
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
		piece_percent(b, shares[i]);
		buffer_add_text(b, "</li>");
	}
	buffer_add_text(b, "</ul>");
}

void page_cpu(struct buffer *b)
{
	static const char *const names[] = { "user", "system", "IRQs", "I/O wait", "steal" };
	double idle = cpu_time("idle");
	double shares[] = { cpu_time("user") + cpu_time("nice"), cpu_time("system"),
		            cpu_time("irq") + cpu_time("softirq"), cpu_time("iowait"),
		            cpu_time("steal") };
	double all = idle, busy;

	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		all += shares[i];
	if (!(all > 0)) {
		piece_none(b, "No figures.");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		shares[i] /= all;
	busy = 1 - idle / all - shares[3];
	buffer_add_text(b, "<p class=\"big\">");
	piece_percent(b, busy);
	markup_printf(b, " <small>of %u CPU%s%s</small></p>", cpu_count(),
	              cpu_count() == 1 ? "" : "s",
	              host_table(HOST_CPU)->before_at ? "" : " since the boot");
	piece_bar(b, shares, ARRAY_SIZE(shares));
	add_key(b, names, shares, ARRAY_SIZE(shares));
	piece_graph(b, "graph", "cpu", "", busy, 1);
}

void page_memory(struct buffer *b)
{
	static const char *const names[] = { "used", "cache" };
	double total = host_figure(HOST_MEMORY, "total");
	double available = host_figure(HOST_MEMORY, "available");
	double swap = host_figure(HOST_MEMORY, "swap_total");
	double used = total - (isnan(available) ? host_figure(HOST_MEMORY, "free") : available);
	double cache = total - used - host_figure(HOST_MEMORY, "free");
	double shares[] = { used / total, MAX(cache, 0) / total };

	if (!(total > 0)) {
		piece_none(b, "No figures.");
		return;
	}
	buffer_add_text(b, "<p class=\"big\">");
	piece_bytes(b, used);
	buffer_add_text(b, " <small>of ");
	piece_bytes(b, total);
	buffer_add_text(b, "</small></p>");
	piece_bar(b, shares, ARRAY_SIZE(shares));
	add_key(b, names, shares, ARRAY_SIZE(shares));
	if (swap > 0) {
		buffer_add_text(b, "<ul class=\"key\"><li>swap ");
		piece_bytes(b, swap - host_figure(HOST_MEMORY, "swap_free"));
		buffer_add_text(b, " of ");
		piece_bytes(b, swap);
		buffer_add_text(b, "</li></ul>");
	}
	piece_graph(b, "graph", "memory", "", used / total, 1);
}

void page_load(struct buffer *b)
{
	double one = host_figure(HOST_LOAD, "1m"), cpus = cpu_count();

	if (isnan(one)) {
		piece_none(b, "No figures.");
		return;
	}
	buffer_add_text(b, "<p class=\"big\">");
	piece_short(b, one);
	buffer_add_text(b, " <small>");
	if (cpus) {
		piece_short(b, one / cpus);
		buffer_add_text(b, " a CPU");
	}
	buffer_add_text(b, "</small></p>");
	if (cpus)
		piece_level(b, one / cpus, 1.5, 3);
	buffer_add_text(b, "<ul class=\"key\"><li>5 min ");
	piece_short(b, host_figure(HOST_LOAD, "5m"));
	buffer_add_text(b, "</li><li>15 min ");
	piece_short(b, host_figure(HOST_LOAD, "15m"));
	buffer_add_text(b, "</li></ul>");
	piece_graph(b, "graph", "load", "", one, 0);
}

void page_pressure(struct buffer *b)
{
	const struct host_table *t = host_table(HOST_PRESSURE);
	double most = NAN;

	if (!t->n_rows) {
		piece_none(b, "The kernel tells of none (CONFIG_PSI, psi=1).");
		return;
	}
	for (size_t i = 0; i < t->n_rows; i++)
		most = fmax(most, host_rate(t, &t->rows[i], 0));
	buffer_add_text(b, "<p class=\"big\">");
	piece_percent(b, most);
	buffer_add_text(b, " <small>waiting</small></p>");
	piece_level(b, most, 0.1, 0.4);
	buffer_add_text(b, "<ul class=\"key\">");
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *comma = strchr(t->rows[i].name, ',');

		/* "memory, all stalled" stands beside "memory". */
		buffer_add_text(b, "<li>");
		piece_html(b, comma ? comma + 2 : t->rows[i].name);
		buffer_add_text(b, " ");
		piece_percent(b, host_rate(t, &t->rows[i], 0));
		buffer_add_text(b, "</li>");
	}
	buffer_add_text(b, "</ul>");
	piece_graph(b, "graph", "pressure", "", most, 1);
}

void page_disks(struct buffer *b)
{
	const struct host_table *t = host_table(HOST_DISKS);

	if (!t->n_rows) {
		piece_none(b, "None.");
		return;
	}
	piece_table(b, COLUMNS("Device", ">Read", ">Written", ">IOPS", ">Busy", ""));
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct host_row *row = &t->rows[i];
		double busy = host_rate(t, row, DISK_BUSY);

		piece_row(b, row->name, "");
		buffer_add_text(b, "<td class=\"n\">");
		piece_byte_rate(b, host_rate(t, row, DISK_READ_BYTES));
		buffer_add_text(b, "</td><td class=\"n\">");
		piece_byte_rate(b, host_rate(t, row, DISK_WRITTEN_BYTES));
		buffer_add_text(b, "</td><td class=\"n\">");
		piece_rate(b, host_rate(t, row, DISK_READS) + host_rate(t, row, DISK_WRITES));
		buffer_add_text(b, "</td><td class=\"n\">");
		piece_percent(b, isnan(busy) ? busy : MIN(busy, 1));
		buffer_add_text(b, "</td><td>");
		piece_graph(b, "spark", "disk", row->name, busy, 1);
		buffer_add_text(b, "</td></tr>");
	}
	piece_table_end(b);
	piece_more(b, t->n_more);
}

void page_network(struct buffer *b)
{
	const struct host_table *t = host_table(HOST_NETWORK);

	if (!t->n_rows) {
		piece_none(b, "None.");
		return;
	}
	piece_table(b, COLUMNS("Device", ">Received", ">Sent", ">Errors/s", ""));
	for (size_t i = 0; i < t->n_rows; i++) {
		const struct host_row *row = &t->rows[i];
		double received = host_rate(t, row, NET_RECEIVED),
		       sent = host_rate(t, row, NET_SENT);

		piece_row(b, row->name, "");
		buffer_add_text(b, "<td class=\"n\">");
		piece_byte_rate(b, received);
		buffer_add_text(b, "</td><td class=\"n\">");
		piece_byte_rate(b, sent);
		buffer_add_text(b, "</td><td class=\"n\">");
		piece_rate(b, host_rate(t, row, NET_ERRORS));
		buffer_add_text(b, "</td><td>");
		piece_graph(b, "spark", "net", row->name, received + sent, 0);
		buffer_add_text(b, "</td></tr>");
	}
	piece_table_end(b);
	piece_more(b, t->n_more);
}

static void add_filesystem(struct buffer *b, const struct host_row *row)
{
	double size = row->now[FS_BYTES], share = 1 - row->now[FS_AVAILABLE] / size;
	bool is_readonly = row->now[FS_READONLY] > 0;
	char note[HOST_TEXT_MAX + 16];

	snprintf(note, sizeof(note), "%s%s", row->note, is_readonly ? ", read only" : "");
	piece_row(b, row->name, note);
	if (row->now[FS_FAULT] > 0) {
		buffer_add_text(b, "<td colspan=\"3\" class=\"bad\">does not answer, or not to us"
		                   "</td></tr>");
		return;
	}
	buffer_add_text(b, "<td>");
	/* Some are full by nature. */
	piece_level(b, share, is_readonly ? 2 : 0.85, is_readonly ? 2 : 0.95);
	buffer_add_text(b, "</td><td class=\"n\">");
	piece_percent(b, share);
	buffer_add_text(b, "</td><td class=\"n\">");
	piece_bytes(b, row->now[FS_AVAILABLE]);
	buffer_add_text(b, "</td></tr>");
}

void page_filesystems(struct buffer *b)
{
	const struct host_table *t = host_table(HOST_FILESYSTEMS);

	if (!t->n_rows) {
		piece_none(b, "None.");
		return;
	}
	piece_table(b, COLUMNS("Mount point", "", ">Used", ">Available"));
	for (size_t i = 0; i < t->n_rows; i++)
		add_filesystem(b, &t->rows[i]);
	piece_table_end(b);
	piece_more(b, t->n_more);
}

void page_temperatures(struct buffer *b)
{
	const struct host_table *t = host_table(HOST_TEMPERATURES);

	if (!t->n_rows) {
		piece_none(b, "No sensor here tells one.");
		return;
	}
	piece_table(b, COLUMNS("Sensor", ">", ""));
	for (size_t i = 0; i < t->n_rows; i++) {
		piece_row(b, t->rows[i].name, "");
		markup_printf(b, "<td class=\"n\">%.1f °C</td><td>", t->rows[i].now[0]);
		piece_graph(b, "spark", "temperature", t->rows[i].name, t->rows[i].now[0], 100);
		buffer_add_text(b, "</td></tr>");
	}
	piece_table_end(b);
	piece_more(b, t->n_more);
}

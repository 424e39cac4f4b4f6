// SPDX-License-Identifier: Apache-2.0
#include "page_pieces.h"

#include <math.h>
#include <string.h>

#include "markup.h"

enum { TEXT_SHOWN = 400 };

void piece_html(struct buffer *b, const char *text)
{
	markup_html(b, text, TEXT_SHOWN);
}

void piece_lines(struct buffer *b, const char *text)
{
	for (bool is_first = true; *text; is_first = false) {
		size_t length = strcspn(text, "\n");
		CLEANUP(cleanup_free) char *line = xasprintf("%.*s", (int)length, text);

		buffer_add_text(b, is_first ? "" : "<br>");
		piece_html(b, line);
		text += length + (text[length] != '\0');
	}
}

/* A number of three digits or so. */
void piece_short(struct buffer *b, double value)
{
	markup_printf(b, "%.*f", value >= 100 || value == 0 ? 0 : value >= 10 ? 1 : 2, value);
}

void piece_bytes(struct buffer *b, double value)
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

void piece_byte_rate(struct buffer *b, double value)
{
	piece_bytes(b, value);
	if (isfinite(value))
		buffer_add_text(b, "/s");
}

void piece_percent(struct buffer *b, double share)
{
	if (isfinite(share))
		markup_printf(b, "%.*f %%", share >= 0.0005 && share < 0.0995 ? 1 : 0, share * 100);
	else
		buffer_add_text(b, "–");
}

void piece_rate(struct buffer *b, double value)
{
	if (isfinite(value))
		piece_short(b, value);
	else
		buffer_add_text(b, "–");
}

/* What took less than a second, mostly. */
void piece_short_time(struct buffer *b, double seconds)
{
	if (seconds < 1e-3)
		markup_printf(b, "%.0f µs", seconds * 1e6);
	else if (seconds < 1)
		markup_printf(b, "%.*f ms", seconds < 0.1, seconds * 1e3);
	else
		markup_printf(b, "%.1f s", seconds);
}

/* "3 d 4 h", "12 s" */
void piece_duration(struct buffer *b, double seconds)
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
void piece_bar(struct buffer *b, const double *shares, size_t count)
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

void piece_level(struct buffer *b, double share, double warn, double bad)
{
	double shares[5] = { 0 };

	shares[share >= bad ? 4 : share >= warn ? 3 : 0] = share;
	piece_bar(b, shares, ARRAY_SIZE(shares));
}

/* Where page.js draws the last minute; max 0: as high as it gets. */
void piece_graph(struct buffer *b, const char *class, const char *key, const char *name,
                 double value, double max)
{
	markup_printf(b, "<svg class=\"%s\" data-key=\"%s ", class, key);
	piece_html(b, name);
	markup_printf(b, "\" data-value=\"");
	if (isfinite(value))
		markup_printf(b, "%.6g", value);
	markup_printf(b, "\" data-max=\"%.6g\"></svg>", max);
}

void piece_none(struct buffer *b, const char *text)
{
	buffer_add_text(b, "<p class=\"none\">");
	buffer_add_text(b, text);
	buffer_add_text(b, "</p>");
}

void piece_more(struct buffer *b, size_t count)
{
	if (count)
		markup_printf(b, "<p class=\"none\">and %zu more</p>", count);
}

/* The head of a table; columns with a ">" before their names have numbers. */
void piece_table(struct buffer *b, const char *const *columns)
{
	buffer_add_text(b, "<table><thead><tr>");
	for (; *columns; columns++)
		markup_printf(b, "<th scope=\"col\"%s>%s</th>",
		              **columns == '>' ? " class=\"n\"" : "",
		              *columns + (**columns == '>'));
	buffer_add_text(b, "</tr></thead><tbody>");
}

void piece_table_end(struct buffer *b)
{
	buffer_add_text(b, "</tbody></table>");
}

void piece_row(struct buffer *b, const char *name, const char *note)
{
	buffer_add_text(b, "<tr><th scope=\"row\" class=\"w\">");
	piece_html(b, name);
	if (*note) {
		buffer_add_text(b, " <small>");
		piece_html(b, note);
		buffer_add_text(b, "</small>");
	}
	buffer_add_text(b, "</th>");
}

// SPDX-License-Identifier: Apache-2.0
#include "page.h"

#include <string.h>

#include "markup.h"
#include "options.h"
#include "page_parts.h"
#include "page_pieces.h"
#include "version.h"

#include "page.def"

const char page_policy[] =
	"default-src 'none'; style-src '" CSS_HASH "'; script-src '" JS_HASH "'; "
	"connect-src 'self'; img-src data:; base-uri 'none'; "
	"form-action 'none'; frame-ancestors 'none'";

bool page_is_full(void)
{
	return strcmp(options.page, "full") == 0;
}

static void add_metrics_path(struct buffer *b)
{
	piece_html(b, options.telemetry_path);
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
	{ "title", page_title, false },
	{ "name", page_name, false },
	{ "css", add_css, false },
	{ "js", add_js, false },
	{ "metrics", add_metrics_path, false },
	{ "version", add_version, false },
	{ "build", add_build, false },
	{ "off", page_off, false },
	{ "host", page_host, true },
	{ "age", page_figures_age, true },
	{ "summary", page_summary, true },
	{ "cpu", page_cpu, true },
	{ "memory", page_memory, true },
	{ "load", page_load, true },
	{ "pressure", page_pressure, true },
	{ "disks", page_disks, true },
	{ "network", page_network, true },
	{ "filesystems", page_filesystems, true },
	{ "temperatures", page_temperatures, true },
	{ "collectors", page_collectors, true },
	{ "quiet", page_quiet, true },
	{ "scrapers", page_scrapers, true },
	{ "files", page_files, true },
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

// SPDX-License-Identifier: Apache-2.0
#include "webroute.h"

#include <string.h>

#include "crew.h"
#include "options.h"
#include "text.h"
#include "webhead.h"
#include "webmetrics.h"
#include "webpage.h"

enum { LOCATION_MAX = 1024 }; /* it has to go into the answer's head */

static void redirect(struct request *q, const char *path, const char *query)
{
	const char *to = query ? arena_printf(&q->arena, "%s?%s", path, query) : path;

	if (strlen(to) > LOCATION_MAX) {
		request_set_text(q, MHD_HTTP_URI_TOO_LONG, "URI Too Long\n");
		return;
	}
	request_set_text(q, MHD_HTTP_MOVED_PERMANENTLY, "");
	if (MHD_add_response_header(q->body->response, "Location", to) == MHD_NO)
		q->status = MHD_HTTP_BAD_REQUEST;
}

/* "/metrics" for "/metrics/": the slash is missing. */
static bool lacks_slash(const char *path, const char *directory)
{
	size_t length = strlen(path);

	return starts_with(directory, path) && strcmp(directory + length, "/") == 0;
}

static void set_options(struct request *q)
{
	request_set_text(q, MHD_HTTP_OK, "");
	body_add(q->body, "Allow", webhead_methods);
}

void webroute(struct request *q)
{
	const char *uri = q->uri, *mark = strchr(uri, '?'), *query = mark ? mark + 1 : NULL;
	char *raw = arena_memdup(&q->arena, uri, mark ? (size_t)(mark - uri) : strlen(uri));
	const char *path = http_path_clean(&q->arena, raw);
	const char *metrics = options.telemetry_path;
	enum page page = path ? webpage_find(path) : PAGE_NONE;

	if (!path)
		request_set_text(q, MHD_HTTP_BAD_REQUEST, "400 Bad Request\n");
	else if (q->is_options)
		set_options(q);
	else if (strcmp(path, metrics) == 0 && strcmp(raw, path) != 0 && strstr(raw, "//"))
		redirect(q, path, query);
	else if (strcmp(path, metrics) == 0)
		webmetrics_ask(q, query);
	else if (lacks_slash(path, metrics))
		redirect(q, metrics, query);
	else if (strcmp(path, "/-/healthy") == 0)
		request_set_text(q, MHD_HTTP_OK, "nodegauge is healthy.\n");
	else if (strcmp(path, "/-/ready") == 0 && crew_is_ready())
		request_set_text(q, MHD_HTTP_OK, "nodegauge is ready.\n");
	else if (strcmp(path, "/-/ready") == 0)
		request_set_text(q, MHD_HTTP_SERVICE_UNAVAILABLE, "nodegauge is starting.\n");
	else if (metrics[strlen(metrics) - 1] == '/' && starts_with(path, metrics))
		webmetrics_ask(q, query);
	else if (page != PAGE_NONE)
		webpage_ask(q, page);
	else
		request_set_text(q, MHD_HTTP_NOT_FOUND, "404 page not found\n");
}

// SPDX-License-Identifier: Apache-2.0
#include "webpage.h"

#include <stdio.h>
#include <string.h>

#include "history.h"
#include "host.h"
#include "options.h"
#include "page.h"

/* How old figures of a page may be, and how long new ones are waited for. */
#define PAGE_AGE_NS (60 * NS_PER_SEC) /* whoever looks once, and probes that do so all the time */
#define LIVE_AGE_NS (900 * NS_PER_MS) /* whoever looks each second */
#define PAGE_WAIT_NS (60 * NS_PER_MS)
#define LIST_WAIT_NS (2 * NS_PER_SEC)

enum { TAG_MAX = 32 };

static struct {
	struct body *lists[2]; /* all metrics as JSON, lately made; the second one is gzipped */
	int64_t list_until;    /* when to forget them; 0: there are none */
	int64_t vain_until;    /* collectors were not done in time: do not wait for them before */
} self;

/* q has it already where that is the answer. */
static void make_tag(struct request *q, const char *text, size_t size, char tag[static TAG_MAX])
{
	snprintf(tag, TAG_MAX, "\"%016llx%s\"", (unsigned long long)hash_bytes(0, text, size),
	         q->is_gzip ? "z" : "");
	if (q->known_tag && strstr(q->known_tag, tag))
		q->status = MHD_HTTP_NOT_MODIFIED;
}

static void add_page_headers(struct body *body, const struct request *q)
{
	bool is_html = q->page == PAGE_HTML || q->page == PAGE_LIVE;
	const char *const headers[][2] = {
		{ "Content-Type", is_html ? "text/html; charset=UTF-8" : "application/json" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Content-Security-Policy", page_policy },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cache-Control", "no-cache" },
		{ "Vary", "Accept-Encoding" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		body_add(body, headers[i][0], headers[i][1]);
	if (q->is_gzip)
		body_add(body, "Content-Encoding", "gzip");
}

/* What is known now as q wants it; g, all metrics, is for PAGE_METRICS only. */
static struct body *make(struct request *q, const struct gather *g)
{
	struct buffer *text = body_scratch();
	struct body *body;
	char tag[TAG_MAX];

	if (q->page == PAGE_METRICS)
		page_metrics(text, g);
	else if (q->page == PAGE_STATUS)
		page_status(text);
	else if (q->page == PAGE_LIVE)
		page_live(text);
	else if (page_is_full())
		page_html(text);
	else
		page_plain(text);
	make_tag(q, text->data, text->used, tag);
	body = body_of_scratch(q->is_gzip);
	add_page_headers(body, q);
	body_add(body, MHD_HTTP_HEADER_ETAG, tag);
	return body;
}

static void forget_lists(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(self.lists); i++) {
		body_drop(self.lists[i]);
		self.lists[i] = NULL;
	}
}

struct body *webpage_make(struct request *q, struct answer *a, bool is_early)
{
	struct body *body = make(q, answer_gather(a, ESCAPING_UTF8));

	if (is_early)
		self.vain_until = now_ns() + LIVE_AGE_NS;
	if (q->page == PAGE_METRICS) {
		/* A list is for whoever wants it in the next second. */
		forget_lists();
		self.list_until = now_ns() + LIVE_AGE_NS;
		self.lists[q->is_gzip] = body;
		body->shares++;
	}
	return body;
}

static void set_page(struct request *q)
{
	q->status = MHD_HTTP_OK;
	q->body = q->page == PAGE_METRICS ? self.lists[q->is_gzip] : make(q, NULL);
	q->body->shares += q->page == PAGE_METRICS;
	q->state = REQUEST_READY;
}

void webpage_take(struct answer *a)
{
	if (!page_is_full())
		return;
	host_take(answer_gather(a, ESCAPING_UTF8), now_ns());
	history_count(answer_gather(a, ESCAPING_UTF8));
}

int64_t webpage_tick(int64_t now)
{
	if (self.list_until && now >= self.list_until) {
		forget_lists();
		self.list_until = 0;
	}
	return self.list_until ? self.list_until : INT64_MAX;
}

void webpage_ask(struct request *q, enum page page)
{
	int64_t now = now_ns(), max_age = page == PAGE_HTML ? PAGE_AGE_NS : LIVE_AGE_NS;
	const char *tag = request_header(q, MHD_HTTP_HEADER_IF_NONE_MATCH);
	bool wanted[COLLECTORS_MAX] = { false }, is_known;
	struct run *run;

	q->is_gzip = request_wants_gzip(q);
	q->known_tag = tag ? arena_strdup(&q->arena, tag) : NULL;
	q->page = page;
	if (page == PAGE_METRICS)
		is_known = self.lists[q->is_gzip] != NULL;
	else
		is_known = !page_is_full() || now < self.vain_until ||
		           (host_latest() && now - host_latest() < max_age);
	if (is_known) {
		set_page(q);
		return;
	}
	for (size_t id = 0; id < registry_count(); id++)
		wanted[id] =
			collector_switches[id].is_on && (page == PAGE_METRICS || !host_latest() ||
		                                         host_needs(collectors[id]->name));
	q->deadline = now + (page == PAGE_METRICS ? LIST_WAIT_NS : PAGE_WAIT_NS);
	run = run_covering(wanted);
	if (!run) {
		run = run_begin(wanted, now + options.scrape_timeout);
		run->is_for_page = true;
	}
	request_wait(q, run);
}

enum page webpage_find(const char *path)
{
	static const struct {
		const char *path;
		enum page page;
	} pages[] = {
		{ "/", PAGE_HTML },
		{ "/api/v1/live", PAGE_LIVE },
		{ "/api/v1/metrics", PAGE_METRICS },
		{ "/api/v1/status", PAGE_STATUS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		if (strcmp(path, pages[i].path) == 0 && strcmp(options.page, "off") != 0 &&
		    (page_is_full() || pages[i].page == PAGE_HTML))
			return pages[i].page;
	return PAGE_NONE;
}

// SPDX-License-Identifier: Apache-2.0
#include "webanswer.h"

#include "page.h"
#include "webmetrics.h"
#include "webpage.h"

/* Those alike share one body, but a stream is one client's own. */
static bool may_share(const struct body *body, const struct request *a, const struct request *b)
{
	return body->size && !a->page && !b->page && webmetrics_are_same(a, b);
}

/* Answer all that wait for a run which has come to its end. */
static void answer_all(struct run *run)
{
	struct answer_facts facts = { .in_flight = webmetrics_in_flight(),
		                      .is_for_page = run->is_for_page || !run->requests };
	struct answer *a;

	a = answer_new(run, true, &facts);
	webpage_take(a);
	while (run->requests) {
		struct request *first = run->requests, **at = &run->requests;
		struct body *body = first->page ? webpage_make(first, a, false)
		                                : webmetrics_make(a, true, first);

		run->requests = first->next;
		while (*at) {
			struct request *q = *at;

			if (!may_share(body, first, q)) {
				at = &q->next;
				continue;
			}
			*at = q->next;
			body->shares++;
			request_answer(q, body);
		}
		request_answer(first, body);
	}
	answer_release(a);
}

/* One request's deadline is past while others of its run can still wait. */
static void answer_early(struct run *run, struct request *q)
{
	struct answer_facts facts = { .in_flight = webmetrics_in_flight(), .is_for_page = q->page };
	struct answer *a;

	a = answer_new(run, false, &facts);
	webpage_take(a);
	for (struct request **at = &run->requests; *at; at = &(*at)->next) {
		if (*at != q)
			continue;
		*at = q->next;
		break;
	}
	request_answer(q, q->page ? webpage_make(q, a, true) : webmetrics_make(a, false, q));
	answer_release(a);
}

int64_t webanswer_due(int64_t now, bool at_once)
{
	int64_t next = INT64_MAX;

	for (struct run *run = runs_first(), *after; run; run = after) {
		after = run->next;
		if (at_once && run->requests)
			answer_all(run);
		if (!run->n_pending || now >= run->deadline) {
			/* Where all were answered early the page still wants to know. */
			if (run->requests || page_is_full())
				answer_all(run);
			run_end(run);
			continue;
		}
		for (struct request *q = run->requests, *other; q; q = other) {
			other = q->next;
			if (now >= q->deadline)
				answer_early(run, q);
			else
				next = MIN(next, q->deadline);
		}
	}
	return next;
}

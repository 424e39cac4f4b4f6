// SPDX-License-Identifier: Apache-2.0
#include "answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "crew.h"
#include "log.h"
#include "options.h"
#include "shared.h"
#include "taken.h"
#include "version.h"

enum { OWN_SIZE = 64 * 1024 };

static const struct metric collector_duration = {
	.name = "node_scrape_collector_duration_seconds",
	.help = "How long this collector took in this scrape, in seconds.",
	.type = METRIC_GAUGE,
	.labels = LABELS("collector"),
};
static const struct metric collector_success = {
	.name = "node_scrape_collector_success",
	.help = "Whether this collector succeeded in this scrape: 1 or 0.",
	.type = METRIC_GAUGE,
	.labels = LABELS("collector"),
};
static const struct metric collector_age = {
	.name = "nodegauge_collector_age_seconds",
	.help = "How old the samples of a collector are that runs aside from scrapes.",
	.type = METRIC_GAUGE,
	.labels = LABELS("collector"),
};
static const struct metric collector_cut = {
	.name = "nodegauge_collector_samples_cut",
	.help = "1 for a collector whose samples did not all fit into its segment.",
	.type = METRIC_GAUGE,
	.labels = LABELS("collector"),
};
static const struct metric compat_build = {
	.name = "node_exporter_build_info",
	.help = "The release of node_exporter that this exporter stands in for; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("branch", "goarch", "goos", "goversion", "revision", "tags", "version"),
};
static const struct metric own_build = {
	.name = "nodegauge_build_info",
	.help = "The version of nodegauge that runs; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("version"),
};
static const struct metric handler_requests = {
	.name = "promhttp_metric_handler_requests_total",
	.help = "Requests for expositions that were answered, by HTTP status.",
	.type = METRIC_COUNTER,
	.labels = LABELS("code"),
};
static const struct metric handler_in_flight = {
	.name = "promhttp_metric_handler_requests_in_flight",
	.help = "Requests for expositions that are being answered, this one included.",
	.type = METRIC_GAUGE,
};
static const struct metric handler_errors = {
	.name = "promhttp_metric_handler_errors_total",
	.help = "Expositions with internal errors, by where these occurred.",
	.type = METRIC_COUNTER,
	.labels = LABELS("cause"),
};
static const struct metric runs_total = {
	.name = "nodegauge_runs_total",
	.help = "Times that collectors were run; scrapes at the same time share one run.",
	.type = METRIC_COUNTER,
};
static const struct metric workers_now = {
	.name = "nodegauge_workers",
	.help = "Worker processes that collectors run in.",
	.type = METRIC_GAUGE,
};
static const struct metric workers_lost = {
	.name = "nodegauge_workers_written_off",
	.help = "Worker processes that are stuck and not waited for.",
	.type = METRIC_GAUGE,
};
static const struct metric written_off_total = {
	.name = "nodegauge_worker_write_offs_total",
	.help = "Times that a worker was written off because a collector did not come back.",
	.type = METRIC_COUNTER,
};
static const struct metric died_total = {
	.name = "nodegauge_worker_deaths_total",
	.help = "Worker processes that have ended, by a fault or because they were not needed.",
	.type = METRIC_COUNTER,
};

/* A set that was gathered. */
struct source {
	const char *name;
	const void *set;
	size_t size;
	bool is_secondary;
};

struct answer {
	unsigned shares;
	/* By escaping; but for the last one made when asked for, where names need escaping. */
	struct gather *gathers[ESCAPINGS];
	size_t n_sources;
	struct source sources[2 * COLLECTORS_MAX + 1];
	struct set_writer own;
	void *own_memory;
	size_t failures;
	size_t n_sets;
	void *sets[COLLECTORS_MAX]; /* taken over from the run */
	size_t n_kept;
	struct kept_set *kept[COLLECTORS_MAX];
};

static struct {
	uint64_t problems[ESCAPINGS]; /* hashes of what was logged last */
} self;

static void add(struct answer *a, const struct metric *m, double value, const char *label)
{
	set_add(&a->own, m, PART_VALUE, 0, value, (const char *const[]){ label, NULL });
}

/* In goes what is a sample set. */
static int gather_set(struct answer *a, const char *name, const void *set, size_t size,
                      bool is_secondary)
{
	int r = gather_add(a->gathers[ESCAPING_UTF8], name, set, size, is_secondary);

	if (r == 0)
		a->sources[a->n_sources++] = (struct source){ name, set, size, is_secondary };
	return r;
}

/* One collector's sets go in; one that is no sample set is the collector's failure. */
static int gather_outcome(struct answer *a, unsigned id, struct outcome *o, bool takes_sets)
{
	const char *name = collector_name(id);
	int r = 0;

	if (o->size)
		r = gather_set(a, name, o->set, o->size, false);
	if (o->kept) {
		a->kept[a->n_kept++] = kept_share(o->kept);
		r = r < 0 ? r : gather_set(a, name, o->kept->bytes, o->kept->size, true);
		/* One that is none is not what the worker is told to keep to. */
		if (r < 0)
			o->kept->generation = 0;
	}
	if (takes_sets) {
		a->sets[a->n_sets++] = o->set;
		o->set = NULL;
		o->size = 0;
	}
	return r;
}

static void add_collector(struct answer *a, unsigned id, struct outcome *o, bool takes_sets,
                          int64_t now, int64_t run_time)
{
	bool is_done = o->state == OUTCOME_DONE;
	int code = is_done ? o->code : -ETIMEDOUT;

	if (is_done && gather_outcome(a, id, o, takes_sets) < 0)
		code = -EBADMSG;
	a->failures += code < 0;
	if (id == SELF_ID)
		return;
	add(a, &collector_success, code == 0, collectors[id]->name);
	add(a, &collector_duration, (double)(is_done ? o->duration : run_time) / 1e9,
	    collectors[id]->name);
	if (is_done && o->taken_at)
		add(a, &collector_age, (double)(now - o->taken_at) / 1e9, collectors[id]->name);
	if (is_done && o->is_full)
		add(a, &collector_cut, 1, collectors[id]->name);
}

static void add_builds(struct answer *a)
{
	static const char *const compat[] = { BUILD_BRANCH,   GOARCH,     "linux",        "none",
		                              BUILD_REVISION, BUILD_TAGS, COMPAT_VERSION, NULL };

	set_add(&a->own, &compat_build, PART_VALUE, 0, 1, compat);
	add(a, &own_build, 1, PACKAGE_VERSION);
}

static void add_handler(struct answer *a, const struct answer_facts *facts)
{
	struct crew_figures f = crew_figures();

	add(a, &handler_requests, (double)ledger->requests_ok, "200");
	add(a, &handler_requests, (double)ledger->requests_failed, "500");
	add(a, &handler_requests, (double)ledger->requests_refused, "503");
	add(a, &handler_in_flight, (double)facts->in_flight, NULL);
	add(a, &handler_errors, (double)ledger->encoding_errors, "encoding");
	add(a, &handler_errors, (double)ledger->gathering_errors, "gathering");
	add(a, &runs_total, (double)ledger->runs, NULL);
	add(a, &workers_now, (double)f.workers, NULL);
	add(a, &workers_lost, (double)f.written_off, NULL);
	add(a, &written_off_total, (double)ledger->workers_written_off, NULL);
	add(a, &died_total, (double)ledger->workers_died, NULL);
}

/* What was dropped is counted each time and logged when it is news. */
static void report_problem(const struct answer *a, enum escaping escaping)
{
	const char *problem = gather_problem(a->gathers[escaping]);
	uint64_t hash = problem ? hash_text(0, problem) : 0;
	char count[24];

	/* What is wrong whatever the escaping has been said. */
	if (escaping != ESCAPING_UTF8 &&
	    gather_dropped(a->gathers[escaping]) <= gather_dropped(a->gathers[ESCAPING_UTF8]))
		hash = 0;
	if (hash)
		ledger->gathering_errors++;
	if (hash && hash != self.problems[escaping]) {
		snprintf(count, sizeof(count), "%zu", gather_dropped(a->gathers[escaping]));
		log_at(LOG_ERROR, "error gathering metrics", "dropped", count, "first", problem);
	}
	self.problems[escaping] = hash;
}

struct answer *answer_new(struct run *run, bool takes_sets, const struct answer_facts *facts)
{
	struct answer *a = xcalloc(1, sizeof(*a));
	int64_t now = now_ns();

	a->shares = 1;
	a->gathers[ESCAPING_UTF8] = gather_new(ESCAPING_UTF8);
	a->own_memory = xmalloc(OWN_SIZE);
	set_begin(&a->own, a->own_memory, OWN_SIZE);
	for (unsigned id = 0; id < COLLECTORS_MAX; id++)
		if (run->outcomes[id].state != OUTCOME_UNWANTED)
			add_collector(a, id, &run->outcomes[id], takes_sets, now,
			              now - run->created);
	add_builds(a);
	if (!options.disable_exporter_metrics)
		add_handler(a, facts);
	/* Our own bytes are a sample set. */
	(void)!gather_set(a, "nodegauge", a->own_memory, a->own.used, false);
	gather_finish(a->gathers[ESCAPING_UTF8]);
	if (a->n_kept)
		taken_note(a->gathers[ESCAPING_UTF8], now);
	if (!facts->is_for_page)
		report_problem(a, ESCAPING_UTF8);
	return a;
}

struct answer *answer_share(struct answer *a)
{
	a->shares++;
	return a;
}

void answer_release(struct answer *a)
{
	if (!a || --a->shares)
		return;
	for (size_t i = 0; i < ESCAPINGS; i++)
		gather_free(a->gathers[i]);
	set_free(&a->own);
	free(a->own_memory);
	for (size_t i = 0; i < a->n_sets; i++)
		free(a->sets[i]);
	for (size_t i = 0; i < a->n_kept; i++)
		kept_release(a->kept[i]);
	free(a);
}

const struct gather *answer_gather(struct answer *a, enum escaping escaping)
{
	struct gather *g = a->gathers[escaping];

	if (g || !a->gathers[ESCAPING_UTF8]->has_odd_names)
		return g ? g : a->gathers[ESCAPING_UTF8];
	g = a->gathers[escaping] = gather_new(escaping);
	/* All have been gathered once. */
	for (size_t i = 0; i < a->n_sources; i++)
		(void)!gather_add(g, a->sources[i].name, a->sources[i].set, a->sources[i].size,
		                  a->sources[i].is_secondary);
	gather_finish(g);
	report_problem(a, escaping);
	return g;
}

size_t answer_failures(const struct answer *a)
{
	return a->failures;
}

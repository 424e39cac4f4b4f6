// SPDX-License-Identifier: Apache-2.0
/* Processes that supervisord keeps, as its method getAllProcessInfo has them, by XML-RPC. */

#include <string.h>

#include "collector.h"
#include "post.h"
#include "supervisor.h"

#define TIMEOUT_NS (10 * NS_PER_SEC)

enum { ANSWER_MAX = 16 << 20, ANSWER_KEEP = 64 << 10 };

/* Of supervisord's states, those of a process that runs. */
enum { STARTING = 10, RUNNING = 20, STOPPING = 40 };

static const char question[] =
	"<?xml version=\"1.0\"?><methodCall><methodName>supervisor.getAllProcessInfo</methodName>"
	"<params></params></methodCall>";

#define PROCESS_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_supervisord_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("name", "group") \
	}
static const struct metric up = PROCESS_METRIC(GAUGE, "up", "Whether the process runs.");
static const struct metric state = PROCESS_METRIC(
	GAUGE, "state", "State of the process, by the number supervisord has for it.");
static const struct metric exit_status =
	PROCESS_METRIC(GAUGE, "exit_status", "With which status the process ended last.");
static const struct metric start_time = PROCESS_METRIC(
	COUNTER, "start_time_seconds", "When the process was started, in seconds since 1970.");

static struct {
	const char *url;
	struct post post;
	struct buffer answer;
} self;

static const struct flag flags[] = {
	{ .name = "collector.supervisord.url",
	  .type = FLAG_STRING,
	  .target = &self.url,
	  .value = "http://localhost:9001/RPC2",
	  .variable = "SUPERVISORD_URL",
	  .help = "Where supervisord answers XML-RPC: http://[USER:PASSWORD@]HOST:PORT/RPC2, or "
	          "unix://PATH for its socket." },
	{ 0 },
};

static int supervisord_start(struct scrape *s)
{
	warn(s,
	     "supervisord: this collector is deprecated and will be gone in the next major version");
	return 0;
}

static void visit_process(struct scrape *s, const struct supervisor_process *p)
{
	bool is_up = p->state == STARTING || p->state == RUNNING || p->state == STOPPING;

	if (!p->name || !p->group) {
		warn(s, "supervisord: a process without a name or a group");
		return;
	}
	if (p->has & SUPERVISOR_EXIT_STATUS)
		emit(s, &exit_status, (double)p->exit_status, p->name, p->group);
	if (!(p->has & SUPERVISOR_STATE))
		return;
	emit(s, &state, (double)p->state, p->name, p->group);
	emit(s, &up, is_up, p->name, p->group);
	if (is_up && p->has & SUPERVISOR_START)
		emit(s, &start_time, (double)p->start, p->name, p->group);
}

/* The path in unix://PATH or unix:PATH; NULL where it is another kind of URL. */
static const char *find_socket(const char *url)
{
	static const char scheme[] = "unix:", authority[] = "//";

	if (!starts_with(url, scheme))
		return NULL;
	url += strlen(scheme);
	return starts_with(url, authority) ? url + strlen(authority) : url;
}

static int supervisord_collect(struct scrape *s)
{
	const char *socket = find_socket(self.url);
	const struct post_request request = {
		.who = "supervisord",
		.url = socket ? "http://unix/RPC2" : self.url,
		.socket = socket,
		.type = "Content-Type: text/xml",
		.body = question,
		.limit = ANSWER_MAX,
		.timeout = TIMEOUT_NS,
	};
	int r;

	self.answer.used = 0;
	r = post_send(s, &self.post, &request, &self.answer);
	if (r == 0)
		r = supervisor_parse(s, self.answer.data, self.answer.used, visit_process);
	if (self.answer.size > ANSWER_KEEP)
		buffer_free(&self.answer);
	return r;
}

static void supervisord_stop(void)
{
	post_close(&self.post);
	buffer_free(&self.answer);
}

COLLECTOR(supervisord, .help = "processes that supervisord keeps (deprecated)",
          .needs = "a supervisord at the address of --collector.supervisord.url", .may_block = true,
          .flags = flags, .start = supervisord_start, .collect = supervisord_collect,
          .stop = supervisord_stop);

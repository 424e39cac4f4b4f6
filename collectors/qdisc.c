// SPDX-License-Identifier: Apache-2.0
/* Counters of the queueing disciplines at the root of each network device, from rtnetlink. */

#include <errno.h>
#include <linux/pkt_sched.h>
#include <strings.h>

#include "collector.h"
#include "json.h"
#include "rtlink.h"
#include "rtnetlink.h"

#define QDISC_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_qdisc_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("device", "kind") \
	}

static const struct metric bytes = QDISC_METRIC(COUNTER, "bytes_total", "Bytes that went out.");
static const struct metric packets =
	QDISC_METRIC(COUNTER, "packets_total", "Packets that went out.");
static const struct metric drops = QDISC_METRIC(COUNTER, "drops_total", "Packets dropped.");
static const struct metric requeues = QDISC_METRIC(
	COUNTER, "requeues_total", "Packets put back as the device did not take them.");
static const struct metric overlimits =
	QDISC_METRIC(COUNTER, "overlimits_total", "Packets held back by a limit on the rate.");
static const struct metric queue_length =
	QDISC_METRIC(GAUGE, "current_queue_length", "Packets that wait.");
static const struct metric backlog = QDISC_METRIC(GAUGE, "backlog", "Bytes that wait.");

static struct {
	struct filter filter;
	struct regex old_include;
	struct regex old_exclude;
	const char *fixtures;
} self;

static const struct flag flags[] = {
	{ .name = "collector.qdisc.device-exclude",
	  .type = FLAG_REGEX,
	  .target = &self.filter.exclude,
	  .help = "Leave out network devices whose name matches." },
	{ .name = "collector.qdisc.device-include",
	  .type = FLAG_REGEX,
	  .target = &self.filter.include,
	  .help = "Export only network devices whose name matches." },
	{ .name = "collector.qdisc.fixtures",
	  .type = FLAG_STRING,
	  .target = &self.fixtures,
	  .help = "For tests: a directory with a file results.json to read instead." },
	{ .name = "collector.qdisk.device-exclude",
	  .type = FLAG_REGEX,
	  .target = &self.old_exclude,
	  .help = "Old name of --collector.qdisc.device-exclude.",
	  .hidden = true },
	{ .name = "collector.qdisk.device-include",
	  .type = FLAG_REGEX,
	  .target = &self.old_include,
	  .help = "Old name of --collector.qdisc.device-include.",
	  .hidden = true },
	{ 0 },
};

static void emit_qdisc(struct scrape *s, const char *device, const struct rtnetlink_qdisc *q)
{
	if ((q->parent != 0 && q->parent != TC_H_ROOT) || !filter_keeps(&self.filter, device))
		return;
	emit(s, &bytes, (double)q->bytes, device, q->kind);
	emit(s, &packets, q->packets, device, q->kind);
	emit(s, &drops, q->drops, device, q->kind);
	emit(s, &requeues, q->requeues, device, q->kind);
	emit(s, &overlimits, q->overlimits, device, q->kind);
	emit(s, &queue_length, q->queue_length, device, q->kind);
	emit(s, &backlog, q->backlog, device, q->kind);
}

/* A number of results.json that fits. */
static uint64_t read_number(struct json *j, uint64_t max)
{
	double value = json_number(j);

	if (value < 0 || value > (double)max)
		j->error = "a number in range";
	return j->error ? 0 : (uint64_t)value;
}

/* One object; the device's name, "" where there is none. */
static const char *read_qdisc(struct json *j, struct rtnetlink_qdisc *q)
{
	const struct {
		const char *name;
		uint32_t *target;
	} numbers[] = {
		{ "Parent", &q->parent },     { "Packets", &q->packets },
		{ "Drops", &q->drops },       { "Requeues", &q->requeues },
		{ "Qlen", &q->queue_length }, { "Overlimits", &q->overlimits },
		{ "Backlog", &q->backlog },
	};
	const char *device = "";

	*q = (struct rtnetlink_qdisc){ .kind = "" };
	for (json_enter(j, '{'); json_has_next(j, '}');) {
		const char *name = json_name(j);
		size_t i = 0;

		while (i < ARRAY_SIZE(numbers) && strcasecmp(name, numbers[i].name) != 0)
			i++;
		if (i < ARRAY_SIZE(numbers))
			*numbers[i].target = (uint32_t)read_number(j, UINT32_MAX);
		else if (strcasecmp(name, "Bytes") == 0)
			q->bytes = read_number(j, UINT64_C(1) << 53);
		else if (strcasecmp(name, "IfaceName") == 0)
			device = json_text(j);
		else if (strcasecmp(name, "Kind") == 0)
			q->kind = json_text(j);
		else
			json_skip(j);
	}
	return device;
}

static int collect_fixtures(struct scrape *s)
{
	const char *path = scrape_printf(s, "%s/results.json", self.fixtures);
	struct rtnetlink_qdisc q;
	struct json j;
	int r;

	r = json_open(s, &j, path);
	if (r < 0)
		return r;
	for (json_enter(&j, '['); json_has_next(&j, ']');) {
		const char *device = read_qdisc(&j, &q);

		if (!j.error)
			emit_qdisc(s, device, &q);
	}
	return json_check(s, &j, path);
}

static int qdisc_start(struct scrape *s)
{
	int r;

	r = regex_alias(s, &self.filter.include, "collector.qdisc.device-include",
	                &self.old_include, "collector.qdisk.device-include");
	if (r == 0)
		r = regex_alias(s, &self.filter.exclude, "collector.qdisc.device-exclude",
		                &self.old_exclude, "collector.qdisk.device-exclude");
	if (r == 0)
		r = filter_settle(s, &self.filter, "collector.qdisc.device-include",
		                  "collector.qdisc.device-exclude");
	return r;
}

static int qdisc_collect(struct scrape *s)
{
	struct rtnetlink_qdisc *qdiscs;
	const struct rtlink *links;
	size_t n_links, count;
	int r;

	if (self.fixtures && self.fixtures[0])
		return collect_fixtures(s);
	r = rtnetlink_qdiscs(s, &qdiscs, &count);
	if (r == 0)
		r = rtlink_list(s, &links, &n_links);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		const struct rtlink *link = rtlink_find(links, n_links, qdiscs[i].index);

		emit_qdisc(s, link ? link->name : "", &qdiscs[i]);
	}
	return 0;
}

COLLECTOR(qdisc, .help = "queueing disciplines of network devices", .may_block = true,
          .flags = flags, .start = qdisc_start, .collect = qdisc_collect);

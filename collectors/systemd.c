// SPDX-License-Identifier: Apache-2.0
/*
 * Units of systemd, by D-Bus: one ListUnits, whose rows are name, description, load state, active
 * state, sub-state, the unit it follows, its path, and a job's number, type and path; then a few
 * properties of each unit that is wanted.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "collector.h"
#include "dbus.h"

/* systemd has no more units than that. STATES_MAX: of those that units can be in. */
enum { UNITS_MAX = 131072, STATES_MAX = 32, VERSION_DIGITS_MIN = 3 };

/* From this version on it has SystemState and timers have LastTriggerUSec. */
static const double version_with_states = 212;

static const struct metric unit_state = {
	.name = "node_systemd_unit_state",
	.help = "Whether a unit of systemd is in this state.",
	.type = METRIC_GAUGE,
	.labels = LABELS("name", "state", "type"),
};
static const struct metric units = {
	.name = "node_systemd_units",
	.help = "Units of systemd in this state, all of them.",
	.type = METRIC_GAUGE,
	.labels = LABELS("state"),
};
static const struct metric version = {
	.name = "node_systemd_version",
	.help = "Version of systemd; the label has all of its text.",
	.type = METRIC_GAUGE,
	.labels = LABELS("version"),
};
static const struct metric virtualization = {
	.name = "node_systemd_virtualization_info",
	.help = "Which virtualization systemd has found; the value is 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("virtualization_type"),
};
static const struct metric system_running = {
	.name = "node_systemd_system_running",
	.help = "Whether systemd says that the system is running and no unit has failed.",
	.type = METRIC_GAUGE,
};

#define UNIT_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_systemd_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("name") \
	}

enum { ACTIVE };
static const char *const states[] = { "active", "activating", "deactivating", "inactive",
	                              "failed" };

#define INTERFACE(NAME) "org.freedesktop.systemd1." NAME

static const struct dbus_object manager = {
	.service = "org.freedesktop.systemd1",
	.path = "/org/freedesktop/systemd1",
	.interface = INTERFACE("Manager"),
};

static struct {
	struct regex include;
	struct regex exclude;
	struct regex whitelist;
	struct regex blacklist;
	bool is_private;
	bool with_tasks;
	bool with_restarts;
	bool with_start_times;
	struct filter filter; /* the first two, for whole names */
	char *include_text;
	char *exclude_text;
	bool has_states; /* this systemd is of version_with_states or later */
	struct dbus bus;
} self;

static const char include_flag[] = "collector.systemd.unit-include";
static const char exclude_flag[] = "collector.systemd.unit-exclude";

static const struct flag flags[] = {
	{ .name = include_flag,
	  .type = FLAG_REGEX,
	  .target = &self.include,
	  .value = ".+",
	  .help = "Units to export: their whole name must match." },
	{ .name = "collector.systemd.unit-whitelist",
	  .type = FLAG_REGEX,
	  .target = &self.whitelist,
	  .help = "Old name of --collector.systemd.unit-include.",
	  .hidden = true },
	{ .name = exclude_flag,
	  .type = FLAG_REGEX,
	  .target = &self.exclude,
	  .value = ".+\\.(automount|device|mount|scope|slice)",
	  .help = "Units to leave out, of those to export: their whole name must match." },
	{ .name = "collector.systemd.unit-blacklist",
	  .type = FLAG_REGEX,
	  .target = &self.blacklist,
	  .help = "Old name of --collector.systemd.unit-exclude.",
	  .hidden = true },
	{ .name = "collector.systemd.private",
	  .target = &self.is_private,
	  .help = "Ask systemd at its own socket, which only root may, not by the system bus.",
	  .hidden = true },
	{ .name = "collector.systemd.enable-task-metrics",
	  .target = &self.with_tasks,
	  .help = "Export how many tasks services have and may have." },
	{ .name = "collector.systemd.enable-restarts-metrics",
	  .target = &self.with_restarts,
	  .help = "Export how often systemd has restarted services." },
	{ .name = "collector.systemd.enable-start-time-metrics",
	  .target = &self.with_start_times,
	  .help = "Export when units became active." },
	{ 0 },
};

static const char socket_suffix[] = ".socket";

/* What is asked about units whose names end so; NULL: about all of them. */
static const struct question {
	const char *suffix;
	const char *interface;
	const char *name;
	char type;
	const bool *is_on; /* NULL: always */
	double divisor;
	struct metric metric; /* without a name: it is the label "type" of unit_state */
} questions[] = {
	{ ".service", INTERFACE("Service"), "Type", 's', NULL, 0, { 0 } },
	{ ".mount", INTERFACE("Mount"), "Type", 's', NULL, 0, { 0 } },
	{ ".service", INTERFACE("Service"), "NRestarts", 'u', &self.with_restarts, 1,
	  UNIT_METRIC(COUNTER, "service_restart_total",
	              "How often systemd has restarted a service by itself.") },
	{ NULL, INTERFACE("Unit"), "ActiveEnterTimestamp", 't', &self.with_start_times, 1e6,
	  UNIT_METRIC(GAUGE, "unit_start_time_seconds",
	              "When a unit became active, in seconds since 1970; 0: it is not.") },
	{ ".service", INTERFACE("Service"), "TasksCurrent", 't', &self.with_tasks, 1,
	  UNIT_METRIC(GAUGE, "unit_tasks_current", "Tasks that a service has.") },
	{ ".service", INTERFACE("Service"), "TasksMax", 't', &self.with_tasks, 1,
	  UNIT_METRIC(GAUGE, "unit_tasks_max", "Tasks that a service may have.") },
	{ ".timer", INTERFACE("Timer"), "LastTriggerUSec", 't', &self.has_states, 1e6,
	  UNIT_METRIC(GAUGE, "timer_last_trigger_seconds",
	              "When a timer elapsed last, in seconds since 1970; 0: never.") },
	{ socket_suffix, INTERFACE("Socket"), "NAccepted", 'u', NULL, 1,
	  UNIT_METRIC(COUNTER, "socket_accepted_connections_total",
	              "Connections that a socket unit has accepted.") },
	{ socket_suffix, INTERFACE("Socket"), "NConnections", 'u', NULL, 1,
	  UNIT_METRIC(GAUGE, "socket_current_connections",
	              "Connections that a socket unit has now.") },
	{ socket_suffix, INTERFACE("Socket"), "NRefused", 'u', NULL, 1,
	  UNIT_METRIC(GAUGE, "socket_refused_connections_total",
	              "Connections that a socket unit has refused.") },
};

struct unit {
	struct unit *next;
	const char *name;
	const char *path;
	size_t state; /* index of states[]; others are from its end on */
};

struct found {
	struct unit *units; /* that are wanted */
	struct unit **end;
	size_t n_units;
	size_t n_states;
	struct {
		const char *name;
		unsigned count;
	} states[STATES_MAX];
};

static struct dbus_property manager_property(const char *name)
{
	return (struct dbus_property){ .object = manager, .name = name, .type = 's' };
}

/* The first number of three digits or more in text, with what is behind its point. */
static int parse_version(struct scrape *s, const char *text, double *ret)
{
	size_t digits = strspn(text, "0123456789"), decimals = 0;

	while (*text && digits < VERSION_DIGITS_MIN) {
		text += digits + (digits == 0);
		digits = strspn(text, "0123456789");
	}
	if (!*text)
		return -EINVAL;
	if (text[digits] == '.')
		decimals = strspn(text + digits + 1, "0123456789");
	return parse_double(
		scrape_printf(s, "%.*s", (int)(digits + (decimals ? 1 + decimals : 0)), text), ret);
}

static int collect_facts(struct scrape *s)
{
	struct dbus_property p[] = { manager_property("Version"),
		                     manager_property("Virtualization") };
	const char *text = "", *kind = "unknown";
	double number = 0;
	int r;

	r = dbus_get(s, &self.bus, p, ARRAY_SIZE(p));
	if (r < 0)
		return r;
	if (!p[0].error && parse_version(s, p[0].text, &number) == 0)
		text = p[0].text;
	self.has_states = number >= version_with_states;
	emit(s, &version, number, text);
	if (!p[1].error)
		kind = *p[1].text ? p[1].text : "none";
	emit(s, &virtualization, 1, kind);
	return 0;
}

/* --- The list of units --- */

/* Its place among the states that were found; those in states[] come first. */
static size_t count_state(struct scrape *s, struct found *found, const char *name)
{
	size_t i = 0;

	while (i < found->n_states && strcmp(found->states[i].name, name) != 0)
		i++;
	if (i == STATES_MAX) {
		warn(s, "systemd: more than %d states of units", STATES_MAX);
		return i;
	}
	if (i == found->n_states) {
		found->states[i].name = scrape_printf(s, "%s", name);
		found->n_states++;
	}
	found->states[i].count++;
	return i;
}

static void visit_unit(struct scrape *s, const char *const *columns, void *data)
{
	enum { NAME = 0, LOAD_STATE = 2, ACTIVE_STATE = 3, PATH = 6 };
	struct found *found = data;
	struct unit *unit;
	size_t state;

	state = count_state(s, found, columns[ACTIVE_STATE]);
	if (strcmp(columns[LOAD_STATE], "loaded") != 0 ||
	    !filter_keeps(&self.filter, columns[NAME]))
		return;
	if (found->n_units == UNITS_MAX) {
		warn(s, "systemd: more than %d units", UNITS_MAX);
		return;
	}
	unit = scrape_alloc(s, sizeof(*unit));
	*unit = (struct unit){
		.name = scrape_printf(s, "%s", columns[NAME]),
		.path = scrape_printf(s, "%s", columns[PATH]),
		.state = state,
	};
	*found->end = unit;
	found->end = &unit->next;
	found->n_units++;
}

static int list_units(struct scrape *s, struct found *found)
{
	int r;

	*found = (struct found){ .end = &found->units };
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		found->states[found->n_states++].name = states[i];
	r = dbus_list(s, &self.bus, &manager, "ListUnits", "ssssssouso", visit_unit, found);
	if (r < 0)
		return r;
	for (size_t i = 0; i < found->n_states; i++)
		emit(s, &units, found->states[i].count, found->states[i].name);
	return 0;
}

/* --- Properties of units --- */

static bool concerns(const struct question *q, const struct unit *unit)
{
	return (!q->is_on || *q->is_on) && (!q->suffix || ends_with(unit->name, q->suffix));
}

/* A start time is 0, as upstream has it, without asking. */
static bool is_asked(const struct question *q, const struct unit *unit)
{
	return concerns(q, unit) && (q->is_on != &self.with_start_times || unit->state == ACTIVE);
}

static size_t count_questions(const struct found *found)
{
	size_t count = 0;

	for (const struct unit *unit = found->units; unit; unit = unit->next)
		for (size_t i = 0; i < ARRAY_SIZE(questions); i++)
			count += is_asked(&questions[i], unit);
	return count;
}

static void fill_questions(const struct found *found, struct dbus_property *p)
{
	for (const struct unit *unit = found->units; unit; unit = unit->next) {
		for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
			const struct question *q = &questions[i];

			if (!is_asked(q, unit))
				continue;
			*p++ = (struct dbus_property){
				.object = { manager.service, unit->path, q->interface },
				.name = q->name,
				.type = q->type,
			};
		}
	}
}

static void emit_states(struct scrape *s, const struct unit *unit, const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		emit(s, &unit_state, unit->state == i, unit->name, states[i], type);
}

static bool is_unlimited(const struct question *q, const struct dbus_property *p)
{
	return q->is_on == &self.with_tasks && p->number == UINT64_MAX;
}

/* Returns the answers that follow those about this unit. */
static const struct dbus_property *emit_unit(struct scrape *s, const struct unit *unit,
                                             const struct dbus_property *p)
{
	const char *type = "";
	bool is_broken = false;

	for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
		const struct question *q = &questions[i];

		if (!concerns(q, unit))
			continue;
		if (!is_asked(q, unit)) {
			emit(s, &q->metric, 0, unit->name);
			continue;
		}
		/* Of a socket, upstream does not ask for what comes after an error. */
		is_broken = is_broken || (p->error && q->suffix == socket_suffix);
		if (!p->error && !q->metric.name)
			type = p->text;
		else if (!p->error && !is_broken && !is_unlimited(q, p))
			emit(s, &q->metric, (double)p->number / q->divisor, unit->name);
		p++;
	}
	emit_states(s, unit, type);
	return p;
}

static int collect_units(struct scrape *s, const struct found *found)
{
	size_t count = count_questions(found);
	struct dbus_property *all = scrape_alloc(s, (count + 1) * sizeof(*all));
	struct dbus_property *system_state = &all[count];
	const struct dbus_property *p = all;
	int r;

	fill_questions(found, all);
	*system_state = manager_property("SystemState");
	r = dbus_get(s, &self.bus, all, count + self.has_states);
	if (r < 0)
		return r;
	for (const struct unit *unit = found->units; unit; unit = unit->next)
		p = emit_unit(s, unit, p);
	if (!self.has_states)
		return 0;
	if (system_state->error)
		return fail(s, system_state->error, "D-Bus: SystemState: %s", system_state->reason);
	emit(s, &system_running, strcmp(system_state->text, "running") == 0);
	return 0;
}

/* The system bus or, where there is none, root's way; a connection that stands is kept. */
static int open_bus(struct scrape *s)
{
	const char *reason;
	int r = 0;

	if (self.is_private)
		return dbus_open(s, &self.bus, DBUS_SYSTEMD);
	r = dbus_open(s, &self.bus, DBUS_SYSTEM);
	if (r >= 0 || r == -ETIMEDOUT || r == -ELIBACC || geteuid() != 0)
		return r;
	reason = failure(s, r);
	r = dbus_open(s, &self.bus, DBUS_SYSTEMD);
	return r < 0 ? fail(s, r, "%s; %s", reason, failure(s, r)) : r;
}

static int systemd_collect(struct scrape *s)
{
	struct found found;
	int r;

	r = open_bus(s);
	if (r < 0)
		return r;
	r = collect_facts(s);
	if (r < 0)
		return r;
	r = list_units(s, &found);
	return r < 0 ? r : collect_units(s, &found);
}

/* The same expression for whole names. Given empty, it matches the empty one alone. */
static int anchor(struct scrape *s, struct regex *re, char **text, const struct regex *given,
                  const char *flag)
{
	char *error = NULL;
	int r;

	free(*text);
	*text = xasprintf("^(?:%s)$", given->text ? given->text : "");
	r = regex_compile(re, *text, &error);
	if (r < 0)
		(void)fail(s, r, "--%s: %s", flag, error); /* returned just below */
	free(error);
	return r;
}

static int systemd_start(struct scrape *s)
{
	int r;

	r = regex_alias(s, &self.include, include_flag, &self.whitelist,
	                "collector.systemd.unit-whitelist");
	if (r == 0)
		r = regex_alias(s, &self.exclude, exclude_flag, &self.blacklist,
		                "collector.systemd.unit-blacklist");
	if (r == 0)
		r = anchor(s, &self.filter.include, &self.include_text, &self.include,
		           include_flag);
	if (r == 0)
		r = anchor(s, &self.filter.exclude, &self.exclude_text, &self.exclude,
		           exclude_flag);
	return r;
}

static void systemd_stop(void)
{
	dbus_close(&self.bus);
	regex_free(&self.filter.include);
	regex_free(&self.filter.exclude);
	free(self.include_text);
	free(self.exclude_text);
	self.include_text = self.exclude_text = NULL;
}

COLLECTOR(systemd, .help = "units of systemd, by D-Bus",
          .needs = "systemd, and the right to speak to it", .may_block = true, .flags = flags,
          .start = systemd_start, .collect = systemd_collect, .stop = systemd_stop);

// SPDX-License-Identifier: Apache-2.0
/*
 * Sessions of systemd-logind, by D-Bus: the manager's ListSeats (name and path of each) and
 * ListSessions (name, uid, user, seat and path of each), and three properties of each session.
 */

#include <string.h>

#include "collector.h"
#include "dbus.h"

enum { SEATS_MAX = 1024, SESSIONS_MAX = 16384, REMOTES = 2, TYPES = 7, CLASSES = 5 };

/* The first of each is for what is not among the others. */
static const char *const types[TYPES] = { "other",   "unspecified", "tty", "x11",
	                                  "wayland", "mir",         "web" };
static const char *const classes[CLASSES] = { "other", "user", "greeter", "lock-screen",
	                                      "background" };
static const char *const remotes[REMOTES] = { "false", "true" };

static const struct metric session_count = {
	.name = "node_logind_sessions",
	.help = "Sessions that logind knows.",
	.type = METRIC_GAUGE,
	.labels = LABELS("seat", "remote", "type", "class"),
};

static const struct dbus_object manager = {
	.service = "org.freedesktop.login1",
	.path = "/org/freedesktop/login1",
	.interface = "org.freedesktop.login1.Manager",
};

struct seat {
	struct seat *next;
	const char *name; /* "" is for sessions that have none */
	unsigned counts[REMOTES][TYPES][CLASSES];
};

struct session {
	struct session *next;
	const char *seat;
	const char *path;
};

struct found {
	struct seat *seats;
	size_t n_seats;
	struct session *sessions;
	size_t n_sessions;
};

/* What is asked about a session. */
enum { REMOTE, TYPE, CLASS, PROPERTIES };

static struct {
	struct dbus bus;
} self;

static void add_seat(struct scrape *s, const char *name, struct found *found)
{
	struct seat *seat;

	if (found->n_seats++ == SEATS_MAX)
		warn(s, "logind: more than %d seats", SEATS_MAX);
	if (found->n_seats > SEATS_MAX)
		return;
	seat = scrape_alloc(s, sizeof(*seat));
	*seat = (struct seat){ .next = found->seats, .name = scrape_printf(s, "%s", name) };
	found->seats = seat;
}

static void visit_seat(struct scrape *s, const char *const *columns, void *data)
{
	add_seat(s, columns[0], data);
}

static void visit_session(struct scrape *s, const char *const *columns, void *data)
{
	struct found *found = data;
	struct session *session;

	if (found->n_sessions == SESSIONS_MAX) {
		warn(s, "logind: more than %d sessions", SESSIONS_MAX);
		return;
	}
	session = scrape_alloc(s, sizeof(*session));
	session->next = found->sessions;
	session->seat = scrape_printf(s, "%s", columns[3]);
	session->path = scrape_printf(s, "%s", columns[4]);
	found->sessions = session;
	found->n_sessions++;
}

/* The index of text among words, or that of "other". */
static size_t find(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return 0;
}

/* Upstream leaves out sessions that it cannot ask about or whose seat logind has not named. */
static void count_session(struct found *found, const struct session *session,
                          const struct dbus_property *p)
{
	struct seat *seat = found->seats;

	while (seat && strcmp(seat->name, session->seat) != 0)
		seat = seat->next;
	if (!seat || p[REMOTE].error || p[TYPE].error || p[CLASS].error)
		return;
	seat->counts[p[REMOTE].number][find(p[TYPE].text, types, TYPES)]
		    [find(p[CLASS].text, classes, CLASSES)]++;
}

static int count_sessions(struct scrape *s, struct found *found)
{
	size_t count = found->n_sessions * PROPERTIES;
	struct dbus_property *p = scrape_alloc(s, count * sizeof(*p)), *next = p;
	int r;

	for (struct session *session = found->sessions; session; session = session->next) {
		const struct dbus_object object = {
			.service = manager.service,
			.path = session->path,
			.interface = "org.freedesktop.login1.Session",
		};

		next[REMOTE] = (struct dbus_property){ object, .name = "Remote", .type = 'b' };
		next[TYPE] = (struct dbus_property){ object, .name = "Type", .type = 's' };
		next[CLASS] = (struct dbus_property){ object, .name = "Class", .type = 's' };
		next += PROPERTIES;
	}
	r = dbus_get(s, &self.bus, p, count);
	if (r < 0)
		return r;
	next = p;
	for (struct session *session = found->sessions; session; session = session->next) {
		count_session(found, session, next);
		next += PROPERTIES;
	}
	return 0;
}

static void emit_seat(struct scrape *s, const struct seat *seat)
{
	for (size_t remote = 0; remote < REMOTES; remote++)
		for (size_t type = 0; type < TYPES; type++)
			for (size_t class = 0; class < CLASSES; class ++)
				emit(s, &session_count, seat->counts[remote][type][class],
				     seat->name, remotes[remote], types[type], classes[class]);
}

static int logind_collect(struct scrape *s)
{
	struct found found = { 0 };
	int r;

	r = dbus_open(s, &self.bus, DBUS_SYSTEM);
	if (r < 0)
		return r;
	add_seat(s, "", &found);
	r = dbus_list(s, &self.bus, &manager, "ListSeats", "so", visit_seat, &found);
	if (r < 0)
		return r;
	r = dbus_list(s, &self.bus, &manager, "ListSessions", "susso", visit_session, &found);
	if (r < 0)
		return r;
	r = count_sessions(s, &found);
	if (r < 0)
		return r;
	for (const struct seat *seat = found.seats; seat; seat = seat->next)
		emit_seat(s, seat);
	return 0;
}

static void logind_stop(void)
{
	dbus_close(&self.bus);
}

COLLECTOR(logind, .help = "sessions of systemd-logind, by D-Bus",
          .needs = "systemd-logind, on the system bus", .may_block = true,
          .collect = logind_collect, .stop = logind_stop);

// SPDX-License-Identifier: Apache-2.0
/*
 * sd-bus is used without its calls that wait for an answer: those have time limits of their own,
 * and none before the connection stands.
 */
#include "dbus.h"

#include <errno.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "collector.h"
#include "library.h"

/* A system bus lets a connection wait for 128 answers. */
enum { ASKED_MAX = 64, REASON_MAX = 256 };

/* Containers are given the socket at this path, by which it can be found everywhere. */
static const char system_address[] = "unix:path=/var/run/dbus/system_bus_socket";
static const char systemd_address[] = "unix:path=/run/systemd/private";

#define FUNCTIONS(F) \
	F(call_async) \
	F(close_unref) \
	F(is_open) \
	F(is_ready) \
	F(message_append) \
	F(message_enter_container) \
	F(message_exit_container) \
	F(message_get_errno) \
	F(message_get_error) \
	F(message_is_method_error) \
	F(message_new_method_call) \
	F(message_read_basic) \
	F(message_ref) \
	F(message_set_auto_start) \
	F(message_unref) \
	F(negotiate_fds) \
	F(new) \
	F(process) \
	F(set_address) \
	F(set_bus_client) \
	F(start) \
	F(wait)

#define POINTER(NAME) __typeof__(&(sd_bus_##NAME)) NAME;
static struct {
	FUNCTIONS(POINTER)
} lib;

#define SYMBOL(NAME) { "sd_bus_" #NAME, &lib.NAME },
static const struct library_symbol symbols[] = { FUNCTIONS(SYMBOL){ 0 } };

static struct {
	struct scrape *scrape; /* that waits for answers */
	size_t n_asked;        /* questions without an answer yet */
} self;

static void cleanup_message(sd_bus_message **message)
{
	lib.message_unref(*message);
}

void dbus_close(struct dbus *d)
{
	/* Without libsystemd there was never a connection. */
	if (d->bus)
		lib.close_unref(d->bus);
	d->bus = NULL;
}

/* The connection is of no more use. */
static int give_up(struct scrape *s, struct dbus *d, int r, const char *what)
{
	dbus_close(d);
	if (r == -ETIMEDOUT)
		return fail(s, r, "D-Bus: %s: no answer in time", what);
	/* Which of these it is depends on what was on its way. */
	if (r == -ECONNRESET || r == -EPIPE || r == -ENOTCONN)
		return fail(s, -ECONNRESET, "D-Bus: %s: the other side has gone", what);
	return fail(s, r, "D-Bus: %s: %s", what, error_text(r));
}

/* Send and receive what there is, or wait for it. */
static int work(struct dbus *d, int64_t until)
{
	int64_t left = until - now_ns();
	int r;

	if (left <= 0)
		return -ETIMEDOUT;
	r = lib.process(d->bus, NULL);
	if (r == 0)
		r = lib.wait(d->bus, (uint64_t)left / 1000 + 1);
	if (r < 0 && r != -EINTR)
		return r;
	return lib.is_open(d->bus) > 0 ? 0 : -ECONNRESET;
}

/* --- Connections --- */

/* Whether a connection still stands. What has come in since the last scrape is of no interest. */
static bool is_alive(struct dbus *d, int64_t until)
{
	int r;

	do
		r = lib.process(d->bus, NULL);
	while (r > 0 && now_ns() < until);
	return r >= 0 && lib.is_open(d->bus) > 0;
}

static const char *address_of(enum dbus_peer peer)
{
	const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");

	if (peer == DBUS_SYSTEMD)
		return systemd_address;
	return address && *address ? address : system_address;
}

/* sd-bus would run programmes (unixexec) and ask DNS (tcp), where an address says so. */
static bool is_unix(const char *address)
{
	for (; address; address = strchr(address, ';')) {
		address += *address == ';';
		if (!starts_with(address, "unix:"))
			return false;
	}
	return true;
}

/* Whether its socket is there, which spares a machine without a bus all of libsystemd. */
static int look_for_socket(const char *address)
{
	static const char prefix[] = "unix:path=";

	/* Of several, or with escapes: sd-bus sees for itself. */
	if (!starts_with(address, prefix) || strpbrk(address, ";,%"))
		return 0;
	return access(address + strlen(prefix), F_OK) < 0 ? -errno : 0;
}

static int start(struct dbus *d, const char *address, bool has_daemon)
{
	int r;

	r = lib.new(&d->bus);
	if (r >= 0)
		r = lib.set_address(d->bus, address);
	if (r >= 0)
		r = lib.set_bus_client(d->bus, has_daemon);
	if (r >= 0)
		r = lib.negotiate_fds(d->bus, false);
	return r < 0 ? r : lib.start(d->bus);
}

int dbus_open(struct scrape *s, struct dbus *d, enum dbus_peer peer)
{
	const char *address = address_of(peer);
	int64_t until = wait_limit(s);
	int r;

	if (d->bus && is_alive(d, until))
		return 0;
	dbus_close(d);
	if (!is_unix(address))
		return fail(s, -EOPNOTSUPP, "D-Bus: expected an address unix:…, found \"%.200s\"",
		            address);
	r = look_for_socket(address);
	if (r < 0)
		return give_up(s, d, r, address);
	r = lib.start ? 0 : library_load(s, LIBSYSTEMD_SONAME, symbols);
	if (r < 0)
		return r;
	r = start(d, address, peer == DBUS_SYSTEM);
	while (r >= 0 && lib.is_ready(d->bus) <= 0)
		r = work(d, until);
	return r < 0 ? give_up(s, d, r, address) : 0;
}

/* --- Questions --- */

static int call(struct dbus *d, sd_bus_message *message, sd_bus_message_handler_t take, void *data)
{
	int r;

	r = lib.message_set_auto_start(message, false);
	if (r < 0)
		return r;
	/* The time limit is ours. */
	return lib.call_async(d->bus, NULL, message, take, data, UINT64_MAX);
}

static int new_call(struct dbus *d, const struct dbus_object *o, const char *interface,
                    const char *method, sd_bus_message **ret)
{
	return lib.message_new_method_call(d->bus, ret, o->service, o->path, interface, method);
}

/* What an error says; it may be long. */
static char *reason_of(struct scrape *s, sd_bus_message *message)
{
	const sd_bus_error *error = lib.message_get_error(message);

	if (!error || !error->message || !*error->message)
		return scrape_printf(s, "%.*s", REASON_MAX, error ? error->name : "no reason");
	return scrape_printf(s, "%.*s", REASON_MAX, error->message);
}

static int error_of(sd_bus_message *message)
{
	int error = lib.message_get_errno(message);

	return error > 0 ? -error : -EIO;
}

static int take_reply(sd_bus_message *message, void *data, sd_bus_error *error)
{
	sd_bus_message **reply = data;

	(void)error;
	*reply = lib.message_ref(message);
	return 0;
}

/* One structure; 0 after the last, a negative errno where there is something else. */
static int read_row(sd_bus_message *reply, const char *types, const char **columns)
{
	int r;

	r = lib.message_enter_container(reply, 'r', types);
	if (r <= 0)
		return r;
	for (size_t i = 0; types[i]; i++) {
		union {
			const char *text;
			uint64_t number;
		} value = { 0 };

		r = lib.message_read_basic(reply, types[i], &value);
		if (r <= 0)
			return r < 0 ? r : -EBADMSG;
		columns[i] = strchr("so", types[i]) ? value.text : NULL;
	}
	r = lib.message_exit_container(reply);
	return r < 0 ? r : 1;
}

static int read_rows(struct scrape *s, sd_bus_message *reply, const char *types,
                     void (*visit)(struct scrape *s, const char *const *columns, void *data),
                     void *data)
{
	const char *columns[DBUS_COLUMNS_MAX] = { 0 };
	int r;

	r = lib.message_enter_container(reply, 'a', scrape_printf(s, "(%s)", types));
	if (r <= 0)
		return r < 0 ? r : -EBADMSG;
	while ((r = read_row(reply, types, columns)) > 0)
		visit(s, columns, data);
	return r;
}

int dbus_list(struct scrape *s, struct dbus *d, const struct dbus_object *object,
              const char *method, const char *types,
              void (*visit)(struct scrape *s, const char *const *columns, void *data), void *data)
{
	CLEANUP(cleanup_message) sd_bus_message *message = NULL;
	CLEANUP(cleanup_message) sd_bus_message *reply = NULL;
	int64_t until = wait_limit(s);
	int r;

	r = new_call(d, object, object->interface, method, &message);
	if (r >= 0)
		r = call(d, message, take_reply, &reply);
	while (r >= 0 && !reply)
		r = work(d, until);
	if (r < 0)
		return give_up(s, d, r, method);
	if (lib.message_is_method_error(reply, NULL) > 0)
		return fail(s, error_of(reply), "D-Bus: %s: %s", method, reason_of(s, reply));
	r = read_rows(s, reply, types, visit, data);
	if (r < 0)
		return fail(s, -EBADMSG, "D-Bus: %s: expected a list of (%s)", method, types);
	return 0;
}

/* The value in a variant of the type that was asked for. */
static int read_value(struct dbus_property *p, sd_bus_message *message)
{
	const char contents[] = { p->type, '\0' };
	union {
		const char *text;
		uint64_t t;
		uint32_t u;
		int b;
	} value = { 0 };
	int r;

	r = lib.message_enter_container(message, 'v', contents);
	if (r > 0)
		r = lib.message_read_basic(message, p->type, &value);
	if (r <= 0)
		return -EBADMSG;
	if (p->type == 's')
		p->text = scrape_printf(self.scrape, "%s", value.text);
	else if (p->type == 't')
		p->number = value.t;
	else if (p->type == 'u')
		p->number = value.u;
	else
		p->number = value.b != 0;
	return 0;
}

static int take_property(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct dbus_property *p = data;

	(void)error;
	self.n_asked--;
	if (lib.message_is_method_error(message, NULL) > 0) {
		p->error = error_of(message);
		p->reason = reason_of(self.scrape, message);
		return 0;
	}
	p->error = read_value(p, message);
	if (p->error < 0)
		p->reason = scrape_printf(self.scrape, "expected a value of type %c", p->type);
	return 0;
}

static int ask(struct dbus *d, struct dbus_property *p)
{
	CLEANUP(cleanup_message) sd_bus_message *message = NULL;
	int r;

	r = new_call(d, &p->object, "org.freedesktop.DBus.Properties", "Get", &message);
	if (r >= 0)
		r = lib.message_append(message, "ss", p->object.interface, p->name);
	if (r >= 0)
		r = call(d, message, take_property, p);
	if (r >= 0)
		self.n_asked++;
	return r;
}

int dbus_get(struct scrape *s, struct dbus *d, struct dbus_property *properties, size_t count)
{
	int64_t until = wait_limit(s);
	size_t next = 0;
	int r = 0;

	self.scrape = s;
	self.n_asked = 0;
	while (r >= 0 && (next < count || self.n_asked)) {
		if (next < count && self.n_asked < ASKED_MAX)
			r = ask(d, &properties[next++]);
		else
			r = work(d, until);
	}
	return r < 0 ? give_up(s, d, r, "Get") : 0;
}

// SPDX-License-Identifier: Apache-2.0
/* Questions to services on D-Bus, by sd-bus of libsystemd, which is loaded for the first of them.
 */
#pragma once

#include "util.h"

struct scrape;

/* A connection to keep from scrape to scrape: all zero at first. */
struct dbus {
	struct sd_bus *bus;
};

enum dbus_peer {
	DBUS_SYSTEM,  /* the system bus, at DBUS_SYSTEM_BUS_ADDRESS where that is set */
	DBUS_SYSTEMD, /* systemd itself, at the socket that it has for root */
};

/*
 * All of these wait until wait_limit() at the latest, start no service that is not running, and
 * return 0 or a negative errno after fail(). Where the connection is of no more use it is closed,
 * and the next dbus_open() makes another.
 *
 * dbus_open: connect where that was not done, or where the other side has gone since.
 */
int dbus_open(struct scrape *s, struct dbus *d, enum dbus_peer peer) MUST_CHECK;
void dbus_close(struct dbus *d);

/* An object that is asked: "org.freedesktop.login1" and so on. */
struct dbus_object {
	const char *service;
	const char *path;
	const char *interface;
};

enum { DBUS_COLUMNS_MAX = 16 };

/*
 * Call a method that has no arguments and returns an array of structures of these basic types
 * ("susso"), and visit each of them. Its texts and paths are in columns, and last until visit()
 * returns; what is of another type is NULL there.
 */
int dbus_list(struct scrape *s, struct dbus *d, const struct dbus_object *object,
              const char *method, const char *types,
              void (*visit)(struct scrape *s, const char *const *columns, void *data), void *data)
	MUST_CHECK;

/* A property that is asked for, and the answer. */
struct dbus_property {
	struct dbus_object object;
	const char *name;
	char type;          /* as D-Bus has it: 's', 'b', 'u' or 't' */
	int error;          /* 0, or a negative errno: there is none */
	const char *reason; /* the error in words; NULL: there is none */
	const char *text;   /* of 's'; lives as long as the scrape */
	uint64_t number;    /* of the others */
};

/*
 * Ask for properties, many of them at a time, and fill in the answers. One that cannot be had is no
 * failure.
 */
int dbus_get(struct scrape *s, struct dbus *d, struct dbus_property *properties, size_t count)
	MUST_CHECK;

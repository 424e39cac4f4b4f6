// SPDX-License-Identifier: Apache-2.0
/* Connections from accept(2) to their end: how many there may be, whose, and for how long. */
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/vm_sockets.h>

#include "heard.h"
#include "util.h"

/*
 * A guest waits at the door, which costs next to nothing, until its first byte is there. Then it is
 * let in: libmicrohttpd has the connection. It has 10 s for the head of its first request (within
 * TLS, for the handshake, too) and for that of each later one, and 330 s between them, which is
 * more than scrapers ever wait.
 *
 * Where the room is full somebody else has to go: of those who have had no answer yet, while they
 * are more than an eighth of all, or else of those between two requests. Of these it is whoever has
 * the most company from its address, and has been silent for longest. So strangers never cost an
 * established client its place, nor these a stranger its chance. One address has half of the room
 * at most.
 */
struct guest {
	struct guest *next, **link; /* in order of arrival */
	int fd;
	enum { GUEST_AT_DOOR, GUEST_READING, GUEST_SERVED, GUEST_IDLE, GUEST_LEAVING } state;
	bool has_begun;   /* a request */
	bool has_answer;  /* to a request of its */
	bool is_hungry;   /* nothing more has come, but its handshake needs it */
	bool is_paused;   /* suspended, until there is more */
	void *connection; /* libmicrohttpd's */
	struct heard heard;
	unsigned requests; /* whose heads have been read */
	uint16_t crowd;    /* of its address */
	int64_t since;     /* when state began */
	int64_t deadline;
	socklen_t size;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_vm vm;
	} address;
};

/*
 * Begin; wants_tls: who does not is told so at the door. A descriptor that says when guests_next()
 * has somebody, or a negative errno. Room is what RLIMIT_NOFILE leaves, 1,000 at most.
 */
int guests_open(bool wants_tls) MUST_CHECK;

/* How many there may be at a time; a few more for a moment. */
size_t guests_max(void);

/* How many there are, at the door and inside. */
size_t guests_count(void);

/* Whether nobody else can be taken on, as all are being served. */
bool guests_are_full(void);

/* Take on a connection; fd is its. Whoever is returned is to be let in: NULL where it has to wait.
 */
struct guest *guests_add(int fd, const struct sockaddr *address, socklen_t size);

/* The next one to be let in, or, where is_paused, to go on; NULL: none. */
struct guest *guests_next(void);

/*
 * Nothing more could be read for a session of TLS. libmicrohttpd 0.9.75 would ask again and again
 * while the handshake lasts, so that such a guest is to be suspended, and waits at the door.
 */
void guest_starves(struct guest *g);

/* The next one that is to be suspended, which is paused from now on; NULL: none. */
struct guest *guests_starved(void);

/* Who has this descriptor and was let in; NULL: nobody. */
struct guest *guests_find(int fd);

/* The next one, or (NULL) the first, of whose request only the first line is known. */
struct guest *guests_reading(const struct guest *before);

/*
 * What becomes of it: a request begins; its head is read, and whoever makes the answer minds the
 * time; the answer is there, and has to be taken within 60 s; it has been taken.
 */
void guest_reads(struct guest *g);
void guest_is_served(struct guest *g);
void guest_has_answer(struct guest *g);
void guest_is_idle(struct guest *g);

/*
 * It has said this, or (size 0) that it will say no more. False where libmicrohttpd must not hear
 * of that yet, as it would close the connection before the answer is out.
 */
bool guest_hears(struct guest *g, const void *bytes, size_t size) MUST_CHECK;

/* Whether it has asked so often that it should come anew. */
bool guest_is_worn(const struct guest *g);

/* It is to end; libmicrohttpd finds it so. */
void guest_leaves(struct guest *g);

/* The connection has been closed; g is no more. */
void guest_left(struct guest *g);

/* End whatever is past its time; when to come again, INT64_MAX: no need to. */
int64_t guests_tick(void);

// SPDX-License-Identifier: Apache-2.0
/* What passes between processes: messages with descriptors, and the segment a worker fills. */
#pragma once

#include <stdatomic.h>

#include "registry.h"

/* The exporter's own process figures are collected like a collector that has no switch. */
enum {
	SELF_ID = COLLECTORS_MAX - 1,
	STUCK_MAX = 64,
	TAKEN_MAX = 64,
	HAZARD_MAX = 128,
	WORDS_MAX = 8192,
};

enum wire_kind {
	/* keeper to server */
	WIRE_STOP = 1, /* answer what is in flight and end */
	WIRE_PING,
	WIRE_WORKER,    /* a new worker: pid, and descriptors of its channel and segment */
	WIRE_NO_WORKER, /* there could be none */
	WIRE_AUTH,    /* the process that checks passwords: pid, and a descriptor of its channel */
	WIRE_NO_AUTH, /* there could be none */
	WIRE_RETIRE,  /* another server has taken over: see out who is there */
	WIRE_EXITED,  /* pid, and status as wait(2) has it */
	/* server to keeper */
	WIRE_PONG,
	WIRE_SERVING, /* the first worker is ready, requests are answered */
	WIRE_SPAWN,
	WIRE_SPAWN_AUTH,
	WIRE_KILL, /* pid */
	/* worker to server */
	WIRE_STARTED, /* every collector's start() went well */
	WIRE_DONE,    /* the order with this serial is worked off, or was abandoned */
};

struct wire_message {
	uint32_t kind;
	int32_t pid;
	int32_t status;
	uint64_t serial;
};

/* Server to worker: run these collectors, in this order. */
struct wire_order {
	uint64_t serial;
	int64_t stall;      /* ns that one hazard may take */
	uint64_t has_kept;  /* the generation of the kept set that the server has; 0: none */
	int64_t wait_limit; /* now_ns() when to give up what can be polled */
	uint32_t n_collectors;
	uint32_t n_stuck;
	uint32_t n_taken;
	uint8_t collectors[COLLECTORS_MAX];
	uint64_t stuck[STUCK_MAX]; /* hashes of hazards to leave alone: see wire_hazard() */
	uint64_t taken[TAKEN_MAX]; /* hashes of names: see is_name_taken() */
};

/* A collector's name; "self" for SELF_ID. */
const char *collector_name(unsigned id);

/* What a hazard of a collector is known by. */
uint64_t wire_hazard(unsigned collector, const char *item);

/* One collector's outcome. Written by the worker, so not to be trusted. */
struct wire_result {
	uint32_t collector;
	int32_t code;     /* what collect() returned */
	int64_t duration; /* ns */
	uint64_t offset;  /* of the sample set in the segment */
	uint64_t size;
	uint64_t kept;      /* generation of the collector's kept set; 0: it has none */
	uint64_t kept_size; /* it lies before the other; not there where the server has it */
	uint32_t is_full;   /* a set did not fit whole */
	uint32_t words; /* bytes behind the set: why, and what was left out; WORDS_MAX at most */
};

/*
 * The head of a worker's segment; sample sets follow from SEGMENT_DATA on. The segment is a memfd
 * of fixed size, of which only touched pages exist. The worker writes all of it but abandoned.
 */
struct segment {
	atomic_uint abandoned;     /* set by the server: stop after the collector that runs */
	atomic_uint running;       /* collector + 1; 0: none */
	atomic_llong hazard_since; /* now_ns() when it was announced; 0: none */
	_Atomic uint64_t hazard;   /* wire_hazard() of it */
	char hazard_item[HAZARD_MAX];
	_Atomic uint64_t serial; /* of the order that n_done and done belong to */
	atomic_uint n_done;
	struct wire_result done[COLLECTORS_MAX];
};

enum { SEGMENT_DATA = 16 * 1024 };
#define SEGMENT_SIZE (sizeof(void *) > 4 ? (size_t)256 << 20 : (size_t)32 << 20)

/* A sealed memfd of SEGMENT_SIZE. A descriptor or a negative errno. */
int segment_create(void) MUST_CHECK;

/* Map it; NULL with errno set where that fails. */
struct segment *segment_map(int fd) MUST_CHECK;
void segment_unmap(struct segment *segment);

/* A pair of connected SOCK_SEQPACKET sockets, close-on-exec. 0 or a negative errno. */
int wire_pair(int ret_fds[2]) MUST_CHECK;

/*
 * Send and receive whole messages; never blocks where the socket does not. wire_send() hands over
 * n_fds descriptors along. wire_receive() returns the number of bytes, 0 when the other side has
 * gone, or a negative errno; descriptors that came along are in ret_fds, -1 for those that did not.
 */
int wire_send(int fd, const void *message, size_t size, const int *fds, size_t n_fds);
int wire_receive(int fd, void *message, size_t size, int *ret_fds, size_t n_fds) MUST_CHECK;

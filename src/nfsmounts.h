// SPDX-License-Identifier: Apache-2.0
/* Mounts of NFS with their statistics, as procfs self/mountstats has them. */
#pragma once

#include "util.h"

struct scrape;

/* How many numbers each line has, or a transport once those that its kind lacks are filled in. */
enum { NFS_BYTES = 8, NFS_EVENTS = 27, NFS_TRANSPORT = 13, NFS_OPERATION = 8 };

enum { NFS_TRANSPORTS_MAX = 64, NFS_OPERATIONS_MAX = 256 };

/* What a transport's numbers are; the others are not exported. */
enum {
	NFS_BIND = 1,
	NFS_CONNECT = 2,
	NFS_IDLE = 4,
	NFS_SENDS,
	NFS_RECEIVES,
	NFS_BAD_IDS,
	NFS_BACKLOG = 9,
	NFS_SLOTS,
	NFS_SENDING,
	NFS_PENDING
};

struct nfs_transport {
	const char *protocol;
	uint64_t numbers[NFS_TRANSPORT]; /* 0: its kind lacks it, as upstream has it */
};

struct nfs_operation {
	const char *name;
	uint64_t numbers[NFS_OPERATION];
};

struct nfs_mount {
	const char *export;
	const char *point;
	const char *address; /* of the server; "" where it is not known */
	bool has_age;
	bool has_bytes;
	bool has_events;
	uint64_t age; /* in seconds */
	uint64_t bytes[NFS_BYTES];
	uint64_t events[NFS_EVENTS];
	size_t n_transports;
	size_t n_operations;
	struct nfs_transport transports[NFS_TRANSPORTS_MAX];
	struct nfs_operation operations[NFS_OPERATIONS_MAX];
};

/*
 * Visit all of text, which is as in mountstats and is cut up. mountinfo, as in the file of that
 * name, tells the servers. The mount is the visitor's until it returns, its texts live as long as
 * text and s. What is not as expected is left out, which warn() says.
 */
void nfsmounts_visit(struct scrape *s, char *text, char *mountinfo,
                     void (*visit)(struct scrape *s, const struct nfs_mount *m, void *data),
                     void *data);

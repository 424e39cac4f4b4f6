// SPDX-License-Identifier: Apache-2.0
/*
 * procfs self/mountstats: a line for each mount, and for those of NFS lines of statistics up to an
 * empty one, the last of them one for each operation:
 *
 *   device /dev/vda1 mounted on / with fstype ext4
 *   device server:/export mounted on /mnt with fstype nfs4 statvers=1.1
 *           age:    86400
 *           events: 12 40 0 3 2 31 95 0 0 9 0 4 1 0 6 0 0 6 0 0 0 0 0 0 0 0 0
 *           bytes:  52428800 4096 0 0 53477376 4096 13056 1
 *           xprt:   tcp 997 0 1 0 17 310 310 0 402 0 5 2 91
 *           per-op statistics
 *                   READ: 51 51 0 8568 53484108 4 612 634 0
 *
 * The address of the server is in the options of the same mount in self/mountinfo.
 */

#include <string.h>

#include "collector.h"
#include "nfsmounts.h"

/* Upstream's, for numbers that have wrapped around. */
#define WRAP (UINT64_C(1) << 53)

#define FIRST_LABELS "export", "protocol", "mountaddr"
#define NFS_METRIC(TYPE, NAME, HELP, ...) \
	{ \
		.name = "node_mountstats_nfs_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS(FIRST_LABELS __VA_OPT__(, ) __VA_ARGS__) \
	}
#define COUNTER(NAME, HELP) NFS_METRIC(COUNTER, NAME "_total", HELP)

static const struct metric age = COUNTER("age_seconds", "Seconds since the mount.");

static const struct metric mountpoint_info =
	NFS_METRIC(GAUGE, "mountpoint_info", "Where it is mounted; always 1.", "mountpoint");

static const struct metric bytes[NFS_BYTES] = {
	COUNTER("read_bytes", "Bytes that programs read with read(2)."),
	COUNTER("write_bytes", "Bytes that programs wrote with write(2)."),
	COUNTER("direct_read_bytes", "Bytes that programs read past the cache (O_DIRECT)."),
	COUNTER("direct_write_bytes", "Bytes that programs wrote past the cache (O_DIRECT)."),
	COUNTER("total_read_bytes", "Bytes read from the server."),
	COUNTER("total_write_bytes", "Bytes written to the server."),
	COUNTER("read_pages", "Pages read for memory-mapped files."),
	COUNTER("write_pages", "Pages written for memory-mapped files."),
};

/* Without a name: waits for congestion, which is not exported. */
static const struct metric events[NFS_EVENTS] = {
	COUNTER("event_inode_revalidate", "Times that cached attributes of a file were checked."),
	COUNTER("event_dnode_revalidate", "Times that cached directory entries were checked."),
	COUNTER("event_data_invalidate", "Times that cached data of a file were dropped."),
	COUNTER("event_attribute_invalidate", "Times that cached attributes were dropped."),
	COUNTER("event_vfs_open", "Files and directories opened."),
	COUNTER("event_vfs_lookup", "Names looked up in a directory."),
	COUNTER("event_vfs_access", "Times that permissions were checked."),
	COUNTER("event_vfs_update_page", "Times that a page was updated."),
	COUNTER("event_vfs_read_page", "Times that one page was read."),
	COUNTER("event_vfs_read_pages", "Times that several pages were read at once."),
	COUNTER("event_vfs_write_page", "Times that one page was written."),
	COUNTER("event_vfs_write_pages", "Times that several pages were written at once."),
	COUNTER("event_vfs_getdents", "Times that a directory was read."),
	COUNTER("event_vfs_setattr", "Times that attributes were set."),
	COUNTER("event_vfs_flush", "Times that changes were sent to the server."),
	COUNTER("event_vfs_fsync", "Calls of fsync(2)."),
	COUNTER("event_vfs_lock", "Times that a lock was asked for."),
	COUNTER("event_vfs_file_release", "Files closed and released."),
	{ 0 },
	COUNTER("event_truncation", "Files that were cut."),
	COUNTER("event_write_extension", "Writes beyond the end of a file."),
	COUNTER("event_silly_rename", "Files renamed as they were deleted while open."),
	COUNTER("event_short_read", "Reads that brought less than was asked for."),
	COUNTER("event_short_write", "Writes that took less than was given."),
	COUNTER("event_jukebox_delay", "Times that the server asked to try again later."),
	COUNTER("event_pnfs_read", "Reads by pNFS."),
	COUNTER("event_pnfs_write", "Writes by pNFS."),
};

#define TRANSPORT_METRIC(TYPE, NAME, HELP) NFS_METRIC(TYPE, "transport_" NAME, HELP, "transport")

static const struct figure {
	size_t number;
	struct metric metric;
} transports[] = {
	{ NFS_BIND, TRANSPORT_METRIC(COUNTER, "bind_total", "Times that a local port was taken.") },
	{ NFS_CONNECT, TRANSPORT_METRIC(COUNTER, "connect_total", "Connections to the server.") },
	{ NFS_IDLE, TRANSPORT_METRIC(GAUGE, "idle_time_seconds", "Seconds since the last call.") },
	{ NFS_SENDS, TRANSPORT_METRIC(COUNTER, "sends_total", "Calls sent.") },
	{ NFS_RECEIVES, TRANSPORT_METRIC(COUNTER, "receives_total", "Replies received.") },
	{ NFS_BAD_IDS, TRANSPORT_METRIC(COUNTER, "bad_transaction_ids_total",
	                                "Replies received for no known call.") },
	{ NFS_BACKLOG, TRANSPORT_METRIC(COUNTER, "backlog_queue_total",
	                                "Calls in the backlog, added up at each call sent.") },
	{ NFS_SLOTS, TRANSPORT_METRIC(GAUGE, "maximum_rpc_slots", "Most calls at once so far.") },
	{ NFS_SENDING,
	  TRANSPORT_METRIC(COUNTER, "sending_queue_total",
	                   "Calls that wait to be sent, added up at each call sent.") },
	{ NFS_PENDING,
	  TRANSPORT_METRIC(COUNTER, "pending_queue_total",
	                   "Calls that wait for a reply, added up at each call sent.") },
};

#define OPERATION_METRIC(NAME, HELP) \
	NFS_METRIC(COUNTER, "operations_" NAME "_total", HELP, "operation")

static const struct operation_figure {
	bool is_time; /* in milliseconds */
	struct metric metric;
} operations[NFS_OPERATION] = {
	{ false, OPERATION_METRIC("requests", "Requests of this operation.") },
	{ false, OPERATION_METRIC("transmissions", "Times that such requests were sent.") },
	{ false, OPERATION_METRIC("major_timeouts", "Times that such a request timed out.") },
	{ false, OPERATION_METRIC("sent_bytes", "Bytes sent, with all headers.") },
	{ false, OPERATION_METRIC("received_bytes", "Bytes received, with all headers.") },
	{ true, OPERATION_METRIC("queue_time_seconds", "Time that requests waited to be sent.") },
	{ true, OPERATION_METRIC("response_time_seconds", "Time that replies took to come.") },
	{ true, OPERATION_METRIC("request_time_seconds", "Time from request to result.") },
};

/* What was exported, by its labels: one mount may be there several times. */
struct seen {
	uint64_t hash;
	const char *labels;
	struct seen *next;
};

/* Whether it is there for the first time. */
static bool is_new(struct scrape *s, struct seen **all, const char *labels)
{
	uint64_t hash = hash_text(0, labels);
	struct seen *one;

	for (one = *all; one; one = one->next) {
		if (one->hash == hash && strcmp(one->labels, labels) == 0)
			return false;
	}
	one = scrape_alloc(s, sizeof(*one));
	*one = (struct seen){ .hash = hash, .labels = labels, .next = *all };
	*all = one;
	return true;
}

static void emit_transports(struct scrape *s, const struct nfs_mount *m, const char *protocol)
{
	for (size_t i = 0; i < m->n_transports; i++) {
		const char *number = scrape_printf(s, "%zu", i);

		for (size_t k = 0; k < ARRAY_SIZE(transports); k++) {
			uint64_t value = m->transports[i].numbers[transports[k].number];

			if (transports[k].number == NFS_IDLE)
				value %= WRAP;
			emit(s, &transports[k].metric, (double)value, m->export, protocol,
			     m->address, number);
		}
	}
}

static void emit_figures(struct scrape *s, const struct nfs_mount *m, const char *protocol)
{
	const char *const labels[] = { m->export, protocol, m->address, NULL };

	if (m->has_age)
		emit_labels(s, &age, (double)m->age, labels);
	for (size_t i = 0; m->has_bytes && i < NFS_BYTES; i++)
		emit_labels(s, &bytes[i], (double)m->bytes[i], labels);
	for (size_t i = 0; m->has_events && i < NFS_EVENTS; i++) {
		if (events[i].name)
			emit_labels(s, &events[i], (double)m->events[i], labels);
	}
	emit_transports(s, m, protocol);
	for (size_t i = 0; i < m->n_operations; i++) {
		const struct nfs_operation *o = &m->operations[i];

		for (size_t k = 0; k < NFS_OPERATION; k++)
			emit(s, &operations[k].metric,
			     operations[k].is_time ? (double)(o->numbers[k] % WRAP) / 1000
			                           : (double)o->numbers[k],
			     m->export, protocol, m->address, o->name);
	}
}

/*
 * Several mounts of the same export share their figures, as do several transports of the same
 * protocol: the first of them all speaks for them, and the label transport counts its transports.
 */
static void emit_mount(struct scrape *s, const struct nfs_mount *m, void *data)
{
	struct seen **seen = data;

	for (size_t i = 0; i < m->n_transports; i++) {
		const char *protocol = m->transports[i].protocol;
		const char *labels =
			scrape_printf(s, "%s\n%s\n%s", m->export, protocol, m->address);

		if (is_new(s, seen, scrape_printf(s, "%s\n%s", labels, m->point)))
			emit(s, &mountpoint_info, 1, m->export, protocol, m->address, m->point);
		if (!is_new(s, seen, labels))
			return;
		emit_figures(s, m, protocol);
	}
}

static int mountstats_collect(struct scrape *s)
{
	struct seen *seen = NULL;
	char *text, *mountinfo;
	int r;

	r = tree_read(s, TREE_PROC, &text, "self/mountstats");
	if (r == 0)
		r = tree_read(s, TREE_PROC, &mountinfo, "self/mountinfo");
	if (r < 0)
		return r;
	nfsmounts_visit(s, text, mountinfo, emit_mount, &seen);
	return 0;
}

COLLECTOR(mountstats, .help = "what NFS does for each mount", .collect = mountstats_collect);

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

#include <errno.h>
#include <string.h>

#include "collector.h"
#include "columns.h"
#include "mounts.h"

enum { BYTES = 8, EVENTS = 27, TRANSPORT = 13, OPERATION = 8 };
enum { TRANSPORTS_MAX = 64, OPERATIONS_MAX = 256, RDMA_MAX = 28 };

/* Upstream's, for numbers that have wrapped around. */
#define WRAP (UINT64_C(1) << 53)

/* What a transport's numbers are, once those that its kind lacks are filled in. */
enum {
	BIND = 1,
	CONNECT = 2,
	IDLE = 4,
	SENDS,
	RECEIVES,
	BAD_IDS,
	BACKLOG = 9,
	SLOTS,
	SENDING,
	PENDING
};

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

static const struct metric bytes[BYTES] = {
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
static const struct metric events[EVENTS] = {
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
	{ BIND, TRANSPORT_METRIC(COUNTER, "bind_total", "Times that a local port was taken.") },
	{ CONNECT, TRANSPORT_METRIC(COUNTER, "connect_total", "Connections to the server.") },
	{ IDLE, TRANSPORT_METRIC(GAUGE, "idle_time_seconds", "Seconds since the last call.") },
	{ SENDS, TRANSPORT_METRIC(COUNTER, "sends_total", "Calls sent.") },
	{ RECEIVES, TRANSPORT_METRIC(COUNTER, "receives_total", "Replies received.") },
	{ BAD_IDS, TRANSPORT_METRIC(COUNTER, "bad_transaction_ids_total",
	                            "Replies received for no known call.") },
	{ BACKLOG, TRANSPORT_METRIC(COUNTER, "backlog_queue_total",
	                            "Calls in the backlog, added up at each call sent.") },
	{ SLOTS, TRANSPORT_METRIC(GAUGE, "maximum_rpc_slots", "Most calls at once so far.") },
	{ SENDING, TRANSPORT_METRIC(COUNTER, "sending_queue_total",
	                            "Calls that wait to be sent, added up at each call sent.") },
	{ PENDING, TRANSPORT_METRIC(COUNTER, "pending_queue_total",
	                            "Calls that wait for a reply, added up at each call sent.") },
};

/* How many numbers a transport has, and how many of them are taken. */
static const struct kind {
	const char *version; /* of the statistics */
	const char *protocol;
	size_t min;
	size_t max;
	size_t used;
	size_t lacks; /* numbers behind BIND; what is lacking is 0, as upstream has it */
} kinds[] = {
	{ "1.0", "tcp", 10, 10, 10, 0 },        { "1.0", "udp", 7, 7, 7, 3 },
	{ "1.1", "tcp", 13, 13, 13, 0 },        { "1.1", "udp", 10, 10, 10, 3 },
	{ "1.1", "rdma", 20, RDMA_MAX, 10, 0 },
};

#define OPERATION_METRIC(NAME, HELP) \
	NFS_METRIC(COUNTER, "operations_" NAME "_total", HELP, "operation")

static const struct operation_figure {
	bool is_time; /* in milliseconds */
	struct metric metric;
} operations[OPERATION] = {
	{ false, OPERATION_METRIC("requests", "Requests of this operation.") },
	{ false, OPERATION_METRIC("transmissions", "Times that such requests were sent.") },
	{ false, OPERATION_METRIC("major_timeouts", "Times that such a request timed out.") },
	{ false, OPERATION_METRIC("sent_bytes", "Bytes sent, with all headers.") },
	{ false, OPERATION_METRIC("received_bytes", "Bytes received, with all headers.") },
	{ true, OPERATION_METRIC("queue_time_seconds", "Time that requests waited to be sent.") },
	{ true, OPERATION_METRIC("response_time_seconds", "Time that replies took to come.") },
	{ true, OPERATION_METRIC("request_time_seconds", "Time from request to result.") },
};

struct transport {
	const char *protocol;
	uint64_t numbers[TRANSPORT];
};

struct operation {
	const char *name;
	uint64_t numbers[OPERATION];
};

/* A mount of NFS. */
struct nfs {
	const char *export;
	const char *point;
	const char *version; /* of the statistics */
	const char *address; /* of the server; "" where it is not known */
	bool has_age;
	bool has_bytes;
	bool has_events;
	bool has_operations; /* their lines follow */
	uint64_t age;
	uint64_t bytes[BYTES];
	uint64_t events[EVENTS];
	size_t n_transports;
	size_t n_operations;
	struct transport transports[TRANSPORTS_MAX];
	struct operation operations[OPERATIONS_MAX];
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

static void emit_transports(struct scrape *s, const struct nfs *n, const char *protocol)
{
	for (size_t i = 0; i < n->n_transports; i++) {
		const char *number = scrape_printf(s, "%zu", i);

		for (size_t k = 0; k < ARRAY_SIZE(transports); k++) {
			uint64_t value = n->transports[i].numbers[transports[k].number];

			if (transports[k].number == IDLE)
				value %= WRAP;
			emit(s, &transports[k].metric, (double)value, n->export, protocol,
			     n->address, number);
		}
	}
}

static void emit_figures(struct scrape *s, const struct nfs *n, const char *protocol)
{
	const char *const labels[] = { n->export, protocol, n->address, NULL };

	if (n->has_age)
		emit_labels(s, &age, (double)n->age, labels);
	for (size_t i = 0; n->has_bytes && i < BYTES; i++)
		emit_labels(s, &bytes[i], (double)n->bytes[i], labels);
	for (size_t i = 0; n->has_events && i < EVENTS; i++) {
		if (events[i].name)
			emit_labels(s, &events[i], (double)n->events[i], labels);
	}
	emit_transports(s, n, protocol);
	for (size_t i = 0; i < n->n_operations; i++) {
		const struct operation *o = &n->operations[i];

		for (size_t k = 0; k < OPERATION; k++)
			emit(s, &operations[k].metric,
			     operations[k].is_time ? (double)(o->numbers[k] % WRAP) / 1000
			                           : (double)o->numbers[k],
			     n->export, protocol, n->address, o->name);
	}
}

/*
 * Several mounts of the same export share their figures, as do several transports of the same
 * protocol: the first of them all speaks for them, and the label transport counts its transports.
 */
static void emit_mount(struct scrape *s, const struct nfs *n, struct seen **seen)
{
	for (size_t i = 0; i < n->n_transports; i++) {
		const char *protocol = n->transports[i].protocol;
		const char *labels =
			scrape_printf(s, "%s\n%s\n%s", n->export, protocol, n->address);

		if (is_new(s, seen, scrape_printf(s, "%s\n%s", labels, n->point)))
			emit(s, &mountpoint_info, 1, n->export, protocol, n->address, n->point);
		if (!is_new(s, seen, labels))
			return;
		emit_figures(s, n, protocol);
	}
}

/* The numbers behind key, the first of them in ret. False after a warning. */
static bool parse_numbers(struct scrape *s, const char *key, char *text, uint64_t *ret, size_t room,
                          size_t min, size_t max)
{
	const char *bad;
	size_t count;

	count = columns_parse(text, parse_u64, ret, room, &bad);
	if (bad)
		warn(s,
		     "procfs self/mountstats: %s expected a number in field %zu, found \"%.32s\"",
		     key, count + 2, bad);
	else if (count < min || count > max)
		warn(s, "procfs self/mountstats: %s expected %zu numbers, found %zu", key, min,
		     count);
	return !bad && count >= min && count <= max;
}

static void parse_transport(struct scrape *s, struct nfs *n, char *text)
{
	const char *protocol = next_field(&text);
	uint64_t numbers[RDMA_MAX];
	const struct kind *k = NULL;
	struct transport *to;

	for (size_t i = 0; protocol && i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].version, n->version) == 0 &&
		    strcmp(kinds[i].protocol, protocol) == 0)
			k = &kinds[i];
	}
	if (!k) {
		warn(s, "procfs self/mountstats: xprt: \"%.32s\" of version \"%.32s\" is not known",
		     protocol ? protocol : "", n->version);
		return;
	}
	if (n->n_transports == TRANSPORTS_MAX) {
		warn(s, "procfs self/mountstats: a mount has more than %d transports",
		     TRANSPORTS_MAX);
		return;
	}
	if (!parse_numbers(s, "xprt:", text, numbers, RDMA_MAX, k->min, k->max))
		return;
	to = &n->transports[n->n_transports++];
	*to = (struct transport){ .protocol = protocol };
	memcpy(to->numbers, numbers, CONNECT * sizeof(*numbers));
	memcpy(to->numbers + CONNECT + k->lacks, numbers + CONNECT,
	       (k->used - CONNECT) * sizeof(*numbers));
}

static void parse_operation(struct scrape *s, struct nfs *n, char *name, char *text)
{
	struct operation *to = &n->operations[n->n_operations];

	if (n->n_operations == OPERATIONS_MAX) {
		warn(s, "procfs self/mountstats: a mount has more than %d operations",
		     OPERATIONS_MAX);
		return;
	}
	to->name = name;
	if (!parse_numbers(s, name, text, to->numbers, OPERATION, OPERATION, SIZE_MAX))
		return;
	if (ends_with(name, ":"))
		name[strlen(name) - 1] = '\0';
	n->n_operations++;
}

/* A line of a mount of NFS, behind its first field. */
static void parse_statistics(struct scrape *s, struct nfs *n, char *key, char *text)
{
	uint64_t number;

	if (n->has_operations) {
		parse_operation(s, n, key, text);
	} else if (strcmp(key, "per-op") == 0) {
		n->has_operations = true;
	} else if (strcmp(key, "xprt:") == 0) {
		parse_transport(s, n, text);
	} else if (strcmp(key, "bytes:") == 0) {
		n->has_bytes = parse_numbers(s, key, text, n->bytes, BYTES, BYTES, BYTES);
	} else if (strcmp(key, "events:") == 0) {
		n->has_events = parse_numbers(s, key, text, n->events, EVENTS, EVENTS, EVENTS);
	} else if (strcmp(key, "age:") == 0 && parse_numbers(s, key, text, &number, 1, 1, 1)) {
		n->has_age = true;
		n->age = number;
	}
}

/* The value of addr among the options; "" where there is none. */
static const char *find_address(struct scrape *s, const char *options)
{
	static const char key[] = "addr=";

	while (*options) {
		const char *end = strchrnul(options, ',');

		if (starts_with(options, key)) {
			options += strlen(key);
			return scrape_printf(s, "%.*s", (int)(end - options), options);
		}
		options = *end ? end + 1 : end;
	}
	return "";
}

/*
 * The server of a mount: both files have the mounts in the same order. Where they were read before
 * and after a change, another mount of the same device is as good.
 */
static const char *server_address(struct scrape *s, const struct mount *mounts, size_t count,
                                  size_t index, const char *device)
{
	if (index < count && strcmp(mounts[index].device, device) == 0)
		return find_address(s, mounts[index].super_options);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(mounts[i].device, device) == 0)
			return find_address(s, mounts[i].super_options);
	}
	return "";
}

/* "device DEVICE mounted on POINT with fstype TYPE statvers=VERSION", whether it is one of NFS. */
static bool parse_mount(struct scrape *s, char *text, struct nfs *ret)
{
	static const char *const words[] = { NULL, "mounted", "on", NULL, "with", "fstype", NULL };
	char *fields[ARRAY_SIZE(words)], *version;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		fields[i] = next_field(&text);
		if (!fields[i] || (words[i] && strcmp(fields[i], words[i]) != 0)) {
			warn(s, "procfs self/mountstats: expected a mount, found \"device %.64s\"",
			     fields[0] ? fields[0] : "");
			return false;
		}
	}
	version = next_field(&text);
	if (!version || (strcmp(fields[6], "nfs") != 0 && strcmp(fields[6], "nfs4") != 0))
		return false;
	memset(ret, 0, offsetof(struct nfs, transports));
	ret->export = fields[0];
	ret->point = fields[3];
	ret->version = version + (starts_with(version, "statvers=") ? strlen("statvers=") : 0);
	return true;
}

static int mountstats_collect(struct scrape *s)
{
	struct nfs *n = scrape_alloc(s, sizeof(*n));
	char *text, *options, *line, *key;
	size_t n_mounts, index = 0;
	struct seen *seen = NULL;
	struct mount *mounts;
	bool has_mount = false;
	int r;

	r = tree_read(s, TREE_PROC, &text, "self/mountstats");
	if (r == 0)
		r = tree_read(s, TREE_PROC, &options, "self/mountinfo");
	if (r < 0)
		return r;
	mounts_parse(s, options, &mounts, &n_mounts);
	while ((line = next_line(&text))) {
		key = next_field(&line);
		if (key && strcmp(key, "device") != 0 && strcmp(key, "no") != 0) {
			if (has_mount)
				parse_statistics(s, n, key, line);
			continue;
		}
		if (has_mount)
			emit_mount(s, n, &seen);
		has_mount = key && strcmp(key, "device") == 0 && parse_mount(s, line, n);
		if (has_mount)
			n->address = server_address(s, mounts, n_mounts, index, n->export);
		index += key != NULL;
	}
	if (has_mount)
		emit_mount(s, n, &seen);
	return 0;
}

COLLECTOR(mountstats, .help = "what NFS does for each mount", .collect = mountstats_collect);

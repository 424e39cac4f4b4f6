// SPDX-License-Identifier: Apache-2.0
/* What the files look like is told in collectors/mountstats.c. */
#include "nfsmounts.h"

#include <string.h>

#include "collector.h"
#include "columns.h"
#include "mounts.h"

enum { RDMA_MAX = 28 };

/* How many numbers a transport has, and how many of them are taken. */
static const struct kind {
	const char *version; /* of the statistics */
	const char *protocol;
	size_t min;
	size_t max;
	size_t used;
	size_t lacks; /* numbers behind NFS_BIND */
} kinds[] = {
	{ "1.0", "tcp", 10, 10, 10, 0 },        { "1.0", "udp", 7, 7, 7, 3 },
	{ "1.1", "tcp", 13, 13, 13, 0 },        { "1.1", "udp", 10, 10, 10, 3 },
	{ "1.1", "rdma", 20, RDMA_MAX, 10, 0 },
};

/* The mount whose lines are read. */
struct reader {
	struct nfs_mount mount;
	const char *version; /* of its statistics */
	bool is_nfs;
	bool has_operations; /* their lines follow */
};

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

static void parse_transport(struct scrape *s, struct reader *r, char *text)
{
	const char *protocol = next_field(&text);
	struct nfs_mount *m = &r->mount;
	uint64_t numbers[RDMA_MAX];
	const struct kind *k = NULL;
	struct nfs_transport *to;

	for (size_t i = 0; protocol && i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].version, r->version) == 0 &&
		    strcmp(kinds[i].protocol, protocol) == 0)
			k = &kinds[i];
	}
	if (!k) {
		warn(s, "procfs self/mountstats: xprt: \"%.32s\" of version \"%.32s\" is not known",
		     protocol ? protocol : "", r->version);
		return;
	}
	if (m->n_transports == NFS_TRANSPORTS_MAX) {
		warn(s, "procfs self/mountstats: a mount has more than %d transports",
		     NFS_TRANSPORTS_MAX);
		return;
	}
	if (!parse_numbers(s, "xprt:", text, numbers, RDMA_MAX, k->min, k->max))
		return;
	to = &m->transports[m->n_transports++];
	*to = (struct nfs_transport){ .protocol = protocol };
	memcpy(to->numbers, numbers, NFS_CONNECT * sizeof(*numbers));
	memcpy(to->numbers + NFS_CONNECT + k->lacks, numbers + NFS_CONNECT,
	       (k->used - NFS_CONNECT) * sizeof(*numbers));
}

static void parse_operation(struct scrape *s, struct nfs_mount *m, char *name, char *text)
{
	struct nfs_operation *to = &m->operations[m->n_operations];

	if (m->n_operations == NFS_OPERATIONS_MAX) {
		warn(s, "procfs self/mountstats: a mount has more than %d operations",
		     NFS_OPERATIONS_MAX);
		return;
	}
	to->name = name;
	if (!parse_numbers(s, name, text, to->numbers, NFS_OPERATION, NFS_OPERATION, SIZE_MAX))
		return;
	if (ends_with(name, ":"))
		name[strlen(name) - 1] = '\0';
	m->n_operations++;
}

/* A line of statistics, behind its first field. */
static void parse_statistics(struct scrape *s, struct reader *r, char *key, char *text)
{
	struct nfs_mount *m = &r->mount;
	uint64_t number;

	if (r->has_operations) {
		parse_operation(s, m, key, text);
	} else if (strcmp(key, "per-op") == 0) {
		r->has_operations = true;
	} else if (strcmp(key, "xprt:") == 0) {
		parse_transport(s, r, text);
	} else if (strcmp(key, "bytes:") == 0) {
		m->has_bytes =
			parse_numbers(s, key, text, m->bytes, NFS_BYTES, NFS_BYTES, NFS_BYTES);
	} else if (strcmp(key, "events:") == 0) {
		m->has_events =
			parse_numbers(s, key, text, m->events, NFS_EVENTS, NFS_EVENTS, NFS_EVENTS);
	} else if (strcmp(key, "age:") == 0 && parse_numbers(s, key, text, &number, 1, 1, 1)) {
		m->has_age = true;
		m->age = number;
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
static bool parse_mount(struct scrape *s, char *text, struct reader *r)
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
	memset(&r->mount, 0, offsetof(struct nfs_mount, transports));
	r->mount.export = fields[0];
	r->mount.point = fields[3];
	r->version = version + (starts_with(version, "statvers=") ? strlen("statvers=") : 0);
	r->has_operations = false;
	return true;
}

void nfsmounts_visit(struct scrape *s, char *text, char *mountinfo,
                     void (*visit)(struct scrape *s, const struct nfs_mount *m, void *data),
                     void *data)
{
	struct reader *r = scrape_alloc(s, sizeof(*r));
	size_t n_mounts, index = 0;
	struct mount *mounts;
	char *line;

	mounts_parse(s, mountinfo, &mounts, &n_mounts);
	r->is_nfs = false;
	while ((line = next_line(&text))) {
		char *key = next_field(&line);

		if (key && strcmp(key, "device") != 0 && strcmp(key, "no") != 0) {
			if (r->is_nfs)
				parse_statistics(s, r, key, line);
			continue;
		}
		if (r->is_nfs)
			visit(s, &r->mount, data);
		r->is_nfs = key && strcmp(key, "device") == 0 && parse_mount(s, line, r);
		if (r->is_nfs)
			r->mount.address =
				server_address(s, mounts, n_mounts, index, r->mount.export);
		index += key != NULL;
	}
	if (r->is_nfs)
		visit(s, &r->mount, data);
}

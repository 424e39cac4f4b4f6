// SPDX-License-Identifier: Apache-2.0
/*
 * procfs net/sockstat and net/sockstat6: a name, and pairs of a key and a number. The memory of
 * TCP, UDP and the like ("mem") is counted in pages, that of fragments ("memory") in bytes:
 *
 *   sockets: used 290
 *   TCP: inuse 5 orphan 0 tw 2 alloc 8 mem 1
 *   FRAG: inuse 0 memory 0
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "collector.h"

static const struct metric used = {
	.name = "node_sockstat_sockets_used",
	.help = "Sockets of all kinds that are open.",
	.type = METRIC_GAUGE,
};

enum { INUSE, ORPHAN, TW, ALLOC, MEM, MEMORY, KEYS };

static const struct key {
	const char *name;
	const char *help;
} keys[KEYS] = {
	[INUSE] = { "inuse", "Sockets of this protocol that are in use." },
	[ORPHAN] = { "orphan", "Sockets of this protocol that no process has open any longer." },
	[TW] = { "tw", "Sockets of this protocol in state TIME_WAIT." },
	[ALLOC] = { "alloc", "Sockets of this protocol that are allocated." },
	[MEM] = { "mem", "Pages of memory for sockets of this protocol." },
	[MEMORY] = { "memory", "Bytes of memory for reassembling fragments." },
};

static void emit_named(struct scrape *s, const char *protocol, const char *key, const char *help,
                       double value)
{
	emit(s, metric_named(s, METRIC_GAUGE, help, NULL, "node_sockstat_%s_%s", protocol, key),
	     value);
}

static void collect_protocol(struct scrape *s, const char *file, const char *protocol, char *pairs)
{
	bool has_inuse = false;
	char *key, *field;
	int64_t value;
	size_t i;

	while ((key = next_field(&pairs))) {
		field = next_field(&pairs);
		for (i = 0; i < KEYS && strcmp(key, keys[i].name) != 0; i++)
			;
		has_inuse = has_inuse || i == INUSE;
		if (!field || parse_i64(field, &value) < 0) {
			warn(s,
			     "procfs net/%s: %s: expected a number behind %.32s, found \"%.32s\"",
			     file, protocol, key, field ? field : "");
			continue;
		}
		if (i == KEYS)
			continue;
		emit_named(s, protocol, key, keys[i].help, (double)value);
		if (i == MEM)
			emit_named(s, protocol, "mem_bytes",
			           "Bytes of memory for sockets of this protocol, in whole pages.",
			           (double)value * (double)sysconf(_SC_PAGESIZE));
	}
	/* Upstream has it in any case. */
	if (!has_inuse)
		emit_named(s, protocol, keys[INUSE].name, keys[INUSE].help, 0);
}

static void collect_used(struct scrape *s, const char *file, char *pairs)
{
	const char *key = next_field(&pairs), *field = next_field(&pairs);
	uint64_t value;

	if (!key || strcmp(key, "used") != 0 || !field || parse_u64(field, &value) < 0)
		warn(s, "procfs net/%s: expected the sockets used, found \"%.32s %.32s\"", file,
		     key ? key : "", field ? field : "");
	else
		emit(s, &used, (double)value);
}

static int collect_file(struct scrape *s, const char *file, bool is_v6)
{
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/%s", file);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while ((line = next_line(&text))) {
		char *colon = strchr(line, ':');

		if (!colon || colon == line) {
			warn(s, "procfs net/%s: expected a protocol, found \"%.64s\"", file, line);
			continue;
		}
		*colon++ = '\0';
		if (strcmp(line, "sockets") != 0)
			collect_protocol(s, file, line, colon);
		else if (!is_v6)
			collect_used(s, file, colon);
	}
	return 0;
}

static int sockstat_collect(struct scrape *s)
{
	int v4 = collect_file(s, "sockstat", false);
	const char *why = v4 < 0 ? failure(s, v4) : NULL;
	int v6 = collect_file(s, "sockstat6", true);

	return v4 < 0 ? fail(s, v4, "%s", why) : v6;
}

COLLECTOR(sockstat, .help = "sockets by protocol, and their memory", .default_on = true,
          .collect = sockstat_collect);

// SPDX-License-Identifier: Apache-2.0
/* What this machine does as a server of NFS: procfs net/rpc/nfsd, see rpcstat.h. */

#include <errno.h>

#include "collector.h"
#include "rpcstat.h"

enum { RC, FH, IO, TH, RA, NET, RPC, PROC2, PROC3, PROC4, PROC4OPS, WDELEG_GETATTR, LINES };
enum { V2_METHODS = 18, V3_METHODS = 22, V4_OPERATIONS = 40, V4_OPERATIONS_MIN = 39 };

static const struct rpcstat_line lines[LINES] = {
	[RC] = { .key = "rc", .min = 3, .max = 3 },
	[FH] = { .key = "fh", .min = 5, .max = 5 },
	[IO] = { .key = "io", .min = 2, .max = 2 },
	[TH] = { .key = "th", .min = 2, .max = 2, .is_open = true },
	[RA] = { .key = "ra", .min = 12, .max = 12 }, /* before Linux 5.4 */
	[NET] = { .key = "net", .min = 4, .max = 4 },
	[RPC] = { .key = "rpc", .min = 5, .max = 5 },
	[PROC2] = { .key = "proc2", .min = V2_METHODS, .max = SIZE_MAX, .is_counted = true },
	[PROC3] = { .key = "proc3", .min = V3_METHODS, .max = SIZE_MAX, .is_counted = true },
	[PROC4] = { .key = "proc4", .min = 2, .max = 2, .is_counted = true },
	[PROC4OPS] = { .key = "proc4ops",
	               .min = V4_OPERATIONS_MIN,
	               .max = SIZE_MAX,
	               .is_counted = true },
	[WDELEG_GETATTR] = { .key = "wdeleg_getattr", .min = 1, .max = 1 },
};

#define FIGURE(LINE, NUMBER, TYPE, NAME, HELP) \
	{ \
		LINE, NUMBER, \
		{ \
			.name = "node_nfsd_" NAME, .help = (HELP), .type = METRIC_##TYPE \
		} \
	}

static const struct figure {
	size_t line;
	size_t number;
	struct metric metric;
} figures[] = {
	FIGURE(RC, 0, COUNTER, "reply_cache_hits_total",
	       "Requests of the NFS server's that were answered from the cache of replies."),
	FIGURE(RC, 1, COUNTER, "reply_cache_misses_total",
	       "Requests of the NFS server's that had to be carried out and cached."),
	FIGURE(RC, 2, COUNTER, "reply_cache_nocache_total",
	       "Requests of the NFS server's whose replies need no cache."),
	FIGURE(FH, 0, COUNTER, "file_handles_stale_total",
	       "Requests of the NFS server's for files that are no more."),
	FIGURE(IO, 0, COUNTER, "disk_bytes_read_total", "Bytes that the NFS server read."),
	FIGURE(IO, 1, COUNTER, "disk_bytes_written_total", "Bytes that the NFS server wrote."),
	FIGURE(TH, 0, GAUGE, "server_threads", "Threads of the NFS server."),
	FIGURE(RA, 0, GAUGE, "read_ahead_cache_size_blocks",
	       "Size of the NFS server's read-ahead cache; 0 since Linux 5.4."),
	FIGURE(RA, 11, COUNTER, "read_ahead_cache_not_found_total",
	       "Look-ups in the NFS server's read-ahead cache that found nothing; 0 since Linux 5.4."),
	FIGURE(NET, 3, COUNTER, "connections_total",
	       "Connections by TCP that the NFS server accepted."),
	FIGURE(RPC, 0, COUNTER, "server_rpcs_total", "Calls that the NFS server received."),
};

static const struct metric packets = {
	.name = "node_nfsd_packets_total",
	.help = "Packets of the NFS server, by protocol below RPC.",
	.type = METRIC_COUNTER,
	.labels = LABELS("proto"),
};

static const struct metric errors = {
	.name = "node_nfsd_rpc_errors_total",
	.help = "Calls that the NFS server refused, by what was wrong with them.",
	.type = METRIC_COUNTER,
	.labels = LABELS("error"),
};

static const struct metric requests = {
	.name = "node_nfsd_requests_total",
	.help = "Requests to the NFS server, by version of NFS and method.",
	.type = METRIC_COUNTER,
	.labels = LABELS("proto", "method"),
};

/* NULL for what upstream leaves out. */
static const char *const v2[V2_METHODS] = {
	NULL,     "GetAttr", "SetAttr", "Root", "Lookup",  "ReadLink", "Read",  "WrCache", "Write",
	"Create", "Remove",  "Rename",  "Link", "SymLink", "MkDir",    "RmDir", "ReadDir", "FsStat",
};

static const char *const v3[V3_METHODS] = {
	NULL,      "GetAttr",     "SetAttr", "Lookup", "Access",   "ReadLink", "Read",   "Write",
	"Create",  "MkDir",       "SymLink", "MkNod",  "Remove",   "RmDir",    "Rename", "Link",
	"ReadDir", "ReadDirPlus", "FsStat",  "FsInfo", "PathConf", "Commit",
};

static const char *const v4[V4_OPERATIONS] = {
	NULL,
	NULL,
	NULL,
	"Access",
	"Close",
	"Commit",
	"Create",
	"DelegPurge",
	"DelegReturn",
	"GetAttr",
	"GetFH",
	"Link",
	"Lock",
	"Lockt",
	"Locku",
	"Lookup",
	"LookupRoot",
	"Nverify",
	"Open",
	"OpenAttr",
	"OpenConfirm",
	"OpenDgrd",
	"PutFH",
	NULL,
	NULL,
	"Read",
	"ReadDir",
	"ReadLink",
	"Remove",
	"Rename",
	"Renew",
	"RestoreFH",
	"SaveFH",
	"SecInfo",
	"SetAttr",
	"SetClientID",
	"SetClientIDConfirm",
	"Verify",
	"Write",
	"RelLockOwner",
};

static void emit_requests(struct scrape *s, const struct rpcstat_numbers *line, const char *version,
                          const char *const *methods, size_t count)
{
	for (size_t i = 0; i < count && !line->is_bad; i++) {
		if (methods[i])
			emit(s, &requests, (double)line->numbers[i], version, methods[i]);
	}
}

static int nfsd_collect(struct scrape *s)
{
	static const char *const wdeleg_getattr[] = { "WdelegGetattr" };
	struct rpcstat_numbers *found;
	char *text;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/rpc/nfsd");
	if (r < 0)
		return r == -ENOENT ? NO_DATA : r;
	rpcstat_parse(s, "net/rpc/nfsd", text, lines, LINES, &found);
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		const struct rpcstat_numbers *line = &found[figures[i].line];

		if (!line->is_bad)
			emit(s, &figures[i].metric, (double)line->numbers[figures[i].number]);
	}
	if (!found[NET].is_bad) {
		emit(s, &packets, (double)found[NET].numbers[1], "udp");
		emit(s, &packets, (double)found[NET].numbers[2], "tcp");
	}
	if (!found[RPC].is_bad) {
		emit(s, &errors, (double)found[RPC].numbers[2], "fmt");
		emit(s, &errors, (double)found[RPC].numbers[3], "auth");
		emit(s, &errors, (double)found[RPC].numbers[4], "cInt");
	}
	emit_requests(s, &found[PROC2], "2", v2, V2_METHODS);
	emit_requests(s, &found[PROC3], "3", v3, V3_METHODS);
	emit_requests(s, &found[PROC4OPS], "4", v4, V4_OPERATIONS);
	emit_requests(s, &found[WDELEG_GETATTR], "4", wdeleg_getattr, 1);
	return 0;
}

COLLECTOR(nfsd, .help = "requests to the NFS server", .needs = "the NFS server, module nfsd",
          .default_on = true, .collect = nfsd_collect);

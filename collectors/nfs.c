// SPDX-License-Identifier: Apache-2.0
/* What this machine does as a client of NFS: procfs net/rpc/nfs, see rpcstat.h. */

#include <errno.h>

#include "collector.h"
#include "rpcstat.h"

enum { NET, RPC, PROC2, PROC3, PROC4, LINES };
enum { V2_METHODS = 18, V3_METHODS = 22, V4_METHODS = 59 };

static const struct rpcstat_line lines[LINES] = {
	[NET] = { .key = "net", .min = 4, .max = 4 },
	[RPC] = { .key = "rpc", .min = 3, .max = 3 },
	[PROC2] = { .key = "proc2", .min = V2_METHODS, .max = SIZE_MAX, .is_counted = true },
	[PROC3] = { .key = "proc3", .min = V3_METHODS, .max = SIZE_MAX, .is_counted = true },
	/* Older kernels know fewer of them: upstream has 0 for the rest. */
	[PROC4] = { .key = "proc4", .min = 0, .max = SIZE_MAX, .is_counted = true },
};

static const struct metric packets = {
	.name = "node_nfs_packets_total",
	.help = "Packets of the NFS client, by protocol below RPC.",
	.type = METRIC_COUNTER,
	.labels = LABELS("protocol"),
};

static const struct metric connections = {
	.name = "node_nfs_connections_total",
	.help = "Connections by TCP that the NFS client made.",
	.type = METRIC_COUNTER,
};

/* In the order of the line. */
static const struct metric rpcs[] = {
	{ .name = "node_nfs_rpcs_total",
	  .help = "Calls of the NFS client.",
	  .type = METRIC_COUNTER },
	{ .name = "node_nfs_rpc_retransmissions_total",
	  .help = "Calls of the NFS client that were sent again.",
	  .type = METRIC_COUNTER },
	{ .name = "node_nfs_rpc_authentication_refreshes_total",
	  .help = "Times that the NFS client renewed its credentials.",
	  .type = METRIC_COUNTER },
};

static const struct metric requests = {
	.name = "node_nfs_requests_total",
	.help = "Requests of the NFS client, by version of NFS and method.",
	.type = METRIC_COUNTER,
	.labels = LABELS("proto", "method"),
};

static const char *const v2[V2_METHODS] = {
	"Null",   "GetAttr", "SetAttr", "Root", "Lookup",  "ReadLink", "Read",  "WrCache", "Write",
	"Create", "Remove",  "Rename",  "Link", "SymLink", "MkDir",    "RmDir", "ReadDir", "FsStat",
};

static const char *const v3[V3_METHODS] = {
	"Null",    "GetAttr",     "SetAttr", "Lookup", "Access",   "ReadLink", "Read",   "Write",
	"Create",  "MkDir",       "SymLink", "MkNod",  "Remove",   "RmDir",    "Rename", "Link",
	"ReadDir", "ReadDirPlus", "FsStat",  "FsInfo", "PathConf", "Commit",
};

static const char *const v4[V4_METHODS] = {
	"Null",
	"Read",
	"Write",
	"Commit",
	"Open",
	"OpenConfirm",
	"OpenNoattr",
	"OpenDowngrade",
	"Close",
	"Setattr",
	"FsInfo",
	"Renew",
	"SetClientID",
	"SetClientIDConfirm",
	"Lock",
	"Lockt",
	"Locku",
	"Access",
	"Getattr",
	"Lookup",
	"LookupRoot",
	"Remove",
	"Rename",
	"Link",
	"Symlink",
	"Create",
	"Pathconf",
	"StatFs",
	"ReadLink",
	"ReadDir",
	"ServerCaps",
	"DelegReturn",
	"GetACL",
	"SetACL",
	"FsLocations",
	"ReleaseLockowner",
	"Secinfo",
	"FsidPresent",
	"ExchangeID",
	"CreateSession",
	"DestroySession",
	"Sequence",
	"GetLeaseTime",
	"ReclaimComplete",
	"GetDeviceInfo",
	"LayoutGet",
	"LayoutCommit",
	"LayoutReturn",
	"SecinfoNoName",
	"TestStateID",
	"FreeStateID",
	"GetDeviceList",
	"BindConnToSession",
	"DestroyClientID",
	"Seek",
	"Allocate",
	"DeAllocate",
	"LayoutStats",
	"Clone",
};

static void emit_requests(struct scrape *s, const struct rpcstat_numbers *line, const char *version,
                          const char *const *methods, size_t count)
{
	for (size_t i = 0; i < count && !line->is_bad; i++)
		emit(s, &requests, (double)line->numbers[i], version, methods[i]);
}

static int nfs_collect(struct scrape *s)
{
	struct rpcstat_numbers *found;
	char *text;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/rpc/nfs");
	if (r < 0)
		return r == -ENOENT ? NO_DATA : r;
	rpcstat_parse(s, "net/rpc/nfs", text, lines, LINES, &found);
	if (!found[NET].is_bad) {
		emit(s, &packets, (double)found[NET].numbers[1], "udp");
		emit(s, &packets, (double)found[NET].numbers[2], "tcp");
		emit(s, &connections, (double)found[NET].numbers[3]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rpcs) && !found[RPC].is_bad; i++)
		emit(s, &rpcs[i], (double)found[RPC].numbers[i]);
	emit_requests(s, &found[PROC2], "2", v2, V2_METHODS);
	emit_requests(s, &found[PROC3], "3", v3, V3_METHODS);
	emit_requests(s, &found[PROC4], "4", v4, V4_METHODS);
	return 0;
}

COLLECTOR(nfs, .help = "requests of the NFS client", .needs = "the NFS client, module nfs",
          .default_on = true, .collect = nfs_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * procfs drbd, of DRBD 8: words, some of which are a key and a value. A number for a key begins the
 * next device, and amounts are in KiB:
 *
 *    0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----
 *       ns:8 nr:0 dw:12 dr:2349 al:1 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

#define DEVICE_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_drbd_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("device") \
	}

static const struct figure {
	const char *key;
	double factor;
	struct metric metric;
} figures[] = {
	{ "ns", 1024,
	  DEVICE_METRIC(COUNTER, "network_sent_bytes_total", "Bytes sent to the peer.") },
	/* As upstream, which does not scale this one. */
	{ "nr", 1,
	  DEVICE_METRIC(COUNTER, "network_received_bytes_total",
	                "KiB (not bytes, in spite of the name) received from the peer.") },
	{ "dw", 1024,
	  DEVICE_METRIC(COUNTER, "disk_written_bytes_total", "Bytes written to the local disk.") },
	{ "dr", 1024,
	  DEVICE_METRIC(COUNTER, "disk_read_bytes_total", "Bytes read from the local disk.") },
	{ "al", 1,
	  DEVICE_METRIC(COUNTER, "activitylog_writes_total", "Updates of the activity log.") },
	{ "bm", 1, DEVICE_METRIC(COUNTER, "bitmap_writes_total", "Updates of the bitmap.") },
	{ "lo", 1,
	  DEVICE_METRIC(GAUGE, "local_pending", "Requests that the local disk has not answered.") },
	{ "pe", 1,
	  DEVICE_METRIC(GAUGE, "remote_pending", "Requests that the peer has not answered.") },
	{ "ua", 1,
	  DEVICE_METRIC(GAUGE, "remote_unacknowledged",
	                "Requests of the peer that it has no answer to yet.") },
	{ "ap", 1,
	  DEVICE_METRIC(GAUGE, "application_pending",
	                "Requests from above that are not finished.") },
	{ "ep", 1, DEVICE_METRIC(GAUGE, "epochs", "Epochs of writes between two barriers.") },
	{ "oos", 1024,
	  DEVICE_METRIC(GAUGE, "out_of_sync_bytes", "Bytes that differ, or may, on the peer.") },
};

static const struct pair {
	const char *key;
	const char *good;
	struct metric metric;
} pairs[] = {
	{ "ro",
	  "Primary",
	  { .name = "node_drbd_node_role_is_primary",
	    .help = "Whether a node has the primary role.",
	    .type = METRIC_GAUGE,
	    .labels = LABELS("device", "node") } },
	{ "ds",
	  "UpToDate",
	  { .name = "node_drbd_disk_state_is_up_to_date",
	    .help = "Whether the data on a node's disk are up to date.",
	    .type = METRIC_GAUGE,
	    .labels = LABELS("device", "node") } },
};

static const struct metric connected =
	DEVICE_METRIC(GAUGE, "connected", "Whether the peer is connected.");

static bool collect_figure(struct scrape *s, const char *device, const char *key, const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		double value;

		if (strcmp(key, figures[i].key) != 0)
			continue;
		if (parse_double(text, &value) < 0)
			warn(s, "procfs drbd: %s: expected a number for %s, found \"%.32s\"",
			     device, key, text);
		else
			emit(s, &figures[i].metric, value * figures[i].factor, device);
		return true;
	}
	return false;
}

/* "UpToDate/Inconsistent": here and there. */
static void collect_pair(struct scrape *s, const char *device, const char *key, char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		const char *local, *remote;

		if (strcmp(key, pairs[i].key) != 0)
			continue;
		if (!strchr(text, '/')) {
			warn(s,
			     "procfs drbd: %s: expected a state of both nodes for %s, "
			     "found \"%.32s\"",
			     device, key, text);
			return;
		}
		/* There is a slash, so neither is NULL but for an empty one behind it. */
		local = next_part(&text, '/');
		remote = next_part(&text, '/');
		emit(s, &pairs[i].metric, strcmp(local, pairs[i].good) == 0, device, "local");
		emit(s, &pairs[i].metric, remote && strcmp(remote, pairs[i].good) == 0, device,
		     "remote");
		return;
	}
}

/* One word; *device changes where it begins another one. */
static void collect_word(struct scrape *s, const char **device, char *word)
{
	char *key = word, *value = strchr(word, ':');
	uint64_t number;

	if (!value || strchr(value + 1, ':'))
		return;
	*value++ = '\0';
	if (!*value && parse_u64(key, &number) == 0) {
		*device = scrape_printf(s, "drbd%llu", (unsigned long long)number);
		return;
	}
	if (strcmp(key, "cs") == 0)
		emit(s, &connected, strcmp(value, "Connected") == 0, *device);
	else if (!collect_figure(s, *device, key, value))
		collect_pair(s, *device, key, value);
}

static int drbd_collect(struct scrape *s)
{
	const char *device = "unknown"; /* upstream's word for figures above all devices */
	char *text, *line, *word;
	int r;

	r = tree_read(s, TREE_PROC, &text, "drbd");
	if (r == -ENOENT)
		return NO_DATA;
	if (r < 0)
		return r;
	while ((line = next_line(&text)))
		while ((word = next_field(&line)))
			collect_word(s, &device, word);
	return 0;
}

COLLECTOR(drbd, .help = "replicated block devices, DRBD 8", .needs = "the module drbd",
          .collect = drbd_collect);

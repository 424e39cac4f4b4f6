// SPDX-License-Identifier: Apache-2.0
/*
 * Ports of Fibre Channel adapters: sysfs class/fc_host has a directory for each of them, with texts
 * and with counters below statistics ("0x13"). Adapters say all ones for what they do not count.
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

enum { TEXTS = 10, PORT_STATE = 1 };

static const struct metric info = {
	.name = "node_fibrechannel_info",
	.help = "What a Fibre Channel port is and is connected to; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("fc_host", "speed", "port_state", "port_type", "port_id", "port_name",
	                 "fabric_name", "symbolic_name", "supported_classes", "supported_speeds",
	                 "dev_loss_tmo"),
};

/* In the order of the labels. */
static const struct text {
	const char *file;
	bool is_hex; /* and loses its 0x */
} texts[TEXTS] = {
	{ "speed", false },
	[PORT_STATE] = { "port_state", false },
	{ "port_type", false },
	{ "port_id", true },
	{ "port_name", true },
	{ "fabric_name", true },
	{ "symbolic_name", false },
	{ "supported_classes", false },
	{ "supported_speeds", false },
	{ "dev_loss_tmo", false },
};

#define COUNTER(FILE, NAME, HELP) \
	{ \
		FILE, \
		{ \
			.name = "node_fibrechannel_" NAME "_total", .help = (HELP), \
			.type = METRIC_COUNTER, .labels = LABELS("fc_host") \
		} \
	}

static const struct counter {
	const char *file;
	struct metric metric;
} counters[] = {
	COUNTER("dumped_frames", "dumped_frames", "Frames dropped for want of resources."),
	COUNTER("error_frames", "error_frames", "Frames received with an error."),
	COUNTER("fcp_packet_aborts", "fcp_packet_aborts", "SCSI commands that were given up."),
	COUNTER("invalid_crc_count", "invalid_crc", "Frames received with a bad checksum."),
	COUNTER("invalid_tx_word_count", "invalid_tx_words", "Words received that are not valid."),
	COUNTER("link_failure_count", "link_failure", "Times that the link failed."),
	COUNTER("loss_of_signal_count", "loss_of_signal", "Times that the signal was lost."),
	COUNTER("loss_of_sync_count", "loss_of_sync", "Times that synchronisation was lost."),
	COUNTER("nos_count", "nos", "Times that the other side said it is not operational (NOS)."),
	COUNTER("rx_frames", "rx_frames", "Frames received."),
	COUNTER("rx_words", "rx_words", "Words of four bytes received."),
	COUNTER("seconds_since_last_reset", "seconds_since_last_reset",
	        "Seconds since these counters were reset."),
	COUNTER("tx_frames", "tx_frames", "Frames sent."),
	COUNTER("tx_words", "tx_words", "Words of four bytes sent."),
};

/* An attribute below class/fc_host; where there is none or it cannot be read that is no news. */
static int read_text(struct scrape *s, const char *host, const char *dir, const char *file,
                     char **ret)
{
	int r;

	r = tree_read_attr(s, TREE_SYS, ret, "class/fc_host/%s/%s%s", host, dir, file);
	/* Also for what the driver does not offer, or has not for the port as it is. */
	if (r < 0 && r != -ENOENT && r != -ENODEV && r != -ENXIO && r != -EACCES && r != -EPERM &&
	    r != -EINVAL && r != -EOPNOTSUPP)
		warn(s, "%s", failure(s, r));
	return r;
}

static void collect_counters(struct scrape *s, const char *host)
{
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		const struct counter *c = &counters[i];
		uint64_t value;
		char *text;

		if (read_text(s, host, "statistics/", c->file, &text) < 0)
			continue;
		if (parse_u64_any(text, &value) < 0)
			warn(s,
			     "sysfs class/fc_host/%s/statistics/%s: expected a number, found "
			     "\"%.32s\"",
			     host, c->file, text);
		else if (value != UINT64_MAX)
			emit(s, &c->metric, (double)value, host);
	}
}

static void collect_host(struct scrape *s, const char *host)
{
	const char *labels[TEXTS + 2] = { host };
	int r, state_r = 0;

	for (size_t i = 0; i < TEXTS; i++) {
		char *text;

		r = read_text(s, host, "", texts[i].file, &text);
		if (i == PORT_STATE)
			state_r = r;
		if (r == 0 && texts[i].is_hex && strlen(text) > 2)
			text += 2;
		labels[i + 1] = r == 0 ? text : "";
	}
	/* It may just have gone. */
	if (state_r == -ENODEV || state_r == -ENXIO ||
	    (state_r == -ENOENT && !tree_exists(s, TREE_SYS, "class/fc_host/%s/.", host)))
		return;
	emit_labels(s, &info, 1, labels);
	if (state_r != -ENOENT && strcmp(labels[PORT_STATE + 1], "Unknown") != 0) {
		collect_counters(s, host);
		return;
	}
	/* As upstream has it. */
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		emit(s, &counters[i].metric, 0, host);
}

static int fibrechannel_collect(struct scrape *s)
{
	char **hosts;
	int r;

	r = tree_list(s, TREE_SYS, &hosts, "class/fc_host");
	if (r < 0)
		return r == -ENOENT ? NO_DATA : r;
	for (; *hosts; hosts++) {
		/* Its firmware is asked. Numbers of hosts are not used twice. */
		if (hazard(s, *hosts))
			collect_host(s, *hosts);
	}
	return 0;
}

COLLECTOR(fibrechannel, .help = "ports of Fibre Channel adapters",
          .needs = "a Fibre Channel adapter", .default_on = true, .may_block = true,
          .collect = fibrechannel_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * Ports of InfiniBand adapters: sysfs class/infiniband has a directory for each adapter, with texts
 * and with ports/1, ports/2, … A port has a state ("4: ACTIVE"), a rate ("40 Gb/sec (4X QDR)") and
 * three directories of counters: counters, hw_counters and, before Linux 4.5, counters_ext.
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

#define PORT_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_infiniband_" NAME, .help = (HELP), .type = METRIC_##TYPE, \
		.labels = LABELS("device", "port") \
	}
#define COUNTER(FILE, NAME, HELP) \
	{ \
		FILE, 1, 1, PORT_METRIC(COUNTER, NAME "_total", HELP) \
	}
/* The kernel has data divided by four. */
#define DATA(FILE, NAME, HELP) \
	{ \
		FILE, 4, 1, PORT_METRIC(COUNTER, NAME "_bytes_total", HELP) \
	}

static const struct metric info = {
	.name = "node_infiniband_info",
	.help = "What an InfiniBand adapter is; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("device", "board_id", "firmware_version", "hca_type"),
};

static const struct metric state_id = PORT_METRIC(
	GAUGE, "state_id",
	"State of the port: 1 down, 2 initialising, 3 armed, 4 active, 5 active after errors.");
static const struct metric physical_state_id = PORT_METRIC(
	GAUGE, "physical_state_id",
	"Physical state of the port: 1 sleep, 2 polling, 3 disabled, 4 training, 5 link up, "
	"6 recovery from errors, 7 test.");
static const struct metric rate_bytes =
	PORT_METRIC(GAUGE, "rate_bytes_per_second", "Speed of the port at most.");

struct counter {
	const char *file;
	uint64_t factor;
	uint64_t divisor;
	struct metric metric;
};

static const struct counter counters[] = {
	COUNTER("excessive_buffer_overrun_errors", "excessive_buffer_overrun_errors",
	        "Times that the receive buffers stayed full for too long."),
	COUNTER("link_downed", "link_downed", "Times that the link went down."),
	COUNTER("link_error_recovery", "link_error_recovery",
	        "Times that the link recovered by itself."),
	COUNTER("local_link_integrity_errors", "local_link_integrity_errors",
	        "Times that local errors passed their limit."),
	COUNTER("multicast_rcv_packets", "multicast_packets_received",
	        "Multicast packets received."),
	COUNTER("multicast_xmit_packets", "multicast_packets_transmitted",
	        "Multicast packets sent."),
	COUNTER("port_rcv_constraint_errors", "port_constraint_errors_received",
	        "Packets received that the switch discarded for a constraint."),
	DATA("port_rcv_data", "port_data_received", "Bytes received."),
	COUNTER("port_rcv_discards", "port_discards_received",
	        "Packets received that were discarded."),
	COUNTER("port_rcv_errors", "port_errors_received", "Packets received with an error."),
	COUNTER("port_rcv_packets", "port_packets_received", "Packets received."),
	COUNTER("port_rcv_remote_physical_errors", "port_receive_remote_physical_errors",
	        "Packets received that were marked as bad on their way."),
	COUNTER("port_rcv_switch_relay_errors", "port_receive_switch_relay_errors",
	        "Packets received that the switch could not relay."),
	COUNTER("port_xmit_constraint_errors", "port_constraint_errors_transmitted",
	        "Packets not sent for a constraint of the switch."),
	DATA("port_xmit_data", "port_data_transmitted", "Bytes sent."),
	COUNTER("port_xmit_discards", "port_discards_transmitted",
	        "Packets discarded as the port was down or congested."),
	COUNTER("port_xmit_packets", "port_packets_transmitted", "Packets sent."),
	COUNTER("port_xmit_wait", "port_transmit_wait",
	        "Ticks during which there was data, but nothing could be sent."),
	COUNTER("symbol_error", "symbol_error", "Small errors on the line."),
	COUNTER("unicast_rcv_packets", "unicast_packets_received",
	        "Unicast packets received, bad ones included."),
	COUNTER("unicast_xmit_packets", "unicast_packets_transmitted",
	        "Unicast packets sent, bad ones included."),
	COUNTER("VL15_dropped", "vl15_dropped",
	        "Management packets dropped for want of resources."),
};

static const struct counter legacy_counters[] = {
	COUNTER("port_multicast_rcv_packets", "legacy_multicast_packets_received",
	        "Multicast packets received, by kernels before 4.5."),
	COUNTER("port_multicast_xmit_packets", "legacy_multicast_packets_transmitted",
	        "Multicast packets sent, by kernels before 4.5."),
	DATA("port_rcv_data_64", "legacy_data_received", "Bytes received, by kernels before 4.5."),
	COUNTER("port_rcv_packets_64", "legacy_packets_received",
	        "Packets received, by kernels before 4.5."),
	COUNTER("port_unicast_rcv_packets", "legacy_unicast_packets_received",
	        "Unicast packets received, by kernels before 4.5."),
	COUNTER("port_unicast_xmit_packets", "legacy_unicast_packets_transmitted",
	        "Unicast packets sent, by kernels before 4.5."),
	DATA("port_xmit_data_64", "legacy_data_transmitted", "Bytes sent, by kernels before 4.5."),
	COUNTER("port_xmit_packets_64", "legacy_packets_transmitted",
	        "Packets sent, by kernels before 4.5."),
};

static const struct counter hardware_counters[] = {
	COUNTER("duplicate_request", "duplicate_requests_packets",
	        "Requests received a second time."),
	COUNTER("implied_nak_seq_err", "implied_nak_seq_errors",
	        "Replies received whose number was past the one expected."),
	COUNTER("local_ack_timeout_err", "local_ack_timeout_errors",
	        "Times that the sender waited for an acknowledgement in vain."),
	COUNTER("np_cnp_sent", "np_cnp_packets_sent",
	        "Notifications of congestion sent as the notified side."),
	COUNTER("np_ecn_marked_roce_packets", "np_ecn_marked_roce_packets_received",
	        "RoCE packets received with a mark of congestion."),
	COUNTER("out_of_buffer", "out_of_buffer_drops",
	        "Packets dropped for want of a receive buffer."),
	COUNTER("out_of_sequence", "out_of_sequence_packets_received",
	        "Packets received out of sequence."),
	COUNTER("packet_seq_err", "packet_sequence_errors",
	        "Refusals received for packets out of sequence."),
	COUNTER("req_cqe_error", "req_cqes_errors", "Completions with an error, of own requests."),
	COUNTER("req_cqe_flush_error", "req_cqes_flush_errors",
	        "Completions that were flushed, of own requests."),
	COUNTER("req_remote_access_errors", "req_remote_access_errors",
	        "Own requests that the other side refused for want of access."),
	COUNTER("req_remote_invalid_request", "req_remote_invalid_request_errors",
	        "Own requests that the other side called invalid."),
	COUNTER("resp_cqe_error", "resp_cqes_errors", "Completions with an error, of replies."),
	COUNTER("resp_cqe_flush_error", "resp_cqes_flush_errors",
	        "Completions that were flushed, of replies."),
	COUNTER("resp_local_length_error", "resp_local_length_errors",
	        "Requests received with a bad length."),
	COUNTER("resp_remote_access_errors", "resp_remote_access_errors",
	        "Requests received that had no access."),
	COUNTER("rnr_nak_retry_err", "rnr_nak_retry_packets_received",
	        "Refusals received as the other side was not ready."),
	COUNTER("roce_adp_retrans", "roce_adp_retransmits",
	        "Times that RoCE packets were sent again adaptively."),
	COUNTER("roce_adp_retrans_to", "roce_adp_retransmits_timeout",
	        "Times that sending RoCE packets again adaptively timed out."),
	COUNTER("roce_slow_restart", "roce_slow_restart_used",
	        "Times that RoCE started slowly again."),
	COUNTER("roce_slow_restart_cnps", "roce_slow_restart_cnps",
	        "Notifications of congestion sent by slow restarts of RoCE."),
	COUNTER("roce_slow_restart_trans", "roce_slow_restart",
	        "Times that RoCE changed over to a slow restart."),
	COUNTER("rp_cnp_handled", "rp_cnp_packets_handled",
	        "Notifications of congestion received and obeyed."),
	COUNTER("rp_cnp_ignored", "rp_cnp_ignored_packets_received",
	        "Notifications of congestion received and ignored."),
	COUNTER("rx_atomic_requests", "rx_atomic_requests", "Atomic requests received."),
	COUNTER("rx_dct_connect", "rx_dct_connect_requests",
	        "Requests to connect a dynamic transport received."),
	COUNTER("rx_icrc_encapsulated", "rx_icrc_encapsulated_errors",
	        "RoCE packets received with a bad invariant checksum."),
	COUNTER("rx_read_requests", "rx_read_requests", "Requests to read received."),
	COUNTER("rx_write_requests", "rx_write_requests", "Requests to write received."),
	/* In milliseconds, cut to whole seconds as upstream does. */
	{ "lifespan", 1, 1000,
	  PORT_METRIC(GAUGE, "lifespan_seconds",
	              "How old the adapter lets these counters grow before it reads them anew.") },
};

static struct {
	struct filter filter;
} self;

static const struct flag flags[] = {
	{ .name = "collector.infiniband.device-exclude",
	  .type = FLAG_REGEX,
	  .target = &self.filter.exclude,
	  .help = "Leave out adapters whose name matches." },
	{ .name = "collector.infiniband.device-include",
	  .type = FLAG_REGEX,
	  .target = &self.filter.include,
	  .help = "Export only adapters whose name matches." },
	{ 0 },
};

/* What happened that costs the whole collector upstream: NO_DATA or 0, as all below return. */
static int tolerate(struct scrape *s, int r)
{
	if (r == -ENOENT)
		return NO_DATA;
	warn(s, "%s", failure(s, r));
	return 0;
}

static const struct counter *find_counter(const struct counter *table, size_t count,
                                          const char *file)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(table[i].file, file) == 0)
			return &table[i];
	}
	return NULL;
}

/* A directory of counters, of which there are those that the adapter has. False where it is not. */
static bool collect_counters(struct scrape *s, const char *device, const char *port,
                             const char *dir, const struct counter *table, size_t count)
{
	char *text, **files;
	uint64_t value;
	int r;

	r = tree_list(s, TREE_SYS, &files, "class/infiniband/%s/ports/%s/%s", device, port, dir);
	if (r < 0 && r != -ENOENT)
		warn(s, "%s", failure(s, r));
	if (r < 0)
		return false;
	for (; *files; files++) {
		const struct counter *c = find_counter(table, count, *files);

		if (!c)
			continue;
		r = tree_read_attr(s, TREE_SYS, &text, "class/infiniband/%s/ports/%s/%s/%s", device,
		                   port, dir, c->file);
		if (r == -ENOENT || r == -ENODEV || r == -EACCES || r == -EPERM || r == -EINVAL ||
		    r == -EOPNOTSUPP || r == -EISDIR)
			continue;
		if (r < 0)
			warn(s, "%s", failure(s, r));
		else if (parse_u64_any(text, &value) == 0)
			emit(s, &c->metric, (double)(value * c->factor / c->divisor), device, port);
		else if (!strstr(text, "N/A (no PMA)"))
			warn(s,
			     "sysfs class/infiniband/%s/ports/%s/%s/%s: expected a number, found "
			     "\"%.32s\"",
			     device, port, dir, c->file, text);
	}
	return true;
}

/* "4: ACTIVE" */
static int collect_state(struct scrape *s, const struct metric *m, const char *device,
                         const char *port, const char *file)
{
	char *text, *colon;
	uint64_t value;
	int r;

	r = tree_read_attr(s, TREE_SYS, &text, "class/infiniband/%s/ports/%s/%s", device, port,
	                   file);
	if (r < 0)
		return tolerate(s, r);
	colon = strchr(text, ':');
	if (colon)
		*colon = '\0';
	if (!colon || strchr(colon + 1, ':') || parse_u64(trim(text), &value) < 0 ||
	    value > UINT32_MAX)
		warn(s,
		     "sysfs class/infiniband/%s/ports/%s/%s: expected a number and a name, found "
		     "\"%s\"",
		     device, port, file, text);
	else
		emit(s, m, (double)value, device, port);
	return 0;
}

/* "40 Gb/sec (4X QDR)" */
static int collect_rate(struct scrape *s, const char *device, const char *port)
{
	char *text, *number;
	double value;
	int r;

	r = tree_read_attr(s, TREE_SYS, &text, "class/infiniband/%s/ports/%s/rate", device, port);
	if (r < 0)
		return tolerate(s, r);
	number = next_field(&text);
	if (!number || !*text || parse_double(number, &value) < 0 ||
	    !(value >= 0 && value < 1e10)) {
		warn(s,
		     "sysfs class/infiniband/%s/ports/%s/rate: expected a number of Gb/sec, found "
		     "\"%s\"",
		     device, port, number ? number : "");
		return 0;
	}
	/* As upstream, which has it as a float at first and as an integer at last. */
	emit(s, &rate_bytes, (double)(uint64_t)((double)(float)value * 125000000), device, port);
	return 0;
}

static int collect_port(struct scrape *s, const char *device, const char *port)
{
	int result;

	result = collect_state(s, &state_id, device, port, "state");
	result |= collect_state(s, &physical_state_id, device, port, "phys_state");
	result |= collect_rate(s, device, port);
	if (collect_counters(s, device, port, "counters", counters, ARRAY_SIZE(counters)))
		(void)collect_counters(s, device, port, "counters_ext", legacy_counters,
		                       ARRAY_SIZE(legacy_counters)); /* rarely there */
	(void)collect_counters(s, device, port, "hw_counters", hardware_counters,
	                       ARRAY_SIZE(hardware_counters)); /* not everywhere */
	return result;
}

/* Texts that not every driver has. */
static const char *read_label(struct scrape *s, const char *device, const char *file)
{
	char *text;
	int r;

	r = tree_read_attr(s, TREE_SYS, &text, "class/infiniband/%s/%s", device, file);
	if (r < 0 && r != -ENOENT)
		warn(s, "%s", failure(s, r));
	return r < 0 ? "" : text;
}

static int collect_device(struct scrape *s, const char *device)
{
	char *firmware, **ports;
	uint64_t number;
	int result = 0, r;

	tree_identify(TREE_SYS, "class/infiniband/%s", device);
	r = tree_read_attr(s, TREE_SYS, &firmware, "class/infiniband/%s/fw_ver", device);
	if (r < 0)
		result = tolerate(s, r);
	else
		emit(s, &info, 1, device, read_label(s, device, "board_id"), firmware,
		     read_label(s, device, "hca_type"));

	r = tree_list(s, TREE_SYS, &ports, "class/infiniband/%s/ports", device);
	if (r < 0)
		return tolerate(s, r);
	for (; *ports; ports++) {
		if (parse_u64(*ports, &number) < 0) {
			warn(s, "sysfs class/infiniband/%s/ports: expected a number, found \"%s\"",
			     device, *ports);
			continue;
		}
		result |= collect_port(s, device, *ports);
	}
	return result;
}

static int infiniband_collect(struct scrape *s)
{
	int result = 0, r;
	char **devices;

	r = tree_list(s, TREE_SYS, &devices, "class/infiniband");
	if (r < 0)
		return r == -ENOENT ? NO_DATA : r;
	for (; *devices; devices++) {
		/* Its firmware is asked, and it has to be reset where that does not answer. */
		if (!filter_keeps(&self.filter, *devices) || !hazard(s, *devices))
			continue;
		result |= collect_device(s, *devices);
	}
	return result;
}

COLLECTOR(infiniband, .help = "ports of InfiniBand adapters",
          .needs = "an InfiniBand or RoCE adapter", .default_on = true, .may_block = true,
          .flags = flags, .collect = infiniband_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * procfs net/xfrm_stat: packets that IPsec lost, by the reason; a name and a number on each line.
 *
 *   XfrmInError             	0
 *   XfrmInBufferError       	0
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

#define FIGURE(KEY, NAME, HELP) \
	{ \
		KEY, \
		{ \
			.name = "node_xfrm_" NAME "_packets_total", .help = (HELP), \
			.type = METRIC_COUNTER \
		} \
	}

static const struct figure {
	const char *key;
	struct metric metric;
} figures[] = {
	FIGURE("XfrmInError", "in_error", "Packets lost on the way in for all other reasons."),
	FIGURE("XfrmInBufferError", "in_buffer_error",
	       "Packets lost on the way in for want of a buffer."),
	FIGURE("XfrmInHdrError", "in_hdr_error", "Packets lost on the way in for their header."),
	FIGURE("XfrmInNoStates", "in_no_states",
	       "Packets that came in with an address, protocol or SPI of no known state."),
	FIGURE("XfrmInStateProtoError", "in_state_proto_error",
	       "Packets that came in and were not as the protocol demands, keys included."),
	FIGURE("XfrmInStateModeError", "in_state_mode_error",
	       "Packets that came in and were not as the mode demands."),
	FIGURE("XfrmInStateSeqError", "in_state_seq_error",
	       "Packets that came in with a sequence number out of the window."),
	FIGURE("XfrmInStateExpired", "in_state_expired",
	       "Packets that came in for a state that had expired."),
	FIGURE("XfrmInStateMismatch", "in_state_mismatch",
	       "Packets that came in for a state with other options, such as encapsulation."),
	FIGURE("XfrmInStateInvalid", "in_state_invalid",
	       "Packets that came in for a state that is not valid."),
	FIGURE("XfrmInTmplMismatch", "in_tmpl_mismatch",
	       "Packets that came in and had no template of the policy's."),
	FIGURE("XfrmInNoPols", "in_no_pols", "Packets that came in for a state without a policy."),
	FIGURE("XfrmInPolBlock", "in_pol_block", "Packets discarded on the way in by a policy."),
	FIGURE("XfrmInPolError", "in_pol_error",
	       "Packets lost on the way in for an error of the policy."),
	FIGURE("XfrmOutError", "out_error", "Packets lost on the way out for all other reasons."),
	FIGURE("XfrmOutBundleGenError", "out_bundle_gen_error",
	       "Packets lost on the way out as making the bundle failed."),
	FIGURE("XfrmOutBundleCheckError", "out_bundle_check_error",
	       "Packets lost on the way out as the bundle was not valid."),
	FIGURE("XfrmOutNoStates", "out_no_states",
	       "Packets lost on the way out for want of a state."),
	FIGURE("XfrmOutStateProtoError", "out_state_proto_error",
	       "Packets lost on the way out for an error of the protocol."),
	FIGURE("XfrmOutStateModeError", "out_state_mode_error",
	       "Packets lost on the way out for an error of the mode."),
	FIGURE("XfrmOutStateSeqError", "out_state_seq_error",
	       "Packets lost on the way out as the sequence number overflowed."),
	FIGURE("XfrmOutStateExpired", "out_state_expired",
	       "Packets lost on the way out as the state had expired."),
	FIGURE("XfrmOutPolBlock", "out_pol_block", "Packets discarded on the way out by a policy."),
	FIGURE("XfrmOutPolDead", "out_pol_dead",
	       "Packets lost on the way out as the policy was being removed."),
	FIGURE("XfrmOutPolError", "out_pol_error",
	       "Packets lost on the way out for an error of the policy."),
	FIGURE("XfrmFwdHdrError", "fwd_hdr_error",
	       "Packets lost as they were forwarded, for their header."),
	FIGURE("XfrmOutStateInvalid", "out_state_invalid",
	       "Packets lost on the way out as the state was not valid."),
	FIGURE("XfrmAcquireError", "acquire_error",
	       "Packets for whose state the kernel knew no answer in time."),
};

/* The entry for key, or one that is none. */
static size_t find_figure(const char *key)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(figures) && strcmp(key, figures[i].key) != 0)
		i++;
	return i;
}

static int xfrm_collect(struct scrape *s)
{
	/* Kernels that lack one do not count it: 0, as upstream has it. */
	uint64_t values[ARRAY_SIZE(figures) + 1] = { 0 };
	bool is_bad[ARRAY_SIZE(figures) + 1] = { 0 };
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/xfrm_stat");
	if (r < 0)
		return r;
	while ((line = next_line(&text))) {
		const char *key = next_field(&line), *field = next_field(&line);
		size_t i = find_figure(key ? key : "");

		if (field && !next_field(&line) && parse_u64(field, &values[i]) == 0)
			continue;
		is_bad[i] = true;
		warn(s, "procfs net/xfrm_stat: expected a name and a number, found \"%.32s %.32s\"",
		     key ? key : "", field ? field : "");
	}
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++) {
		if (!is_bad[i])
			emit(s, &figures[i].metric, (double)values[i]);
	}
	return 0;
}

COLLECTOR(xfrm, .help = "packets that IPsec lost, by the reason", .needs = "CONFIG_XFRM_STATISTICS",
          .collect = xfrm_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * Memory errors that the hardware has noticed: sysfs devices/system/edac/mc/mcN, a directory for
 * each memory controller, with csrowN for each row of chips, in which there are chN_ce_count,
 * chN_ue_count and chN_dimm_label for each channel.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

static const struct metric correctable = {
	.name = "node_edac_correctable_errors_total",
	.help = "Memory errors that were corrected.",
	.type = METRIC_COUNTER,
	.labels = LABELS("controller"),
};

static const struct metric uncorrectable = {
	.name = "node_edac_uncorrectable_errors_total",
	.help = "Memory errors that could not be corrected.",
	.type = METRIC_COUNTER,
	.labels = LABELS("controller"),
};

static const struct metric csrow_correctable = {
	.name = "node_edac_csrow_correctable_errors_total",
	.help = "Memory errors that were corrected, by row; unknown where no row could be told.",
	.type = METRIC_COUNTER,
	.labels = LABELS("controller", "csrow"),
};

static const struct metric csrow_uncorrectable = {
	.name = "node_edac_csrow_uncorrectable_errors_total",
	.help = "Memory errors that could not be corrected, by row; in row unknown: by none in "
		"particular.",
	.type = METRIC_COUNTER,
	.labels = LABELS("controller", "csrow"),
};

static const struct metric channel_correctable = {
	.name = "node_edac_channel_correctable_errors_total",
	.help = "Memory errors that were corrected, by row and channel.",
	.type = METRIC_COUNTER,
	.labels = LABELS("controller", "csrow", "channel", "dimm_label"),
};

static const struct metric channel_uncorrectable = {
	.name = "node_edac_channel_uncorrectable_errors_total",
	.help = "Memory errors that could not be corrected, by row and channel.",
	.type = METRIC_COUNTER,
	.labels = LABELS("controller", "csrow", "channel", "dimm_label"),
};

/* The digits behind prefix, or NULL where there are none. */
static char *digits_behind(struct scrape *s, const char *name, const char *prefix)
{
	size_t length = strlen(prefix), digits;

	if (!starts_with(name, prefix))
		return NULL;
	digits = strspn(name + length, "0123456789");
	return digits ? scrape_printf(s, "%.*s", (int)digits, name + length) : NULL;
}

/* The text of chN_dimm_label as upstream writes it: without '#', with '_' before csrow, channel. */
static const char *dimm_label(struct scrape *s, const char *row, const char *channel)
{
	char *text, *plain, *label, *to;

	if (tree_read(s, TREE_SYS, &text, "devices/system/edac/mc/%s/ch%s_dimm_label", row,
	              channel) < 0)
		return "unknown";
	plain = to = text = trim(text);
	for (; *text; text++)
		if (*text != '#')
			*to++ = *text;
	*to = '\0';
	label = to = scrape_alloc(s, 2 * strlen(plain) + 1);
	for (; *plain; *to++ = *plain++)
		if (starts_with(plain, "csrow") || starts_with(plain, "channel"))
			*to++ = '_';
	*to = '\0';
	return label;
}

/* row is "mc0/csrow0". */
static void collect_channel(struct scrape *s, const char *controller, const char *csrow,
                            const char *row, const char *channel)
{
	const char *label = dimm_label(s, row, channel);
	uint64_t count;

	if (attr_u64(s, &count, "devices/system/edac/mc/%s/ch%s_ce_count", row, channel) == 0)
		emit(s, &channel_correctable, (double)count, controller, csrow, channel, label);
	if (attr_u64(s, &count, "devices/system/edac/mc/%s/ch%s_ue_count", row, channel) == 0)
		emit(s, &channel_uncorrectable, (double)count, controller, csrow, channel, label);
}

static void collect_csrow(struct scrape *s, const char *controller, const char *csrow,
                          const char *row)
{
	char **names = attr_list(s, "devices/system/edac/mc/%s", row);
	uint64_t count;

	if (!names)
		return;
	if (attr_u64(s, &count, "devices/system/edac/mc/%s/ce_count", row) == 0)
		emit(s, &csrow_correctable, (double)count, controller, csrow);
	if (attr_u64(s, &count, "devices/system/edac/mc/%s/ue_count", row) == 0)
		emit(s, &csrow_uncorrectable, (double)count, controller, csrow);
	for (size_t i = 0; names[i]; i++) {
		const char *channel = digits_behind(s, names[i], "ch");

		if (channel && strcmp(names[i] + 2 + strlen(channel), "_ce_count") == 0)
			collect_channel(s, controller, csrow, row, channel);
	}
}

static void collect_controller(struct scrape *s, const char *name, const char *controller)
{
	const struct {
		const char *attr;
		const struct metric *metric;
		const char *csrow; /* NULL: no such label */
	} counts[] = {
		{ "ce_count", &correctable, NULL },
		{ "ue_count", &uncorrectable, NULL },
		{ "ce_noinfo_count", &csrow_correctable, "unknown" },
		{ "ue_noinfo_count", &csrow_uncorrectable, "unknown" },
	};
	char **names = attr_list(s, "devices/system/edac/mc/%s", name);
	uint64_t count;

	if (!names)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		const char *const labels[] = { controller, counts[i].csrow, NULL };

		if (attr_u64(s, &count, "devices/system/edac/mc/%s/%s", name, counts[i].attr) == 0)
			emit_labels(s, counts[i].metric, (double)count, labels);
	}
	for (size_t i = 0; names[i]; i++) {
		const char *csrow = digits_behind(s, names[i], "csrow");

		if (csrow)
			collect_csrow(s, controller, csrow,
			              scrape_printf(s, "%s/%s", name, names[i]));
	}
}

static int edac_collect(struct scrape *s)
{
	char **names = attr_list(s, "devices/system/edac/mc");

	for (size_t i = 0; names && names[i]; i++) {
		const char *controller = digits_behind(s, names[i], "mc");

		if (controller)
			collect_controller(s, names[i], controller);
	}
	return 0;
}

COLLECTOR(edac, .help = "memory errors",
          .needs = "memory with error correction, and its EDAC driver", .default_on = true,
          .collect = edac_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * Graphics cards of AMD: sysfs class/drm/cardN/device, in which the driver amdgpu has a file for
 * each property. uevent there names the driver. The card may be woken up, or not answer, when its
 * properties are read.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

static const struct metric card_info = {
	.name = "node_drm_card_info",
	.help = "What a graphics card is, and the performance level it is held at; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("card", "memory_vendor", "power_performance_level", "unique_id", "vendor"),
};

#define CARD_METRIC(NAME, HELP) \
	{ \
		.name = "node_drm_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS("card") \
	}

static const struct number {
	const char *attr;
	struct metric metric;
} numbers[] = {
	{ "gpu_busy_percent",
	  CARD_METRIC("gpu_busy_percent", "How much of the time the GPU was busy, in percent.") },
	{ "mem_info_gtt_total",
	  CARD_METRIC("memory_gtt_size_bytes", "Main memory that the GPU can reach (GTT).") },
	{ "mem_info_gtt_used",
	  CARD_METRIC("memory_gtt_used_bytes", "Main memory that the GPU uses (GTT).") },
	{ "mem_info_vis_vram_total",
	  CARD_METRIC("memory_vis_vram_size_bytes", "Video memory that the CPUs can reach.") },
	{ "mem_info_vis_vram_used",
	  CARD_METRIC("memory_vis_vram_used_bytes",
	              "Video memory in use of what the CPUs can reach.") },
	{ "mem_info_vram_total", CARD_METRIC("memory_vram_size_bytes", "Video memory.") },
	{ "mem_info_vram_used", CARD_METRIC("memory_vram_used_bytes", "Video memory in use.") },
};

/* card and one digit: neither a connector (card0-DP-1), nor, as upstream has it, card10. */
static bool is_card(const char *name)
{
	return starts_with(name, "card") && isdigit((unsigned char)name[4]) && !name[5];
}

static const char *text_of(struct scrape *s, const char *card, const char *attr)
{
	char *text;

	return attr_text(s, &text, "class/drm/%s/device/%s", card, attr) == 0 ? text : "";
}

/* What does not change while the card is there. */
static const char *fact_of(struct scrape *s, const char *card, const char *attr)
{
	char *text;

	return attr_fact(s, &text, "class/drm/%s/device/%s", card, attr) == 0 ? text : "";
}

static void collect_card(struct scrape *s, const char *card)
{
	char *path;

	if (!strstr(fact_of(s, card, "uevent"), "DRIVER=amdgpu"))
		return;
	if (tree_read_link(s, TREE_SYS, &path, "class/drm/%s", card) < 0)
		path = scrape_printf(s, "class/drm/%s", card);
	if (!attr_hazard(s, "card", path))
		return;
	emit(s, &card_info, 1, card, fact_of(s, card, "mem_info_vram_vendor"),
	     text_of(s, card, "power_dpm_force_performance_level"), fact_of(s, card, "unique_id"),
	     "amd");
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		int64_t value;

		if (attr_i64_any(s, &value, "class/drm/%s/device/%s", card, numbers[i].attr) == 0)
			emit(s, &numbers[i].metric, (double)value, card);
	}
}

static int drm_collect(struct scrape *s)
{
	char **names = attr_list(s, "class/drm");

	for (size_t i = 0; names && names[i]; i++)
		if (is_card(names[i]))
			collect_card(s, names[i]);
	return 0;
}

COLLECTOR(drm, .help = "graphics cards of AMD", .needs = "a graphics card with the driver amdgpu",
          .may_block = true, .collect = drm_collect);

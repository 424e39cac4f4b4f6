// SPDX-License-Identifier: Apache-2.0
/* Sets taken in: names, labels and values looked at, and escaped where that is wanted. */
#include "gather.h"

#include <string.h>

#include "text.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Whether name keeps to the characters that every Prometheus takes. */
static bool is_legacy_name(const char *name, bool may_have_colon)
{
	for (const char *c = name; *c; c++)
		if (!is_letter(*c) && (*c < '0' || *c > '9' || c == name) &&
		    (*c != ':' || !may_have_colon))
			return false;
	return *name != '\0';
}

static bool is_utf8(const char *text, size_t length)
{
	return utf8_prefix(text, length) == length;
}

/* Up to eight bytes as one word, zeros behind them; of fewer some may be in it twice. */
static uint64_t load(const char *bytes, size_t size)
{
	const unsigned char *byte = (const unsigned char *)bytes;
	uint64_t word = 0;
	uint32_t low, high;

	if (size >= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
	} else if (size >= sizeof(low)) {
		memcpy(&low, bytes, sizeof(low));
		memcpy(&high, bytes + size - sizeof(high), sizeof(high));
		word = (uint64_t)high << 32 | low;
	} else if (size) {
		word = byte[0] | (uint64_t)byte[size / 2] << 8 | (uint64_t)byte[size - 1] << 16;
	}
	return word;
}

/* Whether bytes are ASCII without quote, backslash and newline, found out eight at a time. */
static bool is_plain(const char *bytes, size_t size)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;

	for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
		uint64_t word = load(bytes + i, size - i);
		/* In each, the byte that is looked for is 0, and less 1 has the top bit set. */
		uint64_t quote = word ^ (ones * '"');
		uint64_t backslash = word ^ (ones * '\\');
		uint64_t newline = word ^ (ones * '\n');

		if ((word | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
		     ((newline - ones) & ~newline)) &
		    highs)
			return false;
	}
	return true;
}

/* A name that is not legacy, and valid, as it is to be written. */
static const char *take_odd_name(struct gather *g, const char *name, bool is_label)
{
	g->has_odd_names = true;
	if (g->escaping == ESCAPING_UTF8)
		return name;
	return escape_name(&g->arena, name, strlen(name), is_label, g->escaping);
}

/* Fill in form->labels in order of name. Returns what is wrong with them, or NULL. */
static const char *take_labels(struct gather *g, struct gather_form *form,
                               const struct set_item *item)
{
	for (size_t i = 0; i < item->n_labels; i++) {
		const char *name = item->labels[i];
		size_t length = strlen(name), at = i;
		bool is_legacy = is_legacy_name(name, false);
		int order = 1;

		if (!is_legacy && (!length || !is_utf8(name, length)))
			return "a label's name is empty or not UTF-8";
		if ((name[0] == '_' && name[1] == '_') ||
		    (form->type == METRIC_SUMMARY && !strcmp(name, "quantile")) ||
		    (form->type == METRIC_HISTOGRAM && !strcmp(name, "le")))
			return "a label's name is a reserved one";
		if (!is_legacy) {
			name = take_odd_name(g, name, true);
			length = strlen(name);
			is_legacy = g->escaping != ESCAPING_UTF8;
		}
		while (at && (order = strcmp(name, form->labels[at - 1].name)) < 0) {
			form->labels[at] = form->labels[at - 1];
			at--;
		}
		if (!order)
			return "two labels have the same name";
		form->labels[at] = (struct gather_label){
			.name = name,
			.length = (uint32_t)length,
			.index = (uint16_t)i,
			.is_legacy = is_legacy,
		};
		form->names_size += length;
	}
	form->n_labels = item->n_labels;
	return NULL;
}

static void add_form(struct gather *g, const char *source, const struct set_item *item,
                     bool is_secondary)
{
	size_t help_length = strlen(item->help);
	struct gather_form *form;

	if (g->n_forms == g->form_room) {
		g->form_room = g->form_room ? g->form_room * 2 : 512;
		g->forms = xrealloc(g->forms, g->form_room * sizeof(struct gather_form *));
	}
	form = arena_alloc(&g->arena, sizeof(*form) + item->n_labels * sizeof(form->labels[0]));
	*form = (struct gather_form){
		.source = source,
		.name = item->name,
		.origin = item->name,
		.name_length = strlen(item->name),
		.help = item->help,
		.is_help_plain = is_plain(item->help, help_length),
		.type = item->type,
		.is_legacy = is_legacy_name(item->name, true),
		.is_secondary = is_secondary,
		.order = g->n_forms,
	};
	g->forms[g->n_forms++] = form;
	if (!form->is_legacy && (!form->name_length || !is_utf8(form->name, form->name_length))) {
		form->fault = "the metric's name is empty or not UTF-8";
		return;
	}
	if (!form->is_legacy) {
		form->name = take_odd_name(g, form->name, false);
		form->name_length = strlen(form->name);
		form->is_legacy = g->escaping != ESCAPING_UTF8;
	}
	if (!form->is_help_plain && !is_utf8(form->help, help_length))
		form->fault = "the help text is not UTF-8";
	else
		form->fault = take_labels(g, form, item);
}

static void add_sample(struct gather *g, struct gather_form *form, const struct set_item *item)
{
	bool has_bound = item->part == PART_QUANTILE || item->part == PART_BUCKET;
	uint32_t size = 0;

	if (g->n_samples == g->sample_room) {
		g->sample_room = g->sample_room ? g->sample_room * 2 : 1024;
		g->samples = xrealloc(g->samples, g->sample_room * sizeof(*g->samples));
	}
	for (size_t i = 0; i < item->n_labels; i++)
		size += item->lengths[i];
	g->samples[g->n_samples++] = (struct gather_sample){
		.bound = has_bound ? item->bound + 0.0 : 0.0, /* of -0 this makes 0 */
		.value = item->value,
		.form = form,
		.lengths = item->lengths,
		.values_size = size,
		.part = (uint8_t)item->part,
		.is_plain = is_plain(item->bytes, size),
	};
	form->n_samples++;
}

int gather_add(struct gather *g, const char *source, const void *set, size_t size,
               bool is_secondary)
{
	size_t forms_before = g->n_forms, samples_before = g->n_samples;
	struct set_item item;
	int r;

	set_read(&g->reader, set, size);
	while ((r = set_next(&g->reader, &item)) > 0) {
		if (item.kind == SET_FAMILY)
			add_form(g, source, &item, is_secondary);
		else
			add_sample(g, g->forms[forms_before + item.family], &item);
	}
	if (r < 0) {
		g->n_forms = forms_before;
		g->n_samples = samples_before;
	}
	return r;
}

// SPDX-License-Identifier: Apache-2.0
#include "expo.h"

static const struct expo_writer *const writers[EXPO_FORMATS] = {
	[EXPO_TEXT] = &expo_text,
	[EXPO_OPENMETRICS] = &expo_openmetrics,
	[EXPO_PROTOBUF] = &expo_protobuf,
	[EXPO_PROTOBUF_TEXT] = &expo_protobuf_text,
	[EXPO_PROTOBUF_COMPACT] = &expo_protobuf_compact,
};

static bool is_wanted(const struct expo *e, const struct gather_family *f)
{
	if (!e->names)
		return true;
	for (const char *const *name = e->names; *name; name++)
		if (!strcmp(*name, f->origin))
			return true;
	return false;
}

bool expo_write(struct expo *e, struct buffer *b, size_t size)
{
	const struct expo_writer *w = writers[e->format];
	const struct gather *g = e->gather;
	size_t before = b->used;

	for (; e->family < g->n_families; e->family++, e->sample = 0) {
		const struct gather_family *f = &g->families[e->family];

		if (!e->sample && (!is_wanted(e, f) || (w->takes && !w->takes(g, f))))
			continue;
		if (!e->sample)
			w->begin(g, f, b);
		while (e->sample < f->n_samples) {
			e->sample += w->add(f, e->sample, b);
			if (b->used >= size)
				return true;
		}
	}
	if (!e->is_ended)
		buffer_add_text(b, w->end);
	e->is_ended = true;
	return b->used > before;
}

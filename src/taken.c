// SPDX-License-Identifier: Apache-2.0
#include "taken.h"

#define REMEMBERED_NS (300 * NS_PER_SEC)

static struct {
	size_t count;
	struct taken {
		uint64_t name; /* its hash */
		int64_t met_at;
	} names[TAKEN_MAX];
} self;

static void remember(uint64_t name, int64_t now)
{
	size_t at = 0;

	while (at < self.count && self.names[at].name != name)
		at++;
	if (at == TAKEN_MAX)
		return;
	self.names[at] = (struct taken){ name, now };
	self.count = MAX(self.count, at + 1);
}

void taken_note(const struct gather *g, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < self.count; i++)
		if (now - self.names[i].met_at < REMEMBERED_NS)
			self.names[kept++] = self.names[i];
	self.count = kept;
	for (size_t i = 0; gather_dropped(g) && i < g->n_forms; i++) {
		const struct gather_form *form = g->forms[i];

		if (form->is_secondary && form->fault)
			remember(hash_text(0, form->origin), now);
	}
}

void taken_tell(struct wire_order *order)
{
	order->n_taken = (uint32_t)self.count;
	for (size_t i = 0; i < self.count; i++)
		order->taken[i] = self.names[i].name;
}

// SPDX-License-Identifier: Apache-2.0
/* Repeats: what they apply to must be there, and must not be one; counted ones have a limit. */
#include "re2_item.h"

#include <ctype.h>
#include <string.h>

enum { REPEAT_MAX = 1000 }; /* as in Go */

/* A number without a leading zero, or -1 where there is none; REPEAT_MAX + 1 for all above. */
static int repeat_count(const char **at)
{
	const char *start = *at;
	int count = 0;

	if (!isdigit((unsigned char)start[0]) ||
	    (start[0] == '0' && isdigit((unsigned char)start[1])))
		return -1;
	for (; isdigit((unsigned char)**at); (*at)++)
		count = MIN(count * 10 + (**at - '0'), REPEAT_MAX + 1);
	return count;
}

/* {n}, {n,} and {n,m}; what looks otherwise is no operator. max is -1 where there is none. */
static bool read_counts(const char **at, int *ret_min, int *ret_max)
{
	const char *next = *at + 1;
	int min, max;

	min = repeat_count(&next);
	if (min < 0)
		return false;
	max = min;
	if (*next == ',') {
		next++;
		max = *next == '}' ? -1 : repeat_count(&next);
		if (max < 0 && *next != '}')
			return false;
	}
	if (*next != '}')
		return false;
	*at = next + 1;
	*ret_min = min;
	*ret_max = max;
	return true;
}

int re2_repeat(struct re2_translation *t, const char *end)
{
	const char *start = t->in.at, *lazy = end + (*end == '?');
	struct buffer *out = &t->out;

	if (!t->has_item)
		return re2_refuse(&t->in, start, "nothing to repeat before %.*s",
		                  (int)(end - start), start);
	if (t->last_repeat)
		return re2_refuse(&t->in, t->last_repeat, "a repeat of a repeat: %.*s",
		                  (int)(lazy - t->last_repeat), t->last_repeat);
	if (t->is_wrapped) {
		buffer_add(out, "(?:", 3);
		memmove(out->data + t->item + 3, out->data + t->item, out->used - t->item - 3);
		memcpy(out->data + t->item, "(?:", 3);
		buffer_add_text(out, ")");
	}
	buffer_add(out, start, (size_t)(end - start));
	t->is_wrapped = true;
	t->last_repeat = start;
	t->in.at = lazy;
	return 0;
}

int re2_counts(struct re2_translation *t)
{
	const char *start = t->in.at, *end = start;
	int min, max, r;
	unsigned factor;

	if (!read_counts(&end, &min, &max)) {
		re2_count_item(t);
		re2_put_char(t, '{');
		t->in.at++;
		t->last_repeat = NULL;
		return 0;
	}
	if (min > REPEAT_MAX || max > REPEAT_MAX || (max >= 0 && min > max))
		return re2_refuse(&t->in, start, "%.*s must go up, to %d at most",
		                  (int)(end - start), start, REPEAT_MAX);
	r = re2_repeat(t, end);
	if (r < 0)
		return r;
	factor = (unsigned)MAX(max < 0 ? min : max, 1);
	t->repeats = max == 0 ? 1 : t->repeats * factor;
	if (t->repeats > REPEAT_MAX)
		return re2_refuse(&t->in, start, "repeats within repeats come to more than %d",
		                  REPEAT_MAX);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "ethnames.h"

#include <string.h>

#include "sanitize.h"
#include "text.h"

static const char *const labels[] = { "device", NULL };
static const char help[] = "A figure of the network device's driver, under the name it has there.";

/* Names that upstream exports as what they are, with another ending. */
static const char *const totals[] = { "rx_bytes", "rx_dropped", "rx_errors", "rx_packets",
	                              "tx_bytes", "tx_errors",  "tx_packets" };

/* A statistic on its way to a name. */
struct candidate {
	const char *raw;
	const char *name; /* of the metric, but for a total's ending */
	size_t index;
	bool is_total;
};

/*
 * Replace whole words, as parted by underscores. The underscore behind one that was replaced counts
 * as part of it, so that the next word stays: "rx_rx" is "received_rx".
 */
static const char *replace_word(struct scrape *s, const char *text, const char *word,
                                const char *by)
{
	char *rest = scrape_printf(s, "%s", text), *part;
	const char *result = "";
	bool is_free = true;

	for (bool is_first = true; *rest || is_first; is_first = false) {
		bool is_last = !strchr(rest, '_');

		part = next_part(&rest, '_');
		if (!part)
			break;
		is_free = !(is_free && strcmp(part, word) == 0);
		result =
			scrape_printf(s, "%s%s%s", result, is_free ? part : by, is_last ? "" : "_");
	}
	return result;
}

static const char *make_name(struct scrape *s, const char *sanitized)
{
	char *name;

	while (*sanitized == '_')
		sanitized++;
	name = scrape_printf(s, "%s", sanitized);
	for (char *at = name; *at; at++)
		*at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
	return replace_word(s, replace_word(s, name, "rx", "received"), "tx", "transmitted");
}

static bool is_total(const char *sanitized)
{
	for (size_t i = 0; i < ARRAY_SIZE(totals); i++) {
		if (strcmp(sanitized, totals[i]) == 0)
			return true;
	}
	return false;
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int r = strcmp(x->name, y->name);

	if (r == 0)
		r = strcmp(x->raw, y->raw);
	return r ? r : (x->index > y->index) - (x->index < y->index);
}

static void name_metric(struct metric *m, const struct candidate *c)
{
	*m = (struct metric){
		.name = xasprintf("node_ethtool_%s%s", c->name, c->is_total ? "_total" : ""),
		.help = help,
		.type = METRIC_UNTYPED,
		.labels = labels,
	};
}

static struct ethnames *make_names(struct scrape *s, const char *names, size_t count, size_t size,
                                   const struct regex *include)
{
	struct candidate *candidates = scrape_alloc(s, count * sizeof(*candidates));
	struct ethnames *made = xcalloc(1, sizeof(*made));
	size_t n = 0;

	made->count = count;
	made->metrics = xcalloc(count, sizeof(*made->metrics));
	for (size_t i = 0; i < count; i++) {
		const char *raw = scrape_printf(s, "%.*s", (int)size, names + i * size);
		const char *sanitized = sanitize(s, raw);

		if (raw[0] && regex_matches(include, sanitized))
			candidates[n++] = (struct candidate){ raw, make_name(s, sanitized), i,
				                              is_total(sanitized) };
	}
	if (n)
		qsort(candidates, n, sizeof(*candidates), compare_candidates);
	for (size_t first = 0, next; first < n; first = next) {
		/* Those of one name; of equal ones the last counts. */
		for (next = first + 1; next < n;) {
			if (strcmp(candidates[first].name, candidates[next].name) != 0)
				break;
			next++;
		}
		if (strcmp(candidates[first].raw, candidates[next - 1].raw) == 0)
			name_metric(&made->metrics[candidates[next - 1].index],
			            &candidates[next - 1]);
	}
	return made;
}

const struct ethnames *ethnames_find(struct scrape *s, struct ethnames **list, const char *names,
                                     size_t count, size_t size, const struct regex *include)
{
	uint64_t hash = hash_bytes(0, names, count * size);
	struct ethnames *found = *list;

	while (found && (found->hash != hash || found->count != count))
		found = found->next;
	if (!found) {
		found = make_names(s, names, count, size, include);
		found->hash = hash;
		found->next = *list;
		*list = found;
	}
	found->was_used = true;
	return found;
}

static void free_names(struct ethnames *names)
{
	for (size_t i = 0; i < names->count; i++)
		cleanup_free(&names->metrics[i].name);
	free(names->metrics);
	free(names);
}

void ethnames_prune(struct ethnames **list)
{
	while (*list) {
		struct ethnames *names = *list;

		if (names->was_used) {
			names->was_used = false;
			list = &names->next;
		} else {
			*list = names->next;
			free_names(names);
		}
	}
}

void ethnames_free(struct ethnames **list)
{
	while (*list) {
		struct ethnames *names = *list;

		*list = names->next;
		free_names(names);
	}
}

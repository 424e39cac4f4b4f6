// SPDX-License-Identifier: Apache-2.0
/*
 * Flaws of CPUs: sysfs devices/system/cpu/vulnerabilities, a file for each one that the kernel
 * knows, with a state and what there is to say of it:
 *
 *   Not affected
 *   Vulnerable: No microcode
 *   Mitigation: PTI
 */

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "collector.h"

static const struct metric info = {
	.name = "node_cpu_vulnerabilities_info",
	.help = "Whether a flaw of CPUs concerns this machine, and what is done about it; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("codename", "state", "mitigation"),
};

static const char *const states[] = { "not affected", "vulnerable", "mitigation", "unknown" };
enum { NOT_AFFECTED, UNKNOWN = 3 };

/* All words but the first one, with one blank between them. */
static const char *rest_of_words(char *text)
{
	char *first, *end, *word;

	for (char *c = text; *c; c++)
		if (strchr("\n\r\v\f", *c))
			*c = ' ';
	(void)next_field(&text); /* the state, which is known */
	first = next_field(&text);
	if (!first)
		return "";
	end = first + strlen(first);
	while ((word = next_field(&text))) {
		size_t length = strlen(word);

		*end++ = ' ';
		memmove(end, word, length + 1);
		end += length;
	}
	return first;
}

static void collect_flaw(struct scrape *s, const char *name)
{
	size_t state = 0;
	char *text;
	int r;

	r = tree_read(s, TREE_SYS, &text, "devices/system/cpu/vulnerabilities/%s", name);
	if (r < 0) {
		if (r != -ENOENT)
			warn(s, "%s", failure(s, r));
		return;
	}
	text = trim(text);
	while (state < ARRAY_SIZE(states) &&
	       strncasecmp(text, states[state], strlen(states[state])) != 0)
		state++;
	if (state == ARRAY_SIZE(states))
		emit(s, &info, 1, name, states[UNKNOWN], text);
	else
		emit(s, &info, 1, name, states[state],
		     state == NOT_AFFECTED ? "" : rest_of_words(text));
}

static int cpu_vulnerabilities_collect(struct scrape *s)
{
	char **names;
	int r;

	r = tree_list(s, TREE_SYS, &names, "devices/system/cpu/vulnerabilities");
	/* As upstream: a machine without the directory has just no flaws to tell of. */
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	for (size_t i = 0; names[i]; i++)
		collect_flaw(s, names[i]);
	return 0;
}

COLLECTOR(cpu_vulnerabilities, .help = "flaws of CPUs and what is done about them",
          .collect = cpu_vulnerabilities_collect);

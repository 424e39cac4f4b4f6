// SPDX-License-Identifier: Apache-2.0
/*
 * Memory of NUMA nodes: sysfs devices/system/node/nodeN/meminfo, a figure on each line as in
 * /proc/meminfo, and numastat in the same place, which counts pages:
 *
 *   Node 0 MemTotal:       134182340 kB              numa_hit 193460335812
 *   Node 0 Active(anon):     691324 kB               numa_miss 12624528
 *   Node 0 HugePages_Total:     0                    local_node 193454780853
 *
 * Upstream's names do not say that figures in kB are exported as bytes.
 */

#include <errno.h>
#include <string.h>

#include "collector.h"
#include "known.h"

static const struct metric memory_form = {
	.help = "Memory of a NUMA node, in the kernel's naming: bytes, or a number of huge pages.",
	.type = METRIC_GAUGE,
	.labels = LABELS("node"),
};

static const struct metric pages_form = {
	.help = "Pages allocated on or for a NUMA node, in the kernel's naming.",
	.type = METRIC_COUNTER,
	.labels = LABELS("node"),
};

static struct {
	struct known_list known;
} self;

/* "Active(anon):" makes node_memory_numa_Active_anon. */
static char *memory_name(const char *key)
{
	char *name = xasprintf("node_memory_numa_%s", key), *to = name;

	for (const char *from = name; *from; from++) {
		if (*from == '(')
			*to++ = '_';
		else if (*from != ')')
			*to++ = *from;
	}
	while (to > name && to[-1] == ':')
		to--;
	*to = '\0';
	return name;
}

/* NULL where there are far too many names. */
static const struct metric *find_metric(struct scrape *s, const char *key, bool is_memory)
{
	struct known *k = known_find(&self.known, key);

	if (!k && is_memory)
		k = known_add(&self.known, key, &memory_form, memory_name(key));
	else if (!k)
		k = known_add(&self.known, key, &pages_form,
		              xasprintf("node_memory_numa_%s_total", key));
	if (!k)
		warn(s, "sysfs devices/system/node: more than %d names", KNOWN_MAX);
	return k ? &k->metric : NULL;
}

static void collect_memory(struct scrape *s, const char *dir, char *line)
{
	char *words[6] = { 0 }; /* "Node", its number, the name, the value, the unit, no more */
	const struct metric *m;
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		words[i] = next_field(&line);
	if (!words[0])
		return;
	if (!words[3] || parse_u64(words[3], &value) < 0 ||
	    (words[4] && strcmp(words[4], "kB") != 0) || words[5]) {
		warn(s,
		     "sysfs devices/system/node/%s/meminfo: %.32s expected a number, found "
		     "\"%.32s\" \"%.32s\"",
		     dir, words[2] ? words[2] : "", words[3] ? words[3] : "",
		     words[4] ? words[4] : "");
		return;
	}
	m = find_metric(s, words[2], true);
	if (m)
		emit(s, m, (double)value * (words[4] ? 1024 : 1), words[1]);
}

static void collect_pages(struct scrape *s, const char *dir, char *line)
{
	const char *key = next_field(&line), *number = next_field(&line);
	const struct metric *m;
	uint64_t value;

	if (!key)
		return;
	if (!number || parse_u64(number, &value) < 0 || next_field(&line)) {
		warn(s,
		     "sysfs devices/system/node/%s/numastat: %.32s expected a number, found "
		     "\"%.32s\"",
		     dir, key, number ? number : "");
		return;
	}
	m = find_metric(s, key, false);
	if (m)
		emit(s, m, (double)value, dir + strlen("node"));
}

static int collect_file(struct scrape *s, const char *dir, const char *file,
                        void (*collect)(struct scrape *s, const char *dir, char *line))
{
	char *text, *line;
	int r;

	r = tree_read(s, TREE_SYS, &text, "devices/system/node/%s/%s", dir, file);
	if (r < 0)
		return r;
	while ((line = next_line(&text)))
		collect(s, dir, line);
	return 0;
}

static int meminfo_numa_collect(struct scrape *s)
{
	static const struct {
		const char *file;
		void (*collect)(struct scrape *s, const char *dir, char *line);
	} files[] = { { "meminfo", collect_memory }, { "numastat", collect_pages } };
	const char *why = NULL;
	int r, result = 0;
	char **dirs;

	r = tree_list(s, TREE_SYS, &dirs, "devices/system/node");
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (; *dirs; dirs++) {
		uint64_t number;

		if (!starts_with(*dirs, "node") || parse_u64(*dirs + strlen("node"), &number) < 0)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
			r = collect_file(s, *dirs, files[i].file, files[i].collect);
			if (r < 0 && result == 0) {
				result = r;
				why = failure(s, r);
			}
		}
	}
	return result < 0 ? fail(s, result, "%s", why) : 0;
}

static void meminfo_numa_stop(void)
{
	known_free(&self.known);
}

COLLECTOR(meminfo_numa, .help = "memory of NUMA nodes", .needs = "CONFIG_NUMA",
          .collect = meminfo_numa_collect, .stop = meminfo_numa_stop);

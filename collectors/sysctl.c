// SPDX-License-Identifier: Apache-2.0
/*
 * Whatever sysctls the flags name: procfs sys/NAME with dots for slashes, words or numbers with
 * white space between them, of which the first 128 bytes are looked at. With "NAME:KEY,KEY" each
 * number has a metric of its own; else several are told apart by their index.
 */

#include <errno.h>
#include <string.h>

#include "collector.h"
#include "sanitize.h"

enum { VALUES_MAX = 128 };

static const struct metric info = {
	.name = "node_sysctl_info",
	.help = "A word of a sysctl; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("name", "value", "index"),
};

static const char *const index_label[] = { "index", NULL };

struct sysctl {
	char *name;
	char *path;
	bool is_numeric;
	size_t n_keys; /* 0: no mapping */
	struct metric
		*metrics; /* one for each key; without keys, that of one value and of several */
	size_t n_metrics;
};

static struct {
	struct list include;
	struct list include_info;
	struct sysctl *sysctls;
	size_t n_sysctls;
} self;

static const struct flag flags[] = {
	{ .name = "collector.sysctl.include",
	  .type = FLAG_LIST,
	  .target = &self.include,
	  .help = "Export a sysctl of numbers: NAME, or NAME:KEY,KEY,... with a name for each." },
	{ .name = "collector.sysctl.include-info",
	  .type = FLAG_LIST,
	  .target = &self.include_info,
	  .help = "Export the words of a sysctl as labels." },
	{ 0 },
};

/* The metrics of c, whose keys are parted by commas; keys is NULL where there is no mapping. */
static void make_metrics(struct sysctl *c, const char *metric, char *keys)
{
	char *rest = keys, *key;

	c->n_keys = keys ? 1 : 0;
	for (const char *at = keys; at && (at = strchr(at, ',')); at++)
		c->n_keys++;
	c->n_metrics = keys ? c->n_keys : 2;
	c->metrics = xcalloc(c->n_metrics, sizeof(*c->metrics));
	for (size_t i = 0; i < c->n_metrics; i++) {
		struct metric *m = &c->metrics[i];

		m->type = METRIC_UNTYPED;
		if (keys) {
			key = next_part(&rest, ',');
			m->name = xasprintf("node_sysctl_%s_%s", metric, key ? key : "");
			m->help = xasprintf("Number %zu of the sysctl %s.", i + 1, c->name);
			continue;
		}
		m->name = xasprintf("node_sysctl_%s", metric);
		m->help = xasprintf("The sysctl %s.", c->name);
		m->labels = i ? index_label : NULL;
	}
}

static void add_sysctl(struct scrape *s, const char *flag, bool is_numeric)
{
	struct sysctl *c = &self.sysctls[self.n_sysctls++];
	char *keys;

	c->name = xstrdup(flag);
	c->is_numeric = is_numeric;
	keys = strchr(c->name, ':');
	if (keys)
		*keys++ = '\0';
	c->path = xstrdup(c->name);
	for (char *at = c->path; *at; at++)
		if (*at == '.')
			*at = '/';
	make_metrics(c, sanitize(s, c->name), keys);
}

static int sysctl_start(struct scrape *s)
{
	self.sysctls =
		xcalloc(self.include.count + self.include_info.count + 1, sizeof(*self.sysctls));
	for (size_t i = 0; i < self.include.count; i++)
		add_sysctl(s, self.include.items[i], true);
	for (size_t i = 0; i < self.include_info.count; i++)
		add_sysctl(s, self.include_info.items[i], false);
	return 0;
}

static int collect_numbers(struct scrape *s, const struct sysctl *c, char *const *words,
                           size_t count)
{
	int64_t numbers[VALUES_MAX];

	for (size_t i = 0; i < count; i++)
		if (parse_i64_any(words[i], &numbers[i]) < 0)
			return fail(s, -EINVAL, "procfs sys/%s: expected a number, found \"%s\"",
			            c->path, words[i]);
	if (count == 1 && !c->n_keys) {
		emit(s, &c->metrics[0], (double)numbers[0]);
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (c->n_keys)
			emit(s, &c->metrics[i], (double)numbers[i]);
		else
			emit(s, &c->metrics[1], (double)numbers[i], scrape_printf(s, "%zu", i));
	}
	return 0;
}

static int collect_sysctl(struct scrape *s, const struct sysctl *c)
{
	char *text, *words[VALUES_MAX];
	size_t count = 0;
	int r;

	r = tree_read_attr(s, TREE_PROC, &text, "sys/%s", c->path);
	if (r < 0)
		return r;
	for (char *at = text; *at; at++)
		if (strchr("\n\r\v\f", *at))
			*at = ' ';
	while (count < VALUES_MAX && (words[count] = next_field(&text)))
		count++;
	if (!count)
		return fail(s, -EINVAL, "procfs sys/%s: it is empty", c->path);
	/* As upstream: neither one number nor words can be mapped. */
	if (c->n_keys && (count == 1 || !c->is_numeric))
		return fail(s, -EINVAL, "procfs sys/%s: keys are for several numbers", c->path);
	if (c->n_keys && count != c->n_keys)
		return fail(s, -EINVAL, "procfs sys/%s: expected %zu numbers, found %zu", c->path,
		            c->n_keys, count);
	if (c->is_numeric)
		return collect_numbers(s, c, words, count);
	for (size_t i = 0; i < count; i++)
		emit(s, &info, 1, c->name, words[i], scrape_printf(s, "%zu", i));
	return 0;
}

static int sysctl_collect(struct scrape *s)
{
	const char *why = NULL;
	int r, result = 0;

	for (size_t i = 0; i < self.n_sysctls; i++) {
		r = collect_sysctl(s, &self.sysctls[i]);
		if (r < 0 && result == 0) {
			result = r;
			why = failure(s, r);
		}
	}
	return result < 0 ? fail(s, result, "%s", why) : 0;
}

static void sysctl_stop(void)
{
	for (size_t i = 0; i < self.n_sysctls; i++) {
		struct sysctl *c = &self.sysctls[i];

		for (size_t k = 0; k < c->n_metrics; k++) {
			free((char *)(uintptr_t)c->metrics[k].name);
			free((char *)(uintptr_t)c->metrics[k].help);
		}
		free(c->metrics);
		free(c->path);
		free(c->name);
	}
	free(self.sysctls);
	self.sysctls = NULL;
	self.n_sysctls = 0;
}

COLLECTOR(sysctl, .help = "sysctls that flags name", .flags = flags, .start = sysctl_start,
          .collect = sysctl_collect, .stop = sysctl_stop);

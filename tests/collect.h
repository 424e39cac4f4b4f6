// SPDX-License-Identifier: Apache-2.0
/* A collector run in this process, for tests that are the kernel it asks. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "expo.h"
#include "scrape.h"

static struct {
	struct scrape scrape;
	struct buffer text;     /* what was exported, ends with a NUL */
	struct buffer warnings; /* one a line, ends with a NUL */
	bool refuses_hazards;
	_Alignas(64) unsigned char kept[1 << 16];
	_Alignas(64) unsigned char set[1 << 20];
} collected;

static inline void collect_warning(struct scrape *s, const char *text)
{
	(void)s;
	collected.warnings.used -= collected.warnings.used > 0;
	buffer_add_text(&collected.warnings, text);
	buffer_add(&collected.warnings, "\n", 2);
}

static inline bool answer_hazard(struct scrape *s, const char *item)
{
	(void)s;
	(void)item;
	return !collected.refuses_hazards;
}

static inline void *keep_memory(struct scrape *s, size_t size)
{
	(void)s;
	return size <= sizeof(collected.kept) ? collected.kept : NULL;
}

static const struct scrape_hooks collect_hooks = {
	.warn = collect_warning,
	.hazard = answer_hazard,
	.keep = keep_memory,
};

/* Run it; what it returned. collected.text has the samples, without the lines of comments. */
static inline int collect(const struct collector *c)
{
	struct gather *g = gather_new(ESCAPING_UNDERSCORES);
	struct expo e = { .gather = g };
	struct buffer all = { 0 };
	char *rest, *line;
	int r;

	collected.scrape.hooks = &collect_hooks;
	collected.warnings.used = collected.text.used = 0;
	buffer_add(&collected.warnings, "", 1);
	r = scrape_run(&collected.scrape, c, collected.set, sizeof(collected.set));
	assert_int_equal(gather_add(g, c->name, collected.set, collected.scrape.set.used, false),
	                 0);
	gather_finish(g);
	assert_string_equal(gather_problem(g) ? gather_problem(g) : "", "");
	while (expo_write(&e, &all, sizeof(collected.set)))
		;
	buffer_add(&all, "", 1);
	rest = all.data;
	while ((line = next_line(&rest))) {
		if (line[0] == '#')
			continue;
		buffer_add_text(&collected.text, line);
		buffer_add_text(&collected.text, "\n");
	}
	buffer_add(&collected.text, "", 1);
	buffer_free(&all);
	gather_free(g);
	return r;
}

/* Run its start(). */
static inline int collect_start(const struct collector *c)
{
	collected.scrape.hooks = &collect_hooks;
	collected.warnings.used = 0;
	buffer_add(&collected.warnings, "", 1);
	return scrape_start(&collected.scrape, c);
}

/* Why the last one failed with r. */
static inline const char *collect_reason(int r)
{
	return failure(&collected.scrape, r);
}

static inline bool has_sample(const char *line)
{
	const char *at = collected.text.data;
	size_t length = strlen(line);

	for (; at && *at; at = strchr(at, '\n') + 1) {
		if (strncmp(at, line, length) == 0 && at[length] == '\n')
			return true;
	}
	return false;
}

/* Exactly these samples, one a line, in the order of the exposition. */
#define assert_samples(expected) assert_string_equal(collected.text.data, (expected))

static inline void collect_end(const struct collector *c)
{
	if (c->stop)
		c->stop();
	scrape_free(&collected.scrape);
	buffer_free(&collected.text);
	buffer_free(&collected.warnings);
	memset(collected.kept, 0, sizeof(collected.kept));
	collected.refuses_hazards = false;
}

/* The target of one of its flags, which it must have. */
__attribute__((returns_nonnull)) static inline void *collect_flag(const struct collector *c,
                                                                  const char *name)
{
	const struct flag *f = c->flags;

	while (strcmp(f->name, name) != 0)
		f++;
	return f->target;
}

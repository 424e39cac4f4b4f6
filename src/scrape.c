// SPDX-License-Identifier: Apache-2.0
#include "scrape.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "probe.h"

#define WAIT_NS (10 * NS_PER_SEC)

enum { ARENA_KEEP = 256 * 1024 };

int fail(struct scrape *s, int r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	s->failure = arena_vprintf(&s->arena, fmt, args);
	va_end(args);
	s->failure_code = r;
	return r;
}

const char *failure(struct scrape *s, int r)
{
	if (s->failure && s->failure_code == r)
		return s->failure;
	return arena_strdup(&s->arena, error_text(r));
}

static void pass_warning(struct scrape *s, uint64_t version, const char *fmt, va_list args)
	PRINTF(3, 0);
static void pass_warning(struct scrape *s, uint64_t version, const char *fmt, va_list args)
{
	s->version = version;
	if (s->hooks && s->hooks->warn)
		s->hooks->warn(s, arena_vprintf(&s->arena, fmt, args));
}

void warn(struct scrape *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pass_warning(s, 0, fmt, args);
	va_end(args);
}

void warn_version(struct scrape *s, uint64_t version, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	pass_warning(s, version, fmt, args);
	va_end(args);
}

int64_t wait_limit(struct scrape *s)
{
	return s->wait_limit ? s->wait_limit : now_ns() + WAIT_NS;
}

bool hazard(struct scrape *s, const char *item)
{
	return !s->hooks || !s->hooks->hazard || s->hooks->hazard(s, item);
}

void *keep(struct scrape *s, size_t size)
{
	return s->hooks && s->hooks->keep ? s->hooks->keep(s, size) : NULL;
}

uint64_t new_generation(void)
{
	const int64_t parts[] = { getpid(), now_ns() };

	return hash_bytes(0, parts, sizeof(parts));
}

bool emit_kept(struct scrape *s, uint64_t generation)
{
	assert(!s->set.used);
	s->kept.generation = generation;
	return generation != s->known_generation;
}

void emit_kept_end(struct scrape *s)
{
	s->kept.size = s->set.used;
	s->kept.is_full = s->set.is_full;
	set_begin(&s->set, s->set.base + s->set.used, s->set.size - s->set.used);
}

bool is_name_taken(const struct scrape *s, const char *name)
{
	uint64_t hash = s->n_taken ? hash_text(0, name) : 0;

	for (size_t i = 0; i < s->n_taken; i++)
		if (s->taken[i] == hash)
			return true;
	return false;
}

static void probe_directly(struct scrape *s, struct probe *p)
{
	char item[32];

	snprintf(item, sizeof(item), "mount %llu", (unsigned long long)p->mount);
	p->is_stuck = !hazard(s, item);
	if (!p->is_stuck)
		p->error = statfs(p->path, &p->result) < 0 ? -errno : 0;
}

void probe_mounts(struct scrape *s, struct probe *probes, size_t count)
{
	if (s->hooks && s->hooks->probe) {
		s->hooks->probe(s, probes, count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		probe_directly(s, &probes[i]);
}

void emit_labels(struct scrape *s, const struct metric *m, double value, const char *const *values)
{
	set_add(&s->set, m, PART_VALUE, 0, value, values);
}

void emit_part(struct scrape *s, const struct metric *m, enum metric_part part, double bound,
               double value, const char *const *values)
{
	set_add(&s->set, m, part, bound, value, values);
}

const struct metric *metric_named(struct scrape *s, enum metric_type type, const char *help,
                                  const char *const *labels, const char *fmt, ...)
{
	struct metric *m = arena_alloc(&s->arena, sizeof(*m));
	va_list args;

	va_start(args, fmt);
	m->name = arena_vprintf(&s->arena, fmt, args);
	va_end(args);
	m->help = arena_strdup(&s->arena, help);
	m->type = type;
	m->labels = labels;
	return m;
}

void *scrape_alloc(struct scrape *s, size_t size)
{
	return arena_alloc(&s->arena, size);
}

char *scrape_printf(struct scrape *s, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = arena_vprintf(&s->arena, fmt, args);
	va_end(args);
	return text;
}

static void begin(struct scrape *s, const struct collector *c)
{
	arena_reset(&s->arena, ARENA_KEEP);
	s->collector = c;
	s->failure = NULL;
	s->failure_code = 0;
	s->kept = (struct scrape_kept){ 0 };
}

static int end(struct scrape *s, int r)
{
	if (r && s->failure && s->failure_code != r)
		s->failure = NULL;
	return r;
}

int scrape_run(struct scrape *s, const struct collector *c, void *base, size_t size)
{
	begin(s, c);
	set_begin(&s->set, base, size);
	return end(s, c->collect(s));
}

int scrape_start(struct scrape *s, const struct collector *c)
{
	begin(s, c);
	return end(s, c->start ? c->start(s) : 0);
}

void scrape_free(struct scrape *s)
{
	arena_free(&s->arena);
	set_free(&s->set);
}

// SPDX-License-Identifier: Apache-2.0
/*
 * /proc/interrupts: a column for each CPU that is on; behind them, for an interrupt that has a
 * number, what delivers it and what drives the devices, for all others what they are about.
 *
 *              CPU0       CPU1
 *     1:      17960        105  IR-IO-APIC-edge      i8042
 *   LOC:  174326351  135776678   Local timer interrupts
 *   ERR:          0
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

static const struct metric total = {
	.name = "node_interrupts_total",
	.help = "Interrupts that a CPU has taken; cpu counts those that are on.",
	.type = METRIC_COUNTER,
	.labels = LABELS("cpu", "type", "info", "devices"),
};

static struct {
	struct filter names;
	bool include_zeros;
} self;

static const struct flag flags[] = {
	{ .name = "collector.interrupts.include-zeros",
	  .type = FLAG_BOOL,
	  .target = &self.include_zeros,
	  .value = "true",
	  .help = "Export what a CPU has never taken, too." },
	{ .name = "collector.interrupts.name-exclude",
	  .type = FLAG_REGEX,
	  .target = &self.names.exclude,
	  .help = "Leave out interrupts whose NAME;INFO;DEVICES matches." },
	{ .name = "collector.interrupts.name-include",
	  .type = FLAG_REGEX,
	  .target = &self.names.include,
	  .help = "Export only interrupts whose NAME;INFO;DEVICES matches." },
	{ 0 },
};

/* Names that have come up: an open hash table, less than half full. */
struct names {
	const char **slots;
	size_t n_slots; /* a power of two */
};

struct columns {
	size_t count;
	char **cpus;    /* "0", "1", … */
	char **numbers; /* of one line */
};

/* False where it is in there already. */
static bool add_name(struct names *names, const char *name)
{
	size_t i = hash_text(0, name) & (names->n_slots - 1);

	while (names->slots[i]) {
		if (strcmp(names->slots[i], name) == 0)
			return false;
		i = (i + 1) & (names->n_slots - 1);
	}
	names->slots[i] = name;
	return true;
}

/* The fields of text with one blank between them, in place. */
static const char *join_fields(char *text)
{
	char *joined = text, *to = text, *field;

	while ((field = next_field(&text))) {
		size_t length = strlen(field);

		if (to != joined)
			*to++ = ' ';
		memmove(to, field, length);
		to += length;
	}
	*to = '\0';
	return joined;
}

static void emit_counts(struct scrape *s, const struct columns *c, const char *name,
                        const char *info, const char *devices)
{
	for (size_t i = 0; i < c->count; i++) {
		uint64_t count;

		if (parse_u64(c->numbers[i], &count) < 0)
			warn(s,
			     "procfs interrupts: %s: expected a number for CPU %zu, found \"%.32s\"",
			     name, i, c->numbers[i]);
		else if (count || self.include_zeros)
			emit(s, &total, (double)count, c->cpus[i], name, info, devices);
	}
}

static void collect_line(struct scrape *s, char *line, const struct columns *c, struct names *names)
{
	char *name = next_part(&line, ':'), *info;
	const char *devices = "";
	int64_t number;

	if (!name)
		return;
	name += strspn(name, " ");
	for (size_t i = 0; i < c->count; i++) {
		c->numbers[i] = next_field(&line);
		if (!c->numbers[i])
			return;
	}
	line += strspn(line, " \t");
	/* Sums of all CPUs have fewer numbers or no text. */
	if (!*line || !add_name(names, name))
		return;
	info = line;
	if (parse_i64(name, &number) == 0) {
		info = next_field(&line);
		devices = join_fields(line);
	} else {
		(void)join_fields(info); /* in place */
	}
	if (filter_keeps(&self.names, scrape_printf(s, "%s;%s;%s", name, info, devices)))
		emit_counts(s, c, name, info, devices);
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		count++;
	}
	return count;
}

/* A column for each word of the header. */
static struct columns read_header(struct scrape *s, char *header)
{
	struct columns c = { 0 };
	size_t room = strlen(header) / 2 + 1;

	c.cpus = scrape_alloc(s, room * sizeof(*c.cpus));
	while (next_field(&header)) {
		c.cpus[c.count] = scrape_printf(s, "%zu", c.count);
		c.count++;
	}
	c.numbers = scrape_alloc(s, (c.count + 1) * sizeof(*c.numbers));
	return c;
}

static int interrupts_collect(struct scrape *s)
{
	struct names names = { .n_slots = 64 };
	size_t n_lines = 0, room;
	struct columns columns;
	char *text, **lines;
	int r;

	r = tree_read(s, TREE_PROC, &text, "interrupts");
	if (r < 0)
		return r;
	room = count_lines(text);
	lines = scrape_alloc(s, room * sizeof(*lines));
	while ((lines[n_lines] = next_line(&text)))
		n_lines++;
	if (!n_lines)
		return fail(s, -EINVAL, "procfs interrupts: it is empty");
	columns = read_header(s, lines[0]);
	while (names.n_slots < n_lines * 2)
		names.n_slots *= 2;
	names.slots = scrape_alloc(s, names.n_slots * sizeof(*names.slots));
	memset(names.slots, 0, names.n_slots * sizeof(*names.slots));
	/* From the last to the first, as the last one of a name counts. */
	while (--n_lines)
		collect_line(s, lines[n_lines], &columns, &names);
	return 0;
}

COLLECTOR(interrupts, .help = "interrupts by CPU and kind", .flags = flags,
          .collect = interrupts_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * procfs mdstat, whose arrays begin at the margin; what is indented goes on about them, sizes being
 * in KiB. The line about a sync stands next but one to the name or behind one about a bitmap:
 *
 *   md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]
 *         195310144 blocks [2/1] [U_]
 *         [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=…
 *
 * And a few attributes of block/mdN/md in sysfs, where "11 (10)" disks is 11 now, as the array
 * grows, and 10 before.
 */

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

#define DIGITS "0123456789"

#define ARRAY_METRIC(NAME, HELP, ...) \
	{ \
		.name = "node_md_" NAME, .help = (HELP), .type = METRIC_GAUGE, \
		.labels = LABELS(__VA_ARGS__) \
	}

static const struct metric state = ARRAY_METRIC(
	"state", "Whether this is what an array is or does; 0 for all while it is reshaped.",
	"device", "state");
static const struct metric disks =
	ARRAY_METRIC("disks", "Disks of an array by their state.", "device", "state");
static const struct metric disks_required =
	ARRAY_METRIC("disks_required", "Disks that an array has when it is whole.", "device");
static const struct metric blocks =
	ARRAY_METRIC("blocks", "Size of an array in blocks of 1 KiB.", "device");
static const struct metric blocks_synced = ARRAY_METRIC(
	"blocks_synced",
	"Blocks of 1 KiB that the running sync is done with; all of them where none runs.",
	"device");
static const struct metric raid_disks =
	ARRAY_METRIC("raid_disks", "Disks that an array has when it is whole, by sysfs.", "device");
static const struct metric degraded =
	ARRAY_METRIC("degraded", "Disks that an array is short of.", "device");

/* What a sync line may be about, the first that it contains, and the state that this is. */
static const struct sync {
	const char *word;
	const char *state;
} syncs[] = {
	{ "recovery", "recovering" },
	{ "reshape", "reshape" }, /* none of those below */
	{ "check", "check" },
	{ "resync", "resync" },
};

static const char *const redundant[] = { "raid1", "raid4", "raid5", "raid6", "raid10" };
static const char *const states[] = { "active", "inactive", "recovering", "resync", "check" };

/* What mdstat says of an array. */
struct array {
	char *name;
	char *state;
	char *head;   /* the whole first line */
	char *status; /* the second; "" where there is none */
	char *sync;   /* where a sync would be told of; the same */
};

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		n++;
	}
	return n;
}

/* The last "[2/1] [U_]" in text, which is cut up: required and active disks. */
static bool parse_disks(char *text, uint64_t *required, uint64_t *active)
{
	char *found = NULL, *slash, *end;

	for (char *at = strchr(text, '['); at; at = strchr(at + 1, '[')) {
		slash = at + 1 + strspn(at + 1, DIGITS);
		end = *slash == '/' ? slash + 1 + strspn(slash + 1, DIGITS) : slash;
		if (starts_with(end, "] [") && strspn(end + 3, "U_") &&
		    end[3 + strspn(end + 3, "U_")] == ']')
			found = at + 1;
	}
	return found && parse_u64(next_part(&found, '/'), required) == 0 &&
	       parse_u64(next_part(&found, ']'), active) == 0;
}

/* The first of the numbers in "(16775552/195310144)". */
static bool parse_progress(char *text, uint64_t *ret)
{
	for (char *at = strchr(text, '('); at; at = strchr(at + 1, '(')) {
		char *slash = at + 1 + strspn(at + 1, DIGITS);

		if (*slash != '/' || slash[1 + strspn(slash + 1, DIGITS)] != ')')
			continue;
		*slash = '\0';
		return parse_u64(at + 1, ret) == 0;
	}
	return false;
}

static void collect_disks(struct scrape *s, const struct array *a)
{
	uint64_t required = 0, active = 0;

	emit(s, &disks, (double)count(a->head, "(F)"), a->name, "failed");
	emit(s, &disks, (double)count(a->head, "(S)"), a->name, "spare");
	if (strstr(a->head, "raid0") || strstr(a->head, "linear")) {
		required = active = count(a->head, "[");
	} else if (!strstr(a->head, "inactive") && !parse_disks(a->status, &required, &active)) {
		warn(s, "procfs mdstat: %s: expected disks as in [2/2] [UU]", a->name);
		return;
	}
	emit(s, &disks, (double)active, a->name, "active");
	emit(s, &disks_required, (double)required, a->name);
}

static void collect_blocks(struct scrape *s, const struct array *a, const struct sync *sync)
{
	char *rest = a->status, *field = next_field(&rest);
	uint64_t size, synced;

	/* One without disks has no size. */
	if (!field)
		return;
	if (parse_u64(field, &size) < 0) {
		warn(s, "procfs mdstat: %s: expected a size, found \"%.32s\"", a->name, field);
		return;
	}
	emit(s, &blocks, (double)size, a->name);
	synced = sync ? 0 : size;
	if (sync && !strstr(a->sync, "PENDING") && !strstr(a->sync, "DELAYED") &&
	    !parse_progress(a->sync, &synced)) {
		warn(s, "procfs mdstat: %s: expected a progress as in (1/2)", a->name);
		return;
	}
	emit(s, &blocks_synced, (double)synced, a->name);
}

static void collect_array(struct scrape *s, const struct array *a)
{
	const struct sync *sync = NULL;
	const char *now = a->state;

	for (size_t i = 0; i < ARRAY_SIZE(syncs) && !sync; i++) {
		if (strstr(a->sync, syncs[i].word))
			sync = &syncs[i];
	}
	if (sync)
		now = sync->state;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		emit(s, &state, strcmp(now, states[i]) == 0, a->name, states[i]);
	collect_disks(s, a);
	collect_blocks(s, a, sync);
}

/* Take the first line of an array; the name is NULL where it is something else. */
static void begin_array(struct scrape *s, struct array *a, char *line)
{
	char *rest = scrape_printf(s, "%s", line), *name, *colon, *word;

	*a = (struct array){ .status = rest + strlen(rest), .sync = rest + strlen(rest) };
	if (starts_with(line, "Personalities") || starts_with(line, "unused"))
		return;
	name = next_field(&rest);
	colon = next_field(&rest);
	word = next_field(&rest);
	if (!word || strcmp(colon, ":") != 0)
		warn(s, "procfs mdstat: expected an array, found \"%.32s\"", line);
	else
		*a = (struct array){ name, word, line, a->status, a->sync };
}

static int collect_mdstat(struct scrape *s)
{
	struct array a = { 0 };
	size_t n = 0; /* lines since the first one */
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "mdstat");
	if (r < 0)
		return r == -ENOENT ? NO_DATA : r;
	while ((line = next_line(&text))) {
		if (!line[0] || line[0] == ' ' || line[0] == '\t') {
			n++;
			if (n == 1)
				a.status = line;
			else if (n == 2 || (n == 3 && strstr(a.sync, "bitmap")))
				a.sync = line;
			continue;
		}
		if (a.name)
			collect_array(s, &a);
		begin_array(s, &a, line);
		n = 0;
	}
	if (a.name)
		collect_array(s, &a);
	return 0;
}

static bool has_redundancy(const char *level)
{
	for (size_t i = 0; i < ARRAY_SIZE(redundant); i++) {
		if (strcmp(level, redundant[i]) == 0)
			return true;
	}
	return false;
}

/* Whether members of such arrays are counted by the array itself. */
static bool has_disks(const char *level)
{
	return level[0] && strcmp(level, "container") != 0 && strcmp(level, "imsm") != 0 &&
	       strcmp(level, "ddf") != 0;
}

static void collect_attrs(struct scrape *s, const char *array)
{
	char *level, *text, *field;
	uint64_t value;

	if (attr_text(s, &level, "block/%s/md/level", array) < 0)
		return;
	if (has_disks(level) && attr_text(s, &text, "block/%s/md/raid_disks", array) == 0) {
		field = next_field(&text);
		if (field && parse_u64(field, &value) == 0)
			emit(s, &raid_disks, (double)value, array);
	}
	if (!has_redundancy(level))
		emit(s, &degraded, 0, array);
	else if (attr_u64(s, &value, "block/%s/md/degraded", array) == 0)
		emit(s, &degraded, (double)value, array);
}

static int collect_sysfs(struct scrape *s)
{
	char **names;
	int r;

	r = tree_list(s, TREE_SYS, &names, "block");
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (size_t i = 0; names[i]; i++) {
		if (starts_with(names[i], "md"))
			collect_attrs(s, names[i]);
	}
	return 0;
}

static int mdadm_collect(struct scrape *s)
{
	/* Reading mdstat waits for an array that is being changed, which sysfs does not. */
	bool is_stuck = !hazard(s, "procfs mdstat");
	int r;

	r = is_stuck ? 0 : collect_mdstat(s);
	if (r)
		return r;
	r = collect_sysfs(s);
	return is_stuck ? fail(s, -EBUSY, "procfs mdstat: still waited for") : r;
}

COLLECTOR(mdadm, .help = "software RAID", .needs = "the module md_mod", .default_on = true,
          .may_block = true, .collect = mdadm_collect);

// SPDX-License-Identifier: Apache-2.0
/*
 * NVMe subsystems and the controllers by which they are reached: sysfs
 * class/nvme-subsystem/nvme-subsysN/{subsysnqn,model,serial,iopolicy}, in it
 * nvmeN/{state,transport} for each controller and nvmeNnM for each namespace.
 */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

static const struct metric info = {
	.name = "node_nvmesubsystem_info",
	.help = "What an NVMe subsystem is; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("subsystem", "nqn", "model", "serial", "iopolicy"),
};

/* In the order of the labels. */
static const char *const attrs[] = { "subsysnqn", "model", "serial", "iopolicy" };

static const struct metric namespace_info = {
	.name = "node_nvmesubsystem_namespace_info",
	.help = "A block device that is a namespace of an NVMe subsystem; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("subsystem", "device"),
};

static const struct metric paths = {
	.name = "node_nvmesubsystem_paths",
	.help = "Controllers by which an NVMe subsystem is reached.",
	.type = METRIC_GAUGE,
	.labels = LABELS("subsystem"),
};

static const struct metric paths_live = {
	.name = "node_nvmesubsystem_paths_live",
	.help = "Those of these controllers that are live.",
	.type = METRIC_GAUGE,
	.labels = LABELS("subsystem"),
};

static const struct metric path_state = {
	.name = "node_nvmesubsystem_path_state",
	.help = "Whether a controller of an NVMe subsystem is in this state.",
	.type = METRIC_GAUGE,
	.labels = LABELS("subsystem", "controller", "transport", "state"),
};

static const char *const states[] = { "connecting", "dead",      "deleting", "live",
	                              "new",        "resetting", "unknown" };
enum { UNKNOWN = 6 };

struct controller {
	const char *name;
	const char *state;
	const char *transport;
};

struct subsystem {
	const char *name;
	const char *values[ARRAY_SIZE(attrs)];
	char **namespaces;
	size_t n_namespaces;
	struct controller *controllers;
	size_t n_controllers;
};

static bool is_controller(const char *name)
{
	size_t digits = starts_with(name, "nvme") ? strspn(name + 4, "0123456789") : 0;

	return digits && !name[4 + digits];
}

static bool is_namespace(const char *name)
{
	size_t digits = starts_with(name, "nvme") ? strspn(name + 4, "0123456789") : 0;
	const char *rest = name + 4 + digits;

	return digits && *rest == 'n' && isdigit((unsigned char)rest[1]) &&
	       !rest[1 + strspn(rest + 1, "0123456789")];
}

/*
 * Whatever is missing or forbidden means no data at all, as upstream has it: kernels without
 * multipath of their own have no iopolicy.
 */
static bool is_missing(int r)
{
	return r == -ENOENT || r == -EACCES || r == -EPERM;
}

/* An attribute, or after warn() the fallback where it cannot be read although it is there. */
static int read_text(struct scrape *s, const char **ret, const char *fallback, const char *dir,
                     const char *attr)
{
	char *text;
	int r;

	r = attr_text(s, &text, "class/nvme-subsystem/%s/%s", dir, attr);
	if (is_missing(r))
		return r;
	*ret = r == 0 ? text : fallback;
	return 0;
}

static int read_controller(struct scrape *s, const char *subsystem, const char *name,
                           struct controller *ret)
{
	const char *dir = scrape_printf(s, "%s/%s", subsystem, name);
	struct controller c = { .name = name };
	int r;

	r = read_text(s, &c.state, "unknown", dir, "state");
	if (r == 0)
		r = read_text(s, &c.transport, "", dir, "transport");
	if (r == 0)
		*ret = c;
	return r;
}

static int read_subsystem(struct scrape *s, const char *name, struct subsystem *ret)
{
	struct subsystem sub = { .name = name };
	char **names;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(attrs); i++) {
		r = read_text(s, &sub.values[i], "", name, attrs[i]);
		if (r < 0)
			return r;
	}
	r = tree_list(s, TREE_SYS, &names, "class/nvme-subsystem/%s", name);
	if (r < 0)
		return r;
	while (names[n])
		n++;
	sub.namespaces = names;
	sub.controllers = scrape_alloc(s, n * sizeof(*sub.controllers));
	for (size_t i = 0; i < n; i++) {
		if (is_namespace(names[i]))
			names[sub.n_namespaces++] = names[i];
		if (!is_controller(names[i]))
			continue;
		r = read_controller(s, name, names[i], &sub.controllers[sub.n_controllers]);
		if (r < 0)
			return r;
		sub.n_controllers++;
	}
	*ret = sub;
	return 0;
}

static size_t find_state(const char *text)
{
	if (strcmp(text, "deleting (no IO)") == 0)
		text = "deleting";
	for (size_t i = 0; i < UNKNOWN; i++)
		if (strcmp(states[i], text) == 0)
			return i;
	return UNKNOWN;
}

static void emit_subsystem(struct scrape *s, const struct subsystem *sub)
{
	size_t n_live = 0;

	emit(s, &info, 1, sub->name, sub->values[0], sub->values[1], sub->values[2],
	     sub->values[3]);
	for (size_t i = 0; i < sub->n_namespaces; i++)
		emit(s, &namespace_info, 1, sub->name, sub->namespaces[i]);
	for (size_t i = 0; i < sub->n_controllers; i++) {
		const struct controller *c = &sub->controllers[i];
		size_t state = find_state(c->state);

		n_live += strcmp(states[state], "live") == 0;
		for (size_t k = 0; k < ARRAY_SIZE(states); k++)
			emit(s, &path_state, k == state, sub->name, c->name, c->transport,
			     states[k]);
	}
	emit(s, &paths, (double)sub->n_controllers, sub->name);
	emit(s, &paths_live, (double)n_live, sub->name);
}

static int nvmesubsystem_collect(struct scrape *s)
{
	struct subsystem *subsystems;
	size_t n = 0, count = 0;
	char **names;
	int r;

	r = tree_list(s, TREE_SYS, &names, "class/nvme-subsystem");
	if (r < 0)
		return is_missing(r) ? NO_DATA : r;
	while (names[n])
		n++;
	subsystems = scrape_alloc(s, n * sizeof(*subsystems));
	for (size_t i = 0; i < n; i++) {
		if (!starts_with(names[i], "nvme-subsys"))
			continue;
		r = read_subsystem(s, names[i], &subsystems[count]);
		if (is_missing(r))
			return NO_DATA;
		if (r == 0)
			count++;
		else
			warn(s, "%s", failure(s, r));
	}
	for (size_t i = 0; i < count; i++)
		emit_subsystem(s, &subsystems[i]);
	return 0;
}

COLLECTOR(nvmesubsystem, .help = "NVMe subsystems and the paths to them",
          .needs = "an NVMe subsystem", .collect = nvmesubsystem_collect);

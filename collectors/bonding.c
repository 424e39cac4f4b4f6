// SPDX-License-Identifier: Apache-2.0
/*
 * Bonds of network devices: class/net in sysfs has the names of all bonds in bonding_masters
 * ("bond0 bond1"), those of a bond's parts in bond0/bonding/slaves ("eth0 eth1"), and whether the
 * link of a part is up in bond0/lower_eth0/bonding_slave/mii_status ("up", "down", …).
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

static const struct metric slaves = {
	.name = "node_bonding_slaves",
	.help = "Network devices that the bond consists of.",
	.type = METRIC_GAUGE,
	.labels = LABELS("master"),
};

static const struct metric active = {
	.name = "node_bonding_active",
	.help = "Network devices of the bond whose link is up.",
	.type = METRIC_GAUGE,
	.labels = LABELS("master"),
};

/* All else than that something is missing costs just the figure it is for. */
static int tolerate(struct scrape *s, int r)
{
	if (r == -ENOENT)
		return NO_DATA;
	warn(s, "%s", failure(s, r));
	return 0;
}

/* Whether the link of a part is up: 1 or 0, or a negative errno. */
static int read_status(struct scrape *s, const char *master, const char *slave)
{
	char *status;
	int r;

	tree_identify(TREE_SYS, "class/net/%s/lower_%s", master, slave);
	r = tree_read_attr(s, TREE_SYS, &status, "class/net/%s/lower_%s/bonding_slave/mii_status",
	                   master, slave);
	/* Linux before 3.17 */
	if (r == -ENOENT)
		r = tree_read_attr(s, TREE_SYS, &status,
		                   "class/net/%s/slave_%s/bonding_slave/mii_status", master, slave);
	return r < 0 ? r : strcmp(status, "up") == 0;
}

static int collect_master(struct scrape *s, const char *master)
{
	size_t n_slaves = 0, n_active = 0;
	char *names, *line, *name;
	int r, problem = 0;

	tree_identify(TREE_SYS, "class/net/%s", master);
	r = tree_read(s, TREE_SYS, &names, "class/net/%s/bonding/slaves", master);
	if (r < 0)
		return tolerate(s, r);
	while ((line = next_line(&names))) {
		while ((name = next_field(&line))) {
			n_slaves++;
			r = read_status(s, master, name);
			if (r < 0)
				problem = r;
			else
				n_active += (size_t)r;
		}
	}
	emit(s, &slaves, (double)n_slaves, master);
	if (problem)
		return tolerate(s, problem);
	emit(s, &active, (double)n_active, master);
	return 0;
}

static int bonding_collect(struct scrape *s)
{
	char *masters, *line, *master;
	int r, result = 0;

	/* Before Linux 6.10 it waits for the lock on all links, which a driver may keep. */
	if (!hazard(s, "rtnetlink"))
		return fail(s, -EBUSY, "sysfs class/net/bonding_masters: still waited for");
	r = tree_read(s, TREE_SYS, &masters, "class/net/bonding_masters");
	if (r == -ENOENT)
		return NO_DATA;
	if (r < 0)
		return r;
	while ((line = next_line(&masters))) {
		while ((master = next_field(&line))) {
			r = collect_master(s, master);
			if (r)
				result = r;
		}
	}
	return result;
}

COLLECTOR(bonding, .help = "bonds of network devices", .needs = "the module bonding, and a bond",
          .default_on = true, .may_block = true, .collect = bonding_collect);

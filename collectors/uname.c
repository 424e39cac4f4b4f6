// SPDX-License-Identifier: Apache-2.0
/* uname(2): the kernel's name and version, and the names of this machine. */

#include <errno.h>
#include <sys/utsname.h>

#include "collector.h"

static const struct metric uname_info = {
	.name = "node_uname_info",
	.help = "Always 1; the labels hold what uname(2) says of the kernel and the machine.",
	.type = METRIC_GAUGE,
	.labels = LABELS("sysname", "release", "version", "machine", "nodename", "domainname"),
};

static int uname_collect(struct scrape *s)
{
	struct utsname names;

	if (uname(&names) < 0)
		return fail(s, -errno, "uname: %s", error_text(errno));
	emit(s, &uname_info, 1, names.sysname, names.release, names.version, names.machine,
	     names.nodename, names.domainname);
	return 0;
}

COLLECTOR(uname, .help = "kernel and machine as uname(2) names them", .default_on = true,
          .collect = uname_collect);

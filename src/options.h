// SPDX-License-Identifier: Apache-2.0
/* The programme's own flags, and how all flags together become settings. */
#pragma once

#include "flag.h"
#include "listen.h"

struct options {
	bool disable_defaults;  /* --collector.disable-defaults */
	int64_t max_age;        /* --collector.max-age, ns */
	const char *defaults;   /* --defaults: nodegauge, upstream or debian */
	const char *log_level;  /* --log.level */
	const char *log_format; /* --log.format */
	bool once;              /* --once */
	const char *procfs;     /* --path.* */
	const char *rootfs;
	const char *sysfs;
	const char *udev_data;
	struct list listen_addresses;       /* --web.listen-address */
	const char *socket_mode;            /* --web.socket-mode */
	const char *socket_group;           /* --web.socket-group; "": that of the process */
	struct socket_rights socket_rights; /* of both */
	bool systemd_socket;                /* --web.systemd-socket */
	const char *config_file;            /* --web.config.file */
	const char *config_check;           /* --web.config.check; "": do not */
	bool disable_exporter_metrics;      /* --web.disable-exporter-metrics */
	bool enable_openmetrics;            /* --web.enable-openmetrics */
	int64_t max_requests;               /* --web.max-requests; 0 or less: no limit */
	const char *page;                   /* --web.page: full, plain or off */
	const char *telemetry_path;         /* --web.telemetry-path */
	int64_t scrape_timeout;             /* --web.scrape-timeout, ns */
	int64_t timeout_offset;             /* --web.timeout-offset, ns */
};
extern struct options options;

/*
 * Parse the command line into options, collector_switches and every flag's target. Returns -1 to go
 * on, else the exit status: 0 after --help, --version and the like, 1 after a message on stderr.
 */
int options_parse(int argc, char *const *argv);

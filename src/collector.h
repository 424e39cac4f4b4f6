// SPDX-License-Identifier: Apache-2.0
/*
 * What a collector is, and all that a file in collectors/ needs. Those that speak netlink, D-Bus
 * or the like include that helper's header too; none includes anything else of src/.
 */
#pragma once

#include "filter.h" /* struct regex, struct filter, filter_keeps() */
#include "flag.h"   /* struct flag: --collector.NAME.* */
#include "metric.h" /* struct metric, emit() */
#include "text.h"   /* next_line(), next_field(), parse_u64() */
#include "tree.h"   /* tree_read(), tree_list() */

struct collector {
	const char *name;         /* as in --collector.NAME and {collector="NAME"} */
	const char *help;         /* what it is about, in a few words, for --help */
	const char *needs;        /* what a machine has that it finds something on; may be NULL */
	bool default_on;          /* before the command line has its say */
	bool may_block;           /* runs after all those that cannot: see hazard() */
	const struct flag *flags; /* --collector.NAME.*; ends with an empty one; may be NULL */

	/*
	 * start() runs once in each worker process, for enabled collectors only, after the flags
	 * are parsed; stop() undoes it. Either may be NULL. An error of the very first start()
	 * ends the programme. collect() runs once a scrape in a worker, which has no threads, so
	 * what it keeps at file scope needs no lock. When it is not back by the deadline the scrape
	 * is answered without it. Whatever may block in the kernel is announced first by hazard(),
	 * so that next time just that item can be skipped.
	 *
	 * start() and collect() return 0, a negative errno, or NO_DATA where this machine has
	 * nothing of the kind, which is no error to log. Say why with fail(); the helpers above
	 * have said it already. What was emitted before a failure is exported all the same.
	 */
	int (*start)(struct scrape *s);
	int (*collect)(struct scrape *s);
	void (*stop)(void);
};

/* Ends collectors/NAME.c: COLLECTOR(NAME, .default_on = true, .collect = NAME_collect); */
#define COLLECTOR(NAME, ...) \
	extern const struct collector NAME##_collector; \
	const struct collector NAME##_collector = { .name = #NAME, __VA_ARGS__ }

enum { NO_DATA = 1 };

/* Remember why, for the log; returns r. */
int fail(struct scrape *s, int r, const char *fmt, ...) PRINTF(3, 4);

/* The reason fail() gave for r last, for messages that are exported; error_text(r) if none. */
const char *failure(struct scrape *s, int r);

/*
 * Say once in the log what people should know while the collector goes on: that one attribute, line
 * or item was left out, or that there is a better flag.
 * The same text is said again only when it had not been met for an hour, or nodegauge starts anew.
 */
void warn(struct scrape *s, const char *fmt, ...) PRINTF(2, 3);

/* The same about something that has versions, which a number each stands for: once for each. */
void warn_version(struct scrape *s, uint64_t version, const char *fmt, ...) PRINTF(3, 4);

/*
 * Say what may block from here on: a mount point, a chip, a bus, by what it is and not by a name
 * that can be reused; up to 127 bytes. False where that very item is still stuck in another
 * process: leave it out. Ends with the next hazard() or collect()'s return; hazard(s, NULL) ends it
 * before something that merely takes its time.
 */
bool hazard(struct scrape *s, const char *item);

/*
 * Until when to wait for what can be polled, a bus or a server, by now_ns(): shortly before the
 * scrape's deadline, so that the reason and what was found until then are part of its answer.
 */
int64_t wait_limit(struct scrape *s);

/*
 * Memory of the calling collector that outlives its worker process: size bytes, zero at first,
 * the same ones at each call. A worker may die in the middle of a change: whoever reads it must be
 * able to tell (a checksum). NULL when size is more than what is left of the 1 MiB for all.
 */
void *keep(struct scrape *s, size_t size);

/* Whether another collector is on. Upstream has a family that depends on it. */
bool is_collector_on(const char *name);

// SPDX-License-Identifier: Apache-2.0
/* Mounts as procfs mountinfo lists them. */
#pragma once

#include "util.h"

struct scrape;

struct mount {
	uint64_t id;
	const char *major;         /* of the device that stat(2) shows; decimal */
	const char *minor;         /* the same */
	const char *point;         /* with the escapes that upstream resolves: \040 and \011 */
	const char *path;          /* the mount point as it is, all escapes resolved */
	const char *options;       /* of this mount; parted by commas */
	const char *type;          /* of file system */
	const char *device;        /* as given to mount(8), escapes left in, may be empty */
	const char *super_options; /* of the file system; parted by commas */
};

/*
 * The mounts that process 1 sees, in the order of mountinfo. Where that is absent or closed to us,
 * those of the mountinfo that is our standard input, or else our own. A malformed line is left out,
 * which warn() says. Results live as long as s.
 */
int mounts_read(struct scrape *s, struct mount **ret, size_t *ret_count) MUST_CHECK;

/* The same of text as in mountinfo, which is cut up. */
void mounts_parse(struct scrape *s, char *text, struct mount **ret, size_t *ret_count);

/* Whether options, parted by commas, has option as a whole. */
bool mount_has_option(const char *options, const char *option);

/*
 * Whether file systems of this type are known to answer from this machine's own kernel alone: no
 * server and no daemon has a say. Unknown types are not.
 */
bool mount_is_local(const char *type);

/* A path without --path.rootfs in front, as upstream cuts it off. */
const char *mount_below_root(const char *path);

/* Mount points below --path.rootfs, in strcmp() order. */
struct mount_places {
	const char **paths;
	size_t count;
};

/* Where a look-up may hang: the mounts that are not local. Lives as long as s. */
struct mount_places mounts_remote(struct scrape *s, const struct mount *mounts, size_t count);

/*
 * Whether path or a directory above it is one of these places. Going by names finds also a mount
 * that a later one hides, unlike the ids of the parents in mountinfo.
 */
bool mount_passes(struct scrape *s, const struct mount_places *places, const char *path);

/* An errno of statfs(2) in upstream's words, which are Go's. Lives as long as s. */
const char *mount_error(struct scrape *s, int err);

// SPDX-License-Identifier: Apache-2.0
/* Regular expressions in Go's RE2 syntax, and the include/exclude pairs made of them. */
#pragma once

#include "util.h"

struct scrape;

/* Zeroed: the empty expression. It is set by a flag of type FLAG_REGEX or by regex_compile(). */
struct regex {
	const char *text; /* as given; NULL or "" for the empty one */
	void *code;
	bool given; /* by the command line, not by a default */
};

/*
 * 0, or -EINVAL with a message for the user in *error (to be freed) when text is not a regular
 * expression that Go would take: "at 3: lookahead is not supported". text must stay.
 */
int regex_compile(struct regex *re, const char *text, char **error) MUST_CHECK;
void regex_free(struct regex *re);

bool regex_is_empty(const struct regex *re);

/* Unanchored search, as Go's MatchString; the empty expression matches everything. */
bool regex_matches(const struct regex *re, const char *text);

/* Upstream's deviceFilter: drops what exclude matches and, where include is set, what it does not.
 */
struct filter {
	struct regex include;
	struct regex exclude;
};
bool filter_keeps(const struct filter *f, const char *text);

/*
 * For start(): upstream's rule for pairs that exclude each other. With include set, an exclude
 * given on the command line (and not empty) is an error that names both flags, a default exclude is
 * blanked. 0 or -EINVAL after fail().
 */
int filter_settle(struct scrape *s, struct filter *f, const char *include_flag,
                  const char *exclude_flag) MUST_CHECK;

/*
 * For start(): the value of a flag's old name goes to re. Both given is an error; the old one alone
 * is said once in the log. 0 or -EINVAL after fail().
 */
int regex_alias(struct scrape *s, struct regex *re, const char *flag, const struct regex *old,
                const char *old_flag) MUST_CHECK;

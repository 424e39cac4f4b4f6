// SPDX-License-Identifier: Apache-2.0
/* Regular expressions in Go's syntax, written anew in PCRE2's. */
#pragma once

#include "buffer.h"

enum { RE2_NESTING_MAX = 999 }; /* of groups; as in Go */

/*
 * *ret, to be freed, matches the same texts, but not the same parts of them: groups are without
 * captures, lazy repeats greedy. It wants PCRE2_UTF, PCRE2_DOLLAR_ENDONLY, PCRE2_ALT_CIRCUMFLEX and
 * PCRE2_NO_AUTO_CAPTURE. 0, or -EINVAL with a message for the user in *error (to be freed) when Go
 * would not take the pattern.
 */
int re2_translate(const char *pattern, struct buffer *ret, char **error) MUST_CHECK;

// SPDX-License-Identifier: Apache-2.0
/* The programme's own flags: those that only ask something, and those that fill in struct options.
 */
#pragma once

#include "flag.h"

extern const struct flag options_questions[];
extern const struct flag options_flags[];

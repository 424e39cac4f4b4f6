// SPDX-License-Identifier: Apache-2.0
/* The text of a sample's value. */
#pragma once

#include "util.h"

enum { NUMBER_TEXT_MAX = 32 };

/*
 * Write value as the text format 0.0.4 of Go's client has it: the shortest digits that read back
 * as the same double, an exponent (sign, two digits at least) iff the decimal exponent is below -4
 * or above 5, "NaN", "+Inf", "-Inf"; both zeros are "0". Returns the length; no NUL is written.
 */
size_t number_format(double value, char text[static NUMBER_TEXT_MAX]);

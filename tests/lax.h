// SPDX-License-Identifier: Apache-2.0
/* Heads of requests, taken apart as libmicrohttpd 0.9.75 does: by a reader that takes much. */
#pragma once

#include "head.h"

/*
 * What head_judge() says of a request that begins with these bytes, or LAX_REFUSED where they have
 * no end, or the reader itself refuses them. In *ret_begin and *ret_size which of them the reader
 * takes for the head.
 */
enum { LAX_REFUSED = 1 };
unsigned lax_judge(const char *text, size_t size, size_t *ret_begin, size_t *ret_size);

// SPDX-License-Identifier: Apache-2.0
/* gzip: whole bodies at once, larger ones piece by piece. Always a single gzip member (RFC 1952).
 */
#pragma once

#include "buffer.h"

/* Append data, compressed, to ret: libdeflate at level 1 where it was built in, else zlib. */
void compress_whole(const void *data, size_t size, struct buffer *ret);

struct compressor;
struct compressor *compressor_new(void);
void compressor_free(struct compressor *c);

/* Append what comes out for size more bytes; is_last ends the stream. */
void compressor_add(struct compressor *c, const void *data, size_t size, bool is_last,
                    struct buffer *ret);

// SPDX-License-Identifier: Apache-2.0
#include "compress.h"

#include <limits.h>

#define ZLIB_CONST /* its input is const */
#include <zlib.h>
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

enum { LEVEL = 1, PIECE_MIN = 16 * 1024 };

struct compressor {
	z_stream stream;
};

/*
 * libdeflate's compressor is made for each body: that costs 3 µs where a small body of 60 kB takes
 * 75, while one that is kept holds 160 kB of memory between scrapes.
 */
#ifdef HAVE_LIBDEFLATE
void compress_whole(const void *data, size_t size, struct buffer *ret)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(LEVEL);
	size_t bound, done;

	if (!c)
		abort();
	bound = libdeflate_gzip_compress_bound(c, size);
	buffer_reserve(ret, bound);
	done = libdeflate_gzip_compress(c, data, size, ret->data + ret->used, bound);
	libdeflate_free_compressor(c);
	if (!done)
		abort(); /* the bound is wrong */
	ret->used += done;
}
#else
void compress_whole(const void *data, size_t size, struct buffer *ret)
{
	struct compressor *c = compressor_new();

	compressor_add(c, data, size, true, ret);
	compressor_free(c);
}
#endif

struct compressor *compressor_new(void)
{
	struct compressor *c = xcalloc(1, sizeof(*c));

	/* A window of 32 KiB; 16 more asks for the gzip format. */
	if (deflateInit2(&c->stream, LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	return c;
}

void compressor_free(struct compressor *c)
{
	if (!c)
		return;
	(void)deflateEnd(&c->stream); /* says whether the stream was ended; it need not be */
	free(c);
}

void compressor_add(struct compressor *c, const void *data, size_t size, bool is_last,
                    struct buffer *ret)
{
	z_stream *stream = &c->stream;

	stream->next_in = data;
	do {
		size_t piece = MIN(size, (size_t)UINT_MAX);

		stream->avail_in = (uInt)piece;
		size -= piece;
		do {
			size_t room;

			buffer_reserve(ret, PIECE_MIN);
			room = MIN(ret->size - ret->used, (size_t)UINT_MAX);
			stream->next_out = (Bytef *)ret->data + ret->used;
			stream->avail_out = (uInt)room;
			if (deflate(stream, is_last && !size ? Z_FINISH : Z_NO_FLUSH) ==
			    Z_STREAM_ERROR)
				abort(); /* called after the end */
			ret->used += room - stream->avail_out;
		} while (!stream->avail_out);
	} while (size);
}

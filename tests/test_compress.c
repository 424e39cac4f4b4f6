// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <string.h>

#define ZLIB_CONST /* its input is const */
#include <zlib.h>

#include "compress.h"

static const size_t sizes[] = { 0, 1, 2, 100, 4095, 65536, 1000003, 5 << 20 };

enum kind { ZEROS, TEXT, NOISE, KINDS };

static char *make(enum kind kind, size_t size)
{
	static const char line[] = "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 1234.5\n";
	char *data = xmalloc(size);
	uint32_t noise = 1;

	for (size_t i = 0; i < size; i++) {
		noise = noise * 1664525 + 1013904223;
		if (kind == ZEROS)
			data[i] = 0;
		else if (kind == TEXT)
			data[i] = i % 7 == 6 ? (char)('0' + noise % 10)
			                     : line[i % (sizeof(line) - 1)];
		else
			data[i] = (char)(noise >> 24);
	}
	return data;
}

/* That compressed is one gzip member of exactly data, with nothing behind it. */
static void check(const struct buffer *compressed, size_t offset, const char *data, size_t size)
{
	CLEANUP(cleanup_free) char *plain = xmalloc(size + 1);
	z_stream stream = { 0 };

	assert_true(compressed->used >= offset + 18);
	stream.next_in = (const Bytef *)compressed->data + offset;
	stream.avail_in = (uInt)(compressed->used - offset);
	stream.next_out = (Bytef *)plain;
	stream.avail_out = (uInt)size + 1;
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.avail_in, 0);
	assert_int_equal(stream.total_out, size);
	if (size)
		assert_memory_equal(plain, data, size);
	assert_int_equal(inflateEnd(&stream), Z_OK);
}

static void test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes) * KINDS; i++) {
		size_t size = sizes[i / KINDS];
		CLEANUP(cleanup_free) char *data = make((enum kind)(i % KINDS), size);
		struct buffer b = { 0 };

		compress_whole(data, size, &b);
		check(&b, 0, data, size);
		if (size > 4096 && i % KINDS != NOISE)
			assert_true(b.used < size / 2);
		buffer_free(&b);
	}
}

/* What is in the buffer already stays. */
static void test_append(void **state)
{
	struct buffer b = { 0 };

	(void)state;
	buffer_add(&b, "before", 6);
	compress_whole("text", 4, &b);
	assert_memory_equal(b.data, "before", 6);
	check(&b, 6, "text", 4);
	buffer_free(&b);
}

static void stream(const char *data, size_t size, size_t piece, bool is_end_alone,
                   struct buffer *ret)
{
	struct compressor *c = compressor_new();
	size_t done = 0;

	do {
		size_t now = MIN(piece, size - done);

		compressor_add(c, data + done, now, done + now == size && !is_end_alone, ret);
		done += now;
	} while (done < size);
	if (is_end_alone)
		compressor_add(c, NULL, 0, true, ret);
	compressor_free(c);
}

static void test_stream(void **state)
{
	static const size_t pieces[] = { 1000, 65536, SIZE_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes) * KINDS; i++) {
		size_t size = sizes[i / KINDS];
		CLEANUP(cleanup_free) char *data = make((enum kind)(i % KINDS), size);

		for (size_t k = 0; k < ARRAY_SIZE(pieces) * 2; k++) {
			struct buffer b = { 0 };

			stream(data, size, pieces[k / 2], k % 2, &b);
			check(&b, 0, data, size);
			buffer_free(&b);
		}
	}
}

/* Bytes come out on the way, and the buffer may be emptied between the calls. */
static void test_stream_drained(void **state)
{
	enum { SIZE = 3 << 20, PIECE = 64 << 10 };
	CLEANUP(cleanup_free) char *data = make(NOISE, SIZE);
	struct compressor *c = compressor_new();
	struct buffer all = { 0 }, b = { 0 };

	(void)state;
	for (size_t done = 0; done < SIZE; done += PIECE) {
		compressor_add(c, data + done, PIECE, done + PIECE == SIZE, &b);
		assert_true(b.used < 4 * PIECE);
		buffer_add(&all, b.data, b.used);
		if (done >= SIZE / 2)
			assert_true(all.used > SIZE / 4);
		b.used = 0;
	}
	check(&all, 0, data, SIZE);
	compressor_free(c);
	buffer_free(&all);
	buffer_free(&b);
}

/* A stream may be given up in the middle, or before it began. */
static void test_stream_abandoned(void **state)
{
	struct compressor *c = compressor_new();
	struct buffer b = { 0 };

	(void)state;
	compressor_free(c);
	c = compressor_new();
	compressor_add(c, "half", 4, false, &b);
	compressor_free(c);
	compressor_free(NULL);
	buffer_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_stream_drained),
		cmocka_unit_test(test_stream_abandoned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

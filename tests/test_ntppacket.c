// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "ntppacket.h"

#define NONCE UINT64_C(0x0123456789abcdef)
#define EPOCH UINT64_C(2208988800)
#define MS NS_PER_MS
#define SEC NS_PER_SEC

/* 2021-01-01, noon. */
static const int64_t noon = INT64_C(1609502400) * NS_PER_SEC;

static void put_32(uint8_t *at, uint32_t number)
{
	number = htobe32(number);
	memcpy(at, &number, sizeof(number));
}

static void put_64(uint8_t *at, uint64_t number)
{
	number = htobe64(number);
	memcpy(at, &number, sizeof(number));
}

/* A time of a whole second. */
static void put_second(uint8_t *at, int64_t ns)
{
	put_64(at, ((uint64_t)(ns / NS_PER_SEC) + EPOCH) << 32);
}

static void good_packet(uint8_t b[static NTP_SIZE])
{
	memset(b, 0, NTP_SIZE);
	b[0] = 4 << 3 | 4;
	b[1] = 2;
	put_32(b + 4, 0x00018000); /* 1.5 s */
	put_32(b + 8, 0x00000001);
	put_second(b + 16, noon - 60 * SEC);
	put_64(b + 24, NONCE);
	put_second(b + 32, noon);
	put_second(b + 40, noon);
}

static void test_question(void **state)
{
	uint8_t b[NTP_SIZE], expected[NTP_SIZE] = { 0x1b, 0, 0, 0x20 };

	(void)state;
	put_64(expected + 40, NONCE);
	ntp_ask(b, 3, NONCE);
	assert_memory_equal(b, expected, NTP_SIZE);
	ntp_ask(b, 4, NONCE);
	assert_int_equal(b[0], 0x23);
}

static void test_answer(void **state)
{
	const char *problem = "none";
	struct ntp_answer a;
	uint8_t b[NTP_SIZE];

	(void)state;
	good_packet(b);
	b[0] |= 2 << 6;
	put_64(b + 40, ((uint64_t)(noon / SEC) + EPOCH) << 32 | 0x80000000);
	assert_int_equal(ntp_parse(b, sizeof(b), NONCE, &a, &problem), 0);
	assert_int_equal(a.leap, 2);
	assert_int_equal(a.stratum, 2);
	assert_true(a.root_delay == 1500 * MS);
	assert_true(a.root_dispersion == 15259); /* 15258.79 */
	assert_true(a.reference == noon - 60 * SEC);
	assert_true(a.received == noon);
	assert_true(a.sent == noon + 500 * MS);
}

static void test_times(void **state)
{
	static const struct {
		uint64_t raw;
		int64_t ns;
	} rows[] = {
		{ EPOCH << 32, 0 },
		{ EPOCH << 32 | 1, 0 }, /* 0.23 ns */
		{ EPOCH << 32 | 3, 1 },
		{ EPOCH << 32 | UINT32_MAX, SEC },
		{ 0, INT64_C(2085978496) * NS_PER_SEC },
		{ (EPOCH - 1) << 32, INT64_C(4294967295) * NS_PER_SEC },
		{ UINT64_MAX, INT64_C(2085978496) * NS_PER_SEC },
	};
	const char *problem;
	struct ntp_answer a;
	uint8_t b[NTP_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		good_packet(b);
		put_64(b + 16, rows[i].raw);
		assert_int_equal(ntp_parse(b, sizeof(b), NONCE, &a, &problem), 0);
		assert_true(a.reference == rows[i].ns);
	}
}

/* What is refused, and what is not even an answer. */
static void test_refused(void **state)
{
	const char *problem = NULL;
	struct ntp_answer a = { .stratum = 77 };
	uint8_t b[NTP_SIZE + 20] = { 0 };

	(void)state;
	for (size_t size = 0; size < NTP_SIZE; size++) {
		good_packet(b);
		assert_int_equal(ntp_parse(b, size, NONCE, &a, &problem), -EAGAIN);
	}
	assert_int_equal(ntp_parse(b, NTP_SIZE, NONCE + 1, &a, &problem), -EAGAIN);
	for (uint8_t mode = 0; mode < 8; mode++) {
		good_packet(b);
		b[0] = (uint8_t)(4 << 3 | mode);
		assert_int_equal(ntp_parse(b, sizeof(b), NONCE, &a, &problem),
		                 mode == 4 ? 0 : -EBADMSG);
	}
	a.stratum = 77;
	good_packet(b);
	put_64(b + 40, 0);
	assert_int_equal(ntp_parse(b, NTP_SIZE, NONCE, &a, &problem), -EBADMSG);
	assert_string_equal(problem, "it does not say when it was sent");
	good_packet(b);
	put_second(b + 40, noon - SEC);
	assert_int_equal(ntp_parse(b, NTP_SIZE, NONCE, &a, &problem), -EBADMSG);
	assert_string_equal(problem, "it was sent before the question came in");
	assert_int_equal(a.stratum, 77);
}

static void test_figures(void **state)
{
	struct ntp_answer a = { .received = noon + 700 * MS, .sent = noon + 900 * MS };
	struct ntp_exchange e = { .asked = noon, .answered = noon + 1000 * MS };

	(void)state;
	assert_true(ntp_round_trip(&a, &e) == 800 * MS);
	assert_true(ntp_offset(&a, &e) == 300 * MS);
	a.sent = noon + 5 * SEC;
	assert_true(ntp_round_trip(&a, &e) == 0);
	/* As far apart as times can be. */
	a = (struct ntp_answer){ .received = INT64_C(4294967295) * NS_PER_SEC,
		                 .sent = INT64_C(4294967295) * NS_PER_SEC };
	assert_true(ntp_offset(&a, &e) == INT64_C(2685464894500000000));
}

static const struct ntp_answer sane = {
	.stratum = 1,
	.root_delay = 100 * MS,
	.root_dispersion = 50 * MS,
	.reference = INT64_C(1609502400) * NS_PER_SEC - 100 * NS_PER_SEC,
	.received = INT64_C(1609502400) * NS_PER_SEC + NS_PER_MS,
	.sent = INT64_C(1609502400) * NS_PER_SEC + 2 * NS_PER_MS,
};

static bool is_sane(struct ntp_answer a, int64_t max_distance, int64_t tolerance)
{
	struct ntp_exchange e = { .asked = noon, .answered = noon + 4 * MS };
	int64_t midnight = 0;

	return ntp_is_sane(&a, &e, max_distance, tolerance, &midnight);
}

/* sane, but for one thing. */
#define BUT(...) \
	({ \
		struct ntp_answer answer = sane; \
		answer.__VA_ARGS__; \
		answer; \
	})

static void test_sanity(void **state)
{
	/* (3 + 100) / 2 + 50 ms. */
	const int64_t distance = 101500000;

	(void)state;
	assert_true(is_sane(sane, distance, 0));
	assert_false(is_sane(sane, distance - 1, 0));
	assert_false(is_sane(BUT(stratum = 0), SEC, 0));
	assert_true(is_sane(BUT(stratum = 15), SEC, 0));
	assert_false(is_sane(BUT(stratum = 16), SEC, 0));
	assert_true(is_sane(BUT(leap = 2), SEC, 0));
	assert_false(is_sane(BUT(leap = 3), SEC, 0));
	assert_true(is_sane(BUT(reference = sane.sent), SEC, 0));
	assert_false(is_sane(BUT(reference = sane.sent + 1), SEC, 0));
	assert_true(is_sane(BUT(reference = sane.sent - 131072 * SEC), SEC, 0));
	assert_false(is_sane(BUT(reference = sane.sent - 131072 * SEC - 1), SEC, 0));
	assert_true(is_sane(BUT(root_delay = 2 * (16 * SEC - 50 * MS)), 99 * SEC, 0));
	assert_false(is_sane(BUT(root_delay = 2 * (16 * SEC - 50 * MS) + 2), 99 * SEC, 0));
	assert_true(is_sane(BUT(received = noon - 7), SEC, 7));
	assert_false(is_sane(BUT(received = noon - 8), SEC, 7));
	assert_true(is_sane(BUT(sent = noon + 4 * MS + 7), SEC, 7));
	assert_false(is_sane(BUT(sent = noon + 4 * MS + 8), SEC, 7));
}

/* From noon on a leap second is announced, for midnight. */
static void test_leap_second(void **state)
{
	static const struct {
		int64_t sent;
		bool is_sane;
	} rows[] = {
		{ 1, true },
		{ 36 * 3600 - 1, true },
		{ 36 * 3600, false },
		{ 48 * 3600, false },
	};
	struct ntp_exchange e = { .asked = noon + SEC, .answered = noon + SEC };
	struct ntp_answer a = sane;
	int64_t midnight = 0;

	(void)state;
	a.received = noon;
	assert_false(ntp_is_sane(&a, &e, SEC, 0, &midnight));
	a.leap = 1;
	assert_true(ntp_is_sane(&a, &e, SEC, 0, &midnight));
	assert_true(midnight == noon + 12 * 3600 * SEC);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		a = sane;
		a.sent = a.received = a.reference = noon + rows[i].sent * SEC;
		e.asked = e.answered = a.sent + SEC;
		assert_int_equal(ntp_is_sane(&a, &e, SEC, 0, &midnight), rows[i].is_sane);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_question),    cmocka_unit_test(test_answer),
		cmocka_unit_test(test_times),       cmocka_unit_test(test_refused),
		cmocka_unit_test(test_figures),     cmocka_unit_test(test_sanity),
		cmocka_unit_test(test_leap_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

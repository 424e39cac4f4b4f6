// SPDX-License-Identifier: Apache-2.0
/* arena, buffer, sampleset, wire, listen, log: what everything else stands on. */
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"
#include "buffer.h"
#include "listen.h"
#include "rate.h"
#include "sampleset.h"
#include "wire.h"

static void the_lesser_and_the_greater_are_asked_once(void **state)
{
	int asked = 0;
	size_t size = 3;

	(void)state;
	assert_int_equal(MIN(++asked, 5), 1);
	assert_int_equal(MAX(MIN(++asked, 5), 0), 2);
	assert_int_equal(MIN(7, MIN(5, ++asked)), 3);
	assert_true(MIN(size, 4) == 3 && MAX(4, size) == 4);
	assert_true(MAX(0.5, 0) == 0.5 && MIN(INT64_MAX, 1) == 1);
}

static void arena_keeps_what_it_gave(void **state)
{
	struct arena a = { 0 };
	char *texts[2000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		texts[i] = arena_printf(&a, "text %zu %*s", i, (int)(i % 300), "");
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char start[32];

		snprintf(start, sizeof(start), "text %zu ", i);
		assert_memory_equal(texts[i], start, strlen(start));
		assert_int_equal((uintptr_t)texts[i] % _Alignof(max_align_t), 0);
	}
	arena_reset(&a, 1 << 20);
	assert_non_null(a.chunks);
	arena_reset(&a, 0);
	assert_null(a.chunks);
	memset(arena_alloc(&a, 3 << 20), 1, 3 << 20);
	arena_free(&a);
}

static void arena_space_moves_what_is_there(void **state)
{
	struct arena a = { 0 };
	char *data = NULL, *other;
	size_t used = 0, room;

	(void)state;
	(void)arena_alloc(&a, 30 * 1024);
	while (used < 500000) {
		data = arena_space(&a, data, used, 1000, &room);
		assert_true(room >= 1000);
		for (size_t i = 0; i < 1000; i++, used++)
			data[used] = (char)(used % 251);
	}
	arena_take(&a, used);
	other = arena_alloc(&a, 100);
	memset(other, 0xff, 100);
	for (size_t i = 0; i < used; i++)
		assert_int_equal((unsigned char)data[i], i % 251);
	arena_free(&a);
}

static void buffer_grows(void **state)
{
	struct buffer b = { 0 };

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		buffer_add(&b, &i, sizeof(i));
	assert_int_equal(b.used, 400000);
	for (unsigned i = 0; i < 100000; i++)
		assert_memory_equal(b.data + (size_t)i * 4, &i, sizeof(i));
	buffer_free(&b);
}

static const struct metric plain = { .name = "plain", .help = "Help.", .type = METRIC_COUNTER };
static const struct metric labelled = {
	.name = "labelled", .help = "", .type = METRIC_GAUGE, .labels = LABELS("a", "b")
};

static void assert_label(const struct set_item *item, size_t i, const char *expected)
{
	const char *at = item->bytes;

	for (size_t k = 0; k < i; k++)
		at += item->lengths[k];
	assert_int_equal(item->lengths[i], strlen(expected));
	assert_memory_equal(at, expected, strlen(expected));
}

static void sets_read_back(void **state)
{
	static _Alignas(8) unsigned char memory[4096];
	struct set_reader reader = { 0 };
	struct set_writer writer = { 0 };
	struct set_item item;

	(void)state;
	set_begin(&writer, memory, sizeof(memory));
	set_add(&writer, &labelled, PART_VALUE, 0, 1.5,
	        (const char *const[]){ "x\xff\xfey", "", NULL });
	set_add(&writer, &plain, PART_VALUE, 0, INFINITY, (const char *const[]){ NULL });
	set_add(&writer, &labelled, PART_VALUE, 0, -1, (const char *const[]){ "é", "2", NULL });
	assert_int_equal(writer.n_samples, 3);
	assert_int_equal(writer.n_families, 2);

	set_read(&reader, memory, writer.used);
	assert_int_equal(set_next(&reader, &item), 1);
	assert_int_equal(item.kind, SET_FAMILY);
	assert_string_equal(item.name, "labelled");
	assert_string_equal(item.help, "");
	assert_int_equal(item.n_labels, 2);
	assert_string_equal(item.labels[1], "b");
	assert_int_equal(set_next(&reader, &item), 1);
	assert_int_equal(item.kind, SET_SAMPLE);
	assert_int_equal(item.family, 0);
	assert_label(&item, 0, "x\xef\xbf\xbdy");
	assert_label(&item, 1, "");
	assert_int_equal(set_next(&reader, &item), 1);
	assert_string_equal(item.name, "plain");
	assert_int_equal(set_next(&reader, &item), 1);
	assert_true(isinf(item.value));
	assert_int_equal(set_next(&reader, &item), 1);
	assert_label(&item, 0, "é");
	assert_int_equal(set_next(&reader, &item), 0);

	set_read_free(&reader);
	set_free(&writer);
}

static void sets_that_do_not_fit_say_so(void **state)
{
	static _Alignas(8) unsigned char memory[256];
	struct set_writer writer = { 0 };
	unsigned n = 0;

	(void)state;
	set_begin(&writer, memory, sizeof(memory));
	for (; !writer.is_full && n < 100; n++)
		set_add(&writer, &plain, PART_VALUE, 0, n, (const char *const[]){ NULL });
	assert_true(writer.is_full);
	assert_int_equal(writer.n_samples, n - 1);
	assert_true(writer.used <= sizeof(memory));
	set_free(&writer);
}

static void many_families_are_found_again(void **state)
{
	enum { COUNT = 3000, SIZE = 1 << 20 };
	unsigned char *memory = xmalloc(SIZE);
	struct metric *metrics = xcalloc(COUNT, sizeof(*metrics));
	struct set_writer writer = { 0 };

	(void)state;
	set_begin(&writer, memory, SIZE);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT; i++) {
			metrics[i].name = metrics[i].help = "m";
			set_add(&writer, &metrics[i], PART_VALUE, 0, 1,
			        (const char *const[]){ NULL });
		}
	}
	assert_false(writer.is_full);
	assert_int_equal(writer.n_families, COUNT);
	assert_int_equal(writer.n_samples, 2 * COUNT);
	set_free(&writer);
	free(metrics);
	free(memory);
}

/* Each byte of a good set changed in turn: never a crash, and what is read lies inside. */
static void damaged_sets_are_refused_or_read_within(void **state)
{
	_Alignas(8) unsigned char good[512] = { 0 }, bad[512];
	struct set_writer writer = { 0 };
	unsigned refused = 0;

	(void)state;
	set_begin(&writer, good, sizeof(good));
	set_add(&writer, &labelled, PART_VALUE, 0, 1, (const char *const[]){ "one", "two", NULL });
	set_add(&writer, &plain, PART_VALUE, 0, 2, (const char *const[]){ NULL });
	for (size_t i = 0; i < writer.used * 8; i++) {
		struct set_reader reader = { 0 };
		struct set_item item;
		int r;

		memcpy(bad, good, sizeof(bad));
		bad[i / 8] ^= (unsigned char)(1u << (i % 8));
		set_read(&reader, bad, writer.used);
		while ((r = set_next(&reader, &item)) == 1) {
			size_t length = 0;

			for (size_t k = 0; item.kind == SET_SAMPLE && k < item.n_labels; k++)
				length += item.lengths[k];
			if (item.kind == SET_SAMPLE && length)
				assert_true((const unsigned char *)item.bytes + length <=
				            bad + writer.used);
		}
		refused += r == -EBADMSG;
		set_read_free(&reader);
	}
	assert_true(refused > 100);
	set_free(&writer);
}

static void addresses_are_split_as_go_does(void **state)
{
	static const struct {
		const char *address;
		const char *host; /* NULL: refused */
		const char *port;
	} table[] = {
		{ ":9100", "", "9100" },
		{ "0.0.0.0:9100", "0.0.0.0", "9100" },
		{ "[::]:9100", "::", "9100" },
		{ "localhost:9100", "localhost", "9100" },
		{ "[0.0.0.0]:9100", "0.0.0.0", "9100" },
		{ "[fe80::1%eth0]:1", "fe80::1%eth0", "1" },
		{ "localhost:http", "localhost", "http" },
		{ "9100", NULL, NULL },
		{ "", NULL, NULL },
		{ ":", NULL, NULL },
		{ "host:", NULL, NULL },
		{ "::1:9100", NULL, NULL },
		{ "[::1]", NULL, NULL },
		{ "[::1]9100", NULL, NULL },
		{ "[::1]x:9100", NULL, NULL },
		{ "[:9100", NULL, NULL },
		{ "a]:9100", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char host[64] = "";
		const char *port = NULL;
		int r = listen_split(table[i].address, host, sizeof(host), &port);

		if (!table[i].host) {
			assert_int_equal(r, -EINVAL);
			continue;
		}
		assert_int_equal(r, 0);
		assert_string_equal(host, table[i].host);
		assert_string_equal(port, table[i].port);
	}
}

static void listeners_of_every_form(void **state)
{
	static const char *forms[] = { ":0", "127.0.0.1:0", "[127.0.0.1]:0", "localhost:0" };
	/* A bare installation does not know its own name. */
	bool has_localhost = access("/etc/hosts", R_OK) == 0;
	struct list addresses = { .count = ARRAY_SIZE(forms) - !has_localhost, .items = forms };
	struct list taken = { .count = 2, .items = (const char *[]){ "127.0.0.1:0", NULL } };
	struct socket_rights rights = { .mode = 0600, .group = (gid_t)-1 };
	char name[LISTEN_TEXT_MAX];
	struct listeners l, other;

	(void)state;
	assert_int_equal(listen_open(&addresses, &rights, &l), 0);
	assert_int_equal(l.count, addresses.count);
	listen_name(l.fds[1], name);
	assert_memory_equal(name, "127.0.0.1:", 10);
	taken.items[1] = name;
	assert_int_equal(listen_open(&taken, &rights, &other), -EADDRINUSE);
	listen_close(&l);
	taken.count = 1;
	taken.items[0] = "nonsense";
	assert_int_equal(listen_open(&taken, &rights, &other), -EINVAL);
}

static void rates_are_kept(void **state)
{
	struct rate none = { .burst = 0 }, never = { .interval = 1 };
	struct rate two = { .interval = 100, .burst = 2 };
	struct rate huge = { .interval = INT64_MAX, .burst = INT64_MAX };

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_true(rate_allows(&none, 1000));
		assert_false(rate_allows(&never, 1000 + i));
	}
	/* Two at once, then one each 100 ns; what was not used is kept, up to two. */
	assert_true(rate_allows(&two, 1000));
	assert_true(rate_allows(&two, 1000));
	assert_false(rate_allows(&two, 1099));
	assert_true(rate_allows(&two, 1100));
	assert_false(rate_allows(&two, 1199));
	assert_true(rate_allows(&two, 5000));
	assert_true(rate_allows(&two, 5001));
	assert_false(rate_allows(&two, 5002));
	assert_false(rate_allows(&huge, 1000));
}

static void messages_carry_descriptors(void **state)
{
	int pair[2], pipe_fds[2], got[2];
	struct wire_message m = { .kind = WIRE_PING, .pid = 7 }, back;
	char byte = 0;

	(void)state;
	assert_int_equal(wire_pair(pair), 0);
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(wire_send(pair[0], &m, sizeof(m), pipe_fds, 2), 0);
	assert_int_equal(wire_receive(pair[1], &back, sizeof(back), got, 2), sizeof(back));
	assert_int_equal(back.pid, 7);
	assert_int_equal(write(got[1], "x", 1), 1);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	/* More than are wanted are closed, none is left where none came. */
	assert_int_equal(wire_send(pair[0], &m, sizeof(m), pipe_fds, 2), 0);
	close(got[0]), close(got[1]);
	assert_int_equal(wire_receive(pair[1], &back, sizeof(back), got, 1), sizeof(back));
	close(got[0]);
	assert_int_equal(wire_send(pair[0], &m, sizeof(m), NULL, 0), 0);
	assert_int_equal(wire_receive(pair[1], &back, sizeof(back), got, 2), sizeof(back));
	assert_int_equal(got[0], -1);
	close(pair[0]);
	assert_int_equal(wire_receive(pair[1], &back, sizeof(back), got, 2), 0);
	close(pair[1]), close(pipe_fds[0]), close(pipe_fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lesser_and_the_greater_are_asked_once),
		cmocka_unit_test(arena_keeps_what_it_gave),
		cmocka_unit_test(arena_space_moves_what_is_there),
		cmocka_unit_test(buffer_grows),
		cmocka_unit_test(sets_read_back),
		cmocka_unit_test(sets_that_do_not_fit_say_so),
		cmocka_unit_test(many_families_are_found_again),
		cmocka_unit_test(damaged_sets_are_refused_or_read_within),
		cmocka_unit_test(addresses_are_split_as_go_does),
		cmocka_unit_test(listeners_of_every_form),
		cmocka_unit_test(rates_are_kept),
		cmocka_unit_test(messages_carry_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

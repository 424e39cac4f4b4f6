// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <string.h>

#include "buffer.h"
#include "nfsmounts.h"
#include "scrape.h"

/* What visits saw. */
struct seen {
	size_t n_mounts;
	struct nfs_mount last;
	char address[32]; /* of each mount the first digit; - where there is none */
};

static void visit(struct scrape *s, const struct nfs_mount *m, void *data)
{
	struct seen *seen = data;

	(void)s;
	seen->last = *m;
	assert_true(seen->n_mounts < sizeof(seen->address) - 1);
	seen->address[seen->n_mounts++] = m->address[0] ? m->address[0] : '-';
}

static struct seen *read_mounts(struct scrape *s, const char *text, const char *mountinfo)
{
	struct seen *seen = scrape_alloc(s, sizeof(*seen));

	memset(seen, 0, sizeof(*seen));
	nfsmounts_visit(s, scrape_printf(s, "%s", text), scrape_printf(s, "%s", mountinfo), visit,
	                seen);
	return seen;
}

/* What a kind of transport does not count is 0, and what it counts beyond is left out. */
static void transports(void **state)
{
	static const struct {
		const char *version;
		const char *line;
		uint64_t numbers[NFS_TRANSPORT];
	} table[] = {
		{ "1.0", "tcp 1 2 3 4 5 6 7 8 9 10", { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 } },
		{ "1.0", "udp 1 2 3 4 5 6 7", { 1, 2, 0, 0, 0, 3, 4, 5, 6, 7 } },
		{ "1.1",
		  "tcp 1 2 3 4 5 6 7 8 9 10 11 12 13",
		  { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 } },
		{ "1.1", "udp 1 2 3 4 5 6 7 8 9 10", { 1, 2, 0, 0, 0, 3, 4, 5, 6, 7, 8, 9, 10 } },
		{ "1.1",
		  "rdma 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
		  { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct scrape s = { 0 };
		const struct nfs_mount *m =
			&read_mounts(&s,
		                     scrape_printf(&s,
		                                   "device a:/ mounted on /a with fstype nfs "
		                                   "statvers=%s\nxprt: %s\n",
		                                   table[i].version, table[i].line),
		                     "")
				 ->last;

		assert_int_equal(m->n_transports, 1);
		assert_memory_equal(m->transports[0].numbers, table[i].numbers,
		                    sizeof(table[i].numbers));
		scrape_free(&s);
	}
}

/* More than there is room for, and a mount that begins anew. */
static void limits(void **state)
{
	struct scrape s = { 0 };
	struct buffer text = { 0 };
	const struct seen *seen;

	(void)state;
	buffer_add_text(&text, "device a:/ mounted on /a with fstype nfs statvers=1.0\n"
	                       "bytes: 1 2 3 4 5 6 7 8\nage: 5\n");
	for (size_t i = 0; i < NFS_TRANSPORTS_MAX + 2; i++)
		buffer_add_text(&text, "xprt: udp 1 2 3 4 5 6 7\n");
	buffer_add_text(&text, "per-op statistics\n");
	for (size_t i = 0; i < NFS_OPERATIONS_MAX + 2; i++)
		buffer_add_text(&text, scrape_printf(&s, "OP%zu: 1 2 3 4 5 6 7 8 9\n", i));
	buffer_add(&text, "", 1);
	seen = read_mounts(&s, text.data, "");
	assert_int_equal(seen->n_mounts, 1);
	assert_true(seen->last.has_age && seen->last.has_bytes && !seen->last.has_events);
	assert_int_equal(seen->last.n_transports, NFS_TRANSPORTS_MAX);
	assert_int_equal(seen->last.n_operations, NFS_OPERATIONS_MAX);
	assert_string_equal(seen->last.operations[NFS_OPERATIONS_MAX - 1].name, "OP255");

	text.used--;
	buffer_add_text(&text, "device b:/ mounted on /b with fstype nfs4 statvers=1.1\n"
	                       "age: 7\n\nage: 8\n");
	buffer_add(&text, "", 1);
	seen = read_mounts(&s, text.data, "");
	assert_int_equal(seen->n_mounts, 2);
	assert_int_equal(seen->last.age, 7);
	assert_false(seen->last.has_bytes);
	assert_int_equal(seen->last.n_transports + seen->last.n_operations, 0);
	buffer_free(&text);
	scrape_free(&s);
}

/* By the place in both files, or else by what is mounted. */
static void servers(void **state)
{
	static const char text[] = "device a:/ mounted on /a with fstype nfs statvers=1.1\n\n"
				   "no device mounted on /none with fstype none\n\n"
				   "device a:/ mounted on /b with fstype nfs statvers=1.1\n\n"
				   "device c:/ mounted on /c with fstype nfs statvers=1.1\n\n";
	static const char in_step[] =
		"1 1 0:1 / /a rw - nfs a:/ rw,addr=1.1.1.1,x\n"
		"2 1 0:2 / /none rw - none none rw\n"
		"3 1 0:3 / /b rw - nfs a:/ rw,mountaddr=4.4.4.4,addr=2.2.2.2\n"
		"4 1 0:4 / /c rw - nfs c:/ rw\n";
	static const char behind[] = "1 1 0:2 / /none rw - none none rw\n"
				     "2 1 0:3 / /b rw - nfs a:/ addr=3.3.3.3\n";
	struct scrape s = { 0 };

	(void)state;
	assert_string_equal(read_mounts(&s, text, in_step)->address, "12-");
	assert_string_equal(read_mounts(&s, text, behind)->address, "33-");
	assert_string_equal(read_mounts(&s, text, "")->address, "---");
	scrape_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transports),
		cmocka_unit_test(limits),
		cmocka_unit_test(servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

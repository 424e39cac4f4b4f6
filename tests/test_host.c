// SPDX-License-Identifier: Apache-2.0
/* host: what is taken from runs, rates, what goes, and limits; history: scrapers and durations. */
#include "unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "history.h"
#include "host.h"

static const struct metric read_bytes = { .name = "node_disk_read_bytes_total",
	                                  .help = "x",
	                                  .type = METRIC_COUNTER,
	                                  .labels = LABELS("device") };
static const struct metric written_bytes = { .name = "node_disk_written_bytes_total",
	                                     .help = "x",
	                                     .type = METRIC_COUNTER,
	                                     .labels = LABELS("device") };
static const struct metric cpu_seconds = { .name = "node_cpu_seconds_total",
	                                   .help = "x",
	                                   .type = METRIC_COUNTER,
	                                   .labels = LABELS("cpu", "mode") };

static const struct metric size_bytes = { .name = "node_filesystem_size_bytes",
	                                  .help = "x",
	                                  .type = METRIC_GAUGE,
	                                  .labels = LABELS("device", "mountpoint") };

static struct {
	unsigned char memory[64 << 10] __attribute__((aligned(8)));
	struct set_writer writer;
} set;

static void begin(void)
{
	set_begin(&set.writer, set.memory, sizeof(set.memory));
}

static void add(const struct metric *m, double value, const char *one, const char *other)
{
	set_add(&set.writer, m, PART_VALUE, 0, value, (const char *const[]){ one, other, NULL });
}

static void take(int64_t seconds)
{
	struct gather *g = gather_new(ESCAPING_UTF8);

	assert_int_equal(gather_add(g, "diskstats", set.memory, set.writer.used, false), 0);
	gather_finish(g);
	host_take(g, seconds * NS_PER_SEC);
	gather_free(g);
}

static void rates_are_between_two_runs(void **state)
{
	const struct host_table *t = host_table(HOST_DISKS);

	(void)state;
	begin();
	add(&read_bytes, 1000, "sda", NULL);
	add(&read_bytes, 5, "sdb", NULL);
	take(10);
	assert_int_equal(t->n_rows, 2);
	assert_true(isnan(host_rate(t, host_find(HOST_DISKS, "sda"), DISK_READ_BYTES)));
	begin();
	add(&read_bytes, 3000, "sda", NULL);
	add(&read_bytes, 4, "sdb", NULL);
	add(&read_bytes, 7, "sdc", NULL);
	take(14);
	assert_true(host_rate(t, host_find(HOST_DISKS, "sda"), DISK_READ_BYTES) == 500);
	assert_true(isnan(host_rate(t, host_find(HOST_DISKS, "sdb"), DISK_READ_BYTES)));
	assert_true(isnan(host_rate(t, host_find(HOST_DISKS, "sdc"), DISK_READ_BYTES)));
	assert_true(isnan(host_find(HOST_DISKS, "sda")->now[DISK_BUSY]));
	/* A run without disks leaves them alone; one with others forgets those that are gone. */
	begin();
	add(&cpu_seconds, 1, "0", "idle");
	add(&cpu_seconds, 2, "1", "idle");
	take(15);
	assert_int_equal(t->n_rows, 3);
	assert_true(host_figure(HOST_CPU, "idle") == 3);
	assert_int_equal(host_find(HOST_CPU, "idle")->n_added, 2);
	begin();
	add(&read_bytes, 8, "sdc", NULL);
	take(16);
	assert_int_equal(t->n_rows, 1);
	assert_null(host_find(HOST_DISKS, "sda"));
	assert_true(host_latest() == 16 * NS_PER_SEC);
}

static void rows_are_bounded(void **state)
{
	const struct host_table *t = host_table(HOST_DISKS);
	char name[300];

	(void)state;
	begin();
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "disk%03d", i);
		add(&read_bytes, i, name, NULL);
		add(&written_bytes, i, name, NULL);
	}
	take(20);
	take(21);
	assert_int_equal(t->n_rows, HOST_ROWS_MAX);
	assert_int_equal(t->n_more, 100 - HOST_ROWS_MAX);
	/* Names that differ only where they are cut are two rows; no character is cut in two. */
	begin();
	memset(name, 'x', sizeof(name));
	memcpy(name + HOST_TEXT_MAX - 2, "€1", sizeof("€1"));
	add(&read_bytes, 1, name, NULL);
	memcpy(name + HOST_TEXT_MAX - 2, "€2", sizeof("€2"));
	add(&read_bytes, 2, name, NULL);
	/* There is room for them once the others are gone. */
	take(22);
	take(23);
	assert_int_equal(t->n_rows, 2);
	assert_int_equal(strlen(t->rows[0].name), HOST_TEXT_MAX - 2);
}

/* Each is asked by its path, which leads to the upper one. */
static void mounts_on_mounts_are_one(void **state)
{
	(void)state;
	begin();
	add(&size_bytes, 1000, "/dev/sda1", "/mnt");
	add(&size_bytes, 1000, "/dev/sdb1", "/mnt");
	take(30);
	assert_int_equal(host_table(HOST_FILESYSTEMS)->n_rows, 1);
	assert_true(host_find(HOST_FILESYSTEMS, "/mnt")->now[FS_BYTES] == 1000);
}

static void the_last_durations_are_kept(void **state)
{
	const struct history *h = history_of(3);

	(void)state;
	for (int i = 1; i <= HISTORY_DURATIONS + 5; i++)
		history_note(3, 0, i * 1000, NULL, 0);
	assert_int_equal(history_kept(h), HISTORY_DURATIONS);
	assert_int_equal(history_duration(h, 0), 6);
	assert_int_equal(history_duration(h, HISTORY_DURATIONS - 1), HISTORY_DURATIONS + 5);
	history_note(3, -EIO, 1000, "why\nwhat", 8);
	assert_string_equal(h->words, "why\nwhat");
	history_note(3, -EAGAIN, 0, NULL, 0);
	assert_string_equal(h->words, "why\nwhat");
	history_note(3, 0, 1000, NULL, 0);
	assert_null(h->words);
}

static void count(int id)
{
	struct gather *g = gather_new(ESCAPING_UTF8);

	assert_int_equal(gather_add(g, collectors[id]->name, set.memory, set.writer.used, false),
	                 0);
	gather_finish(g);
	history_count(g);
	gather_free(g);
}

static void series_go_with_their_run(void **state)
{
	int id = registry_find("diskstats"), other = registry_find("cpu");
	const struct history *h = history_of((unsigned)id);

	(void)state;
	history_note((unsigned)id, 0, 1000, NULL, 0);
	begin();
	add(&read_bytes, 1, "sda", NULL);
	add(&read_bytes, 2, "sdb", NULL);
	count(id);
	assert_int_equal(h->n_series, 2);
	/* It was not asked, and says nothing any more. */
	count(other);
	assert_int_equal(h->n_series, 2);
	history_note((unsigned)id, 0, 1000, NULL, 0);
	begin();
	count(id);
	assert_int_equal(h->n_series, 0);
}

static void scrapers_are_bounded(void **state)
{
	struct scraper s = { .address = "::1" };
	size_t n = 0;

	(void)state;
	for (int i = 0; i < SCRAPERS_MAX + 10; i++) {
		s.at = (i + 1) * NS_PER_SEC;
		snprintf(s.agent, sizeof(s.agent), "agent %d", i);
		scraper_note(&s);
	}
	s.at += 15 * NS_PER_SEC;
	scraper_note(&s);
	for (size_t i = 0; i < SCRAPERS_MAX; i++) {
		const struct scraper *known = &scrapers()[i];

		assert_true(known->at > 10 * NS_PER_SEC);
		if (strcmp(known->agent, s.agent) != 0)
			continue;
		n++;
		assert_int_equal(known->count, 2);
		assert_true(known->interval == 15 * NS_PER_SEC);
	}
	assert_int_equal(n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_between_two_runs),
		cmocka_unit_test(rows_are_bounded),
		cmocka_unit_test(mounts_on_mounts_are_one),
		cmocka_unit_test(the_last_durations_are_kept),
		cmocka_unit_test(series_go_with_their_run),
		cmocka_unit_test(scrapers_are_bounded),
	};

	registry_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

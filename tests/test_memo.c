// SPDX-License-Identifier: Apache-2.0
/* memo: what is remembered of devices, and when not. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "devices.h"
#include "memo.h"

#define COMPLAIN(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

static struct {
	uint64_t hwmon, block, module;
} self;

/* Stands in for those who listen to the kernel. */
uint64_t devices_generation(const char *subsystem)
{
	if (strcmp(subsystem, "hwmon") == 0)
		return self.hwmon;
	if (strcmp(subsystem, "module") == 0)
		return self.module;
	return strcmp(subsystem, "block") == 0 ? self.block : 4;
}

bool devices_are_settled(const char *subsystem)
{
	return strcmp(subsystem, "hwmon") == 0 || strcmp(subsystem, "block") == 0 ||
	       strcmp(subsystem, "module") == 0;
}

static void names(void **state)
{
	static const struct {
		const char *name;
		uint64_t generation;
	} cases[] = {
		{ "class/hwmon", 7 },
		{ "class/hwmon/hwmon0", 7 },
		{ "class/hwmon/hwmon0/device/temp1_input", 7 },
		{ "bus/hwmon/devices", 7 },
		{ "bus/hwmon/devices/0000:00:00.0", 0 },
		{ "bus/hwmon", 0 },
		{ "devices/system/hwmon", 7 },
		{ "devices/system/hwmon/hwmon0", 0 },
		{ "block", 9 },
		{ "block/sda", 0 },
		{ "block/sda/slaves", 0 },
		{ "class/block", 9 },
		{ "class/block/sda", 0 },
		{ "blocks", 0 },
		{ "class/", 0 },
		{ "class", 0 },
		{ "class//hwmon", 0 },
		{ "class/other", 0 },
		{ "fs/hwmon", 0 },
		{ "", 0 },
	};
	char name[256];

	(void)state;
	self.hwmon = 7;
	self.block = 9;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (memo_generation(cases[i].name) != cases[i].generation)
			COMPLAIN("%s: %llu", cases[i].name,
			         (unsigned long long)memo_generation(cases[i].name));
	snprintf(name, sizeof(name), "class/%0200d", 0);
	assert_int_equal(memo_generation(name), 0);
}

/* What is absent may come with a module. */
static void absences(void **state)
{
	static const struct {
		bool is_proc;
		const char *name;
		uint64_t generation;
	} cases[] = {
		{ true, "mdstat", 11 },
		{ true, "net/ip_vs_stats", 11 },
		{ true, "net/rpc/nfs", 11 },
		{ true, "net/dev_snmp6/eth0", 0 },
		{ true, "1/stat", 0 },
		{ true, "sys/fs/file-nr", 0 },
		{ true, "spl/kstat/zfs", 11 },
		{ true, "spl/kstat/zfs/tank", 0 },
		{ false, "fs/bcachefs", 11 },
		{ false, "fs/btrfs/features/x", 0 },
		{ false, "class/infiniband", 11 },
		{ false, "class/net/bonding_masters", 11 },
		{ false, "class/net/eth0", 0 },
		{ false, "class/hwmon/hwmon0/name", 7 },
		{ false, "devices/system/edac/mc", 11 },
		{ false, "block/sda/slaves", 0 },
	};

	(void)state;
	self.hwmon = 7;
	self.module = 11;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (memo_absence_generation(cases[i].is_proc, cases[i].name) != cases[i].generation)
			COMPLAIN("%s", cases[i].name);
	self.module = 0;
}

static void remembered(void **state)
{
	const struct memo *m;

	(void)state;
	assert_null(memo_find(MEMO_FACT, "class/hwmon/hwmon0/name", 1));
	memo_keep(MEMO_FACT, "class/hwmon/hwmon0/name", 1, "core", 4);
	m = memo_find(MEMO_FACT, "class/hwmon/hwmon0/name", 1);
	assert_non_null(m);
	assert_int_equal(m->size, 4);
	assert_string_equal(m->data, "core");
	/* another kind, name or generation, and none */
	assert_null(memo_find(MEMO_LINK, "class/hwmon/hwmon0/name", 1));
	assert_null(memo_find(MEMO_FACT, "class/hwmon/hwmon1/name", 1));
	assert_null(memo_find(MEMO_FACT, "class/hwmon/hwmon0/name", 2));
	assert_null(memo_find(MEMO_FACT, "class/hwmon/hwmon0/name", 0));
	memo_keep(MEMO_FACT, "class/hwmon/hwmon0/name", 2, "", 0);
	m = memo_find(MEMO_FACT, "class/hwmon/hwmon0/name", 2);
	assert_non_null(m);
	assert_int_equal(m->size, 0);
	memo_free();
	assert_null(memo_find(MEMO_FACT, "class/hwmon/hwmon0/name", 2));
}

/* As many devices as there may be, and files of any size, cost a bounded amount. */
static void bounded(void **state)
{
	static char large[300 << 10];
	size_t found = 0;
	char name[64];

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "class/hwmon/hwmon%u", i);
		memo_keep(MEMO_ABSENT, name, 1, "", 0);
		assert_non_null(memo_find(MEMO_ABSENT, name, 1));
	}
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "class/hwmon/hwmon%u", i);
		found += memo_find(MEMO_ABSENT, name, 1) != NULL;
	}
	assert_in_range(found, 1, 1024);
	found = 0;
	for (unsigned i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "class/hwmon/large%u", i);
		memo_keep(MEMO_LIST, name, 1, large, sizeof(large));
	}
	for (unsigned i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "class/hwmon/large%u", i);
		found += memo_find(MEMO_LIST, name, 1) != NULL;
	}
	assert_in_range(found, 1, 3);
	memo_free();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(absences),
		cmocka_unit_test(remembered),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

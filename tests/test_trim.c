// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "trim.h"
#include "unit.h"
#include "util.h"

/* Resident pages of files, in kB: "RssFile" of proc_pid_status(5). */
static long resident(void)
{
	char line[256];
	long kib = -1;
	FILE *f = fopen("/proc/self/status", "re");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "RssFile:", 8) == 0)
			kib = strtol(line + 8, NULL, 10);
	}
	(void)fclose(f);
	return kib;
}

static int constant_tables[4] = { 1, 2, 3, 4 };
static int *const relocated[] = { &constant_tables[3], &constant_tables[1] };

static void test_code_goes_and_comes_back(void **state)
{
	long before = resident(), after;

	(void)state;
	trim_code();
	after = resident();
	assert_true(before > 0);
	assert_true(after < before);
	/* What was relocated, or written to, stays as it was. */
	constant_tables[1] = 7;
	trim_code();
	assert_int_equal(*relocated[0], 4);
	assert_int_equal(*relocated[1], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_code_goes_and_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

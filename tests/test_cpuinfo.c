// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "buffer.h"
#include "cpuinfo.h"
#include "scrape.h"

static void hertz_of(void **state)
{
	static const struct {
		const char *text;
		int r;
		double hertz;
	} table[] = {
		{ "799.998", 0, 799.998 * 1e6 },
		{ "3783.000000MHz", 0, 3783e6 },
		{ " 5000", 0, 5e9 },
		{ "about 42 or so", 0, 42e6 },
		{ "", -EINVAL, -1 },
		{ "Unknown", -EINVAL, -1 },
		{ ".", -EINVAL, -1 },
		{ "1.2.3", -EINVAL, -1 },
		{ "1234567890123456789012345678901", 0, 1234567890123456789012345678901e6 },
		{ "12345678901234567890123456789012", -EINVAL, -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		double hertz = -1;

		assert_int_equal(cpuinfo_hertz(table[i].text, &hertz), table[i].r);
		assert_true(hertz == table[i].hertz);
	}
}

/* Which clock and which core each architecture's text has; what else it says is in the cases. */
static void told_apart(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		const char *mhz;
		const char *core;
	} table[] = {
		{ "processor : 0\nvendor_id : x\ncpu MHz : 1\ncore id : 3\n", 1, "1", "3" },
		{ "processor : 0\nBogoMIPS : 1\ncpu MHz : 1\ncore id : 3\n", 1, NULL, NULL },
		{ "processor : 0\ncpu : POWER9\nclock : 2MHz\ncore id : 3\n", 1, "2MHz", NULL },
		{ "processor : 0\nhart : 7\nclock : 2MHz\n", 1, NULL, "7" },
		{ "system type : x\nprocessor : 0\ncpu MHz : 1\n", 1, NULL, NULL },
		{ "vendor_id : x\nprocessor 0: y\ncpu number : 0\ncpu MHz dynamic : 4\n", 1, "4",
		  NULL },
		{ "\n \t\nprocessor : 0\nprocessor : 1\n", 2, NULL, NULL },
		{ "Processor : old\nFeatures : none\n", 0, NULL, NULL },
		{ "processor : none\ncpu MHz : 1\n", 0, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct scrape s = { 0 };
		struct cpuinfo *cpus = NULL;
		char *text = xstrdup(table[i].text);
		size_t count = 99;

		assert_int_equal(cpuinfo_parse(&s, text, &cpus, &count), 0);
		assert_int_equal(count, table[i].count);
		for (size_t j = 0; j < 2 && count; j++) {
			const char *found = cpus[0].fields[j ? CPUINFO_CORE : CPUINFO_MHZ];
			const char *expected = j ? table[i].core : table[i].mhz;

			assert_int_equal(!found, !expected);
			if (expected)
				assert_string_equal(found, expected);
		}
		scrape_free(&s);
		free(text);
	}
}

/* More CPUs than there is room for at first, and none where the text is none of a CPU. */
static void many_or_none(void **state)
{
	struct scrape s = { 0 };
	struct buffer text = { 0 };
	struct cpuinfo *cpus = NULL;
	char nothing[] = "nothing of the kind: 1\n", empty[] = "\n\n";
	size_t count = 99;

	(void)state;
	assert_int_equal(cpuinfo_parse(&s, nothing, &cpus, &count), -EINVAL);
	assert_int_equal(cpuinfo_parse(&s, empty, &cpus, &count), -EINVAL);
	assert_int_equal(count, 99);
	assert_null(cpus);

	for (unsigned i = 0; i < 1000; i++) {
		char *line = scrape_printf(&s, "processor : %u\ncore id : c%u\n", i, i);

		buffer_add_text(&text, line);
	}
	buffer_add(&text, "", 1);
	assert_int_equal(cpuinfo_parse(&s, text.data, &cpus, &count), 0);
	assert_int_equal(count, 1000);
	for (unsigned i = 0; i < 1000; i++) {
		assert_string_equal(cpus[i].fields[CPUINFO_NUMBER], scrape_printf(&s, "%u", i));
		assert_string_equal(cpus[i].fields[CPUINFO_CORE], scrape_printf(&s, "c%u", i));
	}
	buffer_free(&text);
	scrape_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hertz_of),
		cmocka_unit_test(told_apart),
		cmocka_unit_test(many_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

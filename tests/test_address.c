// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

#include "address.h"

static const struct row {
	const char *given; /* as inet_pton(3) takes it */
	const char *text;
	const char *scope; /* of what address_unmap() makes of it */
} rows[] = {
	{ "192.0.2.1", "192.0.2.1", "global" },
	{ "10.1.2.3", "10.1.2.3", "global" },
	{ "0.0.0.0", "0.0.0.0", "" },
	{ "0.0.0.1", "0.0.0.1", "global" },
	{ "127.0.0.1", "127.0.0.1", "link-local" },
	{ "127.9.8.7", "127.9.8.7", "link-local" },
	{ "169.254.1.2", "169.254.1.2", "link-local" },
	{ "169.253.1.2", "169.253.1.2", "global" },
	{ "224.0.0.251", "224.0.0.251", "link-local" },
	{ "224.0.1.1", "224.0.1.1", "" },
	{ "239.255.255.250", "239.255.255.250", "" },
	{ "240.0.0.1", "240.0.0.1", "global" },
	{ "255.255.255.255", "255.255.255.255", "" },
	{ "255.255.255.254", "255.255.255.254", "global" },
	{ "::", "::", "" },
	{ "::1", "::1", "link-local" },
	{ "::2", "::2", "global" },
	{ "::1:2", "::1:2", "global" },
	{ "2001:db8:0:0:1::2", "2001:db8::1:0:0:2", "global" },
	{ "2001:DB8::1", "2001:db8::1", "global" },
	{ "fd00::1", "fd00::1", "global" },
	{ "fe80::1", "fe80::1", "link-local" },
	{ "febf::1", "febf::1", "link-local" },
	{ "fec0::1", "fec0::1", "global" },
	{ "ff01::1", "ff01::1", "interface-local" },
	{ "ff11::1", "ff11::1", "interface-local" },
	{ "ff02::1", "ff02::1", "link-local" },
	{ "ff05::2", "ff05::2", "" },
	{ "::ffff:192.0.2.1", "192.0.2.1", "global" },
	{ "::ffff:127.0.0.1", "127.0.0.1", "link-local" },
	{ "::fffe:c000:201", "::fffe:c000:201", "global" },
};

static uint8_t parse(const char *text, uint8_t bytes[static 16])
{
	uint8_t family = strchr(text, ':') ? AF_INET6 : AF_INET;

	memset(bytes, 0, 16);
	assert_int_equal(inet_pton(family, text, bytes), 1);
	return family;
}

static void texts_are_gos(void **state)
{
	uint8_t bytes[16];
	char text[ADDRESS_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t family = parse(rows[i].given, bytes);

		assert_string_equal(address_text(family, bytes, text), rows[i].text);
	}
}

static void addresses_within_ipv6_are_of_ipv4(void **state)
{
	uint8_t bytes[16], expected[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t family = parse(rows[i].given, bytes);

		address_unmap(&family, bytes);
		assert_int_equal(family, parse(rows[i].text, expected));
		assert_memory_equal(bytes, expected, sizeof(bytes));
	}
}

static void scopes_are_known(void **state)
{
	uint8_t bytes[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t family = parse(rows[i].given, bytes);

		address_unmap(&family, bytes);
		assert_string_equal(address_scope(family, bytes), rows[i].scope);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_gos),
		cmocka_unit_test(addresses_within_ipv6_are_of_ipv4),
		cmocka_unit_test(scopes_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

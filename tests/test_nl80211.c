// SPDX-License-Identifier: Apache-2.0
/* nl80211: answers made by hand (linux/nl80211.h), cut and spoilt everywhere. */
#include "unit.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/nl80211.h>

#include "collect.h"
#include "genetlink.h"

extern const struct collector wifi_collector;

/* The answer to everything: a message of each kind, of which each request takes its own. */
static struct {
	_Alignas(4) unsigned char bytes[1024];
	size_t used;
	unsigned char *given; /* a copy without a byte to spare */
	size_t size;
	bool has_mac; /* the last request had one */
} self;

int __wrap_genetlink_ask(struct scrape *s, struct genetlink *g,
                         const struct netlink_request *request, struct netlink_reply *ret);

int __wrap_genetlink_ask(struct scrape *s, struct genetlink *g,
                         const struct netlink_request *request, struct netlink_reply *ret)
{
	const struct genlmsghdr *header = request->body;

	(void)s;
	assert_string_equal(g->family, "nl80211");
	assert_true(request->is_dump);
	if (header->cmd == NL80211_CMD_GET_INTERFACE)
		assert_int_equal(request->size, GENL_HDRLEN);
	else
		self.has_mac = request->size == GENL_HDRLEN + 8 + 12;
	*ret = (struct netlink_reply){ (const char *)self.given, self.size };
	return 0;
}

static void put(const void *bytes, size_t size)
{
	assert_true(self.used + size + 4 < sizeof(self.bytes));
	memcpy(self.bytes + self.used, bytes, size);
	self.used += size;
	while (self.used % NLA_ALIGNTO)
		self.bytes[self.used++] = 0;
}

static void put_attribute(uint16_t type, const void *value, size_t size)
{
	const struct nlattr a = { .nla_len = (uint16_t)(NLA_HDRLEN + size), .nla_type = type };

	put(&a, sizeof(a));
	put(value, size);
}

static void put_u32(uint16_t type, uint32_t value)
{
	put_attribute(type, &value, sizeof(value));
}

/* A nest or a message is as long as what was put since it began. */
static size_t begin_nest(uint16_t type)
{
	put_attribute(type | NLA_F_NESTED, "", 0);
	return self.used - NLA_HDRLEN;
}

static void end_nest(size_t at)
{
	((struct nlattr *)(void *)(self.bytes + at))->nla_len = (uint16_t)(self.used - at);
}

static size_t begin_message(uint8_t command)
{
	const struct nlmsghdr m = { .nlmsg_type = 0 }; /* the family's number, which nobody asked */
	const struct genlmsghdr header = { .cmd = command, .version = 1 };
	size_t at = self.used;

	put(&m, sizeof(m));
	put(&header, sizeof(header));
	return at;
}

static void end_message(size_t at)
{
	((struct nlmsghdr *)(void *)(self.bytes + at))->nlmsg_len = (uint32_t)(self.used - at);
}

static void build(void)
{
	static const unsigned char elements[] = { 1, 2, 0x82, 0x84, 0, 3, 'n', 'e', 't' };
	size_t m, nest, rate;

	self.used = 0;
	m = begin_message(NL80211_CMD_NEW_INTERFACE);
	put_u32(NL80211_ATTR_IFINDEX, 3);
	put_attribute(NL80211_ATTR_IFNAME, "wlan0", 6);
	put_attribute(NL80211_ATTR_MAC, "\2\0\0\0\0\1", 6);
	put_u32(NL80211_ATTR_WIPHY_FREQ, 2412);
	end_message(m);
	m = begin_message(NL80211_CMD_NEW_SCAN_RESULTS);
	nest = begin_nest(NL80211_ATTR_BSS);
	put_attribute(NL80211_BSS_BSSID, "\2\0\0\0\0\2", 6);
	put_attribute(NL80211_BSS_INFORMATION_ELEMENTS, elements, sizeof(elements));
	put_u32(NL80211_BSS_STATUS, NL80211_BSS_STATUS_ASSOCIATED);
	end_nest(nest);
	end_message(m);
	m = begin_message(NL80211_CMD_NEW_STATION);
	put_attribute(NL80211_ATTR_MAC, "\2\0\0\0\0\2", 6);
	nest = begin_nest(NL80211_ATTR_STA_INFO);
	put_u32(NL80211_STA_INFO_CONNECTED_TIME, 60);
	put_attribute(NL80211_STA_INFO_SIGNAL, "\xd0", 1);
	rate = begin_nest(NL80211_STA_INFO_RX_BITRATE);
	put_u32(NL80211_RATE_INFO_BITRATE32, 540);
	end_nest(rate);
	end_nest(nest);
	end_message(m);
}

/* Give size bytes of it, of which one may be another. */
static int collect_part(size_t size, size_t at, unsigned char value)
{
	int r;

	self.given = xmalloc(size);
	self.size = size;
	if (size)
		memcpy(self.given, self.bytes, size);
	if (at < size)
		self.given[at] = value;
	r = collect(&wifi_collector);
	free(self.given);
	return r;
}

static void all_is_read(void **state)
{
	(void)state;
	build();
	assert_int_equal(collect_part(self.used, SIZE_MAX, 0), 0);
	assert_true(self.has_mac);
	assert_true(has_sample("node_wifi_interface_frequency_hertz{device=\"wlan0\"} 2.412e+09"));
	assert_true(
		has_sample("node_wifi_station_info{bssid=\"02:00:00:00:00:02\",device=\"wlan0\","
	                   "mode=\"client\",ssid=\"net\"} 1"));
	assert_true(has_sample("node_wifi_station_signal_dbm{device=\"wlan0\","
	                       "mac_address=\"02:00:00:00:00:02\"} -48"));
	assert_true(has_sample("node_wifi_station_receive_bits_per_second{device=\"wlan0\","
	                       "mac_address=\"02:00:00:00:00:02\"} 5.4e+07"));
}

static void answers_may_be_cut(void **state)
{
	(void)state;
	build();
	for (size_t size = 0; size < self.used; size++)
		assert_true(collect_part(size, SIZE_MAX, 0) <= 0);
}

static void answers_may_be_spoilt(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

	(void)state;
	build();
	for (size_t at = 0; at < self.used; at++) {
		for (size_t i = 0; i < sizeof(values); i++)
			assert_true(collect_part(self.used, at, values[i]) <= 0);
	}
}

static int tear_down(void **state)
{
	(void)state;
	collect_end(&wifi_collector);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(all_is_read, tear_down),
		cmocka_unit_test_teardown(answers_may_be_cut, tear_down),
		cmocka_unit_test_teardown(answers_may_be_spoilt, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

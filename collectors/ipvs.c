// SPDX-License-Identifier: Apache-2.0
/*
 * The load balancer IPVS. The third line of procfs net/ip_vs_stats has hexadecimal totals:
 * connections, packets in and out, bytes in and out. net/ip_vs has a line for each service, headed
 * by the protocol or by FWM for a firewall mark, and below it one for each server behind it, with
 * weight, active and inactive connections:
 *
 *   TCP  C0000201:0050 wlc
 *     -> 0A000001:1F90      Masq    1      17         3
 *   FWM  0000000A wlc
 *     -> [2001:0db8:0000:0000:0000:0000:0000:0001]:0050      Route   1      0          0
 */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "address.h"
#include "collector.h"
#include "columns.h"

enum { TOTALS = 5, TOTALS_LINE = 3, FIGURES = 3, BACKEND_WORDS = 6 };
enum { V4_LENGTH = 13, V4_DIGITS = 8, V6_LENGTH = 46, PORT_DIGITS = 4 };

#define TOTAL(NAME, HELP) \
	{ \
		.name = "node_ipvs_" NAME "_total", .help = (HELP), .type = METRIC_COUNTER \
	}

static const struct metric totals[TOTALS] = {
	TOTAL("connections", "Connections that were accepted."),
	TOTAL("incoming_packets", "Packets from clients to servers."),
	TOTAL("outgoing_packets", "Packets from servers to clients."),
	TOTAL("incoming_bytes", "Bytes from clients to servers."),
	TOTAL("outgoing_bytes", "Bytes from servers to clients."),
};

enum label { LOCAL_ADDRESS, LOCAL_PORT, REMOTE_ADDRESS, REMOTE_PORT, PROTO, LOCAL_MARK, N_LABELS };

static const char *const label_names[N_LABELS] = { "local_address", "local_port", "remote_address",
	                                           "remote_port",   "proto",      "local_mark" };

static struct {
	const char *flag;
	bool is_wanted[N_LABELS];
	const char *labels[N_LABELS + 1]; /* those wanted */
} self;

/* In the order of the columns. */
static const struct metric figures[FIGURES] = {
	{ .name = "node_ipvs_backend_weight",
	  .help = "Share of the connections that the server is to be given.",
	  .type = METRIC_GAUGE,
	  .labels = self.labels },
	{ .name = "node_ipvs_backend_connections_active",
	  .help = "Connections to the server that are in use.",
	  .type = METRIC_GAUGE,
	  .labels = self.labels },
	{ .name = "node_ipvs_backend_connections_inactive",
	  .help = "Connections to the server that are known of, but not in use.",
	  .type = METRIC_GAUGE,
	  .labels = self.labels },
};

static const struct flag flags[] = {
	{ .name = "collector.ipvs.backend-labels",
	  .type = FLAG_STRING,
	  .target = &self.flag,
	  .value = "local_address,local_port,remote_address,remote_port,proto,local_mark",
	  .help = "Labels that tell servers apart; those alike are added up." },
	{ 0 },
};

/* A server, with the labels of its service. */
struct backend {
	const char *labels[N_LABELS + 1]; /* those wanted */
	uint64_t figures[FIGURES];
};

/* "C0A80016:0CEA" or "[2001:0db8:…:0001]:0CEA" as text. */
static int parse_endpoint(struct scrape *s, char *text, const char **ret_address,
                          const char **ret_port)
{
	size_t length = strlen(text);
	char address[ADDRESS_TEXT_MAX];
	uint8_t bytes[16];
	uint64_t number, port;

	if ((length != V4_LENGTH && length != V6_LENGTH) ||
	    parse_hex(text + length - PORT_DIGITS, &port) < 0)
		return -EINVAL;
	if (length == V4_LENGTH) {
		text[V4_DIGITS] = '\0';
		if (parse_hex(text, &number) < 0)
			return -EINVAL;
		for (size_t i = 0; i < 4; i++)
			bytes[i] = (uint8_t)(number >> (24 - 8 * i));
		*ret_address = address_text(AF_INET, bytes, address);
	} else {
		text[V6_LENGTH - PORT_DIGITS - 2] = '\0';
		if (inet_pton(AF_INET6, text + 1, bytes) != 1)
			return -EINVAL;
		*ret_address = address_text(AF_INET6, bytes, address);
	}
	*ret_address = scrape_printf(s, "%s", *ret_address);
	*ret_port = scrape_printf(s, "%llu", (unsigned long long)port);
	return 0;
}

/* Up to count words of a line; NULL for those it does not have. */
static void cut_words(char *line, char **ret, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ret[i] = next_field(&line);
}

/* A line that heads servers. False after a warning, when those that follow have none. */
static bool parse_service(struct scrape *s, char **words, const char **ret)
{
	ret[PROTO] = words[0];
	ret[LOCAL_MARK] = "";
	if (strcmp(words[0], "FWM") == 0) {
		ret[LOCAL_ADDRESS] = "";
		ret[LOCAL_PORT] = "0";
		ret[LOCAL_MARK] = words[1];
		return true;
	}
	if (parse_endpoint(s, words[1], &ret[LOCAL_ADDRESS], &ret[LOCAL_PORT]) == 0)
		return true;
	warn(s, "procfs net/ip_vs: expected an address and a port, found \"%.64s\"", words[1]);
	return false;
}

/* One server of service. False after a warning. */
static bool parse_backend(struct scrape *s, char **words, const char *const *service,
                          struct backend *ret)
{
	const char *values[N_LABELS];
	size_t count = 0;

	memcpy(values, service, sizeof(values));
	if (parse_endpoint(s, words[1], &values[REMOTE_ADDRESS], &values[REMOTE_PORT]) < 0) {
		warn(s, "procfs net/ip_vs: expected an address and a port, found \"%.64s\"",
		     words[1]);
		return false;
	}
	for (size_t i = 0; i < FIGURES; i++) {
		const char *word = words[BACKEND_WORDS - FIGURES + i];

		if (parse_u64(word, &ret->figures[i]) < 0) {
			warn(s, "procfs net/ip_vs: expected a number, found \"%.32s\"", word);
			return false;
		}
	}
	for (size_t i = 0; i < N_LABELS; i++) {
		if (self.is_wanted[i])
			ret->labels[count++] = values[i];
	}
	ret->labels[count] = NULL;
	return true;
}

static int compare_backends(const void *a, const void *b)
{
	const struct backend *x = a, *y = b;

	for (size_t i = 0; x->labels[i]; i++) {
		int order = strcmp(x->labels[i], y->labels[i]);

		if (order)
			return order;
	}
	return 0;
}

static void emit_backends(struct scrape *s, struct backend *backends, size_t count)
{
	if (count)
		qsort(backends, count, sizeof(*backends), compare_backends);
	for (size_t i = 0; i < count; i++) {
		struct backend *b = &backends[i];

		if (i + 1 < count && compare_backends(b, b + 1) == 0) {
			for (size_t k = 0; k < FIGURES; k++)
				b[1].figures[k] += b->figures[k];
			continue;
		}
		for (size_t k = 0; k < FIGURES; k++)
			emit_labels(s, &figures[k], (double)b->figures[k], b->labels);
	}
}

static int collect_backends(struct scrape *s)
{
	const char *service[N_LABELS] = { "", "0", "", "", "", "" };
	size_t count = 0, room = 1;
	bool has_service = true;
	struct backend *backends;
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/ip_vs");
	if (r < 0)
		return r;
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		room++;
	backends = scrape_alloc(s, room * sizeof(*backends));
	while ((line = next_line(&text))) {
		char *words[BACKEND_WORDS];

		cut_words(line, words, BACKEND_WORDS);
		if (!words[1] || strcmp(words[1], "RemoteAddress:Port") == 0)
			continue;
		/* Those of SCTP go unnoticed, so that its servers seem to be the last service's. */
		if (strcmp(words[0], "TCP") == 0 || strcmp(words[0], "UDP") == 0 ||
		    strcmp(words[0], "FWM") == 0)
			has_service = parse_service(s, words, service);
		else if (strcmp(words[0], "->") == 0 && words[BACKEND_WORDS - 1] && has_service)
			count += parse_backend(s, words, service, &backends[count]);
	}
	emit_backends(s, backends, count);
	return 0;
}

static int collect_totals(struct scrape *s)
{
	uint64_t numbers[TOTALS];
	const char *bad;
	char *text, *line = NULL;
	size_t count;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/ip_vs_stats");
	if (r < 0)
		return r;
	for (size_t i = 0; i < TOTALS_LINE; i++) {
		line = next_line(&text);
		if (!line)
			return fail(s, -EINVAL, "procfs net/ip_vs_stats: expected %d lines",
			            TOTALS_LINE);
	}
	count = columns_parse(line, parse_hex, numbers, TOTALS, &bad);
	if (bad)
		return fail(s, -EINVAL,
		            "procfs net/ip_vs_stats: expected a number in field %zu, found "
		            "\"%.32s\"",
		            count + 1, bad);
	if (count != TOTALS)
		return fail(s, -EINVAL, "procfs net/ip_vs_stats: expected %d numbers, found %zu",
		            TOTALS, count);
	for (size_t i = 0; i < TOTALS; i++)
		emit(s, &totals[i], (double)numbers[i]);
	return 0;
}

static int ipvs_start(struct scrape *s)
{
	char *rest = scrape_printf(s, "%s", self.flag), *name;
	size_t count = 0, i;

	memset(self.is_wanted, 0, sizeof(self.is_wanted));
	while ((name = next_part(&rest, ','))) {
		if (!name[0])
			continue;
		for (i = 0; i < N_LABELS && strcmp(name, label_names[i]) != 0; i++)
			;
		if (i == N_LABELS)
			return fail(s, -EINVAL,
			            "--collector.ipvs.backend-labels: there is no label \"%s\"",
			            name);
		self.is_wanted[i] = true;
	}
	for (i = 0; i < N_LABELS; i++) {
		if (self.is_wanted[i])
			self.labels[count++] = label_names[i];
	}
	self.labels[count] = NULL;
	return 0;
}

static int ipvs_collect(struct scrape *s)
{
	const char *why;
	int r, totals_r;

	totals_r = collect_totals(s);
	if (totals_r == -ENOENT)
		return NO_DATA;
	why = totals_r < 0 ? failure(s, totals_r) : NULL;
	r = collect_backends(s);
	return totals_r < 0 ? fail(s, totals_r, "%s", why) : r;
}

COLLECTOR(ipvs, .help = "the load balancer IPVS and the servers behind it",
          .needs = "the module ip_vs", .default_on = true, .flags = flags, .start = ipvs_start,
          .collect = ipvs_collect);

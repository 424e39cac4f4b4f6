// SPDX-License-Identifier: Apache-2.0
/*
 * Counters of the protocols. procfs net/netstat and net/snmp have pairs of lines, one of names and
 * one of numbers, both headed by the protocol; net/snmp6 has a name and a number on each line, and
 * the protocol is the name up to its first 6:
 *
 *   Udp: InDatagrams NoPorts InErrors OutDatagrams      Ip6InReceives                   	7
 *   Udp: 5164 37 0 4410                                 Icmp6InMsgs                     	12
 */

#include <errno.h>
#include <string.h>

#include "collector.h"

enum { KNOWN_MAX = 1024, PROTOCOLS_MAX = 64 };

static const char prefix[] = "node_netstat_";

/* What is known of a counter. Whether it is wanted stays, and asking would cost more than all else.
 */
struct known {
	char *family; /* prefix, protocol, '_', field */
	const char *field;
	size_t length; /* of the protocol */
	bool is_wanted;
	struct metric metric;
};

static struct {
	struct regex fields;
	struct known *known; /* KNOWN_MAX, in the order in which they came at first */
	size_t n_known;
	size_t hint; /* the one behind the last that was looked up, mostly the next one */
} self;

static const struct flag flags[] = {
	{ .name = "collector.netstat.fields",
	  .type = FLAG_REGEX,
	  .target = &self.fields,
	  .value = "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|"
	           "Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|"
	           "TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|"
	           "PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|"
	           "RcvbufErrors|SndbufErrors))$",
	  .help = "Export the counters whose PROTOCOL_FIELD matches." },
	{ 0 },
};

/* The protocols that a file of higher rank has had: theirs alone are exported. */
struct protocols {
	size_t count;
	const char *names[PROTOCOLS_MAX];
};

static bool has_protocol(const struct protocols *had, const char *name)
{
	for (size_t i = 0; i < had->count; i++) {
		if (strcmp(had->names[i], name) == 0)
			return true;
	}
	return false;
}

static void add_protocol(struct protocols *had, const char *name)
{
	if (had->count < PROTOCOLS_MAX)
		had->names[had->count++] = name;
}

static bool is_known_as(const struct known *k, const char *protocol, const char *field)
{
	return strcmp(k->field, field) == 0 &&
	       strncmp(k->family + strlen(prefix), protocol, k->length) == 0 &&
	       !protocol[k->length];
}

/* NULL when there are far more than kernels have. */
static struct known *learn(const char *protocol, const char *field)
{
	struct known *k = &self.known[self.n_known];
	size_t length = strlen(protocol);

	if (self.n_known == KNOWN_MAX)
		return NULL;
	self.n_known++;
	k->family = xasprintf("%s%s_%s", prefix, protocol, field);
	k->field = k->family + strlen(prefix) + length + 1;
	k->length = length;
	k->is_wanted = regex_matches(&self.fields, k->family + strlen(prefix));
	k->metric = (struct metric){
		.name = k->family,
		.help = "A counter of a protocol in the kernel's own naming.",
		.type = METRIC_UNTYPED,
	};
	return k;
}

static struct known *find_known(const char *protocol, const char *field)
{
	for (size_t i = 0; i < self.n_known; i++) {
		size_t at = (self.hint + i) % self.n_known;

		if (is_known_as(&self.known[at], protocol, field)) {
			self.hint = at + 1;
			return &self.known[at];
		}
	}
	return learn(protocol, field);
}

static void collect_field(struct scrape *s, const char *file, const char *protocol,
                          const char *field, const char *text)
{
	struct known *k = find_known(protocol, field);
	double value;

	if (!k)
		warn(s, "procfs net/%s: more than %d names of counters", file, KNOWN_MAX);
	if (!k || !k->is_wanted)
		return;
	if (parse_double(text, &value) < 0)
		warn(s, "procfs net/%s: expected a number for %s_%s, found \"%.32s\"", file,
		     protocol, field, text);
	else
		emit(s, &k->metric, value);
}

static size_t count_fields(const char *line)
{
	bool is_inside = false;
	size_t count = 0;

	for (; *line; line++) {
		bool is_blank = *line == ' ' || *line == '\t';

		count += !is_blank && !is_inside;
		is_inside = !is_blank;
	}
	return count;
}

/* A line of names and the one of numbers that belongs to it. */
static void collect_pair(struct scrape *s, const char *file, struct protocols *had, char *names,
                         char *values)
{
	size_t n_names = count_fields(names), n_values = count_fields(values);
	char *protocol = next_field(&names), *name;

	(void)next_field(&values); /* the protocol again */
	if (!protocol || n_names != n_values) {
		warn(s, "procfs net/%s: %.32s %zu names, but %zu numbers", file,
		     protocol ? protocol : "", n_names, n_values);
		return;
	}
	protocol[strlen(protocol) - 1] = '\0'; /* the colon */
	if (has_protocol(had, protocol))
		return;
	add_protocol(had, protocol);
	while ((name = next_field(&names)))
		collect_field(s, file, protocol, name, next_field(&values));
}

static int collect_pairs(struct scrape *s, const char *file, struct protocols *had)
{
	char *text, *names, *values;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/%s", file);
	if (r < 0)
		return r;
	while ((names = next_line(&text))) {
		values = next_line(&text);
		collect_pair(s, file, had, names, values ? values : text);
	}
	return 0;
}

static int collect_snmp6(struct scrape *s, struct protocols *had)
{
	const char *protocol = "";
	char *text, *line;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/snmp6");
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while ((line = next_line(&text))) {
		const char *name = next_field(&line), *value = next_field(&line);
		size_t length = value ? strcspn(name, "6") + 1 : 0;

		if (!value || !name[length - 1])
			continue;
		/* Mostly the last line's. */
		if (strncmp(name, protocol, length) != 0 || protocol[length]) {
			protocol = scrape_printf(s, "%.*s", (int)length, name);
			if (!has_protocol(had, protocol))
				add_protocol(had, protocol);
		}
		collect_field(s, "snmp6", protocol, name + length, value);
	}
	return 0;
}

static int netstat_start(struct scrape *s)
{
	(void)s; /* as start() has it */
	self.known = xcalloc(KNOWN_MAX, sizeof(*self.known));
	return 0;
}

static int netstat_collect(struct scrape *s)
{
	static const char *const files[] = { "snmp", "netstat" };
	struct protocols had = { 0 };
	const char *why = NULL;
	int r, first;

	first = collect_snmp6(s, &had);
	why = first < 0 ? failure(s, first) : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		r = collect_pairs(s, files[i], &had);
		if (r < 0) {
			first = r;
			why = failure(s, r);
		}
	}
	return first < 0 ? fail(s, first, "%s", why) : 0;
}

static void netstat_stop(void)
{
	while (self.n_known)
		free(self.known[--self.n_known].family);
	free(self.known);
	self.known = NULL;
}

COLLECTOR(netstat, .help = "counters of IP, ICMP, TCP, UDP and the like", .default_on = true,
          .flags = flags, .start = netstat_start, .collect = netstat_collect, .stop = netstat_stop);

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
#include "known.h"

enum { PROTOCOLS_MAX = 64, KEY_MAX = 256 };

static const struct metric form = {
	.help = "A counter of a protocol in the kernel's own naming.",
	.type = METRIC_UNTYPED,
};

/* What a line of names comes to, as it is mostly the same one in the next scrape. */
struct heading {
	char *line;
	char *protocol;
	struct known **fields; /* NULL: one too many or too long */
	size_t count;
};

static struct {
	struct regex fields;
	struct known_list known;                /* by PROTOCOL_FIELD */
	struct heading headings[PROTOCOLS_MAX]; /* in the order of the files' lines */
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

/* NULL: there are too many, or its name is too long. */
static struct known *find_field(const char *protocol, const char *field)
{
	size_t length = strlen(protocol), field_size = strlen(field) + 1;
	struct known *k;
	char key[KEY_MAX];

	if (length + 1 + field_size > KEY_MAX)
		return NULL;
	memcpy(key, protocol, length);
	key[length] = '_';
	memcpy(key + length + 1, field, field_size);
	k = known_find(&self.known, key);
	if (k)
		return k;
	return known_add(&self.known, key, &form,
	                 regex_matches(&self.fields, key) ? xasprintf("node_netstat_%s", key)
	                                                  : NULL);
}

static void collect_field(struct scrape *s, const char *file, const struct known *k,
                          const char *text)
{
	double value;

	if (!k)
		warn(s, "procfs net/%s: more than %d names of counters, or a long one", file,
		     KNOWN_MAX);
	if (!k || !k->is_wanted)
		return;
	if (parse_double(text, &value) < 0)
		warn(s, "procfs net/%s: expected a number for %s, found \"%.32s\"", file, k->key,
		     text);
	else
		emit(s, &k->metric, value);
}

/* Returns how many there are, of which the first room are in fields. */
static size_t cut_fields(char *line, char **fields, size_t room)
{
	size_t count = 0;
	char *field;

	while ((field = next_field(&line))) {
		if (count < room)
			fields[count] = field;
		count++;
	}
	return count;
}

static void forget(struct heading *h)
{
	free(h->line);
	free(h->protocol);
	free(h->fields);
	*h = (struct heading){ 0 };
}

static void learn(struct scrape *s, struct heading *h, char *names)
{
	size_t room = strlen(names) / 2 + 1;
	char **fields = scrape_alloc(s, room * sizeof(*fields));
	const char *protocol;

	forget(h);
	h->line = xstrdup(names);
	h->count = cut_fields(names, fields, room);
	protocol = h->count ? fields[0] : "";
	h->protocol = xasprintf("%.*s", (int)strlen(protocol) - 1, protocol); /* no colon */
	h->fields = xcalloc(MAX(h->count, 1U), sizeof(*h->fields));
	for (size_t i = 1; i < h->count; i++)
		h->fields[i] = find_field(h->protocol, fields[i]);
}

/* A line of names and the one of numbers that belongs to it. */
static void collect_pair(struct scrape *s, const char *file, struct heading *h,
                         struct protocols *had, char *names, char *values)
{
	char **fields;
	size_t count;

	if (!h->line || strcmp(h->line, names) != 0)
		learn(s, h, names);
	fields = scrape_alloc(s, h->count * sizeof(*fields));
	count = cut_fields(values, fields, h->count);
	if (!count || count != h->count) {
		warn(s, "procfs net/%s: %zu fields in \"%.31s\", but %zu in the line behind it",
		     file, h->count, h->protocol, count);
		return;
	}
	if (has_protocol(had, h->protocol))
		return;
	/* The last heading is that of all lines which are too many. */
	add_protocol(had, scrape_printf(s, "%s", h->protocol));
	for (size_t i = 1; i < count; i++)
		collect_field(s, file, h->fields[i], fields[i]);
}

static int collect_pairs(struct scrape *s, const char *file, size_t *n_headings,
                         struct protocols *had)
{
	char *text, *names, *values;
	int r;

	r = tree_read(s, TREE_PROC, &text, "net/%s", file);
	if (r < 0)
		return r;
	while ((names = next_line(&text))) {
		struct heading *h = &self.headings[MIN(*n_headings, PROTOCOLS_MAX - 1)];

		values = next_line(&text);
		collect_pair(s, file, h, had, names, values ? values : text);
		(*n_headings)++;
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
		collect_field(s, "snmp6", find_field(protocol, name + length), value);
	}
	return 0;
}

static int netstat_collect(struct scrape *s)
{
	static const char *const files[] = { "snmp", "netstat" };
	struct protocols had = { 0 };
	const char *why = NULL;
	size_t n_headings = 0;
	int r, first;

	first = collect_snmp6(s, &had);
	why = first < 0 ? failure(s, first) : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		r = collect_pairs(s, files[i], &n_headings, &had);
		if (r < 0) {
			first = r;
			why = failure(s, r);
		}
	}
	return first < 0 ? fail(s, first, "%s", why) : 0;
}

static void netstat_stop(void)
{
	for (size_t i = 0; i < PROTOCOLS_MAX; i++)
		forget(&self.headings[i]);
	known_free(&self.known);
}

COLLECTOR(netstat, .help = "counters of IP, ICMP, TCP, UDP and the like", .default_on = true,
          .flags = flags, .collect = netstat_collect, .stop = netstat_stop);

// SPDX-License-Identifier: Apache-2.0
/* What an NTP server, meant to be the one of this machine, says when it is asked for the time. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "collector.h"
#include "ntppacket.h"
#include "resolve.h"

#define EXCHANGE_NS (1 * NS_PER_SEC)

enum { VERSION_MIN = 2, VERSION_MAX = 4, PORT_MAX = 65535, DATAGRAM_MAX = 512 };

#define NTP_METRIC(NAME, HELP) \
	{ \
		.name = "node_ntp_" NAME, .help = (HELP), .type = METRIC_GAUGE \
	}
static const struct metric stratum =
	NTP_METRIC("stratum", "How many servers the reference clock is away.");
static const struct metric leap = NTP_METRIC(
	"leap", "Leap second: 0: none is ahead; 1: one more; 2: one less; 3: clock not set.");
static const struct metric round_trip =
	NTP_METRIC("rtt_seconds", "Time on the way to the server and back.");
static const struct metric offset =
	NTP_METRIC("offset_seconds", "How far the server's clock is ahead of the local one.");
static const struct metric reference =
	NTP_METRIC("reference_timestamp_seconds",
                   "When the server's clock was set last, in seconds since 1970.");
static const struct metric root_delay =
	NTP_METRIC("root_delay_seconds", "Time on the way from the server to the reference clock "
                                         "and back.");
static const struct metric root_dispersion = NTP_METRIC(
	"root_dispersion_seconds", "How far the server may be from the reference clock's time.");
static const struct metric sanity =
	NTP_METRIC("sanity", "Whether the answer makes sense, within the limits that flags set.");

static struct {
	const char *server;
	int64_t port;
	int64_t version;
	bool is_local;
	int64_t ttl;
	int64_t max_distance;
	int64_t tolerance;
	char *host; /* of server */
	char *service;
} self;

static const struct flag flags[] = {
	{ .name = "collector.ntp.server",
	  .type = FLAG_STRING,
	  .target = &self.server,
	  .value = "127.0.0.1",
	  .help = "The server to ask." },
	{ .name = "collector.ntp.server-port",
	  .type = FLAG_INT,
	  .target = &self.port,
	  .value = "123",
	  .help = "The UDP port of the server." },
	{ .name = "collector.ntp.protocol-version",
	  .type = FLAG_INT,
	  .target = &self.version,
	  .value = "4",
	  .help = "The version of NTP to ask in, from 2 to 4." },
	{ .name = "collector.ntp.server-is-local",
	  .target = &self.is_local,
	  .help = "Take a server that is not at a loopback address: it is one of your own, not a "
	          "public one, which does not like to be asked so often." },
	{ .name = "collector.ntp.ip-ttl",
	  .type = FLAG_INT,
	  .target = &self.ttl,
	  .value = "1",
	  .help = "How many routers may be between here and the server, plus one; 0 is for the "
	          "system's default." },
	{ .name = "collector.ntp.max-distance",
	  .type = FLAG_DURATION,
	  .target = &self.max_distance,
	  .value = "3.46608s",
	  .help = "The largest distance to the reference clock that makes sense." },
	{ .name = "collector.ntp.local-offset-tolerance",
	  .type = FLAG_DURATION,
	  .target = &self.tolerance,
	  .value = "1ms",
	  .help = "How far time may run backwards between the server's clock and the local one." },
	{ 0 },
};

static bool is_loopback(const char *text)
{
	static const uint8_t mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127 };
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, text, &v6) == 1 &&
	       (IN6_IS_ADDR_LOOPBACK(&v6) || memcmp(&v6, mapped, sizeof(mapped)) == 0);
}

/* Take the server's text apart: host, host:port, [address], [address]:port, or an IPv6 address. */
static void split_server(void)
{
	const char *colon = strchr(self.server, ':'), *end = strrchr(self.server, ']');

	if (*self.server == '[' && end) {
		self.host = xasprintf("%.*s", (int)(end - self.server - 1), self.server + 1);
		colon = end[1] == ':' ? end + 1 : NULL;
	} else if (colon && !strchr(colon + 1, ':')) {
		self.host = xasprintf("%.*s", (int)(colon - self.server), self.server);
	} else {
		self.host = xstrdup(self.server);
		colon = NULL;
	}
	self.service = colon ? xstrdup(colon + 1) : xasprintf("%d", (int)self.port);
}

static int ntp_start(struct scrape *s)
{
	if (!self.is_local && !is_loopback(self.server))
		return fail(s, -EINVAL,
		            "--collector.ntp.server: expected a loopback address, found \"%s\"; "
		            "others need --collector.ntp.server-is-local",
		            self.server);
	if (self.version < VERSION_MIN || self.version > VERSION_MAX)
		return fail(s, -EINVAL,
		            "--collector.ntp.protocol-version: expected %d to %d, found %lld",
		            VERSION_MIN, VERSION_MAX, (long long)self.version);
	if (self.tolerance < 0)
		return fail(s, -EINVAL, "--collector.ntp.local-offset-tolerance: it is negative");
	if (self.port < 1 || self.port > PORT_MAX)
		return fail(s, -EINVAL, "--collector.ntp.server-port: expected 1 to %d, found %lld",
		            PORT_MAX, (long long)self.port);
	split_server();
	warn(s, "ntp: this collector is deprecated and will be gone in the next major version");
	return 0;
}

static void ntp_stop(void)
{
	free(self.host);
	free(self.service);
	self.host = self.service = NULL;
}

static int set_ttl(int fd, int family)
{
	int ttl = (int)MIN(MAX(self.ttl, -1), INT32_MAX);

	if (!ttl)
		return 0;
	if (family == AF_INET6)
		return setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &ttl, sizeof(ttl));
	return setsockopt(fd, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
}

/* A socket that takes nothing from anybody but the server. */
static int open_socket(struct scrape *s, int *ret_fd)
{
	struct resolved found;
	int r, error = EADDRNOTAVAIL;

	r = resolve(s, "ntp", self.host, self.service, &found);
	if (r < 0)
		return r;
	for (size_t i = 0; i < found.count; i++) {
		const struct sockaddr *address = &found.addresses[i].any;
		int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (fd >= 0 && set_ttl(fd, address->sa_family) == 0 &&
		    connect(fd, address, sizeof(found.addresses[i])) == 0) {
			*ret_fd = fd;
			return 0;
		}
		error = errno;
		cleanup_fd(&fd);
	}
	return fail(s, -error, "ntp: %s: %s", self.server, error_text(error));
}

static int64_t clock_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now); /* there always is this clock */
	return (int64_t)now.tv_sec * NS_PER_SEC + now.tv_nsec;
}

/* Wait for the answer. What answers no question of ours may be anybody's, and is passed over. */
static int receive(struct scrape *s, int fd, uint64_t nonce, int64_t until, struct ntp_answer *ret)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	uint8_t bytes[DATAGRAM_MAX];
	const char *problem;
	bool is_late = false;

	while (!is_late) {
		int64_t left = MAX(until - now_ns(), 0);
		ssize_t n;
		int r;

		/* What has come counts, although the machine may have had no time to look. */
		is_late = !left;
		r = poll(&poll_fd, 1, is_late ? 0 : (int)(left / NS_PER_MS) + 1);
		if (r <= 0)
			continue;
		n = recv(fd, bytes, sizeof(bytes), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return fail(s, -errno, "ntp: %s: %s", self.server, error_text(errno));
		r = ntp_parse(bytes, (size_t)n, nonce, ret, &problem);
		if (r == -EBADMSG)
			return fail(s, r, "ntp: %s: its answer is of no use: %s", self.server,
			            problem);
		if (r == 0)
			return 0;
	}
	return fail(s, -ETIMEDOUT, "ntp: %s: no answer in time", self.server);
}

static int ask(struct scrape *s, struct ntp_exchange *e, struct ntp_answer *ret)
{
	CLEANUP(cleanup_fd) int fd = -1;
	uint8_t question[NTP_SIZE];
	uint64_t nonce;
	int64_t began;
	int r;

	r = open_socket(s, &fd);
	if (r < 0)
		return r;
	if (getrandom(&nonce, sizeof(nonce), GRND_NONBLOCK) != sizeof(nonce))
		return fail(s, -EAGAIN, "ntp: no random numbers yet");
	ntp_ask(question, (unsigned)self.version, nonce);
	e->asked = clock_ns();
	began = now_ns();
	if (send(fd, question, sizeof(question), 0) < 0)
		return fail(s, -errno, "ntp: %s: %s", self.server, error_text(errno));
	r = receive(s, fd, nonce, MIN(began + EXCHANGE_NS, wait_limit(s)), ret);
	/* Whoever sets the local clock meanwhile does not change how long it took. */
	e->answered = e->asked + now_ns() - began;
	return r;
}

static double seconds(int64_t ns)
{
	return (double)(ns / NS_PER_SEC) + (double)(ns % NS_PER_SEC) / 1e9;
}

static int ntp_collect(struct scrape *s)
{
	/* One number, which is written at once: no worker dies in the middle of it. */
	int64_t none = 0, *kept = keep(s, sizeof(*kept)), *midnight = kept ? kept : &none;
	struct ntp_exchange e;
	struct ntp_answer a;
	int r;

	r = ask(s, &e, &a);
	if (r < 0)
		return r;
	emit(s, &stratum, a.stratum);
	emit(s, &leap, a.leap);
	emit(s, &round_trip, seconds(ntp_round_trip(&a, &e)));
	emit(s, &offset, seconds(ntp_offset(&a, &e)));
	emit(s, &reference, (double)a.reference / 1e9);
	emit(s, &root_delay, seconds(a.root_delay));
	emit(s, &root_dispersion, seconds(a.root_dispersion));
	emit(s, &sanity, ntp_is_sane(&a, &e, self.max_distance, self.tolerance, midnight));
	return 0;
}

COLLECTOR(ntp, .help = "what an NTP server says (deprecated)",
          .needs = "an NTP server at the address of --collector.ntp.server", .may_block = true,
          .flags = flags, .start = ntp_start, .collect = ntp_collect, .stop = ntp_stop);

// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "webconfig.h"

#define HASH "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi"

/* What the last one was parsed to. */
static struct webconfig config;
static struct webconfig_error error;

static int parse(const char *text)
{
	webconfig_free(&config);
	error = (struct webconfig_error){ 0 };
	return webconfig_parse(text, strlen(text), "/etc/ng", &config, &error);
}

static void accept(const char *text)
{
	if (parse(text) == 0)
		return;
	print_error("refused: %s\n%u:%u: %s\n", text, error.place.line, error.place.column,
	            error.text);
	_fail(__FILE__, __LINE__);
}

/* what is "LINE:COLUMN: MESSAGE", up to the end of the message or not. */
static void refuse(const char *text, const char *what)
{
	char got[600];

	if (parse(text) == 0) {
		print_error("accepted: %s\n", text);
		_fail(__FILE__, __LINE__);
	}
	(void)snprintf(got, sizeof(got), "%u:%u: %s", error.place.line, error.place.column,
	               error.text);
	if (strncmp(got, what, strlen(what)) != 0) {
		print_error("%s\n  %s, wanted\n  %s\n", text, got, what);
		_fail(__FILE__, __LINE__);
	}
}

static void test_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"# nothing\n",
		"---\n",
		"null\n",
		"~",
		"{}",
		"%YAML 1.1\n---\n",
		"---\n...\n",
		"tls_server_config:\n",
		"tls_server_config: {}\nhttp_server_config: ~\n",
		"basic_auth_users: {}\nrate_limit:\n",
		"tls_server_config: {cert_file: '', client_auth_type: ''}",
		"tls_server_config: {min_version: TLS13, cipher_suites: [], cert_file: null}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		accept(texts[i]);
		assert_false(config.tls.is_on);
		assert_true(config.http2);
		assert_int_equal(config.n_headers + config.n_users, 0);
		assert_int_equal(config.rate_interval, 0);
	}
}

static void test_tls(void **state)
{
	(void)state;
	accept("tls_server_config:\n  cert_file: server.crt\n  key_file: /k/server.key\n");
	assert_true(config.tls.is_on);
	assert_string_equal(config.tls.cert.file, "/etc/ng/server.crt");
	assert_string_equal(config.tls.key.file, "/k/server.key");
	assert_int_equal(config.tls.key.place.line, 3);
	assert_int_equal(config.tls.key.place.column, 13);
	assert_null(config.tls.client_ca.file);
	assert_int_equal(config.tls.min_version, TLS_1_2);
	assert_int_equal(config.tls.max_version, TLS_1_3);
	assert_int_equal(config.tls.client_auth, CLIENT_AUTH_NONE);
	assert_true(config.tls.prefers_own_ciphers);
	assert_false(config.tls.n_ciphers || config.tls.has_sans || config.tls.n_curves);

	accept("tls_server_config:\n  cert: &pem |-\n    A\n    B\n  key: *pem");
	assert_string_equal(config.tls.cert.text, "A\nB");
	assert_string_equal(config.tls.key.text, "A\nB");

	accept("tls_server_config:\n"
	       "  cert: X\n  cert_file: c\n  key: k\n"
	       "  client_ca: CA\n  client_auth_type: VerifyClientCertIfGiven\n"
	       "  client_allowed_sans: [a.example, 10.0.0.1]\n"
	       "  min_version: TLS10\n  max_version: TLS12\n"
	       "  cipher_suites:\n  - TLS_AES_128_GCM_SHA256\n"
	       "  - TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\n"
	       "  curve_preferences: [X25519, CurveP521]\n"
	       "  prefer_server_cipher_suites: no\n");
	assert_string_equal(config.tls.cert.file, "/etc/ng/c");
	assert_int_equal(config.tls.cert.place.line, 3);
	assert_string_equal(config.tls.client_ca.text, "CA");
	assert_int_equal(config.tls.client_auth, CLIENT_AUTH_VERIFY_GIVEN);
	assert_true(config.tls.has_sans);
	assert_int_equal(config.tls.sans.count, 2);
	assert_string_equal(config.tls.sans.items[1], "10.0.0.1");
	assert_int_equal(config.tls.min_version, TLS_1_0);
	assert_int_equal(config.tls.max_version, TLS_1_2);
	assert_int_equal(config.tls.n_ciphers, 2);
	assert_null(config.tls.ciphers[0]->key);
	assert_string_equal(config.tls.ciphers[1]->cipher, "AES-128-CBC");
	assert_int_equal(config.tls.n_curves, 2);
	assert_string_equal(config.tls.curves[1]->group, "SECP521R1");
	assert_false(config.tls.prefers_own_ciphers);
}

static void test_client_auth(void **state)
{
	static const struct {
		const char *name;
		enum client_auth mode;
	} cases[] = {
		{ "NoClientCert", CLIENT_AUTH_NONE },
		{ "RequestClientCert", CLIENT_AUTH_REQUEST },
		{ "RequireAnyClientCert", CLIENT_AUTH_REQUIRE_ANY },
		{ "RequireClientCert", CLIENT_AUTH_REQUIRE_ANY },
		{ "VerifyClientCertIfGiven", CLIENT_AUTH_VERIFY_GIVEN },
		{ "RequireAndVerifyClientCert", CLIENT_AUTH_VERIFY },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)snprintf(text, sizeof(text),
		               "tls_server_config: {cert: a, key: b, client_auth_type: %s}",
		               cases[i].name);
		accept(text);
		assert_int_equal(config.tls.client_auth, cases[i].mode);
	}
}

static void test_the_rest(void **state)
{
	(void)state;
	accept("http_server_config:\n  http2: false\n  headers:\n"
	       "    Strict-Transport-Security: max-age=31536000; includeSubDomains\n"
	       "    X-Content-Type-Options: nosniff\n    X-Frame-Options: sameorigin\n"
	       "    X-XSS-Protection: 0\n    Content-Security-Policy:\n"
	       "basic_auth_users:\n  alice: " HASH "\n  17: '" HASH "'\n"
	       "rate_limit: {burst: 20, interval: 1m30s}\n");
	assert_false(config.http2);
	assert_int_equal(config.n_headers, 5);
	assert_string_equal(config.headers[0].value, "max-age=31536000; includeSubDomains");
	assert_string_equal(config.headers[3].name, "X-XSS-Protection");
	assert_string_equal(config.headers[3].value, "0");
	assert_string_equal(config.headers[4].value, "");
	assert_int_equal(config.n_users, 2);
	assert_string_equal(config.users[0].name, "alice");
	assert_string_equal(config.users[1].name, "17");
	assert_string_equal(config.users[1].hash, HASH);
	assert_int_equal(config.rate_burst, 20);
	assert_int_equal(config.rate_interval, 90 * NS_PER_SEC);
	accept("rate_limit: {interval: 1000}");
	assert_int_equal(config.rate_interval, 1000);
	assert_false(config.tls.is_on);
}

#define TLS "tls_server_config: {cert: a, key: b, "

static void test_refused(void **state)
{
	static const char *const cases[][2] = {
		{ "tls_config: {}",
		  "1:1: the file: expected one of tls_server_config, http_server" },
		{ "hello", "1:1: the file: expected keys with values" },
		{ "[]", "1:1: the file: expected keys with values" },
		{ "rate_limit: {}\nrate_limit: {}",
		  "2:1: the file: \"rate_limit\" is there twice" },
		{ "tls_server_config:\n  cert_file: a\n  certfile: b",
		  "3:3: tls_server_config: expected one of cert_file, key_file, " },
		{ "tls_server_config: {cert: a, cert: b}",
		  "1:30: tls_server_config: \"cert\" is there twice" },
		{ "tls_server_config: on", "1:20: tls_server_config: expected keys with values" },
		{ "tls_server_config:\n  cert_file: x",
		  "2:3: tls_server_config: expected key_file or key" },
		{ "tls_server_config:\n  key: x",
		  "2:3: tls_server_config: expected cert_file or cert" },
		{ "tls_server_config: {client_auth_type: NoClientCert}",
		  "1:20: tls_server_config: expected cert_file or cert" },
		{ TLS "client_ca: c}",
		  "1:20: tls_server_config: expected client_auth_type to go with client_ca" },
		{ TLS "client_allowed_sans: [c]}",
		  "1:20: tls_server_config: expected client_auth_type to go with client_allowed_sans" },
		{ TLS "client_auth_type: Always}",
		  "1:56: tls_server_config.client_auth_type: expected one of NoClientCert, " },
		{ TLS "min_version: TLS14}",
		  "1:51: tls_server_config.min_version: expected one of TLS10, TLS11, TLS12, TLS13, "
		  "not \"TLS14\"" },
		{ TLS "min_version: TLS13, max_version: TLS12}",
		  "1:20: tls_server_config: expected min_version not to be above max_version" },
		{ TLS "cipher_suites: TLS_AES_128_GCM_SHA256}",
		  "1:53: tls_server_config.cipher_suites: expected a list" },
		{ TLS "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}",
		  "1:54: tls_server_config.cipher_suites: expected one of TLS_AES_128_GCM_SHA256, " },
		{ TLS "curve_preferences: [P256]}",
		  "1:58: tls_server_config.curve_preferences: expected one of CurveP256, CurveP384, "
		  "CurveP521, X25519, not \"P256\"" },
		{ TLS "prefer_server_cipher_suites: 1}",
		  "1:67: tls_server_config.prefer_server_cipher_suites: expected true or false, not "
		  "\"1\"" },
		{ TLS "cert_file: [x]}",
		  "1:49: tls_server_config.cert_file: expected a single value" },
		{ TLS "client_allowed_sans: [[x]]}",
		  "1:60: tls_server_config.client_allowed_sans: expected a single value" },
		{ TLS "cert_file: !!binary eA==}",
		  "1:49: tls_server_config.cert_file: expected no tag" },
		{ TLS "cert_file: \"a\\0b\"}",
		  "1:49: tls_server_config.cert_file: expected no NUL" },
		{ "http_server_config: {http2: maybe}",
		  "1:29: http_server_config.http2: expected true or false, not \"maybe\"" },
		{ "http_server_config: {http2: 'true'}",
		  "1:29: http_server_config.http2: expected true or false" },
		{ "http_server_config: {headers: {Server: x}}",
		  "1:32: http_server_config.headers: expected one of Strict-Transport-Security, " },
		{ "http_server_config: {headers: {x-frame-options: deny}}",
		  "1:32: http_server_config.headers: expected one of " },
		{ "http_server_config: {headers: {X-Frame-Options: allow}}",
		  "1:49: http_server_config.headers.X-Frame-Options: expected one of deny, "
		  "sameorigin, not \"allow\"" },
		{ "http_server_config: {headers: {X-Content-Type-Options: sniff}}",
		  "1:56: http_server_config.headers.X-Content-Type-Options: expected nosniff, not" },
		{ "http_server_config: {headers: {X-XSS-Protection: \"1\\r\\nSet-Cookie: a\"}}",
		  "1:50: http_server_config.headers.X-XSS-Protection: expected no control" },
		{ "basic_auth_users: [a]", "1:19: basic_auth_users: expected keys with values" },
		{ "basic_auth_users:\n  bob: secret",
		  "2:8: basic_auth_users: expected a bcrypt hash" },
		{ "basic_auth_users:\n  bob: " HASH "\n  bob: " HASH,
		  "3:3: basic_auth_users: \"bob\" is there twice" },
		{ "rate_limit: {burst: -1}",
		  "1:21: rate_limit.burst: expected a number of 0 or more" },
		{ "rate_limit: {burst: many}", "1:21: rate_limit.burst: expected a number" },
		{ "rate_limit: {interval: soon}",
		  "1:24: rate_limit.interval: expected a duration" },
		{ "rate_limit: {interval: -1s}", "1:24: rate_limit.interval: expected a duration" },
		{ "rate_limit: &a {interval: *a}", "1:13: rate_limit.interval: expected a single" },
		{ "rate_limit: {}\n---\nrate_limit: {}", "3:1: expected one document" },
		{ "a: b: c", "1:5: expected YAML: " },
		{ "tls_server_config:\n\tcert: a", "2:1: expected YAML: " },
		{ "rate_limit: *nothing", "1:13: expected YAML: " },
		{ "rate_limit: \"", "1:14: expected YAML: " },
		{ "\xff", "1:1: expected YAML: " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		refuse(cases[i][0], cases[i][1]);
}

static void test_hashes(void **state)
{
	static const struct {
		const char *hash;
		bool is_good;
	} cases[] = {
		{ HASH, true },
		{ "$2a$04$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", true },
		{ "$2b$31$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", true },
		{ "$2x$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", false },
		{ "$2$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSiaa", false },
		{ "$1y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", false },
		{ "$2y$03$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", false },
		{ "$2y$32$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", false },
		{ "$2y$1x$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi", false },
		{ "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeS", false },
		{ "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSii", false },
		{ "$2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDe:i", false },
		{ "", false },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)snprintf(text, sizeof(text), "basic_auth_users: {a: %s}", cases[i].hash);
		if (cases[i].is_good)
			accept(text);
		else
			refuse(text, "1:23: basic_auth_users: expected a bcrypt hash");
		if (cases[i].hash[0])
			assert_null(strstr(error.text, cases[i].hash));
	}
}

static void test_limits(void **state)
{
	char *text = xcalloc(1, WEBCONFIG_SIZE_MAX + 2);
	size_t used;

	(void)state;
	memset(text, '#', WEBCONFIG_SIZE_MAX);
	accept(text);
	text[WEBCONFIG_SIZE_MAX] = '#';
	refuse(text, "0:0: expected at most 262144 bytes");
	memset(text, '[', WEBCONFIG_SIZE_MAX + 1);
	text[WEBCONFIG_SIZE_MAX] = '\0';
	refuse(text, "1:17: expected at most 16 levels");
	used = (size_t)snprintf(text, WEBCONFIG_SIZE_MAX, "basic_auth_users:\n");
	for (size_t users = 1; users <= WEBCONFIG_ITEMS_MAX + 1; users++) {
		used += (size_t)snprintf(text + used, WEBCONFIG_SIZE_MAX - used,
		                         " u%zu: " HASH "\n", users);
		if (users == WEBCONFIG_ITEMS_MAX)
			accept(text);
	}
	refuse(text, "2:2: basic_auth_users: expected at most 1024 items");
	free(text);
}

static int forget(void **state)
{
	(void)state;
	webconfig_free(&config);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),     cmocka_unit_test(test_tls),
		cmocka_unit_test(test_client_auth), cmocka_unit_test(test_the_rest),
		cmocka_unit_test(test_refused),     cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}

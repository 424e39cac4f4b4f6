// SPDX-License-Identifier: Apache-2.0
#include "webconfig_yaml.h"

#include <errno.h>
#include <string.h>

#include "text.h"

enum { HASH_SIZE = 60, COST_MIN = 4, COST_MAX = 31 };

#define AT(member) offsetof(struct webconfig, member)

static const char *const client_auths[] = {
	[CLIENT_AUTH_NONE] = "NoClientCert",
	[CLIENT_AUTH_REQUEST] = "RequestClientCert",
	[CLIENT_AUTH_REQUIRE_ANY] = "RequireAnyClientCert",
	[CLIENT_AUTH_VERIFY_GIVEN] = "VerifyClientCertIfGiven",
	[CLIENT_AUTH_VERIFY] = "RequireAndVerifyClientCert",
	"RequireClientCert", /* an older name of RequireAnyClientCert */
};

static const char *const versions[] = { "TLS10", "TLS11", "TLS12", "TLS13" };

/* What Go has in tls.CipherSuites(); those without a key are of TLS 1.3. */
static const struct webconfig_cipher ciphers[] = {
	{ "TLS_AES_128_GCM_SHA256", NULL, "AES-128-GCM", "AEAD" },
	{ "TLS_AES_256_GCM_SHA384", NULL, "AES-256-GCM", "AEAD" },
	{ "TLS_CHACHA20_POLY1305_SHA256", NULL, "CHACHA20-POLY1305", "AEAD" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDSA", "AES-128-CBC", "SHA1" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDSA", "AES-256-CBC", "SHA1" },
	{ "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "RSA", "AES-128-CBC", "SHA1" },
	{ "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "RSA", "AES-256-CBC", "SHA1" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDSA", "AES-128-GCM", "AEAD" },
	{ "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDSA", "AES-256-GCM", "AEAD" },
	{ "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "RSA", "AES-128-GCM", "AEAD" },
	{ "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "RSA", "AES-256-GCM", "AEAD" },
	{ "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "RSA", "CHACHA20-POLY1305", "AEAD" },
	{ "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDSA", "CHACHA20-POLY1305", "AEAD" },
};

static const struct webconfig_curve curves[] = {
	{ "CurveP256", "SECP256R1" },
	{ "CurveP384", "SECP384R1" },
	{ "CurveP521", "SECP521R1" },
	{ "X25519", "X25519" },
};

/* The headers that may be set, and to what; no values: to anything. */
static const char *const headers[WEBCONFIG_HEADERS_MAX] = {
	"Strict-Transport-Security", "X-Content-Type-Options",  "X-Frame-Options",
	"X-XSS-Protection",          "Content-Security-Policy",
};

/* --- TLS --- */

static int read_pem_file(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	struct webconfig_pem *pem = yaml_target(r, key);
	const struct webconfig *config = r->target;
	const char *text = yaml_take_text(r, node);

	if (!text)
		return -EINVAL;
	if (!*text)
		return 0;
	pem->place = yaml_place(node->start_mark);
	pem->file = *text == '/' ? text : arena_printf(r->arena, "%s/%s", config->directory, text);
	return 0;
}

static int read_pem_text(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	struct webconfig_pem *pem = yaml_target(r, key);
	const char *text = yaml_take_text(r, node);

	if (!text)
		return -EINVAL;
	if (!*text)
		return 0;
	if (!pem->file)
		pem->place = yaml_place(node->start_mark);
	pem->text = text;
	return 0;
}

static int read_client_auth(struct yaml_reader *r, const yaml_node_t *node,
                            const struct yaml_key *key)
{
	struct webconfig_tls *tls = yaml_target(r, key);
	const char *text = yaml_take_text(r, node);
	size_t which;

	if (!text)
		return -EINVAL;
	if (!*text)
		return 0;
	if (yaml_take_choice(r, node, client_auths, ARRAY_SIZE(client_auths), &which) < 0)
		return -EINVAL;
	tls->is_on = true;
	tls->client_auth = which > CLIENT_AUTH_VERIFY ? CLIENT_AUTH_REQUIRE_ANY : which;
	return 0;
}

static int read_version(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	size_t which;

	if (yaml_take_choice(r, node, versions, ARRAY_SIZE(versions), &which) < 0)
		return -EINVAL;
	*(enum tls_version *)yaml_target(r, key) = which;
	return 0;
}

static int read_sans(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	struct webconfig_tls *tls = yaml_target(r, key);

	tls->has_sans = true;
	tls->sans.items = yaml_take_list(r, node, &tls->sans.count);
	return tls->sans.items ? 0 : -EINVAL;
}

static int read_ciphers(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	struct webconfig_tls *tls = yaml_target(r, key);
	const char *names[ARRAY_SIZE(ciphers)];
	size_t *which, count;

	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++)
		names[i] = ciphers[i].name;
	if (yaml_take_choices(r, node, names, ARRAY_SIZE(names), &which, &count) < 0)
		return -EINVAL;
	tls->ciphers = arena_alloc(r->arena, (count + 1) * sizeof(*tls->ciphers));
	for (size_t i = 0; i < count; i++)
		tls->ciphers[tls->n_ciphers++] = &ciphers[which[i]];
	return 0;
}

static int read_curves(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	struct webconfig_tls *tls = yaml_target(r, key);
	const char *names[ARRAY_SIZE(curves)];
	size_t *which, count;

	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		names[i] = curves[i].name;
	if (yaml_take_choices(r, node, names, ARRAY_SIZE(names), &which, &count) < 0)
		return -EINVAL;
	tls->curves = arena_alloc(r->arena, (count + 1) * sizeof(*tls->curves));
	for (size_t i = 0; i < count; i++)
		tls->curves[tls->n_curves++] = &curves[which[i]];
	return 0;
}

/* What holds between the keys of tls_server_config. */
static int check_tls(struct yaml_reader *r, const yaml_node_t *node, struct webconfig_tls *tls)
{
	tls->is_on = tls->is_on || tls->cert.place.line || tls->key.place.line ||
	             tls->client_ca.place.line;
	if (!tls->is_on)
		return 0;
	if (!tls->cert.place.line)
		return YAML_REFUSE(r, node, "%s: expected cert_file or cert", r->path);
	if (!tls->key.place.line)
		return YAML_REFUSE(r, node, "%s: expected key_file or key", r->path);
	if (tls->client_ca.place.line && tls->client_auth == CLIENT_AUTH_NONE)
		return YAML_REFUSE(r, node, "%s: expected client_auth_type to go with client_ca",
		                   r->path);
	if (tls->has_sans && tls->client_auth == CLIENT_AUTH_NONE)
		return YAML_REFUSE(r, node,
		                   "%s: expected client_auth_type to go with client_allowed_sans",
		                   r->path);
	if (tls->min_version > tls->max_version)
		return YAML_REFUSE(r, node, "%s: expected min_version not to be above max_version",
		                   r->path);
	return 0;
}

static int read_tls(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	static const struct yaml_key keys[] = {
		{ "cert_file", read_pem_file, AT(tls.cert) },
		{ "key_file", read_pem_file, AT(tls.key) },
		{ "cert", read_pem_text, AT(tls.cert) },
		{ "key", read_pem_text, AT(tls.key) },
		{ "client_auth_type", read_client_auth, AT(tls) },
		{ "client_ca_file", read_pem_file, AT(tls.client_ca) },
		{ "client_ca", read_pem_text, AT(tls.client_ca) },
		{ "client_allowed_sans", read_sans, AT(tls) },
		{ "min_version", read_version, AT(tls.min_version) },
		{ "max_version", read_version, AT(tls.max_version) },
		{ "cipher_suites", read_ciphers, AT(tls) },
		{ "curve_preferences", read_curves, AT(tls) },
		{ "prefer_server_cipher_suites", yaml_read_bool, AT(tls.prefers_own_ciphers) },
	};

	if (yaml_read_keys(r, node, keys, ARRAY_SIZE(keys)) < 0)
		return -EINVAL;
	return check_tls(r, node, yaml_target(r, key));
}

/* --- Headers, users, rate --- */

static int read_header(struct yaml_reader *r, const struct yaml_pair *pair,
                       struct webconfig_header *ret)
{
	static const char *const type_options[] = { "nosniff" };
	static const char *const frame_options[] = { "deny", "sameorigin" };
	const char *value = yaml_is_null(pair->value) ? "" : yaml_take_text(r, pair->value);
	size_t which;

	if (!value || yaml_take_choice(r, pair->key, headers, ARRAY_SIZE(headers), &which) < 0)
		return -EINVAL;
	*ret = (struct webconfig_header){ headers[which], value };
	r->path = arena_printf(r->arena, "%s.%s", r->path, pair->name);
	if (strcmp(ret->name, "X-Content-Type-Options") == 0)
		return yaml_take_choice(r, pair->value, type_options, ARRAY_SIZE(type_options),
		                        &which);
	if (strcmp(ret->name, "X-Frame-Options") == 0)
		return yaml_take_choice(r, pair->value, frame_options, ARRAY_SIZE(frame_options),
		                        &which);
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return YAML_REFUSE(r, pair->value, "%s: expected no control characters",
			                   r->path);
	return 0;
}

static int read_headers(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	struct webconfig *config = yaml_target(r, key);
	const char *path = r->path;
	struct yaml_pair pair;
	size_t at = 0;
	int more;

	while ((more = yaml_next_pair(r, node, &at, &pair)) > 0) {
		struct webconfig_header header;

		if (read_header(r, &pair, &header) < 0)
			return -EINVAL;
		r->path = path;
		config->headers[config->n_headers++] = header; /* each name comes once */
	}
	return more;
}

static int read_http(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	static const struct yaml_key keys[] = {
		{ "http2", yaml_read_bool, AT(http2) },
		{ "headers", read_headers, 0 },
	};

	(void)key;
	return yaml_read_keys(r, node, keys, ARRAY_SIZE(keys));
}

static bool is_bcrypt(const char *hash)
{
	static const char digits[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	int cost;

	if (strlen(hash) != HASH_SIZE || hash[0] != '$' || hash[1] != '2' ||
	    !strchr("aby", hash[2]) || hash[3] != '$' || hash[6] != '$' ||
	    strspn(hash + 4, "0123456789") != 2 || strspn(hash + 7, digits) != HASH_SIZE - 7)
		return false;
	cost = (hash[4] - '0') * 10 + hash[5] - '0';
	return cost >= COST_MIN && cost <= COST_MAX;
}

static int read_users(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	struct webconfig *config = yaml_target(r, key);
	struct yaml_pair pair;
	size_t at = 0;
	int more;

	config->users = arena_alloc(r->arena, WEBCONFIG_ITEMS_MAX * sizeof(*config->users));
	while ((more = yaml_next_pair(r, node, &at, &pair)) > 0) {
		const char *hash = yaml_take_text(r, pair.value);

		if (!hash)
			return -EINVAL;
		/* It may be a password, so that it is not said. */
		if (!is_bcrypt(hash))
			return YAML_REFUSE(r, pair.value,
			                   "%s: expected a bcrypt hash (60 characters: $2a$, $2b$ "
			                   "or $2y$, a cost from %02d to %d) for \"%.100s\"",
			                   r->path, COST_MIN, COST_MAX, pair.name);
		config->users[config->n_users++] = (struct webconfig_user){ pair.name, hash };
	}
	return more;
}

static int read_count(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	const char *text = yaml_take_text(r, node);
	int64_t count;

	if (!text)
		return -EINVAL;
	if (parse_i64(text, &count) < 0 || count < 0)
		return YAML_REFUSE(r, node, "%s: expected a number of 0 or more, not \"%.100s\"",
		                   r->path, text);
	*(int64_t *)yaml_target(r, key) = count;
	return 0;
}

/* "1s"; a bare number is of nanoseconds, as upstream. */
static int read_duration(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	const char *text = yaml_take_text(r, node);
	int64_t ns;

	if (!text)
		return -EINVAL;
	if ((parse_i64(text, &ns) < 0 && flag_duration(text, &ns) < 0) || ns < 0)
		return YAML_REFUSE(r, node,
		                   "%s: expected a duration such as 500ms, 10s or 1m30s, not "
		                   "\"%.100s\"",
		                   r->path, text);
	*(int64_t *)yaml_target(r, key) = ns;
	return 0;
}

static int read_rate(struct yaml_reader *r, const yaml_node_t *node, const struct yaml_key *key)
{
	static const struct yaml_key keys[] = {
		{ "burst", read_count, AT(rate_burst) },
		{ "interval", read_duration, AT(rate_interval) },
	};

	(void)key;
	return yaml_read_keys(r, node, keys, ARRAY_SIZE(keys));
}

/* --- The file --- */

int webconfig_parse(const char *text, size_t size, const char *directory, struct webconfig *ret,
                    struct webconfig_error *error)
{
	static const struct yaml_key keys[] = {
		{ "tls_server_config", read_tls, AT(tls) },
		{ "http_server_config", read_http, 0 },
		{ "basic_auth_users", read_users, 0 },
		{ "rate_limit", read_rate, 0 },
	};
	struct yaml_reader reader = { .arena = &ret->arena, .target = ret, .error = error };
	const yaml_node_t *root;
	int r;

	*ret = (struct webconfig){
		.directory = directory,
		.tls = { .min_version = TLS_1_2,
		         .max_version = TLS_1_3,
		         .prefers_own_ciphers = true },
		.http2 = true,
	};
	if (size > WEBCONFIG_SIZE_MAX)
		return webconfig_refuse(error, (struct webconfig_place){ 0 },
		                        "expected at most %d bytes", WEBCONFIG_SIZE_MAX);
	r = yaml_begin(&reader, text, size, &root);
	if (r == 0 && root)
		r = yaml_read_keys(&reader, root, keys, ARRAY_SIZE(keys));
	yaml_end(&reader);
	return r;
}

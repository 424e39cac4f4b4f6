// SPDX-License-Identifier: Apache-2.0
#include "tls.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "address.h"
#include "log.h"

enum {
	MESSAGE_MAX = 32 * 1024, /* of a handshake: a client's chain of certificates */
	CHAIN_MAX = 8,
	SANS_MAX = 256, /* of a client's certificate that are looked at */
};

static struct {
	const struct webconfig_tls *config;
	gnutls_certificate_credentials_t credentials;
	gnutls_datum_t ticket_key; /* none where clients show certificates */
	struct arena texts;        /* of files; while loading */
	struct arena arena;
	const char *priorities;
} self;

/* --- Certificate and key --- */

/* A PEM text from its file or from the configuration. 0 or -EINVAL. */
static int take_pem(const struct webconfig_pem *pem, const char *what, struct watch_list *list,
                    struct webconfig_error *error, gnutls_datum_t *ret)
{
	char *text;
	size_t size;
	int r;

	if (!pem->file) {
		/* GnuTLS does not write into it. */
		ret->data = (unsigned char *)(uintptr_t)pem->text;
		ret->size = (unsigned)strlen(pem->text);
		return 0;
	}
	r = watch_read(list, &self.texts, pem->file, &text, &size);
	if (r < 0)
		return webconfig_refuse(error, pem->place,
		                        "tls_server_config.%s: %s cannot be read: %s", what,
		                        pem->file, error_text(r));
	ret->data = (unsigned char *)text;
	ret->size = (unsigned)size;
	return 0;
}

static int bad_pem(const struct webconfig_pem *pem, const char *what, const char *expected, int r,
                   struct webconfig_error *error)
{
	return webconfig_refuse(error, pem->place, "tls_server_config.%s: %s%sexpected %s: %s",
	                        what, pem->file ? pem->file : "", pem->file ? ": " : "", expected,
	                        gnutls_strerror(r));
}

/* ret_key is "RSA" or "ECDSA", whichever cipher suites it is good for. */
static int load_key(struct watch_list *list, struct webconfig_error *error,
                    gnutls_x509_privkey_t key, const char **ret_kind)
{
	const struct webconfig_pem *pem = &self.config->key;
	gnutls_datum_t text;
	int r;

	if (take_pem(pem, "key", list, error, &text) < 0)
		return -EINVAL;
	r = gnutls_x509_privkey_import2(key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (r < 0)
		return bad_pem(pem, "key", "an unencrypted private key in PEM", r, error);
	r = gnutls_x509_privkey_get_pk_algorithm(key);
	*ret_kind = r == GNUTLS_PK_RSA || r == GNUTLS_PK_RSA_PSS ? "RSA" : "ECDSA";
	return 0;
}

static int load_certificate(struct watch_list *list, struct webconfig_error *error,
                            const char **ret_kind)
{
	const struct webconfig_pem *pem = &self.config->cert;
	gnutls_x509_crt_t *chain = NULL;
	gnutls_x509_privkey_t key = NULL;
	gnutls_datum_t text;
	unsigned length = 0;
	int r;

	if (take_pem(pem, "cert", list, error, &text) < 0)
		return -EINVAL;
	if (gnutls_x509_privkey_init(&key) < 0)
		abort();
	r = gnutls_x509_crt_list_import2(&chain, &length, &text, GNUTLS_X509_FMT_PEM, 0);
	if (r < 0) {
		r = bad_pem(pem, "cert", "certificates in PEM", r, error);
	} else {
		r = load_key(list, error, key, ret_kind);
		if (r == 0 &&
		    gnutls_certificate_set_x509_key(self.credentials, chain, (int)length, key) < 0)
			r = webconfig_refuse(error, self.config->key.place,
			                     "tls_server_config.key: expected the key of the "
			                     "first certificate, this is another");
		for (unsigned i = 0; i < length; i++)
			gnutls_x509_crt_deinit(chain[i]);
		gnutls_free(chain);
	}
	gnutls_x509_privkey_deinit(key);
	return r;
}

/* Whose certificates clients may have: those of client_ca, or else whom the system trusts. */
static int load_client_ca(struct watch_list *list, struct webconfig_error *error)
{
	const struct webconfig_pem *pem = &self.config->client_ca;
	gnutls_datum_t text;
	int r;

	if (!pem->place.line && self.config->client_auth >= CLIENT_AUTH_VERIFY_GIVEN) {
		r = gnutls_certificate_set_x509_system_trust(self.credentials);
		return r > 0 ? 0
		             : webconfig_refuse(error, self.config->cert.place,
		                                "tls_server_config: expected client_ca_file, as "
		                                "the system trusts nobody");
	}
	if (!pem->place.line)
		return 0;
	if (take_pem(pem, "client_ca", list, error, &text) < 0)
		return -EINVAL;
	r = gnutls_certificate_set_x509_trust_mem(self.credentials, &text, GNUTLS_X509_FMT_PEM);
	if (r > 0)
		return 0;
	return bad_pem(pem, "client_ca", "certificates in PEM",
	               r ? r : GNUTLS_E_NO_CERTIFICATE_FOUND, error);
}

/* --- Versions and ciphers --- */

static void add(const char *fmt, const char *what)
{
	self.priorities = arena_printf(&self.arena, "%s:%s%s", self.priorities, fmt, what);
}

/*
 * The ciphers of cipher_suites that go with the key. GnuTLS has one list for all versions: what is
 * not named is off in TLS 1.3, too. Versions that are left without a cipher are not offered.
 */
static void add_named_ciphers(const char *key_kind, enum tls_version *min, enum tls_version *max)
{
	bool has_old = false, has_aead = false;

	for (size_t i = 0; i < self.config->n_ciphers; i++) {
		const struct webconfig_cipher *c = self.config->ciphers[i];

		if (c->key && strcmp(c->key, key_kind) != 0)
			continue;
		has_old |= c->key != NULL;
		has_aead |= strcmp(c->mac, "AEAD") == 0;
		add("+", c->cipher);
		add("+", c->mac);
	}
	if (!has_old)
		*min = MAX(*min, TLS_1_3);
	if (!has_aead)
		*max = MIN(*max, TLS_1_2);
}

static void add_usual_ciphers(enum tls_version min)
{
	add("+AEAD:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305", "");
	/* What came before TLS 1.2 has nothing better. */
	if (min < TLS_1_2)
		add("+SHA1:+AES-128-CBC:+AES-256-CBC", "");
}

static int choose_priorities(const char *key_kind, struct webconfig_error *error)
{
	static const char *const versions[] = { "1.0", "1.1", "1.2", "1.3" };
	const struct webconfig_tls *config = self.config;
	enum tls_version min = config->min_version, max = config->max_version;
	gnutls_priority_t cache;

	self.priorities = "NORMAL:-VERS-ALL:-KX-ALL:-CIPHER-ALL:-MAC-ALL:-GROUP-ALL"
			  ":+ECDHE-ECDSA:+ECDHE-RSA";
	if (config->n_ciphers)
		add_named_ciphers(key_kind, &min, &max);
	else
		add_usual_ciphers(min);
	if (min > max)
		return webconfig_refuse(error, config->cert.place,
		                        "tls_server_config.cipher_suites: expected one that goes "
		                        "with the certificate's key (%s) and the versions",
		                        key_kind);
	for (int version = (int)max; version >= (int)min; version--)
		add("+VERS-TLS", versions[version]);
	for (size_t i = 0; i < config->n_curves; i++)
		add("+GROUP-", config->curves[i]->group);
	if (!config->n_curves)
		add("+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1", "");
	if (config->prefers_own_ciphers)
		add("%SERVER_PRECEDENCE", "");
	/*
	 * Many certificates may only encipher keys; to Go that makes no difference. The first
	 * option is for those of clients, the second one for our own.
	 */
	add("%COMPAT:%DEBUG_ALLOW_KEY_USAGE_VIOLATIONS", "");
	if (gnutls_priority_init(&cache, self.priorities, NULL) < 0)
		return webconfig_refuse(error, config->cert.place,
		                        "tls_server_config: GnuTLS cannot do these versions, "
		                        "ciphers and curves");
	gnutls_priority_deinit(cache);
	return 0;
}

int tls_load(const struct webconfig_tls *config, struct watch_list *list,
             struct webconfig_error *error)
{
	const char *key_kind = NULL;
	int r;

	self.config = config;
	if (gnutls_certificate_allocate_credentials(&self.credentials) < 0)
		abort();
	r = load_certificate(list, error, &key_kind);
	if (r == 0)
		r = load_client_ca(list, error);
	arena_free(&self.texts);
	if (r < 0 || choose_priorities(key_kind, error) < 0)
		return -EINVAL;
	gnutls_certificate_set_verify_limits(self.credentials, 16384, CHAIN_MAX);
	/* A session that is taken up again shows no certificate: with those it is not offered. */
	if (config->client_auth == CLIENT_AUTH_NONE &&
	    gnutls_session_ticket_key_generate(&self.ticket_key) < 0)
		abort();
	return 0;
}

static int no_certificate(gnutls_session_t session, const gnutls_datum_t *issuers, int n_issuers,
                          const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                          gnutls_pcert_st **certificate, unsigned *length, gnutls_privkey_t *key)
{
	(void)session, (void)issuers, (void)n_issuers, (void)algorithms, (void)n_algorithms;
	(void)certificate, (void)length, (void)key;
	return -1;
}

void *tls_callback(void)
{
	return (void *)(uintptr_t)no_certificate;
}

const char *tls_priorities(void)
{
	return self.priorities;
}

/* --- Clients --- */

/*
 * A client without TCP_NODELAY sends no request before what ended its handshake is acknowledged.
 * In TLS 1.3 it is answered by nothing, and the kernel waits for 40 ms. It is told to hurry.
 * Fails where it is not TCP.
 */
static void acknowledge(const struct guest *g)
{
	const int yes = 1;

	(void)setsockopt(g->fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof(yes));
}

static ssize_t read_from(gnutls_transport_ptr_t guest, void *to, size_t size)
{
	struct guest *g = guest;
	ssize_t n = recvfrom(g->fd, to, size, 0, NULL, NULL);

	if (n >= 0 || errno != EAGAIN)
		return n;
	if (!g->has_begun)
		acknowledge(g);
	guest_starves(g);
	errno = EAGAIN;
	return n;
}

/* Whether an alternative name of the certificate is on the list. */
static bool has_allowed_san(gnutls_x509_crt_t crt)
{
	char name[1024], text[ADDRESS_TEXT_MAX];
	const struct list *sans = &self.config->sans;

	for (unsigned i = 0; i < SANS_MAX; i++) {
		size_t size = sizeof(name) - 1;
		unsigned type = 0;
		int r = gnutls_x509_crt_get_subject_alt_name2(crt, i, name, &size, &type, NULL);
		const char *given = name;

		if (r == GNUTLS_E_SHORT_MEMORY_BUFFER)
			continue;
		if (r < 0)
			return false;
		name[size] = '\0';
		if (type == GNUTLS_SAN_IPADDRESS && (size == 4 || size == 16))
			given = address_text(size == 4 ? AF_INET : AF_INET6, (uint8_t *)name, text);
		else if ((type != GNUTLS_SAN_DNSNAME && type != GNUTLS_SAN_RFC822NAME &&
		          type != GNUTLS_SAN_URI) ||
		         memchr(name, '\0', size))
			continue;
		for (size_t k = 0; k < sans->count; k++)
			if (strcmp(given, sans->items[k]) == 0)
				return true;
	}
	return false;
}

static const char *check_sans(const gnutls_datum_t *der)
{
	gnutls_x509_crt_t crt;
	bool is_good;

	if (gnutls_x509_crt_init(&crt) < 0)
		abort();
	is_good =
		gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) == 0 && has_allowed_san(crt);
	gnutls_x509_crt_deinit(crt);
	return is_good ? NULL : "none of its alternative names is in client_allowed_sans";
}

/* Whether a CA we trust says that the client may be one; NULL, or why not. */
static const char *check_trust(gnutls_session_t session, gnutls_alert_description_t *alert)
{
	static const char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
	gnutls_typed_vdata_st data = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
		                       .data = (unsigned char *)(uintptr_t)purpose };
	unsigned status = 0;

	if (gnutls_certificate_verify_peers(session, &data, 1, &status) < 0)
		return "it cannot be read";
	if (!status)
		return NULL;
	if (status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA)) {
		*alert = GNUTLS_A_UNKNOWN_CA;
		return "client_ca has not signed it";
	}
	if (status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED)) {
		*alert = GNUTLS_A_CERTIFICATE_EXPIRED;
		return "it has expired, or is not valid yet";
	}
	return status & GNUTLS_CERT_PURPOSE_MISMATCH ? "it is not for clients" : "it is not good";
}

/* Within the handshake, after the client has shown a certificate or has shown none. */
static int verify_client(gnutls_session_t session)
{
	gnutls_alert_description_t alert = GNUTLS_A_BAD_CERTIFICATE;
	const struct webconfig_tls *config = self.config;
	const gnutls_datum_t *chain;
	const char *why = NULL;
	unsigned length = 0;

	chain = gnutls_certificate_get_peers(session, &length);
	if (!chain || !length) {
		if (config->client_auth == CLIENT_AUTH_REQUIRE_ANY ||
		    config->client_auth == CLIENT_AUTH_VERIFY || config->has_sans)
			why = "there is none";
		if (gnutls_protocol_get_version(session) >= GNUTLS_TLS1_3)
			alert = GNUTLS_A_CERTIFICATE_REQUIRED;
	} else {
		if (config->client_auth >= CLIENT_AUTH_VERIFY_GIVEN)
			why = check_trust(session, &alert);
		if (!why && config->has_sans)
			why = check_sans(&chain[0]);
	}
	if (!why)
		return 0;
	log_at(LOG_DEBUG, "A client certificate was refused", "err", why);
	/* It gets to know why where it can be told at once; the connection ends in any case. */
	(void)gnutls_alert_send(session, GNUTLS_AL_FATAL, alert);
	return GNUTLS_E_CERTIFICATE_ERROR;
}

void tls_prepare(void *session, struct guest *guest)
{
	static const char name[] = "http/1.1";
	const gnutls_datum_t protocol = { (unsigned char *)(uintptr_t)name, sizeof(name) - 1 };

	if (gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, self.credentials) < 0 ||
	    gnutls_alpn_set_protocols(session, &protocol, 1, 0) < 0 ||
	    (self.ticket_key.data &&
	     gnutls_session_ticket_enable_server(session, &self.ticket_key) < 0))
		abort(); /* out of memory */
	gnutls_transport_set_ptr2(session, guest, (gnutls_transport_ptr_t)(intptr_t)guest->fd);
	gnutls_transport_set_pull_function(session, read_from);
	gnutls_handshake_set_max_packet_length(session, MESSAGE_MAX);
	if (self.config->client_auth == CLIENT_AUTH_NONE)
		return;
	/* verify_client() refuses who has none; GnuTLS would do so without an alert. */
	gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
	gnutls_session_set_verify_function(session, verify_client);
}

/* libmicrohttpd calls this one in the place of GnuTLS'. */
ssize_t gnutls_record_recv(gnutls_session_t session, void *to, size_t size)
{
	ssize_t n = gnutls_record_recv_seq(session, to, size, NULL);
	struct guest *g = gnutls_transport_get_ptr(session);

	/* In other processes sessions may be somebody else's. */
	if (n < 0 || !self.config)
		return n;
	return guest_hears(g, to, (size_t)n) ? n : GNUTLS_E_AGAIN;
}

void tls_write(void *session, const char *text, size_t size)
{
	/* Whoever is not there any more does not mind. */
	if (gnutls_record_send(session, text, size) == (ssize_t)size)
		(void)gnutls_bye(session, GNUTLS_SHUT_WR);
}

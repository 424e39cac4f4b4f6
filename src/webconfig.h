// SPDX-License-Identifier: Apache-2.0
/* The file of --web.config.file, in the format of Prometheus' exporter-toolkit. */
#pragma once

#include "arena.h"
#include "flag.h"

enum {
	WEBCONFIG_SIZE_MAX = 256 * 1024,
	WEBCONFIG_ITEMS_MAX = 1024, /* of a list, and users */
	WEBCONFIG_HEADERS_MAX = 5,
};

/* Where something stands in the file; both count from 1. Line 0: nowhere. */
struct webconfig_place {
	unsigned line;
	unsigned column;
};

/* Where and why a configuration was refused. */
struct webconfig_error {
	struct webconfig_place place;
	char text[512]; /* what was expected and what was found; one line */
};

/* A PEM text: in a file of its own, or within the configuration. Absent where both are NULL. */
struct webconfig_pem {
	const char *file; /* counts where there is a text, too */
	const char *text;
	struct webconfig_place place;
};

enum client_auth {
	CLIENT_AUTH_NONE,
	CLIENT_AUTH_REQUEST,      /* may have a certificate, of any kind */
	CLIENT_AUTH_REQUIRE_ANY,  /* must have one, of any kind */
	CLIENT_AUTH_VERIFY_GIVEN, /* may have one, but then a good one */
	CLIENT_AUTH_VERIFY,       /* must have a good one */
};

/* A cipher suite, in the words of GnuTLS' priority strings. */
struct webconfig_cipher {
	const char *name; /* Go's */
	const char *key;  /* the certificate's: "RSA" or "ECDSA"; NULL: any, and TLS 1.3 alone */
	const char *cipher;
	const char *mac;
};

struct webconfig_curve {
	const char *name;  /* Go's */
	const char *group; /* GnuTLS' */
};

enum tls_version { TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };

struct webconfig_tls {
	bool is_on;
	struct webconfig_pem cert; /* chain, the server's own first; there is one where TLS is on */
	struct webconfig_pem key;
	struct webconfig_pem client_ca; /* absent: whom the system trusts */
	enum client_auth client_auth;
	bool has_sans; /* clients must have one of these; none where the list is empty */
	struct list sans;
	enum tls_version min_version;
	enum tls_version max_version;
	size_t n_ciphers; /* 0: the default */
	const struct webconfig_cipher **ciphers;
	size_t n_curves; /* 0: the default */
	const struct webconfig_curve **curves;
	bool prefers_own_ciphers;
};

struct webconfig_header {
	const char *name;
	const char *value; /* without control characters; "" is not sent */
};

struct webconfig_user {
	const char *name;
	const char *hash; /* "$2a$", "$2b$" or "$2y$", two digits from 04 to 31, "$", 53 more */
};

struct webconfig {
	struct arena arena; /* all of this is in it but directory */
	const char *directory;
	struct webconfig_tls tls;
	bool http2; /* for the log: it cannot be done */
	size_t n_headers;
	struct webconfig_header headers[WEBCONFIG_HEADERS_MAX];
	size_t n_users;
	struct webconfig_user *users;
	int64_t rate_interval; /* ns for each further request; 0: no limit */
	int64_t rate_burst;    /* requests that may come at once */
};

/*
 * Parse size bytes of YAML. Files are named relative to directory. Whatever the schema does not
 * have, and what is there twice, is an error; null is as if the key were not there. 0, or -EINVAL
 * with *error filled; in both cases webconfig_free() is called for ret.
 */
int webconfig_parse(const char *text, size_t size, const char *directory, struct webconfig *ret,
                    struct webconfig_error *error) MUST_CHECK;

/* Free all that is in it. */
void webconfig_free(struct webconfig *config);

/* Fill *error; returns -EINVAL. */
int webconfig_refuse(struct webconfig_error *error, struct webconfig_place place, const char *fmt,
                     ...) PRINTF(3, 4);

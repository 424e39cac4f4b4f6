// SPDX-License-Identifier: Apache-2.0
/* TLS for libmicrohttpd's connections, by GnuTLS: certificates, versions, who may come in. */
#pragma once

#include "guest.h"
#include "watch.h"
#include "webconfig.h"

/*
 * Read and check certificates, key, versions and ciphers; config must stay. At most once in a
 * process. Files that were looked at are entered into list. 0, or -EINVAL with *error filled.
 */
int tls_load(const struct webconfig_tls *config, struct watch_list *list,
             struct webconfig_error *error) MUST_CHECK;

/*
 * What libmicrohttpd wants a certificate from, a gnutls_certificate_retrieve_function2 *. It is not
 * asked, as tls_prepare() sets what is used.
 */
void *tls_callback(void);

/* Versions and ciphers as GnuTLS' priority string, once loaded. */
const char *tls_priorities(void);

/*
 * Prepare a gnutls_session_t whose handshake has not begun: with the certificate and key, and the
 * check of the client's certificate within the handshake. It hears by guest_starves() when there is
 * nothing to read.
 */
void tls_prepare(void *session, struct guest *guest);

/* Write what can be written at once to a session that will be closed, and say that it ends. */
void tls_write(void *session, const char *text, size_t size);

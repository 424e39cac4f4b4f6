// SPDX-License-Identifier: Apache-2.0
/* Stands in for tls.c in builds without GnuTLS. */
#include "tls.h"

int tls_load(const struct webconfig_tls *config, struct watch_list *list,
             struct webconfig_error *error)
{
	(void)list;
	return webconfig_refuse(error, config->cert.place,
	                        "tls_server_config: cannot be done: built without GnuTLS");
}

void *tls_callback(void)
{
	return NULL;
}

const char *tls_priorities(void)
{
	return "";
}

void tls_prepare(void *session, struct guest *guest)
{
	(void)session, (void)guest; /* there is none */
}

void tls_write(void *session, const char *text, size_t size)
{
	(void)session, (void)text, (void)size; /* there is none */
}

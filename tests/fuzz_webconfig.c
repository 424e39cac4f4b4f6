// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a web configuration; what is refused has a place and a reason. */
#include <string.h>

#include "webconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct webconfig_error error = { 0 };
	struct webconfig config;
	int r = webconfig_parse((const char *)data, size, ".", &config, &error);

	if (r < 0 && (!error.text[0] || (size <= WEBCONFIG_SIZE_MAX && !error.place.line)))
		abort();
	if (r == 0 && config.tls.is_on &&
	    (!config.tls.cert.place.line || !config.tls.key.place.line))
		abort();
	webconfig_free(&config);
	return 0;
}

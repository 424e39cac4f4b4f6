// SPDX-License-Identifier: Apache-2.0
/* Accept and Accept-Encoding headers of any bytes; OpenMetrics comes only where it is offered. */
#include <string.h>

#include "http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = memcpy(xcalloc(1, size + 1), size ? (const void *)data : "", size);
	struct http_format with = http_negotiate(copy, true), without = http_negotiate(copy, false);

	if (without.format == EXPO_OPENMETRICS || with.escaping >= ESCAPINGS ||
	    !strstr(with.content_type, "; escaping=") ||
	    (with.format != EXPO_OPENMETRICS && with.format != without.format))
		abort();
	(void)http_wants_gzip((const char *const[]){ copy, copy }, 2);
	free(copy);
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "webconfig.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int webconfig_refuse(struct webconfig_error *error, struct webconfig_place place, const char *fmt,
                     ...)
{
	va_list args;

	error->place = place;
	va_start(args, fmt);
	(void)vsnprintf(error->text, sizeof(error->text), fmt, args);
	va_end(args);
	for (char *c = error->text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return -EINVAL;
}

void webconfig_free(struct webconfig *config)
{
	arena_free(&config->arena);
	*config = (struct webconfig){ 0 };
}

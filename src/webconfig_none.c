// SPDX-License-Identifier: Apache-2.0
/* Stands in for webconfig_schema.c in builds without libyaml. */
#include "webconfig.h"

int webconfig_parse(const char *text, size_t size, const char *directory, struct webconfig *ret,
                    struct webconfig_error *error)
{
	(void)text;
	(void)size;
	*ret = (struct webconfig){ .directory = directory };
	return webconfig_refuse(error, (struct webconfig_place){ 0 },
	                        "cannot be read: built without libyaml");
}

// SPDX-License-Identifier: Apache-2.0
#include "library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "collector.h"

int library_load(struct scrape *s, const char *name, const struct library_symbol *symbols)
{
	void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);

	if (!library)
		return fail(s, -ELIBACC, "library %s: %s", name, dlerror());
	for (; symbols->name; symbols++) {
		void *symbol = dlsym(library, symbols->name);

		if (!symbol)
			return fail(s, -ELIBACC, "library %s: it has no %s", name, symbols->name);
		memcpy(symbols->target, &symbol, sizeof(symbol));
	}
	return 0;
}

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
	/* All or nothing, so that callers may look at any of the pointers. */
	for (const struct library_symbol *symbol = symbols; symbol->name; symbol++)
		if (!dlsym(library, symbol->name))
			return fail(s, -ELIBACC, "library %s: it has no %s", name, symbol->name);
	for (; symbols->name; symbols++) {
		void *function = dlsym(library, symbols->name);

		memcpy(symbols->target, &function, sizeof(function));
	}
	return 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "websetup.h"

#include <stdio.h>
#include <string.h>

#include "auth.h"
#include "tls.h"

static const char *directory_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path ? "" : arena_memdup(a, path, (size_t)(slash - path));
}

int websetup_load(const char *path, struct webconfig *ret, struct watch_list *list,
                  struct webconfig_error *error)
{
	struct arena arena = { 0 };
	size_t size = 0;
	char *text;
	int r;

	*ret = (struct webconfig){ 0 };
	list->count = 0;
	r = watch_read(list, &arena, path, &text, &size);
	if (r < 0)
		r = webconfig_refuse(error, (struct webconfig_place){ 0 }, "cannot be read: %s",
		                     error_text(r));
	else
		r = webconfig_parse(text, size, directory_of(&arena, path), ret, error);
	if (r == 0 && ret->tls.is_on)
		r = tls_load(&ret->tls, list, error);
	/* Whoever asks for passwords must not be served without. */
	if (r == 0 && ret->n_users && auth_hindrance())
		r = webconfig_refuse(error, (struct webconfig_place){ 0 }, "basic_auth_users: %s",
		                     auth_hindrance());
	arena_free(&arena);
	return r;
}

char *websetup_error(struct arena *a, const char *path, const struct webconfig_error *error)
{
	if (!error->place.line)
		return arena_printf(a, "%s: %s", path, error->text);
	return arena_printf(a, "%s:%u:%u: %s", path, error->place.line, error->place.column,
	                    error->text);
}

int websetup_check(const char *path)
{
	struct watch_list *list = xcalloc(1, sizeof(*list));
	struct webconfig_error error;
	struct webconfig config;
	struct arena arena = { 0 };
	int r = websetup_load(path, &config, list, &error);

	if (r < 0)
		(void)printf("%s\n", websetup_error(&arena, path, &error));
	else
		(void)printf("%s: SUCCESS\n", path);
	webconfig_free(&config);
	arena_free(&arena);
	free(list);
	return r < 0 || fflush(stdout) != 0 ? 1 : 0;
}

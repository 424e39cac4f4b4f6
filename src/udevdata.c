// SPDX-License-Identifier: Apache-2.0
#include "udevdata.h"

#include <errno.h>
#include <string.h>

#include "collector.h"

struct udevdata_device {
	uint64_t major, minor;
	struct stat file;
	bool has_file;
	bool is_seen;
	const char **values; /* and behind them the text they point to */
};

static struct udevdata_device *find_device(struct udevdata *u, uint64_t major, uint64_t minor)
{
	struct udevdata_device *d;

	for (size_t i = 0; i < u->n_devices; i++) {
		size_t at = (u->next + i) % u->n_devices;

		d = &u->devices[at];
		if (d->major == major && d->minor == minor) {
			u->next = at + 1;
			return d;
		}
	}
	if (u->n_devices == u->room) {
		u->room = u->room ? u->room * 2 : 16;
		u->devices = xrealloc(u->devices, u->room * sizeof(*u->devices));
	}
	d = &u->devices[u->n_devices++];
	*d = (struct udevdata_device){ .major = major, .minor = minor };
	u->next = u->n_devices;
	return d;
}

/* Take over values, one for each key. */
static void keep_values(const struct udevdata *u, struct udevdata_device *d,
                        const char *const *values)
{
	size_t size = u->n_keys * sizeof(*values);
	char *text;

	for (size_t i = 0; i < u->n_keys; i++)
		size += strlen(values[i]) + 1;
	free(d->values);
	d->values = xmalloc(size);
	text = (char *)(d->values + u->n_keys);
	for (size_t i = 0; i < u->n_keys; i++) {
		d->values[i] = text;
		text = stpcpy(text, values[i]) + 1;
	}
}

/* The values in a database file, which is cut up; of properties given twice the last counts. */
static const char *const *parse(struct scrape *s, const struct udevdata *u, char *text)
{
	const char **values = scrape_alloc(s, u->n_keys * sizeof(*values));
	char *line;

	for (size_t i = 0; i < u->n_keys; i++)
		values[i] = "";
	while ((line = next_line(&text))) {
		char *value = strchr(line, '=');

		if (!starts_with(line, "E:") || !value)
			continue;
		*value++ = '\0';
		for (size_t i = 0; i < u->n_keys; i++) {
			if (strcmp(u->keys[i], line + strlen("E:")) == 0)
				values[i] = value;
		}
	}
	return values;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

const char *const *udevdata_block(struct scrape *s, struct udevdata *u, uint64_t major,
                                  uint64_t minor)
{
	struct udevdata_device *d = find_device(u, major, minor);
	char *name = scrape_printf(s, "b%llu:%llu", (unsigned long long)major,
	                           (unsigned long long)minor);
	char nothing[] = "", *text = nothing;
	struct stat file;
	int r;

	d->is_seen = true;
	if (stat(tree_path(s, TREE_UDEV, "%s", name), &file) < 0) {
		r = -errno;
		(void)fail(s, r, "udev %s: %s", name, error_text(r)); /* said below */
	} else {
		if (d->has_file && is_same_file(&d->file, &file))
			return d->values;
		r = tree_read(s, TREE_UDEV, &text, "%s", name);
		d->file = file;
	}
	if (r < 0 && r != -ENOENT)
		warn(s, "%s", failure(s, r));
	d->has_file = r == 0;
	keep_values(u, d, parse(s, u, text));
	return d->values;
}

void udevdata_tidy(struct udevdata *u)
{
	size_t kept = 0;

	for (size_t i = 0; i < u->n_devices; i++) {
		struct udevdata_device *d = &u->devices[i];

		if (!d->is_seen) {
			free(d->values);
			continue;
		}
		d->is_seen = false;
		u->devices[kept++] = *d;
	}
	u->n_devices = kept;
	u->next = 0;
}

void udevdata_free(struct udevdata *u)
{
	for (size_t i = 0; i < u->n_devices; i++)
		free(u->devices[i].values);
	free(u->devices);
	u->devices = NULL;
	u->n_devices = u->room = u->next = 0;
}

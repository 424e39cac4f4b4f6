// SPDX-License-Identifier: Apache-2.0
#include "hwmonreadings.h"

#include <errno.h>
#include <string.h>

#include "attr.h"
#include "collector.h"

/* As upstream cuts labels. */
enum { LABEL_MAX = 128 };

static struct hwmon_reading *find_reading(const struct hwmon_readings *all, const char *sensor,
                                          const char *element)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->items[i].sensor, sensor) == 0 &&
		    strcmp(all->items[i].element, element) == 0)
			return &all->items[i];
	return NULL;
}

static void add_reading(struct hwmon_readings *all, const char *sensor,
                        const struct sensorname *name, char *file)
{
	struct hwmon_reading *r = find_reading(all, sensor, name->element);

	if (!r) {
		all->items = xrealloc(all->items, (all->count + 1) * sizeof(*all->items));
		r = &all->items[all->count++];
		*r = (struct hwmon_reading){ .sensor = xstrdup(sensor),
			                     .kind = name->kind,
			                     .element = xstrdup(name->element) };
	}
	/* What is in device goes over what is beside it. */
	free(r->file);
	r->file = file;
}

static void add_readings(struct scrape *s, struct hwmon_readings *all, const struct filter *filter,
                         const char *chip, const char *dir, char **names)
{
	for (size_t i = 0; names[i]; i++) {
		struct sensorname name;
		char *sensor;

		if (!sensorname_split(names[i], &name))
			continue;
		sensor = scrape_printf(s, "%s%llu", name.kind, (unsigned long long)name.number);
		if (filter_keeps(filter, scrape_printf(s, "%s;%s", chip, sensor)))
			add_reading(all, sensor, &name, xasprintf("%s/%s", dir, names[i]));
	}
}

/* What a reading is exported as. */
static void settle_reading(struct scrape *s, const struct hwmon_readings *all,
                           struct hwmon_reading *r)
{
	const struct sensor_rule *rule = sensor_find_rule(r->kind, r->element);
	const char *element = sensor_clean(s, r->element);
	const struct hwmon_reading *label;

	if (strcmp(r->element, "label") == 0 || !rule->suffix)
		return;
	if (strcmp(r->element, "input") == 0 && !find_reading(all, r->sensor, ""))
		element = "";
	if (strcmp(r->kind, "freq") == 0 && strcmp(r->element, "input") == 0) {
		label = find_reading(all, r->sensor, "label");
		if (!label || !label->label)
			return;
		r->label = xstrdup(sensor_clean(s, label->label));
	}
	r->metric = sensor_family(s, rule, r->kind, element);
	if (r->metric)
		r->rule = rule;
	else
		warn(s, "sysfs %s: too many kinds of figures", r->file);
}

/*
 * The text of a label, but for newlines at its ends. *ret_again where it may be there another time.
 */
static char *read_label(struct scrape *s, const char *file, bool *ret_again)
{
	char *text, *end;
	int r;

	r = tree_read(s, TREE_SYS, &text, "%s", file);
	if (r < 0) {
		bool is_odd = r != -EISDIR && !attr_is_quiet(r);

		if (is_odd)
			warn(s, "%s", failure(s, r));
		*ret_again |= is_odd || r == -EAGAIN;
		return NULL;
	}
	text[strnlen(text, LABEL_MAX)] = '\0';
	text += strspn(text, "\n");
	end = text + strlen(text);
	while (end > text && end[-1] == '\n')
		*--end = '\0';
	return xstrdup(text);
}

/* Read the labels, then settle all others. False where some label has to be tried again. */
static bool settle_readings(struct scrape *s, const struct hwmon_readings *all)
{
	bool again = false;

	for (size_t i = 0; i < all->count; i++) {
		struct hwmon_reading *r = &all->items[i];

		if (strcmp(r->element, "label") == 0)
			r->label = read_label(s, r->file, &again);
	}
	for (size_t i = 0; i < all->count; i++)
		settle_reading(s, all, &all->items[i]);
	return !again;
}

static uint64_t hash_names(uint64_t hash, char *const *names)
{
	while (names && *names)
		hash = hash_text(hash, *names++);
	return hash;
}

bool hwmon_readings_update(struct scrape *s, struct hwmon_readings *all,
                           const struct filter *filter, const char *chip, const char *dir,
                           bool has_device)
{
	char *device = scrape_printf(s, "%s/device", dir), **names, **device_names = NULL;
	uint64_t listing;

	names = attr_list(s, "%s", dir);
	if (!names)
		return false;
	if (has_device)
		device_names = attr_list(s, "%s", device);
	listing = hash_names(hash_text(hash_names(1, names), "/"), device_names);
	if (all->listing == listing)
		return true;
	hwmon_readings_forget(all);
	add_readings(s, all, filter, chip, dir, names);
	if (device_names)
		add_readings(s, all, filter, chip, device, device_names);
	if (settle_readings(s, all))
		all->listing = listing;
	return true;
}

void hwmon_readings_forget(struct hwmon_readings *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->items[i].file);
		free(all->items[i].sensor);
		free(all->items[i].element);
		free(all->items[i].label);
	}
	free(all->items);
	*all = (struct hwmon_readings){ 0 };
}

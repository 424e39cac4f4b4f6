// SPDX-License-Identifier: Apache-2.0
/*
 * Sensor chips: sysfs class/hwmon/hwmonN, and below it device, which older drivers use. A file is a
 * kind of sensor, its number and what is said of it: temp1_input, temp1_crit, temp1_label; the unit
 * depends on the kind and, at times, on what is said. Chips sit on slow buses or behind firmware
 * that may not answer.
 */

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "attr.h"
#include "collector.h"
#include "devices.h"
#include "sensorname.h"

/* As upstream cuts labels. */
enum { LABEL_MAX = 128 };

static const struct metric chip_names = {
	.name = "node_hwmon_chip_names",
	.help = "The name that its driver gives a chip; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("chip", "chip_name"),
};

static const struct metric sensor_label = {
	.name = "node_hwmon_sensor_label",
	.help = "What a sensor is for, as its driver says; always 1.",
	.type = METRIC_GAUGE,
	.labels = LABELS("chip", "sensor", "label"),
};

/* One file of a chip. */
struct reading {
	char *file;   /* below sysfs */
	char *sensor; /* "temp1" */
	const char *kind;
	char *element;                  /* "input" */
	const struct sensor_rule *rule; /* NULL: it is a label, or not exported */
	const struct metric *metric;    /* where there is a rule */
	char *label; /* of the sensor in the samples where it is another; or the text */
	bool is_out; /* no file that can be read, after all */
};

/* What is known of a chip while its directory is the same. */
struct chip {
	char *entry; /* hwmonN */
	dev_t dev;   /* of its directory */
	ino_t ino;
	char *path; /* of the device behind it, or else its own; by this it is known when stuck */
	bool has_device;
	char *from_device; /* the label made of the device's path; NULL where there is none */
	bool is_named;     /* what follows was read */
	char *name;        /* as in its file, or "" */
	char *base;        /* the label but for what tells chips of the same apart */
	char *label;
	uint64_t listing; /* hash of the names that readings were made from; 0: to be made */
	struct reading *readings;
	size_t n_readings;
	bool is_seen; /* in this scrape */
};

static struct {
	struct filter chips;
	struct filter sensors;
	struct chip *known;
	size_t n_known;
	bool has_changed;    /* some chip: labels may be others now */
	uint64_t generation; /* of the devices that are known */
	bool has_found;      /* all there were then */
} self;

#define HWMON_FLAG(NAME, TARGET, HELP) \
	{ \
		.name = "collector.hwmon." NAME, .type = FLAG_REGEX, .target = (TARGET), \
		.help = (HELP) \
	}

static const struct flag flags[] = {
	HWMON_FLAG("chip-exclude", &self.chips.exclude, "Leave out chips whose label matches."),
	HWMON_FLAG("chip-include", &self.chips.include, "Export only chips whose label matches."),
	HWMON_FLAG("sensor-exclude", &self.sensors.exclude,
	           "Leave out sensors of which \"CHIP;SENSOR\" matches."),
	HWMON_FLAG("sensor-include", &self.sensors.include,
	           "Export only sensors of which \"CHIP;SENSOR\" matches."),
	{ 0 },
};

/* ---- chips ---- */

static void forget_readings(struct chip *c)
{
	for (size_t i = 0; i < c->n_readings; i++) {
		free(c->readings[i].file);
		free(c->readings[i].sensor);
		free(c->readings[i].element);
		free(c->readings[i].label);
	}
	free(c->readings);
	c->readings = NULL;
	c->n_readings = 0;
	c->listing = 0;
}

static void free_chip(struct chip *c)
{
	forget_readings(c);
	free(c->entry);
	free(c->path);
	free(c->from_device);
	free(c->name);
	free(c->base);
	free(c->label);
}

/* The last two parts of a device's path; only the last where nothing is left of the other. */
static char *label_of_device(struct scrape *s, const char *path)
{
	char *parent = scrape_printf(s, "%s", path), *name = strrchr(parent, '/');
	const char *cleaned, *above;

	if (!name)
		return NULL;
	*name++ = '\0';
	cleaned = sensor_clean(s, name);
	name = strrchr(parent, '/');
	above = sensor_clean(s, name ? name + 1 : parent);
	if (!cleaned[0])
		return NULL;
	return xasprintf("%s%s%s", above, above[0] ? "_" : "", cleaned);
}

static void forget_chips(void)
{
	for (size_t i = 0; i < self.n_known; i++)
		free_chip(&self.known[i]);
	free(self.known);
	self.known = NULL;
	self.n_known = 0;
	self.has_found = false;
}

static void add_chip(struct scrape *s, const char *entry, const struct stat *dir)
{
	char *link = tree_path(s, TREE_SYS, "class/hwmon/%s", entry), path[PATH_MAX];
	struct chip c = { .entry = xstrdup(entry), .dev = dir->st_dev, .ino = dir->st_ino };

	c.is_seen = true;
	c.has_device = realpath(scrape_printf(s, "%s/device", link), path);
	if (c.has_device)
		c.from_device = label_of_device(s, path);
	else if (!realpath(link, path))
		memcpy(path, "", 1);
	c.path = xstrdup(path[0] ? path : link);
	self.known = xrealloc(self.known, (self.n_known + 1) * sizeof(*self.known));
	self.known[self.n_known++] = c;
	self.has_changed = true;
}

/* Chips that have come since the last scrape, and that have gone. */
static int find_chips(struct scrape *s)
{
	size_t n_before = self.n_known, kept = 0;
	char **entries;
	int r;

	r = tree_list(s, TREE_SYS, &entries, "class/hwmon");
	if (r < 0)
		return r;
	for (size_t i = 0; entries[i]; i++) {
		struct stat dir;
		size_t k = 0;

		if (stat(tree_path(s, TREE_SYS, "class/hwmon/%s", entries[i]), &dir) < 0 ||
		    !S_ISDIR(dir.st_mode))
			continue;
		while (k < n_before &&
		       (self.known[k].ino != dir.st_ino || self.known[k].dev != dir.st_dev ||
		        strcmp(self.known[k].entry, entries[i]) != 0))
			k++;
		if (k < n_before)
			self.known[k].is_seen = true;
		else
			add_chip(s, entries[i], &dir);
	}
	for (size_t i = 0; i < self.n_known; i++) {
		if (self.known[i].is_seen) {
			self.known[kept] = self.known[i];
			self.known[kept++].is_seen = false;
			continue;
		}
		free_chip(&self.known[i]);
		self.has_changed = true;
	}
	self.n_known = kept;
	return 0;
}

/* Read what a chip is called, once. Where it is stuck just the device's path is known. */
static void name_chip(struct scrape *s, struct chip *c)
{
	const char *base = c->from_device;
	char *text;

	if (c->is_named || !attr_hazard(s, "chip", c->path))
		return;
	/* Many have none, and none is worth a word in the log. */
	if (tree_read(s, TREE_SYS, &text, "class/hwmon/%s/name", c->entry) < 0)
		text = scrape_printf(s, "%s", "");
	c->name = xstrdup(trim(text));
	if (!base)
		base = sensor_clean(s, c->name);
	if (!base[0]) {
		const char *slash = c->has_device ? NULL : strrchr(c->path, '/');

		base = sensor_clean(s, slash ? slash + 1 : c->entry);
	}
	c->base = xstrdup(base);
	c->is_named = true;
	self.has_changed = true;
}

static const char *base_of(const struct chip *c)
{
	return c->base ? c->base : c->from_device ? c->from_device : "";
}

/* Labels of all chips that are named: those whose labels would be the same get something more. */
static void label_chips(struct scrape *s)
{
	for (size_t i = 0; i < self.n_known; i++) {
		struct chip *c = &self.known[i];
		size_t n_same = 0, n_same_name = 0;
		const char *suffix = "";
		char *label;

		if (!c->is_named)
			continue;
		for (size_t k = 0; k < self.n_known; k++) {
			const struct chip *other = &self.known[k];
			bool is_same = strcmp(base_of(other), c->base) == 0;

			n_same += is_same;
			n_same_name += is_same && other->name && strcmp(other->name, c->name) == 0;
		}
		if (n_same > 1 && n_same_name == 1)
			suffix = sensor_clean(s, c->name);
		if (n_same > 1 && !suffix[0])
			suffix = sensor_clean(s, c->entry);
		label = xasprintf("%s%s%s", c->base, n_same > 1 ? "_" : "", suffix);
		if (c->label && strcmp(c->label, label) == 0) {
			free(label);
			continue;
		}
		free(c->label);
		c->label = label;
		forget_readings(c);
	}
}

/* ---- readings ---- */

static struct reading *find_reading(const struct chip *c, const char *sensor, const char *element)
{
	for (size_t i = 0; i < c->n_readings; i++)
		if (strcmp(c->readings[i].sensor, sensor) == 0 &&
		    strcmp(c->readings[i].element, element) == 0)
			return &c->readings[i];
	return NULL;
}

static void add_readings(struct scrape *s, struct chip *c, const char *dir, char **names)
{
	for (size_t i = 0; names && names[i]; i++) {
		struct sensorname name;
		struct reading *r;
		char *sensor;

		if (!sensorname_split(names[i], &name))
			continue;
		sensor = scrape_printf(s, "%s%llu", name.kind, (unsigned long long)name.number);
		if (!filter_keeps(&self.sensors, scrape_printf(s, "%s;%s", c->label, sensor)))
			continue;
		r = find_reading(c, sensor, name.element);
		if (!r) {
			c->readings =
				xrealloc(c->readings, (c->n_readings + 1) * sizeof(*c->readings));
			r = &c->readings[c->n_readings++];
			*r = (struct reading){ .sensor = xstrdup(sensor),
				               .kind = name.kind,
				               .element = xstrdup(name.element) };
		}
		/* What is in device goes over what is beside it. */
		free(r->file);
		r->file = xasprintf("%s/%s", dir, names[i]);
	}
}

/* What a reading is exported as. */
static void settle_reading(struct scrape *s, const struct chip *c, struct reading *r)
{
	const struct sensor_rule *rule = sensor_find_rule(r->kind, r->element);
	const char *element = sensor_clean(s, r->element);
	const struct reading *label;

	if (strcmp(r->element, "label") == 0 || !rule->suffix)
		return;
	if (strcmp(r->element, "input") == 0 && !find_reading(c, r->sensor, ""))
		element = "";
	if (strcmp(r->kind, "freq") == 0 && strcmp(r->element, "input") == 0) {
		label = find_reading(c, r->sensor, "label");
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

/* False where some label has to be tried again. */
static bool make_readings(struct scrape *s, struct chip *c, char **names, char **device_names)
{
	char *dir = scrape_printf(s, "class/hwmon/%s", c->entry);
	bool again = false;

	forget_readings(c);
	add_readings(s, c, dir, names);
	add_readings(s, c, scrape_printf(s, "%s/device", dir), device_names);
	for (size_t i = 0; i < c->n_readings; i++) {
		struct reading *r = &c->readings[i];

		if (strcmp(r->element, "label") == 0)
			r->label = read_label(s, r->file, &again);
	}
	for (size_t i = 0; i < c->n_readings; i++)
		settle_reading(s, c, &c->readings[i]);
	return !again;
}

static void emit_reading(struct scrape *s, const struct chip *c, struct reading *r)
{
	double value;
	char *text;
	int e;

	if (!r->rule && r->label)
		emit(s, &sensor_label, 1, c->label, r->sensor, r->label);
	if (!r->rule || r->is_out)
		return;
	e = tree_read_attr(s, TREE_SYS, &text, "%s", r->file);
	/* All devices have a directory called power. */
	r->is_out = e == -EISDIR;
	if (e < 0 && e != -EISDIR && !attr_is_quiet(e))
		warn(s, "%s", failure(s, e));
	if (e < 0)
		return;
	if (r->rule->unit == SENSOR_FLAG)
		value = strcmp(text, "1") == 0;
	/* Some are texts, such as power1_model_number. */
	else if (parse_double(text, &value) < 0)
		return;
	if (r->rule->unit == SENSOR_MILLI)
		value *= 0.001;
	else if (r->rule->unit == SENSOR_MICRO)
		value /= 1000000.0;
	emit(s, r->metric, value, c->label, r->label ? r->label : r->sensor);
}

static void collect_chip(struct scrape *s, struct chip *c)
{
	char **names, **device_names = NULL;
	uint64_t listing = 1;
	const char *name;

	if (!c->is_named || !filter_keeps(&self.chips, c->label) ||
	    !attr_hazard(s, "chip", c->path))
		return;
	names = attr_list(s, "class/hwmon/%s", c->entry);
	if (!names)
		return;
	if (c->has_device)
		device_names = attr_list(s, "class/hwmon/%s/device", c->entry);
	for (size_t i = 0; names[i]; i++)
		listing = hash_text(listing, names[i]);
	listing = hash_text(listing, "/");
	for (size_t i = 0; device_names && device_names[i]; i++)
		listing = hash_text(listing, device_names[i]);
	if (c->listing != listing && make_readings(s, c, names, device_names))
		c->listing = listing;
	name = sensor_clean(s, c->name);
	if (name[0])
		emit(s, &chip_names, 1, c->label, name);
	for (size_t i = 0; i < c->n_readings; i++)
		emit_reading(s, c, &c->readings[i]);
}

static int hwmon_collect(struct scrape *s)
{
	uint64_t generation = devices_generation("hwmon");
	int r;

	if (generation != self.generation)
		forget_chips();
	self.generation = generation;
	if (!self.has_found || !devices_are_settled("hwmon")) {
		r = find_chips(s);
		self.has_found = r == 0;
		if (r < 0)
			return r == -ENOENT ? NO_DATA : r;
	}
	for (size_t i = 0; i < self.n_known; i++)
		name_chip(s, &self.known[i]);
	if (self.has_changed)
		label_chips(s);
	self.has_changed = false;
	for (size_t i = 0; i < self.n_known; i++)
		collect_chip(s, &self.known[i]);
	return 0;
}

static void hwmon_stop(void)
{
	forget_chips();
	sensor_forget_families();
}

COLLECTOR(hwmon, .help = "sensor chips",
          .needs = "sensors with a driver, which virtual machines seldom have", .default_on = true,
          .may_block = true, .flags = flags, .collect = hwmon_collect, .stop = hwmon_stop);

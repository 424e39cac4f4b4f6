// SPDX-License-Identifier: Apache-2.0
/*
 * What libsensors makes of the chips in class/hwmon: its configuration (sensors.conf(5)) names
 * inputs, leaves out those that are not connected, and turns what a chip measures behind its
 * resistors into what there is in front of them. Families are one a quantity and limit, with the
 * same labels, so that they can be compared as they are.
 *
 * libsensors reads /sys, which cannot be moved, and only when it is initialised does it look which
 * chips there are.
 */

#include <errno.h>
#include <linux/magic.h>
#include <sensors/error.h>
#include <string.h>
#include <sys/vfs.h>

#include "collector.h"
#include "devices.h"
#include "sensortypes.h"

/* A subfeature that is exported. */
struct reading {
	const sensors_subfeature *subfeature;
	const struct metric *metric;
	const char *limit; /* of an alarm */
};

/* A feature that the configuration does not hide. */
struct input {
	const sensors_feature *feature;
	char *label;
	size_t n_readings;
	struct reading *readings; /* a fault comes first */
};

struct chip {
	const sensors_chip_name *name;
	char *label;
	const char *adapter;
	size_t n_inputs;
	struct input *inputs;
};

enum { LIBSENSORS_FAILED = -EPROTO };

static struct {
	const char *config;
	bool is_copy;    /* sysfs is one, of which libsensors knows nothing */
	bool is_ready;   /* libsensors is initialised */
	bool is_settled; /* and was so when nothing had changed since the scrape before */
	uint64_t found;  /* the chips there were then */
	size_t n_chips;
	struct chip *chips;
	struct scrape *scrape; /* while libsensors reads its configuration */
} self;

static const struct flag flags[] = {
	{ .name = "collector.sensors.config",
	  .type = FLAG_STRING,
	  .target = &self.config,
	  .help = "Read this file of the form of sensors.conf(5) instead of those in /etc." },
	{ 0 },
};

static void say_parse_error(const char *error, const char *file, int line)
{
	warn(self.scrape, "%s, line %d: %s", file ? file : self.config, line, error);
}

static struct input describe_input(const struct chip *c, const sensors_feature *feature)
{
	struct input input = {
		.feature = feature,
		.label = sensors_get_label(c->name, feature),
	};
	const sensors_subfeature *subfeature;
	int next = 0;

	while ((subfeature = sensors_get_all_subfeatures(c->name, feature, &next))) {
		struct reading r = { .subfeature = subfeature };

		r.metric = sensortype_metric(subfeature->type, &r.limit);
		if (!r.metric || !(subfeature->flags & SENSORS_MODE_R))
			continue;
		input.readings =
			xrealloc(input.readings, (input.n_readings + 1) * sizeof(*input.readings));
		input.readings[input.n_readings++] = r;
		if (sensortype_is_fault(subfeature->type)) {
			input.readings[input.n_readings - 1] = input.readings[0];
			input.readings[0] = r;
		}
	}
	return input;
}

static int compare_places(const void *a, const void *b)
{
	return strverscmp(((const struct chip *)a)->name->path,
	                  ((const struct chip *)b)->name->path);
}

/* As sensors(1) names it; where one before it is named so, with its place in class/hwmon. */
static char *name_chip(const struct chip *c)
{
	const char *place = strrchr(c->name->path, '/');
	char label[256];
	int n = sensors_snprintf_chip_name(label, sizeof(label), c->name);

	if (n < 0 || (size_t)n >= sizeof(label))
		return xstrdup(c->name->path);
	for (const struct chip *before = self.chips; before < c; before++) {
		if (strcmp(before->label, label) == 0)
			return xasprintf("%s %s", label, place ? place + 1 : c->name->path);
	}
	return xstrdup(label);
}

static void describe_chip(struct chip *c)
{
	const sensors_feature *feature;
	int next = 0;

	c->label = name_chip(c);
	c->adapter = sensors_get_adapter_name(&c->name->bus);
	while ((feature = sensors_get_features(c->name, &next))) {
		c->inputs = xrealloc(c->inputs, (c->n_inputs + 1) * sizeof(*c->inputs));
		c->inputs[c->n_inputs++] = describe_input(c, feature);
	}
}

static void forget_chips(void)
{
	for (size_t i = 0; i < self.n_chips; i++) {
		for (size_t j = 0; j < self.chips[i].n_inputs; j++) {
			free(self.chips[i].inputs[j].readings);
			free(self.chips[i].inputs[j].label);
		}
		free(self.chips[i].inputs);
		free(self.chips[i].label);
	}
	free(self.chips);
	self.chips = NULL;
	self.n_chips = 0;
	if (self.is_ready)
		sensors_cleanup();
	self.is_ready = false;
}

/* A file of one's own; NULL for those in /etc. */
static int open_config(struct scrape *s, FILE **ret)
{
	FILE *file = self.config[0] ? fopen(self.config, "re") : NULL;

	if (self.config[0] && !file)
		return fail(s, -errno, "%s: %s", self.config, error_text(errno));
	*ret = file;
	return 0;
}

static int find_chips(struct scrape *s)
{
	const sensors_chip_name *name;
	int r, next = 0;
	FILE *config = NULL;

	forget_chips();
	r = open_config(s, &config);
	if (r < 0)
		return r;
	self.scrape = s;
	sensors_parse_error_wfn = say_parse_error;
	r = sensors_init(config);
	if (config)
		(void)fclose(config); /* it was read only */
	if (r)
		return fail(s, LIBSENSORS_FAILED, "libsensors: %s", sensors_strerror(r));
	self.is_ready = true;
	while ((name = sensors_get_detected_chips(NULL, &next))) {
		self.chips = xrealloc(self.chips, (self.n_chips + 1) * sizeof(*self.chips));
		self.chips[self.n_chips++] = (struct chip){ .name = name };
	}
	/* In an order of its own, for the sake of chips that have the same name. */
	if (self.n_chips)
		qsort(self.chips, self.n_chips, sizeof(*self.chips), compare_places);
	for (size_t i = 0; i < self.n_chips; i++)
		describe_chip(&self.chips[i]);
	return 0;
}

/* What is in class/hwmon, as a number that also changes with each event; 0 where there is none. */
static uint64_t look_around(struct scrape *s)
{
	uint64_t found = devices_generation("hwmon");
	char **names, *link;

	if (tree_list(s, TREE_SYS, &names, "class/hwmon") < 0)
		return 0;
	for (size_t i = 0; names[i]; i++) {
		found = hash_text(found, names[i]);
		if (tree_read_link(s, TREE_SYS, &link, "class/hwmon/%s", names[i]) == 0)
			found = hash_text(found, link);
	}
	return found;
}

static void collect_input(struct scrape *s, const struct chip *c, const struct input *input)
{
	const char *feature = input->feature->name;
	bool is_faulty = false;

	for (size_t i = 0; i < input->n_readings; i++) {
		const struct reading *r = &input->readings[i];
		sensors_subfeature_type type = r->subfeature->type;
		double value;
		int error;

		if (is_faulty &&
		    (type == SENSORS_SUBFEATURE_TEMP_INPUT || type == SENSORS_SUBFEATURE_FAN_INPUT))
			continue;
		error = sensors_get_value(c->name, r->subfeature->number, &value);
		/* Inputs that are switched off cannot be read, which is nothing to be told. */
		if (error < 0 && error != -SENSORS_ERR_ACCESS_R)
			warn(s, "chip %s: %s: %s", c->label, r->subfeature->name,
			     sensors_strerror(error));
		if (error < 0)
			continue;
		if (sensortype_is_fault(type))
			is_faulty = value != 0;
		if (type == SENSORS_SUBFEATURE_HUMIDITY_INPUT)
			value /= 100;
		/* Only alarms have the last label; to the others it is the end. */
		emit(s, r->metric, value, c->label, c->adapter ? c->adapter : "", feature,
		     input->label ? input->label : feature, r->limit);
	}
}

static int sensors_start(struct scrape *s)
{
	struct statfs fs;
	int r;

	self.is_copy = statfs(tree_path(s, TREE_SYS, "."), &fs) < 0 || fs.f_type != SYSFS_MAGIC;
	if (self.is_copy)
		return 0;
	self.found = look_around(s);
	self.is_settled = true;
	r = find_chips(s);
	/* What is wrong with libsensors need not end the programme: collect() tries again. */
	return r == LIBSENSORS_FAILED ? 0 : r;
}

static int sensors_collect(struct scrape *s)
{
	uint64_t found;
	int r;

	if (self.is_copy)
		return NO_DATA;
	found = look_around(s);
	/* Once more when all is as it was, for a chip may come before its attributes do. */
	if (!self.is_ready || !self.is_settled || found != self.found) {
		self.is_settled = self.is_ready && found == self.found;
		self.found = found;
		r = find_chips(s);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < self.n_chips; i++) {
		const struct chip *c = &self.chips[i];

		if (!hazard(s, scrape_printf(s, "chip %s %s", c->label, c->name->path)))
			continue;
		for (size_t j = 0; j < c->n_inputs; j++)
			collect_input(s, c, &c->inputs[j]);
	}
	return self.n_chips ? 0 : NO_DATA;
}

COLLECTOR(sensors, .help = "what libsensors makes of hardware sensors",
          .needs = "sensors with a driver, which virtual machines seldom have", .may_block = true,
          .flags = flags, .start = sensors_start, .collect = sensors_collect, .stop = forget_chips);

// SPDX-License-Identifier: Apache-2.0
#include "promcheck.h"

#include <ctype.h>
#include <string.h>

#include "lex.h"
#include "promset.h"

/* Parts of names, between underscores, that stand for a unit. What Prometheus recommends instead.
 */
static const struct unit {
	const char *word;
	const char *base;
} units[] = {
	{ "nanoseconds", "seconds" },
	{ "microseconds", "seconds" },
	{ "milliseconds", "seconds" },
	{ "minutes", "seconds" },
	{ "hours", "seconds" },
	{ "days", "seconds" },
	{ "weeks", "seconds" },
	{ "ns", "seconds" },
	{ "us", "seconds" },
	{ "ms", "seconds" },
	{ "msec", "seconds" },
	{ "sec", "seconds" },
	{ "secs", "seconds" },
	{ "mins", "seconds" },
	{ "bits", "bytes" },
	{ "kilobits", "bytes" },
	{ "megabits", "bytes" },
	{ "gigabits", "bytes" },
	{ "kilobytes", "bytes" },
	{ "megabytes", "bytes" },
	{ "gigabytes", "bytes" },
	{ "terabytes", "bytes" },
	{ "kibibytes", "bytes" },
	{ "mebibytes", "bytes" },
	{ "gibibytes", "bytes" },
	{ "tebibytes", "bytes" },
	{ "kb", "bytes" },
	{ "mb", "bytes" },
	{ "gb", "bytes" },
	{ "tb", "bytes" },
	{ "kib", "bytes" },
	{ "mib", "bytes" },
	{ "gib", "bytes" },
	{ "kelvin", "celsius" },
	{ "kelvins", "celsius" },
	{ "fahrenheit", "celsius" },
	{ "percent", "ratio" },
	{ "percentage", "ratio" },
	{ "pct", "ratio" },
	{ "millivolts", "volts" },
	{ "microvolts", "volts" },
	{ "mv", "volts" },
	{ "milliamperes", "amperes" },
	{ "ma", "amperes" },
	{ "milliwatts", "watts" },
	{ "microwatts", "watts" },
	{ "kilowatts", "watts" },
	{ "microjoules", "joules" },
	{ "kilojoules", "joules" },
	{ "millimeters", "meters" },
	{ "centimeters", "meters" },
	{ "kilometers", "meters" },
	{ "inches", "meters" },
	{ "feet", "meters" },
	{ "kilograms", "grams" },
	{ "milligrams", "grams" },
	{ "khz", "hertz" },
	{ "mhz", "hertz" },
	{ "ghz", "hertz" },
	{ "kilohertz", "hertz" },
	{ "megahertz", "hertz" },
	{ "gigahertz", "hertz" },
};
static const char *const type_words[] = { "counter", "gauge", "summary", "histogram", "untyped" };

struct checker {
	void (*report)(void *context, const struct check_finding *finding);
	void *context;
	struct arena arena;
	struct check_counts counts;
	unsigned line; /* of the family at hand */
};

static void add_finding(struct checker *c, enum check_level level, unsigned line, unsigned column,
                        const char *text, const char *hint)
{
	struct check_finding finding = { level, line, column, text, hint };

	c->counts.errors += level == CHECK_ERROR;
	c->counts.remarks += level == CHECK_REMARK;
	c->report(c->context, &finding);
}

/* A remark about the family at hand. */
static void remark(struct checker *c, const char *hint, const char *fmt, ...) PRINTF(3, 4);
static void remark(struct checker *c, const char *hint, const char *fmt, ...)
{
	const char *text;
	va_list args;

	va_start(args, fmt);
	text = arena_vprintf(&c->arena, fmt, args);
	va_end(args);
	add_finding(c, CHECK_REMARK, c->line, 1, text, hint);
}

static void hear_error(void *context, const struct prom_error *error)
{
	static const char *const hints[] = {
		[PROM_SYNTAX] = NULL,
		[PROM_CUT] = "write to a file of another name and rename it when it is complete",
		[PROM_TIMESTAMP] =
			"leave the timestamp out: a sample counts for the time of the scrape",
		[PROM_TOO_MANY] = "--collector.textfile.max-file-samples allows more samples",
		[PROM_TOO_LONG] = "--collector.textfile.max-label-bytes allows longer ones",
	};
	struct checker *c = context;
	const char *hint = hints[error->fault];

	if (error->fault == PROM_SYNTAX && strstr(error->text, "\\x0d"))
		hint = "lines end with a newline alone, without a carriage return";
	else if (error->fault == PROM_SYNTAX && strstr(error->text, "\"\\xef\""))
		hint = "a text begins without a byte order mark";
	add_finding(c, CHECK_ERROR, error->line, error->column, error->text, hint);
}

static bool is_legacy(const char *name, bool may_have_colon)
{
	struct span span = { name, strlen(name) };

	return lex_is_name(span, may_have_colon);
}

/* A name as it can be written into a line. */
static const char *shown(const char *name)
{
	return is_legacy(name, true) ? name : "a metric with a name in quotes";
}

static bool is_camel_case(const char *name)
{
	for (; name[0] && name[1]; name++)
		if (islower((unsigned char)name[0]) && isupper((unsigned char)name[1]))
			return true;
	return false;
}

static bool has_ending(const char *name, const char *ending)
{
	size_t length = strlen(name), end = strlen(ending);

	return length > end && !strcmp(name + length - end, ending);
}

/* Whether word is one of the parts of a name that underscores part. */
static bool has_part(const char *name, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = name; (at = strstr(at, word)); at++)
		if ((at == name || at[-1] == '_') && (!at[length] || at[length] == '_'))
			return true;
	return false;
}

static void check_name(struct checker *c, const struct prom_family *f)
{
	if (!is_legacy(f->name, true)) {
		remark(c, "only Prometheus 3 and later take all of UTF-8 in names",
		       "expected a name of letters, digits and underscores");
		return;
	}
	if (strchr(f->name, ':'))
		remark(c, "colons are for recording rules", "%s: expected a name without ':'",
		       f->name);
	if (is_camel_case(f->name))
		remark(c, "words are in lower case, with underscores in between",
		       "%s: expected a name in snake_case", f->name);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (has_part(f->name, units[i].word))
			remark(c, "base units make figures comparable",
			       "%s: expected the unit %s, found %s", f->name, units[i].base,
			       units[i].word);
	for (size_t i = 0; i < ARRAY_SIZE(type_words); i++)
		if (strcmp(f->name, type_words[i]) != 0 && has_part(f->name, type_words[i]))
			remark(c, "the TYPE line says that",
			       "%s: expected a name without the word %s", f->name, type_words[i]);
}

static void check_type(struct checker *c, const struct prom_family *f)
{
	bool has_parts = f->type == METRIC_HISTOGRAM || f->type == METRIC_SUMMARY;

	if (!f->has_type)
		remark(c, "add a line \"# TYPE NAME gauge\", or counter, before the samples",
		       "%s: expected a type, found none", shown(f->name));
	if (f->type == METRIC_UNTYPED || !is_legacy(f->name, true))
		return;
	if (f->type == METRIC_COUNTER && !has_ending(f->name, "_total"))
		remark(c, NULL, "%s: expected \"_total\" at the end of a counter's name", f->name);
	if (f->type != METRIC_COUNTER && has_ending(f->name, "_total"))
		remark(c, "make it a counter, or call it otherwise",
		       "%s: expected \"_total\" for counters only", f->name);
	if (!has_parts && (has_ending(f->name, "_count") || has_ending(f->name, "_sum")))
		remark(c, "call it otherwise",
		       "%s: expected \"_count\" and \"_sum\" for histograms and summaries only",
		       f->name);
	if (f->type != METRIC_HISTOGRAM && has_ending(f->name, "_bucket"))
		remark(c, "call it otherwise", "%s: expected \"_bucket\" for histograms only",
		       f->name);
}

static void check_labels(struct checker *c, const struct prom_family *f)
{
	for (size_t i = 0; i < f->n_labels; i++) {
		const char *name = f->labels[i];

		if (!is_legacy(name, false))
			remark(c, "only Prometheus 3 and later take all of UTF-8 in names",
			       "expected labels' names of letters, digits and underscores");
		else if (is_camel_case(name))
			remark(c, "words are in lower case, with underscores in between",
			       "label %s: expected a name in snake_case", name);
		if (f->type != METRIC_HISTOGRAM && f->type != METRIC_UNTYPED && !strcmp(name, "le"))
			remark(c, NULL, "expected the label \"le\" for histograms only");
		if (f->type != METRIC_SUMMARY && f->type != METRIC_UNTYPED &&
		    !strcmp(name, "quantile"))
			remark(c, NULL, "expected the label \"quantile\" for summaries only");
	}
}

static void check_families(struct checker *c, const struct prom_text *text)
{
	for (const struct prom_family *f = text->families; f; f = f->next) {
		c->line = f->line;
		if (!f->help)
			remark(c, "add a line \"# HELP NAME text\"",
			       "%s: expected a help text, found none", shown(f->name));
		check_name(c, f);
		check_type(c, f);
		check_labels(c, f);
	}
}

/* Series that are there twice: the collector exports the first one. */
static void check_twins(struct checker *c, const struct prom_set *set)
{
	for (size_t i = 0; i < set->n_families; i++)
		if (set->families[i].twin_line)
			add_finding(c, CHECK_ERROR, set->families[i].twin_line, 1,
			            "expected each series once, found one again", NULL);
}

struct check_counts promcheck(const char *text, size_t size,
                              void (*report)(void *context, const struct check_finding *finding),
                              void *context)
{
	struct checker c = { .report = report, .context = context };
	const struct prom_limits limits = {
		.samples = PROM_SAMPLES_DEFAULT,
		.label = PROM_LABEL_DEFAULT,
		.report = hear_error,
		.context = &c,
	};
	struct prom_error error;
	struct prom_text result;
	struct prom_set set;

	if (size > PROM_SIZE_DEFAULT)
		add_finding(&c, CHECK_ERROR, 1, 1, "expected a file of up to 32 MiB",
		            "--collector.textfile.max-file-bytes allows more");
	/* The errors have been reported. */
	(void)!promtext_parse(&c.arena, text, size, &limits, &result, &error);
	promset_make(&c.arena, &c.arena, &result, &set);
	check_twins(&c, &set);
	check_families(&c, &result);
	c.counts.samples = c.counts.errors ? 0 : set.n_rows;
	arena_free(&c.arena);
	return c.counts;
}

// SPDX-License-Identifier: Apache-2.0
/*
 * Lines of "key : value" in blocks, one for each CPU:
 *
 *   x86              processor : 0, vendor_id : …, cpu family : 6, …
 *   arm64, arm       processor : 0, BogoMIPS : …, Features : …; old ones begin with a line
 *                    "Processor : NAME" for all CPUs, and may have no other block
 *   ppc64            processor : 0, cpu : POWER9 …, clock : 3800.000000MHz
 *   riscv64          processor : 0, hart : 0, isa : …
 *   mips, loongarch  system type : …, then processor : 0, cpu model : … or Model Name : …
 *   s390x            vendor_id : …, features : …, a line "processor 0: version = …" for each
 *                    CPU, then blocks that begin with cpu number : 0, in the same order
 */
#include "cpuinfo.h"

#include <errno.h>
#include <string.h>

#include "collector.h"

/* Which field a key is for. Tables end with an empty one. */
struct key {
	const char *key;
	enum cpuinfo_field field;
};

static const struct key x86_keys[] = {
	{ "vendor_id", CPUINFO_VENDOR },
	{ "vendor", CPUINFO_VENDOR },
	{ "cpu family", CPUINFO_FAMILY },
	{ "model", CPUINFO_MODEL },
	{ "model name", CPUINFO_MODEL_NAME },
	{ "stepping", CPUINFO_STEPPING },
	{ "microcode", CPUINFO_MICROCODE },
	{ "cpu MHz", CPUINFO_MHZ },
	{ "cache size", CPUINFO_CACHE_SIZE },
	{ "physical id", CPUINFO_PACKAGE },
	{ "core id", CPUINFO_CORE },
	{ "flags", CPUINFO_FLAGS },
	{ "bugs", CPUINFO_BUGS },
	{ 0 },
};

static const struct key arm_keys[] = {
	{ "model name", CPUINFO_MODEL_NAME },
	{ "Features", CPUINFO_FLAGS },
	{ 0 },
};

static const struct key ppc_keys[] = {
	{ "cpu", CPUINFO_VENDOR },
	{ "clock", CPUINFO_MHZ },
	{ 0 },
};

static const struct key riscv_keys[] = {
	{ "hart", CPUINFO_CORE },
	{ "isa", CPUINFO_MODEL_NAME },
	{ 0 },
};

static const struct key mips_keys[] = {
	{ "cpu model", CPUINFO_MODEL_NAME },
	{ "Model Name", CPUINFO_MODEL_NAME },
	{ "CPU Family", CPUINFO_FAMILY },
	{ 0 },
};

static const struct key s390_keys[] = {
	{ "physical id", CPUINFO_PACKAGE },
	{ "core id", CPUINFO_CORE },
	{ "cpu MHz dynamic", CPUINFO_MHZ },
	{ 0 },
};

/* Keys that no other architecture whose blocks begin with "processor" has. */
static const struct {
	const char *key;
	const struct key *keys;
} markers[] = {
	{ "BogoMIPS", arm_keys }, { "Features", arm_keys }, { "cpu", ppc_keys },
	{ "clock", ppc_keys },    { "hart", riscv_keys },   { "isa", riscv_keys },
};

struct parser {
	struct scrape *s;
	const struct key *keys;
	struct cpuinfo common; /* what holds for all CPUs */
	struct cpuinfo *cpus;
	size_t count;
	size_t room;
};

static struct cpuinfo *add_cpu(struct parser *p, char *number)
{
	if (p->count == p->room) {
		struct cpuinfo *old = p->cpus;

		p->room = p->room ? p->room * 2 : 16;
		p->cpus = scrape_alloc(p->s, p->room * sizeof(*p->cpus));
		if (old)
			memcpy(p->cpus, old, p->count * sizeof(*p->cpus));
	}
	p->cpus[p->count] = p->common;
	p->cpus[p->count].fields[CPUINFO_NUMBER] = number;
	return &p->cpus[p->count++];
}

/* Cut a line at its first ": ". False where it has none: "power management:" says nothing. */
static bool split_line(char *line, char **ret_key, char **ret_value)
{
	char *colon = strstr(line, ": ");

	if (!colon)
		return false;
	*colon = '\0';
	*ret_key = trim(line);
	*ret_value = colon + 2;
	return true;
}

static void set_field(const struct key *keys, struct cpuinfo *cpu, const char *key, char *value)
{
	for (; keys->key; keys++)
		if (strcmp(key, keys->key) == 0)
			cpu->fields[keys->field] = value;
}

/* A CPU's number as text without leading zeros; NULL after warn() where it is none. */
static char *cpu_number(struct parser *p, char *value)
{
	uint64_t number;

	if (parse_u64_any(trim(value), &number) == 0 && number <= UINT32_MAX)
		return scrape_printf(p->s, "%u", (unsigned)number);
	warn(p->s, "procfs cpuinfo: expected the number of a CPU, found \"%.32s\"", value);
	return NULL;
}

/* The rest of all but s390x. cpu is the block that was begun; NULL: none, or one to skip. */
static void parse_blocks(struct parser *p, char *text, struct cpuinfo *cpu)
{
	char *line, *key, *value, *flags = NULL;

	while ((line = next_line(&text))) {
		if (!split_line(line, &key, &value))
			continue;
		if (strcmp(key, "processor") == 0) {
			char *number = cpu_number(p, value);

			cpu = number ? add_cpu(p, number) : NULL;
			continue;
		}
		for (size_t i = 0; i < ARRAY_SIZE(markers) && p->keys == x86_keys; i++)
			if (strcmp(key, markers[i].key) == 0)
				p->keys = markers[i].keys;
		/* An old ARM with one CPU does not number it. */
		if (!p->count && p->keys == arm_keys && strcmp(key, "BogoMIPS") == 0)
			cpu = add_cpu(p, scrape_printf(p->s, "0"));
		/* Old ones say it once, at the end. */
		if (p->keys == arm_keys && strcmp(key, "Features") == 0)
			flags = value;
		if (cpu)
			set_field(p->keys, cpu, key, value);
	}
	if (flags && p->count)
		p->cpus[0].fields[CPUINFO_FLAGS] = flags;
}

static void parse_s390(struct parser *p, char *text)
{
	struct cpuinfo *cpu = NULL;
	char *line, *key, *value;
	size_t block = 0;

	while ((line = next_line(&text))) {
		if (!split_line(line, &key, &value))
			continue;
		if (strcmp(key, "cpu number") == 0) {
			cpu = block < p->count ? &p->cpus[block] : NULL;
			block++;
		} else if (cpu) {
			set_field(s390_keys, cpu, key, value);
		} else if (strcmp(key, "features") == 0) {
			p->common.fields[CPUINFO_FLAGS] = value;
		} else if (starts_with(key, "processor ")) {
			char *number = cpu_number(p, key + strlen("processor "));

			if (number)
				add_cpu(p, number);
		}
	}
}

int cpuinfo_parse(struct scrape *s, char *text, struct cpuinfo **ret, size_t *ret_count)
{
	struct parser p = { .s = s, .keys = x86_keys };
	char *line, *key = NULL, *value = NULL, *number;
	struct cpuinfo *cpu = NULL;

	do
		line = next_line(&text);
	while (line && !line[strspn(line, " \t")]);

	if (!line || !split_line(line, &key, &value))
		return fail(s, -EINVAL, "procfs cpuinfo: expected a CPU in the first line");
	if (strcmp(key, "vendor_id") == 0) {
		p.common.fields[CPUINFO_VENDOR] = value;
		parse_s390(&p, text);
	} else if (strcmp(key, "processor") == 0) {
		number = cpu_number(&p, value);
		cpu = number ? add_cpu(&p, number) : NULL;
		parse_blocks(&p, text, cpu);
	} else if (strcmp(key, "Processor") == 0) {
		p.keys = arm_keys;
		p.common.fields[CPUINFO_MODEL_NAME] = value;
		parse_blocks(&p, text, NULL);
	} else if (strcmp(key, "system type") == 0) {
		p.keys = mips_keys;
		p.common.fields[CPUINFO_VENDOR] = value;
		parse_blocks(&p, text, NULL);
	} else {
		return fail(s, -EINVAL,
		            "procfs cpuinfo: expected a CPU in the first line, found \"%.32s\"",
		            key);
	}
	*ret = p.cpus;
	*ret_count = p.count;
	return 0;
}

int cpuinfo_hertz(const char *text, double *ret)
{
	const char *digits = "0123456789.";
	char number[32];
	size_t length;
	double mhz;
	int r;

	text += strcspn(text, digits);
	length = strspn(text, digits);
	if (length >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, length);
	number[length] = '\0';
	r = parse_double(number, &mhz);
	if (r == 0)
		*ret = mhz * 1e6;
	return r;
}

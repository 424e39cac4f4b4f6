// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "flag_parse.h"
#include "manual.h"
#include "options_table.h"
#include "registry.h"
#include "text.h"
#include "tree.h"
#include "version.h"

/* Times that are added to now_ns(), and waited for by poll(2), have to stay within its numbers. */
#define DAY_NS (24 * 3600 * NS_PER_SEC)

struct options options;

static struct {
	struct flag_set set;
	struct flag *switches; /* --collector.NAME, one for each collector */
} self;

/* Where defaults are not those of node_exporter. Flags that were not built in are passed over. */
static const struct {
	const char *defaults;
	const char *flag;
	const char *value;
} deviations[] = {
	{ "nodegauge", "collector.sensors", "true" },
	{ "upstream", "collector.sensors", "false" },
	{ "debian", "collector.sensors", "false" },
	{ "debian", "collector.filesystem.mount-points-exclude",
	  "^/(dev|proc|run|sys|mnt|media|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)" },
	{ "debian", "collector.netdev.device-exclude", "^lo$" },
	{ "debian", "collector.systemd", "true" },
	{ "debian", "collector.systemd.unit-exclude",
	  ".+\\.(automount|device|mount|scope|slice|target)" },
	{ "debian", "collector.textfile.directory", "/var/lib/prometheus/node-exporter" },
};

/* The defaults of those who call the programme by another name than its own. */
static const struct {
	const char *name;
	const char *defaults;
} names[] = {
	{ "node_exporter", "upstream" },
	{ "prometheus-node-exporter", "debian" },
};

static bool is_own_name(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(self.set.programme, names[i].name) == 0)
			return false;
	return true;
}

static int compare_names(const void *one, const void *other)
{
	const size_t *a = one, *b = other;

	return strcmp(collectors[*a]->name, collectors[*b]->name);
}

/* Each collector's switch and its flags, in the order of the collectors' names. */
static void add_collectors(struct flag_set *set)
{
	size_t count = registry_count(), order[COLLECTORS_MAX];

	for (size_t i = 0; i < count; i++)
		order[i] = i;
	qsort(order, count, sizeof(order[0]), compare_names);

	/* Two each: the second one ends the table. */
	self.switches = arena_alloc(&set->arena, count * 2 * sizeof(*self.switches));
	memset(self.switches, 0, count * 2 * sizeof(*self.switches));
	for (size_t i = 0; i < count; i++) {
		const struct collector *c = collectors[order[i]];
		struct flag *flag = &self.switches[i * 2];

		flag->name = arena_printf(&set->arena, "collector.%s", c->name);
		flag->target = &collector_switches[order[i]].is_on;
		flag->given = &collector_switches[order[i]].is_given;
		flag->value = c->default_on ? "true" : "false";
		flag->help = c->help;
		flag_add(set, "Collectors", flag);
		if (c->flags)
			flag_add(set, "Collectors", c->flags);
	}
}

/* What is said of a collector: one sentence about its switch, one of its own. */
static char *switch_help(struct flag_set *set, const struct flag_entry *entry)
{
	const char *about = entry->flag->help ? entry->flag->help : "";
	char *help;
	size_t length = strlen(about);

	help = arena_printf(&set->arena, "Enable the %s collector (%s by default).%s%s%s",
	                    strchr(entry->flag->name, '.') + 1,
	                    strcmp(entry->value, "true") == 0 ? "on" : "off", length ? " " : "",
	                    about, length && about[length - 1] != '.' ? "." : "");
	if (length)
		help[strlen(help) - length - (about[length - 1] != '.')] =
			(char)toupper((unsigned char)about[0]);
	return help;
}

/* Find out whose defaults hold, before any is applied, and change those that differ. */
static void choose_defaults(struct flag_set *set)
{
	struct flag_entry *defaults = flag_find(set, "defaults"), *entry;
	const char *chosen = "nodegauge";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(set->programme, names[i].name) == 0)
			chosen = names[i].defaults;
	defaults->value = chosen;
	for (size_t i = 0; i < set->n_uses; i++)
		if (set->uses[i].entry == defaults)
			chosen = set->uses[i].value;

	for (size_t i = 0; i < ARRAY_SIZE(deviations); i++) {
		entry = flag_find(set, deviations[i].flag);
		if (entry && strcasecmp(deviations[i].defaults, chosen) == 0)
			entry->value = deviations[i].value;
	}
	for (size_t i = 0; i < registry_count(); i++) {
		entry = flag_find(set, self.switches[i * 2].name);
		entry->help = switch_help(set, entry);
	}
}

static void print_version(struct flag_set *set, FILE *out)
{
	(void)set;
	if (is_own_name())
		fprintf(out, "nodegauge, version %s (compatible with node_exporter %s)\n",
		        PACKAGE_VERSION, COMPAT_VERSION);
	fprintf(out,
	        "node_exporter, version %s (branch: %s, revision: %s)\n"
	        "  build user:       none\n"
	        "  build date:       none\n"
	        "  go version:       none (nodegauge %s, C)\n"
	        "  platform:         linux/%s\n"
	        "  tags:             %s\n",
	        COMPAT_VERSION, BUILD_BRANCH, BUILD_REVISION, PACKAGE_VERSION, GOARCH, BUILD_TAGS);
}

static void print_help(struct flag_set *set, FILE *out)
{
	flag_help(set, out, flag_width());
	/* The names of others come without our tools. */
	if (is_own_name())
		command_help(out);
}

/* The exit status where the command line only asks for information, else -1. */
static int answer_questions(struct flag_set *set)
{
	static const struct {
		const char *name;
		void (*print)(struct flag_set *set, FILE *out);
	} answers[] = {
		{ "version", print_version },
		{ "help-long", print_help },
		{ "help-man", manual_print },
		{ "completion-script-bash", manual_print_bash },
		{ "completion-script-zsh", manual_print_zsh },
		{ "help", print_help },
	};
	void (*print)(struct flag_set *, FILE *) = NULL;

	for (size_t i = 0; i < set->n_uses && !print; i++)
		for (size_t j = 0; j < ARRAY_SIZE(answers) && !print; j++)
			if (strcmp(set->uses[i].entry->flag->name, answers[j].name) == 0)
				print = answers[j].print;
	/* Help waits until the whole command line is known to be well-formed; others do not. */
	if (!print || (print == print_help && set->error))
		return -1;
	print(set, stdout);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "%s: error: cannot write to standard output\n", set->programme);
		return 1;
	}
	return 0;
}

static int check_path(struct flag_set *set, const char *flag, enum tree tree, const char *path,
                      bool must_exist)
{
	int r = tree_set_root(tree, path, must_exist);

	if (r == 0)
		return 0;
	return flag_fail(set, "%s: expected an existing directory: %s", flag_text(set, flag, path),
	                 error_text(r));
}

static int check_socket_rights(struct flag_set *set)
{
	struct socket_rights *rights = &options.socket_rights;
	const char *digits = options.socket_mode;
	uint64_t number;

	*rights = (struct socket_rights){ .group = (gid_t)-1 };
	for (; *digits >= '0' && *digits <= '7' && rights->mode <= 0777; digits++)
		rights->mode = rights->mode << 3 | (mode_t)(*digits - '0');
	if (*digits || digits == options.socket_mode || rights->mode > 0777)
		return flag_fail(set, "%s: expected permissions in octal, as in 0660",
		                 flag_text(set, "web.socket-mode", options.socket_mode));
	if (*options.socket_group) {
		const struct group *group = getgrnam(options.socket_group);

		if (group)
			rights->group = group->gr_gid;
		else if (parse_u64(options.socket_group, &number) == 0 && number < UINT32_MAX)
			rights->group = (gid_t)number;
		else
			return flag_fail(set, "%s: no such group",
			                 flag_text(set, "web.socket-group", options.socket_group));
	}
	return 0;
}

static int check_options(struct flag_set *set)
{
	if (options.scrape_timeout <= 0 || options.scrape_timeout > DAY_NS)
		return flag_fail(set, "--web.scrape-timeout: expected a duration above 0, of at "
		                      "most 1d");
	if (options.timeout_offset < 0)
		return flag_fail(set, "--web.timeout-offset: expected a duration of 0 or more");
	if (options.max_age < 0 || options.max_age > 365 * DAY_NS)
		return flag_fail(set, "--collector.max-age: expected a duration from 0 to 365d");
	if (options.telemetry_path[0] != '/')
		return flag_fail(set, "%s: expected a path that begins with /",
		                 flag_text(set, "web.telemetry-path", options.telemetry_path));
	if (check_path(set, "path.procfs", TREE_PROC, options.procfs, true) < 0 ||
	    check_path(set, "path.sysfs", TREE_SYS, options.sysfs, true) < 0 ||
	    check_path(set, "path.rootfs", TREE_ROOT, options.rootfs, false) < 0 ||
	    check_path(set, "path.udev.data", TREE_UDEV, options.udev_data, false) < 0 ||
	    check_socket_rights(set) < 0)
		return -EINVAL;
	return 0;
}

/* The exit status of --completion-bash, which all that follows are words for, else -1. */
static int complete(struct flag_set *set, int argc, char *const *argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--completion-bash") != 0)
			continue;
		flag_complete(set, stdout, argv + i + 1, (size_t)(argc - i - 1));
		return fflush(stdout) == 0 ? 0 : 1;
	}
	return -1;
}

int options_parse(int argc, char *const *argv)
{
	struct flag_set *set = &self.set;
	const char *slash;
	int status, r;

	flag_free(set);
	set->programme = argc > 0 && argv[0][0] ? argv[0] : "nodegauge";
	slash = strrchr(set->programme, '/');
	if (slash && slash[1])
		set->programme = slash + 1;
	flag_add(set, "General", options_questions);
	add_collectors(set);
	flag_add(set, "General", options_flags);

	r = flag_scan(set, argc, argv);
	choose_defaults(set);
	status = complete(set, argc, argv);
	if (status < 0)
		status = answer_questions(set);
	if (status >= 0)
		return status;
	if (r < 0 || flag_apply_defaults(set) < 0 || flag_apply_uses(set) < 0 ||
	    check_options(set) < 0) {
		fprintf(stderr, "%s: error: %s, try --help\n", set->programme, set->error);
		return 1;
	}
	for (size_t i = 0; i < registry_count(); i++)
		if (options.disable_defaults && !collector_switches[i].is_given)
			collector_switches[i].is_on = false;
	return -1;
}

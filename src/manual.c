// SPDX-License-Identifier: Apache-2.0
#include "manual.h"

#include <ctype.h>

#include "command.h"

/* The day of the last change of this page, so that a build is the same on every day. */
#define MANUAL_DATE "2026-11-21"

static const char description[] =
	".SH DESCRIPTION\n"
	"Reads the state of a Linux machine from the kernel and answers HTTP\n"
	"requests for it in the formats of Prometheus.\n"
	"Names, labels and values of the metrics, the flags and the HTTP interface\n"
	"are those of node_exporter " COMPAT_VERSION ", which this programme can stand in\n"
	"for.\n"
	".PP\n"
	"Metrics come from collectors, one for each part of the system.\n"
	"Each can be switched on and off by a flag of its name.\n"
	"A collector that fails or gets stuck costs its own metrics only: the answer\n"
	"goes out in time, and\n"
	".B node_scrape_collector_success\n"
	"is 0 for that collector.\n"
	".PP\n"
	"Without flags, requests are taken on port 9100 of all addresses.\n"
	"No configuration file is needed.\n"
	"Root is not needed either, but some collectors read files that only root\n"
	"may read.\n"
	".SS Names and defaults\n"
	"Some defaults depend on the name by which the programme is called:\n"
	".TP\n"
	".B nodegauge\n"
	"has those of node_exporter, and additional collectors that are on.\n"
	".TP\n"
	".B node_exporter\n"
	"has those of node_exporter, to the letter.\n"
	".TP\n"
	".B prometheus\\-node\\-exporter\n"
	"has those of the Debian package of that name.\n"
	".PP\n"
	"The flag\n"
	".B \\-\\-defaults\n"
	"chooses others.\n"
	"The list below is that of the name in the heading of this page.\n";

static const char forms[] =
	".SH OPTIONS\n"
	"A flag and its value can be two arguments, or one with an equals sign in\n"
	"between.\n"
	"A flag without a value is turned off by\n"
	".B no\\-\n"
	"before its name.\n"
	"Names cannot be shortened.\n"
	"A flag may be given once, but for those that collect values.\n"
	".PP\n"
	"An argument\n"
	".BI @ file\n"
	"stands for the lines of that file, an argument each; empty lines and those\n"
	"that begin with # are skipped.\n"
	".PP\n"
	"A\n"
	".I duration\n"
	"is made of numbers with units, as in 500ms or 1m30s.\n"
	"The units are ns, us, ms, s, m, h, d and w.\n"
	"A\n"
	".I regexp\n"
	"is a regular expression of Go's RE2 syntax, which has neither lookaround nor\n"
	"references to groups.\n"
	"It matches anywhere in the text unless it has anchors.\n";

static const char ending[] =
	".SH EXIT STATUS\n"
	"0 after SIGTERM or SIGINT, and after a flag that asks for information.\n"
	"1 where a flag is wrong, an address cannot be listened on, or a collector\n"
	"refuses to start.\n"
	"With\n"
	".BR \\-\\-once ,\n"
	"1 where a collector failed.\n"
	".SH ENVIRONMENT\n"
	".TP\n"
	".B COLUMNS\n"
	"The width of the output of\n"
	".BR \\-\\-help .\n"
	".TP\n"
	".BR LISTEN_PID \", \" LISTEN_FDS\n"
	"Sockets handed over by the service manager, for\n"
	".BR \\-\\-web.systemd\\-socket .\n"
	".TP\n"
	".BR NOTIFY_SOCKET \", \" WATCHDOG_PID \", \" WATCHDOG_USEC\n"
	"Where to tell the service manager that requests are answered, and that all\n"
	"is well.\n"
	".TP\n"
	".B TZ\n"
	"The time zone that the collector\n"
	".I time\n"
	"reports.\n"
	".SH SIGNALS\n"
	"SIGTERM and SIGINT end the programme.\n"
	"SIGHUP makes it read the file of\n"
	".B \\-\\-web.config.file\n"
	"and the certificates again, which it also does by itself within a second of a\n"
	"change.\n"
	"What is refused is said in the log, and nothing changes then.\n"
	"SIGUSR1 is ignored.\n"
	".SH EXAMPLES\n"
	"Print all metrics once:\n"
	".PP\n"
	".RS\n"
	".EX\n"
	"nodegauge \\-\\-once\n"
	".EE\n"
	".RE\n"
	".PP\n"
	"Export load and memory alone, to this machine only:\n"
	".PP\n"
	".RS\n"
	".EX\n"
	"nodegauge \\-\\-collector.disable\\-defaults \\-\\-collector.loadavg \\e\n"
	"    \\-\\-collector.meminfo \\-\\-web.listen\\-address=localhost:9100\n"
	".EE\n"
	".RE\n"
	".PP\n"
	"Watch the host from within a container that has its root mounted on /host:\n"
	".PP\n"
	".RS\n"
	".EX\n"
	"nodegauge \\-\\-path.procfs=/host/proc \\-\\-path.sysfs=/host/sys \\e\n"
	"    \\-\\-path.rootfs=/host \\-\\-path.udev.data=/host/run/udev/data\n"
	".EE\n"
	".RE\n"
	".SH SEE ALSO\n"
	".BR nodegauge\\-scripts (1),\n"
	".BR nodegauge\\-textfile (5),\n"
	".BR nodegauge\\-web\\-config (5),\n"
	".BR proc (5),\n"
	".BR sysfs (5),\n"
	".BR systemd.socket (5)\n";

void manual_head(FILE *out, const char *name, const char *about)
{
	/* groff 1.23 adjusts by AD, whatever .ad says. */
	fputs(".\\\" Made by --help-man.\n.ds AD l\n.TH ", out);
	for (const char *c = name; *c; c++)
		fputc(toupper((unsigned char)*c), out);
	fprintf(out, " 1 %s \"nodegauge %s\" \"User Commands\"\n.nh\n.ad l\n.SH NAME\n",
	        MANUAL_DATE, PACKAGE_VERSION);
	flag_troff(out, name);
	fprintf(out, " \\- %s\n", about);
}

void manual_print(struct flag_set *set, FILE *out)
{
	manual_head(out, set->programme, "export figures about a Linux machine to Prometheus");
	fputs(".SH SYNOPSIS\n.B ", out);
	flag_troff(out, set->programme);
	fputs("\n.RI [ flag \" ...]\"\n", out);
	fputs(description, out);
	fputs(forms, out);
	flag_manual(set, out);
	command_manual(&set->arena, out);
	fputs(ending, out);
}

/* The programme's name as a name of a shell function. */
static char *function_name(struct flag_set *set)
{
	char *name = arena_strdup(&set->arena, set->programme);

	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	return name;
}

void manual_print_bash(struct flag_set *set, FILE *out)
{
	const char *name = function_name(set);

	fprintf(out,
	        "# bash completion for %s\n"
	        "_%s()\n"
	        "{\n"
	        "\tlocal IFS=$'\\n'\n"
	        "\tCOMPREPLY=( $(\"${COMP_WORDS[0]}\" --completion-bash \\\n"
	        "\t\t\"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null) )\n"
	        "}\n"
	        "complete -o default -F _%s %s\n",
	        set->programme, name, name, set->programme);
}

void manual_print_zsh(struct flag_set *set, FILE *out)
{
	const char *name = function_name(set);

	fprintf(out,
	        "#compdef %s\n"
	        "_%s()\n"
	        "{\n"
	        "\tlocal -a matches\n"
	        "\tmatches=(${(f)\"$(\"${words[1]}\" --completion-bash "
	        "\"${(@)words[2,CURRENT]}\" 2>/dev/null)\"})\n"
	        "\tif (( $#matches )); then\n"
	        "\t\tcompadd -a matches\n"
	        "\telse\n"
	        "\t\t_files\n"
	        "\tfi\n"
	        "}\n"
	        "if [ \"$funcstack[1]\" = \"_%s\" ]; then\n"
	        "\t_%s \"$@\"\n"
	        "else\n"
	        "\tcompdef _%s %s\n"
	        "fi\n",
	        set->programme, name, name, name, name, set->programme);
}

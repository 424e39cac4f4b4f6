// SPDX-License-Identifier: Apache-2.0
/* nodegauge textfile check: findings as "file:line:column: …", a line each; 1 if there are any. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "command.h"
#include "promcheck.h"

enum { SIZE_MAX_CHECKED = 256 << 20 };

struct report {
	const char *name;
	bool has_remarks; /* they are wanted */
};

static void print_finding(void *context, const struct check_finding *f)
{
	const struct report *report = context;

	if (f->level == CHECK_REMARK && !report->has_remarks)
		return;
	(void)printf("%s:%u:%u: %s: %s%s%s\n", report->name, f->line, f->column,
	             f->level == CHECK_ERROR ? "error" : "remark", f->text, f->hint ? "; " : "",
	             f->hint ? f->hint : "");
}

/* Whether the file was read and has no findings. */
static bool check_file(const char *name, bool has_remarks)
{
	bool is_input = strcmp(name, "-") == 0;
	CLEANUP(cleanup_fd) int opened = is_input ? -1 : open(name, O_RDONLY | O_CLOEXEC);
	struct report report = { is_input ? "<stdin>" : name, has_remarks };
	struct check_counts counts;
	struct buffer b = { 0 };
	int r = !is_input && opened < 0 ? -errno : 0;

	if (!r)
		r = command_read(is_input ? STDIN_FILENO : opened, SIZE_MAX_CHECKED, &b);
	if (r < 0) {
		(void)fprintf(stderr, "%s: %s\n", report.name, error_text(r));
		buffer_free(&b);
		return false;
	}
	counts = promcheck(b.data, b.used, print_finding, &report);
	buffer_free(&b);
	return !counts.errors && !(has_remarks && counts.remarks);
}

int command_check(int argc, char **argv)
{
	bool has_remarks = true, is_good = true;
	int i = 1;

	if (i < argc && !strcmp(argv[i], "--no-remarks")) {
		has_remarks = false;
		i++;
	}
	if (i == argc || (argv[i][0] == '-' && argv[i][1]))
		return -1;
	for (; i < argc; i++)
		is_good &= check_file(argv[i], has_remarks);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fprintf(stderr, "nodegauge textfile check: cannot write: %s\n",
		              error_text(errno));
		return 1;
	}
	return is_good ? 0 : 1;
}

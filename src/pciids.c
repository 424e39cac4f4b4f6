// SPDX-License-Identifier: Apache-2.0
/*
 * The file has a line for each vendor, below it one for each of its devices, and below those one
 * for each subsystem, known by two numbers; then the same of classes, subclasses and interfaces:
 *
 *   8086  Intel Corporation
 *   TAB 10d3  82574L Gigabit Network Connection
 *   TAB TAB 103c 3250  NC112T PCI Express single Port Gigabit Server Adapter
 *   C 02  Network controller
 *   TAB 00  Ethernet controller
 */
#include "pciids.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector.h"

enum { FILE_MAX = 64 << 20 };

/* Where the file has no number. */
#define NO_ID UINT64_MAX

static const char *const usual_paths[] = {
	"/usr/share/misc/pci.ids",
	"/usr/share/hwdata/pci.ids",
};

/* How exactly a name tells the class. */
enum rank { RANK_NONE, RANK_CLASS, RANK_SUBCLASS, RANK_INTERFACE };

/* What was asked, and where in the file we are. */
struct answers {
	struct pciids_query *queries;
	enum rank *ranks; /* of their classes' names */
	size_t count;
	bool is_class; /* lines are about classes, not devices */
	uint64_t class;
	uint64_t subclass; /* with the class in front of it */
	uint64_t vendor;
	uint64_t device;
};

static int read_file(struct scrape *s, const char *path, char **ret)
{
	CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	size_t used = 0;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > FILE_MAX)
		return -EFBIG;
	text = scrape_alloc(s, (size_t)st.st_size + 1);
	while (used < (size_t)st.st_size) {
		ssize_t n = read(fd, text + used, (size_t)st.st_size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	text[used] = '\0';
	*ret = text;
	return 0;
}

/* Cut "ID  NAME" in two. False where there is no gap between them. */
static bool split_line(char *line, char **ret_id, const char **ret_name)
{
	char *gap = strstr(line, "  ");

	if (!gap)
		return false;
	*gap = '\0';
	*ret_id = trim(line);
	*ret_name = trim(gap + 2);
	return true;
}

static uint64_t id_of(const char *text)
{
	uint64_t id;

	return parse_hex(text, &id) == 0 ? id : NO_ID;
}

static bool is_same(uint64_t asked, uint64_t listed)
{
	return asked == listed && listed != NO_ID;
}

/* Name all queries whose class has these leading digits, and no name by more of them. */
static void name_classes(struct answers *a, enum rank rank, uint64_t id, const char *name)
{
	unsigned shift = 8 * (unsigned)(RANK_INTERFACE - rank);

	for (size_t i = 0; i < a->count; i++) {
		if (a->queries[i].class >> shift != id || a->ranks[i] > rank)
			continue;
		a->ranks[i] = rank;
		a->queries[i].class_name = name;
	}
}

static void read_class_line(struct answers *a, char *line)
{
	size_t depth = line[0] == '\t' ? 1 + (line[1] == '\t') : 0;
	const char *name;
	char *id;

	if (!split_line(line + MAX(depth, (size_t)1), &id, &name))
		return;
	if (depth == 0) {
		a->is_class = true;
		a->class = id_of(id);
		name_classes(a, RANK_CLASS, a->class, name);
	} else if (depth == 1) {
		a->subclass = a->class << 8 | id_of(id);
		name_classes(a, RANK_SUBCLASS, a->subclass, name);
	} else {
		name_classes(a, RANK_INTERFACE, a->subclass << 8 | id_of(id), name);
	}
}

static void read_vendor_line(struct answers *a, char *line)
{
	const char *name;
	char *id;

	if (!split_line(line, &id, &name))
		return;
	a->is_class = false;
	a->vendor = id_of(id);
	a->device = NO_ID;
	for (size_t i = 0; i < a->count; i++) {
		struct pciids_query *q = &a->queries[i];

		if (is_same(q->vendor, a->vendor))
			q->vendor_name = name;
		if (is_same(q->subsystem_vendor, a->vendor))
			q->subsystem_vendor_name = name;
	}
}

static void read_device_line(struct answers *a, char *line)
{
	const char *name;
	char *id;

	if (!split_line(line, &id, &name))
		return;
	a->device = id_of(id);
	for (size_t i = 0; i < a->count; i++) {
		struct pciids_query *q = &a->queries[i];

		if (is_same(q->vendor, a->vendor) && is_same(q->device, a->device))
			q->device_name = name;
	}
}

static void read_subsystem_line(struct answers *a, char *line)
{
	uint64_t vendor, device;
	const char *name;
	char *ids, *id;

	if (!split_line(line, &ids, &name))
		return;
	id = next_field(&ids);
	vendor = id ? id_of(id) : NO_ID;
	id = next_field(&ids);
	device = id ? id_of(id) : NO_ID;
	for (size_t i = 0; i < a->count; i++) {
		struct pciids_query *q = &a->queries[i];

		if (is_same(q->vendor, a->vendor) && is_same(q->device, a->device) &&
		    is_same(q->subsystem_vendor, vendor) && is_same(q->subsystem_device, device))
			q->subsystem_device_name = name;
	}
}

static void read_line(struct answers *a, char *line)
{
	if (!line[0] || line[0] == '#')
		return;
	if (starts_with(line, "C ") || (a->is_class && line[0] == '\t'))
		read_class_line(a, line);
	else if (line[0] != '\t')
		read_vendor_line(a, line);
	else if (line[1] != '\t')
		read_device_line(a, line + 1);
	else
		read_subsystem_line(a, line + 2);
}

int pciids_look_up(struct scrape *s, const char *path, struct pciids_query *queries, size_t count)
{
	struct answers a = { .queries = queries,
		             .count = count,
		             .class = NO_ID,
		             .subclass = NO_ID,
		             .vendor = NO_ID,
		             .device = NO_ID };
	char *text, *line;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(usual_paths); i++) {
		const char *file = path ? path : usual_paths[i];

		r = read_file(s, file, &text);
		if (r == 0)
			break;
		(void)fail(s, r, "%s: %s", file, error_text(r)); /* returned below */
		if (path)
			break;
	}
	if (r < 0)
		return r;
	a.ranks = scrape_alloc(s, count * sizeof(*a.ranks));
	memset(a.ranks, 0, count * sizeof(*a.ranks));
	while ((line = next_line(&text)))
		read_line(&a, line);
	return 0;
}

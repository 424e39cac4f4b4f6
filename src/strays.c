// SPDX-License-Identifier: Apache-2.0
#include "strays.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

/* 0 where it cannot be known. */
static pid_t parent_of(const char *pid)
{
	CLEANUP(cleanup_free) char *path = xasprintf("/proc/%s/stat", pid);
	CLEANUP(cleanup_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char stat[512], *at, *field;
	ssize_t n = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);
	uint64_t parent;

	if (n <= 0)
		return 0;
	stat[n] = '\0';
	/* "pid (name) state ppid …", where the name may have anything in it. */
	at = strrchr(stat, ')');
	if (!at)
		return 0;
	at++;
	field = next_field(&at) ? next_field(&at) : NULL;
	return field && parse_u64(field, &parent) == 0 ? (pid_t)parent : 0;
}

size_t strays_kill(const pid_t *keep, size_t count)
{
	CLEANUP(cleanup_dir) DIR *proc = opendir("/proc");
	const struct dirent *entry;
	pid_t own = getpid();
	size_t killed = 0;

	while (proc && (entry = readdir(proc))) {
		bool is_kept = false;
		uint64_t pid;

		if (parse_u64(entry->d_name, &pid) < 0 || parent_of(entry->d_name) != own)
			continue;
		for (size_t i = 0; i < count; i++)
			is_kept |= keep[i] == (pid_t)pid;
		/* A child of ours keeps its pid until we reap it. */
		if (!is_kept && kill((pid_t)pid, SIGKILL) == 0)
			killed++;
	}
	return killed;
}

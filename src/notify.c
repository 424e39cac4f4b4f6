// SPDX-License-Identifier: Apache-2.0
#include "notify.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"
#include "text.h"

void notify(const char *state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	CLEANUP(cleanup_fd) int fd = -1;
	socklen_t size;

	if (!path || !*path)
		return;
	if (strlen(path) >= sizeof(address.sun_path) || (*path != '/' && *path != '@')) {
		log_at(LOG_WARN, "NOTIFY_SOCKET is no path of a socket", "value", path);
		return;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (*path == '@')
		address.sun_path[0] = '\0';
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	                     (const struct sockaddr *)&address, size) < 0)
		log_at(LOG_WARN, "The service manager could not be notified", "state", state);
}

int64_t notify_watchdog_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t value;

	if (!usec || parse_u64(usec, &value) < 0 || value == 0 || value > INT64_MAX / 1000)
		return 0;
	if (pid && *pid) {
		uint64_t wanted;

		if (parse_u64(pid, &wanted) < 0 || wanted != (uint64_t)getpid())
			return 0;
	}
	return (int64_t)value * 1000 / 2;
}

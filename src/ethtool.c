// SPDX-License-Identifier: Apache-2.0
#include "ethtool.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define STRINGS_SIZE \
	(sizeof(struct ethtool_gstrings) + (size_t)ETHTOOL_STATISTICS_MAX * ETH_GSTRING_LEN)
#define STATS_SIZE \
	(sizeof(struct ethtool_stats) + (size_t)ETHTOOL_STATISTICS_MAX * sizeof(uint64_t))

/* How much is mapped for size bytes and the page behind them. */
static size_t guarded_size(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page + page;
}

/*
 * The kernel writes as many statistics as a driver has by then, whatever it was asked for. So there
 * is always room for the most, and an error, not our memory, behind that. NULL: errno says why.
 */
static void *map_guarded(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = guarded_size(size);
	char *memory = mmap(NULL, whole, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	if (mprotect(memory + whole - page, page, PROT_NONE) < 0) {
		(void)munmap(memory, whole); /* there is nothing in it */
		return NULL;
	}
	return memory + whole - page - size;
}

static void unmap_guarded(void *data, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = guarded_size(size);

	if (data)
		(void)munmap((char *)data + size + page - whole, whole); /* it was mapped so */
}

int ethtool_open(struct ethtool *e)
{
	int r;

	e->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (e->fd < 0)
		return -errno;
	e->is_open = true;
	e->strings = map_guarded(STRINGS_SIZE);
	if (e->strings)
		e->stats = map_guarded(STATS_SIZE);
	if (e->stats)
		return 0;
	r = -errno;
	ethtool_close(e);
	return r;
}

void ethtool_close(struct ethtool *e)
{
	if (!e->is_open)
		return;
	cleanup_fd(&e->fd);
	unmap_guarded(e->strings, STRINGS_SIZE);
	unmap_guarded(e->stats, STATS_SIZE);
	*e = (struct ethtool){ 0 };
}

static int ask(struct ethtool *e, const char *device, void *command)
{
	struct ifreq request = { .ifr_data = command };
	size_t length = strlen(device);

	if (length >= sizeof(request.ifr_name))
		return -ENODEV;
	memcpy(request.ifr_name, device, length + 1);
	return ioctl(e->fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

int ethtool_settings(struct ethtool *e, const char *device, struct ethtool_cmd *ret)
{
	*ret = (struct ethtool_cmd){ .cmd = ETHTOOL_GSET };
	return ask(e, device, ret);
}

int ethtool_driver(struct ethtool *e, const char *device, struct ethtool_drvinfo *ret)
{
	*ret = (struct ethtool_drvinfo){ .cmd = ETHTOOL_GDRVINFO };
	return ask(e, device, ret);
}

int ethtool_statistics(struct ethtool *e, const char *device, uint32_t count)
{
	int r;

	if (count > ETHTOOL_STATISTICS_MAX)
		return -EFBIG;
	*e->strings = (struct ethtool_gstrings){
		.cmd = ETHTOOL_GSTRINGS,
		.string_set = ETH_SS_STATS,
		.len = count,
	};
	r = ask(e, device, e->strings);
	if (r < 0)
		return r;
	*e->stats = (struct ethtool_stats){ .cmd = ETHTOOL_GSTATS, .n_stats = count };
	r = ask(e, device, e->stats);
	if (r < 0)
		return r;
	return e->strings->len == count && e->stats->n_stats == count ? 0 : -EAGAIN;
}

// SPDX-License-Identifier: Apache-2.0
#include "shared.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/time_types.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct shared *shared;
struct ledger *ledger;

static void *map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

int shared_open(void)
{
	shared = map(sizeof(*shared));
	if (!shared)
		return -errno;
	ledger = map(sizeof(*ledger));
	return ledger ? 0 : -errno;
}

void ledger_close(void)
{
	munmap(ledger, sizeof(*ledger));
	ledger = NULL;
}

void shared_set_process(size_t index, pid_t pid, enum role role)
{
	struct process *p = &shared->processes[index];

	if (atomic_load(&p->pid) != pid)
		atomic_store(&p->is_busy, 0);
	atomic_store(&p->role, role);
	atomic_store(&p->pid, pid);
}

void shared_forget(pid_t pid)
{
	for (size_t i = 0; i < PROBES_MAX; i++) {
		struct probe_slot *slot = &shared->probes[i];
		unsigned state = atomic_load(&slot->state);
		bool is_held = state == PROBE_FILLING || state == PROBE_BUSY;

		if (state > PROBE_DONE || (is_held && atomic_load(&slot->pid) == pid))
			atomic_store(&slot->state, PROBE_FREE);
	}
	for (size_t i = 0; i < STUCK_MAX; i++)
		if (ledger->stuck[i].pid == pid)
			ledger->stuck[i].pid = 0;
}

void futex_wait(atomic_uint *word, unsigned expected, int64_t timeout_ns)
{
	/* What this call takes, which on a 32-bit machine need not be the C library's. */
	const struct __kernel_old_timespec limit = { .tv_sec = (long)(timeout_ns / NS_PER_SEC),
		                                     .tv_nsec = (long)(timeout_ns % NS_PER_SEC) };

	/* Every caller looks again at what it waits for: spurious returns and errors are alike. */
	(void)syscall(SYS_futex, word, FUTEX_WAIT, expected, timeout_ns < 0 ? NULL : &limit, NULL,
	              0);
}

void futex_wake(atomic_uint *word, int count)
{
	(void)syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
}

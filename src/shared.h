// SPDX-License-Identifier: Apache-2.0
/*
 * Memory that outlives the processes which use it. The keeper makes it once and never trusts what
 * others write there.
 */
#pragma once

#include <limits.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <sys/vfs.h>

#include "wire.h"

enum { PROCESSES_MAX = 256, PROBES_MAX = 128, SAID_MAX = 1024, KEPT_SIZE = 1 << 20 };

enum role {
	ROLE_NONE,
	ROLE_KEEPER,
	ROLE_SERVER,
	ROLE_WORKER,
	ROLE_PROBER,
	ROLE_WATCHER,
	ROLE_AUTH
};

/* A process of ours. Written by the keeper, but is_busy. */
struct process {
	atomic_int pid; /* 0: free */
	atomic_uint role;
	atomic_uint is_busy; /* a prober's: it is in a system call that may hang */
};

/* A question for the probers. */
enum probe_state { PROBE_FREE, PROBE_FILLING, PROBE_ASKED, PROBE_BUSY, PROBE_DONE };
struct probe_slot {
	atomic_uint state;
	atomic_int pid; /* who fills it or is busy with it */
	atomic_llong asked_at;
	uint64_t mount;
	int32_t error;
	struct statfs result;
	char path[PATH_MAX];
};

/* What every process of ours may write. */
struct shared {
	struct process processes[PROCESSES_MAX];
	atomic_llong reaped_cpu_ns; /* CPU time of processes of ours that have ended */
	/* "Already logged" marks: warnings by their hash with the time last met, failures each. */
	struct {
		_Atomic uint64_t hash;
		atomic_llong met_at;
	} said[SAID_MAX];
	_Atomic uint64_t failed[COLLECTORS_MAX];
	/* keep(): where each collector's memory lies in kept. */
	struct {
		atomic_uint offset;
		atomic_uint size;
	} keeps[COLLECTORS_MAX];
	atomic_uint kept_used;
	atomic_uint probes_asked;    /* counts questions; a futex */
	atomic_uint probes_answered; /* counts answers; a futex */
	atomic_llong last_burst;     /* now_ns() when probers were added last */
	struct probe_slot probes[PROBES_MAX];
	_Alignas(64) unsigned char kept[KEPT_SIZE];
};

/*
 * What only servers and the keeper may write: the server's memory across its own death. There are
 * two servers while one takes the place of another.
 */
struct ledger {
	_Atomic uint64_t requests_ok;
	_Atomic uint64_t requests_failed;  /* 500 */
	_Atomic uint64_t requests_refused; /* 503 */
	_Atomic uint64_t gathering_errors;
	_Atomic uint64_t encoding_errors;
	_Atomic uint64_t runs;
	_Atomic uint64_t workers_written_off;
	_Atomic uint64_t workers_died;
	/* Hazards that processes are stuck in. */
	struct stuck {
		int32_t pid; /* 0: free */
		uint32_t collector;
		uint64_t hazard;
		int64_t since; /* now_ns() */
		char item[HAZARD_MAX];
	} stuck[STUCK_MAX];
};

extern struct shared *shared;
extern struct ledger *ledger; /* NULL in workers and probers */

/* Make both, once. 0 or a negative errno. */
int shared_open(void) MUST_CHECK;
void ledger_close(void);

/* Keeper: write down where everybody can see it that the process at this index is ours; pid 0:
 * none. */
void shared_set_process(size_t index, pid_t pid, enum role role);

/* Keeper: free what an ended process held, and whatever holds a state that cannot be. */
void shared_forget(pid_t pid);

/* FUTEX_WAIT and FUTEX_WAKE (futex(2)) on a word in shared memory; a timeout below 0 is for ever.
 */
void futex_wait(atomic_uint *word, unsigned expected, int64_t timeout_ns);
void futex_wake(atomic_uint *word, int count);

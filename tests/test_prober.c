// SPDX-License-Identifier: Apache-2.0
/* prober: the worker's side, with a process of the test in the place of those that ask mounts. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prober.h"
#include "shared.h"

/* The slot of the next question, which is busy from then on. */
static struct probe_slot *take_question(void)
{
	for (;; usleep(1000)) {
		for (size_t i = 0; i < PROBES_MAX; i++) {
			unsigned asked = PROBE_ASKED;

			if (atomic_compare_exchange_strong(&shared->probes[i].state, &asked,
			                                   PROBE_BUSY))
				return &shared->probes[i];
		}
	}
}

static void put(struct probe_slot *slot, enum probe_state state)
{
	atomic_store(&slot->state, state);
	atomic_fetch_add(&shared->probes_answered, 1);
	futex_wake(&shared->probes_answered, INT_MAX);
}

/* The first one gets no answer, be it that the prober has died or that another worker took it. */
static void play_prober(void)
{
	struct probe_slot *slot;

	put(take_question(), PROBE_FREE);
	slot = take_question();
	slot->error = -EIO;
	put(slot, PROBE_DONE);
}

static void an_answer_that_is_gone_is_asked_for_again(void **state)
{
	struct probe probe = { .mount = 7, .path = "/" };
	pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		play_prober();
		_exit(0);
	}
	prober_ask(&probe, 1, 10 * NS_PER_SEC);
	(void)kill(pid, SIGKILL); /* it has ended, if all is well */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(probe.is_stuck);
	assert_int_equal(probe.error, -EIO);
	for (size_t i = 0; i < PROBES_MAX; i++)
		assert_int_equal(atomic_load(&shared->probes[i].state), PROBE_FREE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_that_is_gone_is_asked_for_again),
	};
	int pipe[2];

	if (shared_open() < 0 || pipe2(pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return 1;
	prober_set_poke(pipe[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: Apache-2.0
/* Who runs what, with the test in the place of the keeper and of workers that lie or get stuck. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "care.h"
#include "dispatch.h"
#include "log.h"
#include "options.h"
#include "order.h"
#include "shared.h"

/* A worker's side of its channel and segment. */
struct fake {
	pid_t pid;
	int channel;
	struct segment *segment;
	struct wire_order order;
};

static struct {
	int keeper; /* its end */
	pid_t last_pid;
} self;

/* The next message to the keeper, or 0. */
static uint32_t next_message(void)
{
	struct wire_message m;

	return wire_receive(self.keeper, &m, sizeof(m), NULL, 0) == (int)sizeof(m) ? m.kind : 0;
}

static struct worker *worker_of(const struct fake *f)
{
	struct worker *w = crew_find(f->pid);

	assert_non_null(w);
	return w;
}

static void say(const struct fake *f, enum wire_kind kind, uint64_t serial)
{
	struct wire_message m = { .kind = kind, .serial = serial };

	assert_int_equal(wire_send(f->channel, &m, sizeof(m), NULL, 0), 0);
	dispatch_hear_worker(worker_of(f));
	(void)dispatch_tick();
}

/* One worker has been asked for, and comes. */
static struct fake hire(void)
{
	struct wire_message m = { .kind = WIRE_WORKER, .pid = ++self.last_pid };
	struct fake f = { .pid = m.pid };
	int fds[2], channel[2];

	(void)dispatch_tick();
	assert_int_equal(next_message(), WIRE_SPAWN);
	assert_int_equal(wire_pair(channel), 0);
	fds[0] = channel[0];
	fds[1] = segment_create();
	assert_true(fds[1] >= 0);
	f.channel = channel[1];
	f.segment = segment_map(fds[1]);
	assert_non_null(f.segment);
	dispatch_hear_keeper(&m, fds);
	say(&f, WIRE_STARTED, 0);
	return f;
}

static void take_order(struct fake *f)
{
	(void)dispatch_tick();
	assert_int_equal(wire_receive(f->channel, &f->order, sizeof(f->order), NULL, 0),
	                 sizeof(f->order));
	atomic_store(&f->segment->n_done, 0);
	atomic_store(&f->segment->serial, f->order.serial);
}

static void finish(struct fake *f, unsigned id, uint64_t size)
{
	unsigned n = atomic_load(&f->segment->n_done);

	f->segment->done[n] = (struct wire_result){
		.collector = id,
		.duration = 1000,
		.offset = SEGMENT_DATA,
		.size = size,
	};
	atomic_store(&f->segment->n_done, n + 1);
}

/* Its process ends, and the test's side of it. */
static void end(struct fake *f, int status)
{
	struct wire_message m = { .kind = WIRE_EXITED, .pid = f->pid, .status = status };

	dispatch_hear_keeper(&m, (const int[]){ -1, -1 });
	assert_null(crew_find(f->pid));
	close(f->channel);
	segment_unmap(f->segment);
}

/* A run of the first n collectors, whose stall limit is a quarter of this time, 500 ms at most. */
static struct run *begin_within(size_t n, int64_t time)
{
	bool wanted[COLLECTORS_MAX] = { false };

	for (size_t id = 0; id < n; id++)
		wanted[id] = true;
	return run_begin(wanted, now_ns() + time);
}

/* Time goes by, until the worker is not seen as busy any more. */
/* One with all the time in the world, wherever this process is stopped. */
static struct run *begin(size_t n)
{
	struct run *run = begin_within(n, 4000 * NS_PER_SEC);

	run->stall = 1000 * NS_PER_SEC;
	return run;
}

static void wait_stall(const struct fake *f, const struct run *run)
{
	for (unsigned i = 0; i < 100 && worker_of(f)->state == WORKER_BUSY; i++) {
		usleep((useconds_t)(run->stall / 1000 + 1000));
		(void)dispatch_tick();
	}
}

static int setup(void **state)
{
	(void)state;
	for (unsigned id = 0; id < COLLECTORS_MAX; id++) {
		outcome_free(&care_of(id)->last);
		care_treat(id, CARE_COMMON);
		*care_of(id) = (struct care){ 0 };
	}
	while (next_message())
		;
	return 0;
}

static void orders_are_worked_off(void **state)
{
	struct run *run = begin(3);
	struct fake f = hire();

	(void)state;
	take_order(&f);
	assert_int_equal(f.order.n_collectors, 3);
	assert_true(begin(1) != run); /* it is up to the caller to ask first */
	run_end(run->next);
	for (unsigned id = 0; id < 3; id++)
		finish(&f, id, 0);
	say(&f, WIRE_DONE, f.order.serial);
	assert_int_equal(run->n_pending, 0);
	assert_int_equal(worker_of(&f)->state, WORKER_IDLE);
	run_end(run);
	end(&f, 0);
}

/* A run may end when all results are there, before the worker has said so. */
static void who_has_finished_is_not_written_off(void **state)
{
	struct run *run = begin(1);
	struct fake f = hire();
	uint64_t before = ledger->workers_written_off;

	(void)state;
	take_order(&f);
	finish(&f, 0, 0);
	(void)dispatch_tick();
	assert_int_equal(run->n_pending, 0);
	run_end(run);
	(void)dispatch_tick();
	assert_int_equal(ledger->workers_written_off, before);
	say(&f, WIRE_DONE, f.order.serial);
	assert_int_equal(worker_of(&f)->state, WORKER_IDLE);
	end(&f, 0);
}

static void who_is_not_done_at_the_deadline_is_written_off(void **state)
{
	struct run *run = begin(2);
	struct fake f = hire();

	(void)state;
	take_order(&f);
	run_end(run);
	(void)dispatch_tick();
	assert_int_equal(worker_of(&f)->state, WORKER_LOST);
	assert_int_equal(worker_of(&f)->purpose, 0);
	assert_int_equal(care_of(0)->mode, CARE_SLOW);
	assert_int_equal(care_of(1)->mode, CARE_COMMON);
	end(&f, SIGKILL);
}

/* It says that it is done, and is not; and says so again. */
static void liars_are_dismissed_once(void **state)
{
	struct run *run = begin(2);
	struct fake f = hire(), other;

	(void)state;
	take_order(&f);
	say(&f, WIRE_DONE, f.order.serial);
	assert_int_equal(worker_of(&f)->state, WORKER_DISMISSED);
	assert_int_equal(next_message(), WIRE_KILL);
	assert_int_equal(run->outcomes[0].code, -ECHILD);
	assert_int_equal(care_of(0)->mode, CARE_TRIAL);
	say(&f, WIRE_DONE, f.order.serial);
	say(&f, WIRE_DONE, f.order.serial);
	assert_int_equal(worker_of(&f)->state, WORKER_DISMISSED);
	/* Whoever comes does the rest. */
	other = hire();
	assert_int_equal(next_message(), 0);
	end(&f, SIGKILL);
	take_order(&other);
	assert_int_equal(other.order.n_collectors, 1);
	assert_int_equal(other.order.collectors[0], 1);
	run_end(run);
	end(&other, SIGKILL);
}

static void nonsense_is_the_collectors_fault(void **state)
{
	struct run *run = begin(2);
	struct fake f = hire();

	(void)state;
	take_order(&f);
	finish(&f, 0, 0);
	finish(&f, 1, SEGMENT_SIZE);
	(void)dispatch_tick();
	assert_int_equal(run->outcomes[0].code, 0);
	assert_int_equal(run->outcomes[1].code, -ECHILD);
	assert_int_equal(care_of(1)->mode, CARE_TRIAL);
	assert_int_equal(worker_of(&f)->state, WORKER_DISMISSED);
	assert_int_equal(run->n_pending, 0);
	run_end(run);
	end(&f, SIGKILL);
}

static void who_is_stuck_may_come_back(void **state)
{
	struct run *run = begin_within(2, 80 * NS_PER_MS);
	struct fake f = hire(), other;

	(void)state;
	take_order(&f);
	finish(&f, 0, 0);
	atomic_store(&f.segment->running, 2);
	atomic_store(&f.segment->hazard, 7);
	memcpy(f.segment->hazard_item, "a mount", sizeof("a mount"));
	atomic_store(&f.segment->hazard_since, now_ns());
	wait_stall(&f, run);
	assert_int_equal(worker_of(&f)->state, WORKER_LOST);
	assert_true(run->waiting[1]);
	other = hire();
	take_order(&other);
	assert_int_equal(other.order.n_collectors, 1);
	assert_int_equal(other.order.n_stuck, 1);
	assert_int_equal(other.order.stuck[0], 7);
	finish(&other, 1, 0);
	say(&other, WIRE_DONE, other.order.serial);
	assert_int_equal(run->n_pending, 0);
	run_end(run);
	assert_int_equal(care_of(1)->mode, CARE_COMMON);
	finish(&f, 1, 0);
	say(&f, WIRE_DONE, f.order.serial);
	assert_int_equal(worker_of(&f)->state, WORKER_IDLE);
	assert_int_equal(care_of(1)->mode, CARE_SLOW);
	assert_int_equal(care_of(1)->last.state, OUTCOME_DONE);
	end(&f, 0);
	end(&other, 0);
}

/* It had begun with the next one when that was handed on, and does not come back. */
static void who_is_in_what_was_handed_on(void **state)
{
	struct run *run = begin_within(2, 80 * NS_PER_MS);
	struct fake f = hire(), other;

	(void)state;
	take_order(&f);
	atomic_store(&f.segment->running, 1);
	for (unsigned i = 0; i < 100 && !run->waiting[1]; i++) {
		usleep((useconds_t)(run->stall / 1000));
		(void)dispatch_tick();
	}
	assert_true(run->waiting[1]);
	finish(&f, 0, 0);
	atomic_store(&f.segment->running, 2);
	atomic_store(&f.segment->hazard_since, now_ns());
	other = hire();
	take_order(&other);
	wait_stall(&f, run);
	assert_int_equal(worker_of(&f)->state, WORKER_DISMISSED);
	assert_int_equal(next_message(), WIRE_KILL);
	finish(&other, 1, 0);
	say(&other, WIRE_DONE, other.order.serial);
	assert_int_equal(run->n_pending, 0);
	assert_int_equal(worker_of(&other)->state, WORKER_IDLE);
	assert_int_equal(care_of(1)->mode, CARE_COMMON);
	run_end(run);
	end(&f, SIGKILL);
	end(&other, 0);
}

/* Nobody had any time, whoever looks after that has it first. */
static void a_machine_that_stood_still(void **state)
{
	struct run *run = begin_within(1, 80 * NS_PER_MS);
	struct fake f = hire();

	(void)state;
	take_order(&f);
	atomic_store(&f.segment->running, 1);
	atomic_store(&f.segment->hazard_since, now_ns());
	usleep((useconds_t)(3 * run->stall / 1000));
	(void)dispatch_tick();
	assert_int_equal(worker_of(&f)->state, WORKER_BUSY);
	finish(&f, 0, 0);
	say(&f, WIRE_DONE, f.order.serial);
	assert_int_equal(worker_of(&f)->state, WORKER_IDLE);
	assert_int_equal(run->outcomes[0].state, OUTCOME_DONE);
	run_end(run);
	end(&f, 0);
}

/* What a worker writes about its hazards may be anything. */
static void times_that_cannot_be(void **state)
{
	static const int64_t times[] = { INT64_MIN, -1, INT64_MAX };
	struct run *run = begin_within(1, 4000 * NS_PER_SEC);
	struct fake f = hire();

	(void)state;
	take_order(&f);
	run->stall = NS_PER_MS;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		atomic_store(&f.segment->hazard_since, times[i]);
		worker_of(&f)->check_at = 0;
		(void)dispatch_tick();
		assert_int_equal(worker_of(&f)->state, WORKER_BUSY);
	}
	run_end(run);
	end(&f, SIGKILL);
}

/* One that crashed is not run with the others, not even for a run that waits for it already. */
static void crashes_are_not_repeated(void **state)
{
	struct run *run = begin(2), *later;
	struct fake f = hire(), other;

	(void)state;
	take_order(&f);
	atomic_store(&f.segment->running, 1);
	later = begin(2);
	(void)dispatch_tick();
	end(&f, SIGSEGV);
	other = hire();
	take_order(&other);
	assert_int_equal(run->outcomes[0].code, -ECHILD);
	assert_int_equal(later->outcomes[0].code, -EAGAIN);
	assert_int_equal(other.order.n_collectors, 1);
	assert_int_equal(other.order.collectors[0], 1);
	run_end(run);
	run_end(later);
	end(&other, SIGKILL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(orders_are_worked_off, setup),
		cmocka_unit_test_setup(who_has_finished_is_not_written_off, setup),
		cmocka_unit_test_setup(who_is_not_done_at_the_deadline_is_written_off, setup),
		cmocka_unit_test_setup(liars_are_dismissed_once, setup),
		cmocka_unit_test_setup(nonsense_is_the_collectors_fault, setup),
		cmocka_unit_test_setup(who_is_stuck_may_come_back, setup),
		cmocka_unit_test_setup(who_is_in_what_was_handed_on, setup),
		cmocka_unit_test_setup(a_machine_that_stood_still, setup),
		cmocka_unit_test_setup(times_that_cannot_be, setup),
		cmocka_unit_test_setup(crashes_are_not_repeated, setup),
	};
	int channel[2];

	registry_open();
	log_open("error", "logfmt");
	options.max_age = 300 * NS_PER_SEC;
	options.scrape_timeout = 10 * NS_PER_SEC;
	if (shared_open() < 0 || wire_pair(channel) < 0)
		return 1;
	self.keeper = channel[1];
	self.last_pid = getpid();
	(void)fcntl(self.keeper, F_SETFL, O_NONBLOCK);
	crew_open(channel[0], epoll_create1(EPOLL_CLOEXEC));
	return cmocka_run_group_tests(tests, NULL, NULL);
}

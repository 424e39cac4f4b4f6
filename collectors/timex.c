// SPDX-License-Identifier: Apache-2.0
/*
 * adjtimex(2): how the kernel keeps the clock in step. Frequencies are in 2^-16 parts per million.
 */

#include <errno.h>
#include <sys/timex.h>

#include "collector.h"

#define TIMEX_METRIC(TYPE, NAME, HELP) \
	{ \
		.name = "node_timex_" NAME, .help = (HELP), .type = METRIC_##TYPE \
	}

static const struct metric metrics[] = {
	TIMEX_METRIC(GAUGE, "sync_status", "Whether the clock is in step with a source of time."),
	TIMEX_METRIC(GAUGE, "offset_seconds", "How far the clock is from its source."),
	TIMEX_METRIC(GAUGE, "frequency_adjustment_ratio",
	             "How fast the clock is made to go, as a multiple of its own speed."),
	TIMEX_METRIC(GAUGE, "maxerror_seconds", "How far the clock may be off at most."),
	TIMEX_METRIC(GAUGE, "estimated_error_seconds", "How far the clock is off by estimate."),
	TIMEX_METRIC(GAUGE, "status", "Status bits: STA_* of adjtimex(2)."),
	TIMEX_METRIC(GAUGE, "loop_time_constant",
	             "Time constant of the loop that corrects the clock."),
	TIMEX_METRIC(GAUGE, "tick_seconds", "Time from one tick of the clock to the next."),
	TIMEX_METRIC(
		GAUGE, "pps_frequency_hertz",
		"By how many parts in one the clock's frequency is off by the pulses of a PPS."),
	TIMEX_METRIC(GAUGE, "pps_jitter_seconds", "How unsteady the pulses of a PPS come."),
	TIMEX_METRIC(GAUGE, "pps_shift_seconds",
	             "Time between calibrations by a PPS: the power of 2, in seconds."),
	TIMEX_METRIC(GAUGE, "pps_stability_hertz",
	             "How much the frequency by the pulses of a PPS changes, in parts in one."),
	TIMEX_METRIC(COUNTER, "pps_jitter_total", "Pulses of a PPS that came too unsteadily."),
	TIMEX_METRIC(COUNTER, "pps_calibration_total", "Calibrations by a PPS."),
	TIMEX_METRIC(COUNTER, "pps_error_total", "Calibrations by a PPS that failed."),
	TIMEX_METRIC(COUNTER, "pps_stability_exceeded_total",
	             "Calibrations by a PPS in which the frequency changed too much."),
	TIMEX_METRIC(GAUGE, "tai_offset_seconds", "How far TAI is ahead of UTC."),
};

static int timex_collect(struct scrape *s)
{
	static const double ppm16 = 1000000.0 * 65536.0;
	struct timex t = { .modes = 0 };
	int state = adjtimex(&t);
	double fraction = t.status & STA_NANO ? 1e9 : 1e6;
	const double values[] = {
		state != TIME_ERROR,
		(double)t.offset / fraction,
		1 + (double)t.freq / ppm16,
		(double)t.maxerror / 1e6,
		(double)t.esterror / 1e6,
		t.status,
		(double)t.constant,
		(double)t.tick / 1e6,
		(double)t.ppsfreq / ppm16,
		(double)t.jitter / fraction,
		t.shift,
		(double)t.stabil / ppm16,
		(double)t.jitcnt,
		(double)t.calcnt,
		(double)t.errcnt,
		(double)t.stbcnt,
		t.tai,
	};

	_Static_assert(ARRAY_SIZE(values) == ARRAY_SIZE(metrics), "a value for each metric");
	/* Some containers are not allowed to ask. */
	if (state < 0 && (errno == EPERM || errno == EACCES))
		return NO_DATA;
	if (state < 0)
		return fail(s, -errno, "adjtimex: %s", error_text(errno));
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
		emit(s, &metrics[i], values[i]);
	return 0;
}

COLLECTOR(timex, .help = "how the kernel keeps the clock in step", .default_on = true,
          .collect = timex_collect);

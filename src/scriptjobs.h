// SPDX-License-Identifier: Apache-2.0
/*
 * The runs of scripts, as the service sees them: started in processes of their own (scriptrun.h),
 * and what these report. Part of the service.
 */
#pragma once

#include "script.h"

/* Begin; all stay. Processes of runs close signals, and write to output. */
void script_jobs_open(const struct script_table *table, const struct script_output *output,
                      int signals);

/*
 * Start a script that does not run, and settle when it is due again. False where its file has
 * become one that is not run, so that it is time for a scan.
 */
bool script_job_start(struct script *s, int64_t now) MUST_CHECK;

/* How many run, without those that were given up. */
size_t script_jobs_running(void);

/*
 * The script, or what it has started, is stuck in the kernel, and the runner stays with it. Others
 * need not wait for that.
 */
void script_job_give_up(struct script *s);

/* Take in whatever has ended; true where a run has. is_ending: nobody wants to know how any more.
 */
bool script_jobs_reap(bool is_ending);

/* Kill whoever runners that died have left to us, and when that is due (INT64_MAX: it is not). */
void script_jobs_kill_strays(int64_t now);
int64_t script_jobs_strays_at(void);

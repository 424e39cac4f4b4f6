// SPDX-License-Identifier: Apache-2.0
/* Less memory after the start. */
#pragma once

/*
 * Unmap the pages of code and constants that have been touched so far, of the programme and its
 * libraries: most were for the start alone. Those needed come back from the page cache, each at the
 * price of a minor fault. They count as this process's memory while they are mapped (RSS, PSS).
 */
void trim_code(void);

// SPDX-License-Identifier: Apache-2.0
/* Whether qemu is in the kernel's place: it hands on only requests that it can translate. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <sys/ioctl.h>

/* A kernel looks at the descriptor before the request, qemu's user mode the other way round. */
static inline bool is_emulated(void)
{
	return ioctl(-1, 0x7fff) < 0 && errno != EBADF;
}

// SPDX-License-Identifier: Apache-2.0
/* Stands in for devices.c in builds without libudev. */
#include "devices.h"

#include <errno.h>

int devices_listen(void)
{
	return -EOPNOTSUPP;
}

void devices_hear(void)
{
}

uint64_t devices_generation(const char *subsystem)
{
	(void)subsystem; /* nobody knows */
	return 0;
}

bool devices_are_settled(const char *subsystem)
{
	(void)subsystem; /* as above */
	return false;
}

// SPDX-License-Identifier: Apache-2.0
/* Whether devices came, went or changed, as the kernel says in uevents. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Listen from here on. A negative errno where that is not possible, or where not all that the live
 * sysfs shows would be told (kobject_uevent_net_broadcast() leaves out network namespaces of other
 * user namespaces): all generations stay 0 then.
 */
int devices_listen(void);

/* Take what has arrived; to be called when a run begins. */
void devices_hear(void);

/*
 * A number that is another one whenever devices of subsystem (a class or a bus, such as "hwmon")
 * have come, gone or changed. 0 where nobody would tell.
 */
uint64_t devices_generation(const char *subsystem);

/*
 * Whether the generation says all: then nothing of these devices need be looked for again while it
 * is the same. False where it is 0, and for two seconds after each change, as attributes may follow
 * their device.
 */
bool devices_are_settled(const char *subsystem);

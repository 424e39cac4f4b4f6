// SPDX-License-Identifier: Apache-2.0
/* Attributes of network devices as sysfs class/net shows them, from there or from netlink. */
#pragma once

#include "util.h"

struct linkfacts;
struct linkmode;
struct rtlink;
struct scrape;

/* Those that are numbers, in the order of the files' names. */
enum linkattr_number {
	ATTR_ADDR_ASSIGN_TYPE,
	ATTR_CARRIER,
	ATTR_CARRIER_CHANGES,
	ATTR_CARRIER_DOWN_COUNT,
	ATTR_CARRIER_UP_COUNT,
	ATTR_DEV_ID,
	ATTR_DORMANT,
	ATTR_FLAGS,
	ATTR_IFINDEX,
	ATTR_IFLINK,
	ATTR_LINK_MODE,
	ATTR_MTU,
	ATTR_NAME_ASSIGN_TYPE,
	ATTR_NETDEV_GROUP,
	ATTR_SPEED, /* Mbit/s; where it is not known -1, or by linkattr_tell() UINT32_MAX */
	ATTR_TX_QUEUE_LEN,
	ATTR_TYPE,
	ATTR_NUMBERS, /* how many there are */
};

struct linkattr {
	const char *device;
	const char *address; /* this and the other texts: "" where there is none */
	const char *broadcast;
	const char *duplex;
	const char *operstate;
	const char *alias;
	uint32_t has; /* bit n: numbers[n] is there */
	int64_t numbers[ATTR_NUMBERS];
};

/*
 * One number of a device by its file. A negative errno where it is not there; what is odd about
 * that has been said by warn(), that a device does not have the attribute, or not now, is not.
 */
int linkattr_read_number(struct scrape *s, const char *device, enum linkattr_number which,
                         int64_t *ret) MUST_CHECK;

/*
 * All by the files. False where it is no device, but the file bonding_masters, or has gone. Where
 * hazard("rtnetlink") is refused those that need the kernel's lock on all links are left out.
 * Results live as long as s.
 */
bool linkattr_read(struct scrape *s, const char *device, struct linkattr *ret);

/* The speed and duplex alone. */
void linkattr_read_speed(struct scrape *s, struct linkattr *a);

/*
 * The same as the files would give from what netlink says; mode is NULL where it says nothing.
 * ret lives as long as the shorter of link and s.
 */
void linkattr_convert(struct scrape *s, const struct rtlink *link, const struct linkfacts *facts,
                      const struct linkmode *mode, struct linkattr *ret);

/* What netlink says in upstream's reading: all numbers are unsigned, some words and choices differ.
 */
void linkattr_tell(struct scrape *s, const struct rtlink *link, const struct linkfacts *facts,
                   const struct linkmode *mode, struct linkattr *ret);

/* The texts of IFLA_OPERSTATE; "" for numbers that have none. */
const char *linkattr_operstate(uint32_t number);

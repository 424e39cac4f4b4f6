// SPDX-License-Identifier: Apache-2.0
/* PCI devices of sysfs bus/pci/devices, and what of them does not change while they are there. */
#pragma once

#include <sys/types.h>

#include "util.h"

struct scrape;

/* In texts: where the parent's location begins, where the ids do, and how many there are. */
enum { PCI_PARENT = 4, PCI_IDS = 8, PCI_TEXTS = 14 };

enum { PCI_TEXT_SIZE = 12, PCI_NAMES = 5, PCI_NUMBERS_MAX = 16 };

struct pcidevice {
	char *entry; /* in bus/pci/devices */
	dev_t dev;   /* of its directory */
	ino_t ino;
	/*
	 * Segment, bus, device and function, the same of the parent ("*" where that is no device of
	 * PCI), then in hexadecimal, or "" where it is not known: class, vendor, device, vendor and
	 * device of the subsystem, revision.
	 */
	char texts[PCI_TEXTS][PCI_TEXT_SIZE];
	int64_t ids[PCI_TEXTS - PCI_IDS]; /* the latter; -1 where it is not known */
	/* Of vendor, device, vendor and device of the subsystem, class; where they are wanted. */
	char *names[PCI_NAMES];
	bool is_whole; /* all that stays was read; else it is forgotten after the scrape */
	bool is_new;   /* in this scrape */
	bool is_seen;  /* in this scrape */

	/* What the collector remembers: numbers that stay, and whether there is no such file. */
	double numbers[PCI_NUMBERS_MAX];
	bool stays[PCI_NUMBERS_MAX];
	bool has_no_power_state;
};

/*
 * All of them, of which those count that are is_seen. names: look names up in idsfile or, where
 * that is "", in the list that is in the usual places. What is odd has been said by warn(). 0, or a
 * negative errno after fail(). They stay until the next call.
 */
int pcidevices_list(struct scrape *s, bool names, const char *idsfile, struct pcidevice **ret,
                    size_t *ret_count) MUST_CHECK;
void pcidevices_forget(void);

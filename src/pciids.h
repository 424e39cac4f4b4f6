// SPDX-License-Identifier: Apache-2.0
/* pci.ids, the list of what the numbers in PCI devices mean, as the package hwdata brings it. */
#pragma once

#include "util.h"

struct scrape;

/* What is asked of one device. The names live as long as s and are NULL where none is listed. */
struct pciids_query {
	uint64_t vendor;
	uint64_t device;
	uint64_t subsystem_vendor;
	uint64_t subsystem_device;
	uint64_t class; /* 0xCCSSPP: class, subclass, programming interface */

	const char *vendor_name;
	const char *device_name;
	const char *subsystem_vendor_name;
	const char *subsystem_device_name;
	const char *class_name; /* of the interface, or else of the subclass or the class */
};

/*
 * Answer them all in one pass over the file called path, or with NULL over the first one that is
 * there of those in the usual places. 0, or after fail() a negative errno, and no names then.
 */
int pciids_look_up(struct scrape *s, const char *path, struct pciids_query *queries, size_t count)
	MUST_CHECK;

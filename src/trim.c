// SPDX-License-Identifier: Apache-2.0
#include "trim.h"

#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

typedef ElfW(Dyn) dynamic_entry;

static bool patches_code(const dynamic_entry *entry)
{
	for (; entry->d_tag != DT_NULL; entry++) {
		if (entry->d_tag == DT_TEXTREL ||
		    (entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_TEXTREL))
			return true;
	}
	return false;
}

/* Whether relocations were written into code, where dropping a page would undo them: elf(5). */
static bool has_patched_code(const struct dl_phdr_info *object)
{
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];

		if (segment->p_type == PT_DYNAMIC &&
		    patches_code((const void *)(uintptr_t)(object->dlpi_addr + segment->p_vaddr)))
			return true;
	}
	return false;
}

static int trim_object(struct dl_phdr_info *object, size_t size, void *unused)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)unused;
	if (has_patched_code(object))
		return 0;
	/* Backwards: the headers themselves are in the first segment. */
	for (size_t i = object->dlpi_phnum; i--;) {
		const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
		uintptr_t begin = object->dlpi_addr + segment->p_vaddr;
		uintptr_t end = begin + segment->p_memsz;

		if (segment->p_type != PT_LOAD || segment->p_flags & PF_W)
			continue;
		begin &= ~(page - 1);
		end &= ~(page - 1);
		if (begin < end)
			(void)madvise((void *)begin, end - begin, MADV_DONTNEED);
	}
	return 0;
}

void trim_code(void)
{
	(void)dl_iterate_phdr(trim_object, NULL);
}

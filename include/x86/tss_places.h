/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of a GDT and a TSS that take every part of a descriptor's base. */
#ifndef X86_TSS_PLACES_H
#define X86_TSS_PLACES_H

#include "test_util.h"

struct tss_place {
	const char *name;
	u64 gdt, tss;
};

#define NR_TSS_PLACES	10

extern const struct tss_place tss_places[NR_TSS_PLACES];

#endif /* X86_TSS_PLACES_H */

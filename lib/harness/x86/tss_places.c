// SPDX-License-Identifier: GPL-2.0-only
/* Addresses of a GDT and a TSS that take every part of a descriptor's base. */
#include "x86/tss_places.h"

const struct tss_place tss_places[NR_TSS_PLACES] = {
	{ "low",		0x10000000,	    0x10002000 },
	{ "bit31",		0xa2d60000,	    0xa2d65000 },
	{ "all_low_ones",	0xfffff000,	    0xffffdf00 },
	{ "above_4g",		0x00000001f8d60000, 0x00000001f8d65000 },
	{ "end_of_low_half",	0x00007fff80000000, 0x00007fffffffe000 },
	{ "start_of_high_half",	0xffff800000000000, 0xffff8000f8d65000 },
	/* The vector of the bug's report, then with base2's bit 7 clear. */
	{ "vector",		0xfffffe7cf8d60000, 0xfffffe7cf8d65000 },
	{ "vector_bit31_clear",	0xfffffe7c78d60000, 0xfffffe7c78d65000 },
	{ "base3_mixed",	0xffffaaaa80000000, 0x0000555580001000 },
	/* Not aligned, and over a page's end. */
	{ "unaligned",		0xfffffe00f8d60ff1, 0xfffffe00f8d65fe9 },
};

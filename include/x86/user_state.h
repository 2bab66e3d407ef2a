/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What user mode computes with, and KVM switches by hand: MSRs of user mode,
 * XCR0, PKRU, the FPU's registers.
 */
#ifndef X86_USER_STATE_H
#define X86_USER_STATE_H

#include "x86/processor.h"

#define MSR_TSC_AUX		0xc0000103
#define CPUNODE_SELECTOR	0x7b	/* GDT_ENTRY_CPUNODE, for user mode */

#define X86_CR4_OSXSAVE		BIT_ULL(18)
#define X86_CR4_PKE		BIT_ULL(22)

#define X86_EFLAGS_DF		0x400
#define X86_EFLAGS_NT		0x4000
#define X86_EFLAGS_AC		0x40000

#define XCR0_FP			BIT_ULL(0)
#define XCR0_SSE		BIT_ULL(1)
#define XCR0_AVX		BIT_ULL(2)
#define XCR0_PKRU		BIT_ULL(9)

bool cpu_has_rdtscp(void);
bool cpu_has_rdpid(void);
bool cpu_has_xsave(void);		/* and the kernel uses it */
bool cpu_has_avx(void);			/* the same */
bool cpu_has_pku(void);			/* the same */
bool host_has_flag(const char *flag);

static inline u32 rdtscp_aux(void)
{
	u32 low, high, aux;

	asm volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(aux));
	return aux;
}

/*
 * What the kernel has put into TSC_AUX and into the limit of this segment: the CPU, and
 * above bit 12 the node (setup_getcpu()).
 */
static inline u64 right_tsc_aux(void)
{
	u64 limit;

	asm volatile("lsl %1, %0" : "=r"(limit) : "r"((u64)CPUNODE_SELECTOR));
	return limit;
}

static inline int cpu_of_aux(u64 aux)
{
	return (int)(aux & 0xfff);
}

static inline u32 read_pid(void)
{
	u64 value;

	asm volatile("rdpid %0" : "=r"(value));
	return (u32)value;
}

static inline u64 xgetbv(u32 index)
{
	u32 low, high;

	asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(index));
	return (u64)high << 32 | low;
}

static inline void xsetbv(u32 index, u64 value)
{
	asm volatile("xsetbv" : : "a"((u32)value), "d"((u32)(value >> 32)), "c"(index));
}

static inline u32 rdpkru(void)
{
	u32 pkru, zero;

	asm volatile("rdpkru" : "=a"(pkru), "=d"(zero) : "c"(0));
	return pkru;
}

static inline void wrpkru(u32 pkru)
{
	asm volatile("wrpkru" : : "a"(pkru), "c"(0), "d"(0) : "memory");
}

static inline u64 get_cr4(void)
{
	u64 cr4;

	asm volatile("mov %%cr4, %0" : "=r"(cr4));
	return cr4;
}

static inline void set_cr4(u64 cr4)
{
	asm volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
}

#endif /* X86_USER_STATE_H */

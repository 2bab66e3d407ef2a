/* SPDX-License-Identifier: GPL-2.0-only */
/* A system call, or a while in user mode, with the FPU's registers loaded. */
#ifndef X86_FPU_CALL_H
#define X86_FPU_CALL_H

/* Of struct fpu_regs, for assembly. */
#define FPU_MXCSR	512
#define FPU_PKRU	516
#define FPU_XCR0	520
#define FPU_ST0		528
#define FPU_X87		536

/* Whether this host has them. */
#define FPU_HAS_XSAVE	1
#define FPU_HAS_AVX	2
#define FPU_HAS_PKU	4

#ifndef __ASSEMBLER__

#include <assert.h>

#include "test_util.h"

/* Of FNSTENV's: SDM volume 1, 8.1.10. */
enum { X87_FCW, X87_FSW, X87_FTW };

#define FTW_ONLY_ST0	0x3fff	/* pushed on an empty stack it is register 7 */
#define FSW_OWN		0x3804	/* the same, and ZE */
#define FSW_CONDITION	0x4700	/* C0 to C3, of the last instruction that sets them */

struct fpu_regs {
	u64 ymm[16][4];			/* without AVX the upper halves are not used */
	u32 mxcsr;
	u32 pkru;
	u64 xcr0;			/* found, never loaded */
	s64 st0;			/* alone on the x87 stack */
	u32 x87[7];			/* as FNSTENV stores it; X87_FCW alone is loaded */
};

static_assert(offsetof(struct fpu_regs, mxcsr) == FPU_MXCSR, "layout for assembly");
static_assert(offsetof(struct fpu_regs, pkru) == FPU_PKRU, "layout for assembly");
static_assert(offsetof(struct fpu_regs, xcr0) == FPU_XCR0, "layout for assembly");
static_assert(offsetof(struct fpu_regs, st0) == FPU_ST0, "layout for assembly");
static_assert(offsetof(struct fpu_regs, x87) == FPU_X87, "layout for assembly");

/*
 * Load @load, make the system call @nr with @a, @b and @c, store what is found
 * then in @found.  Where @nr is negative spend @a rounds of a loop instead.
 * Returns what the kernel did.  MXCSR, FCW and PKRU are the caller's again then, and
 * the x87 stack is empty.
 */
long fpu_call(const struct fpu_regs *load, struct fpu_regs *found, u32 has, long nr, long a,
	      long b, long c);
/* Where a SIGILL inside fpu_call() may go on; it returns -EILSEQ then. */
extern const char fpu_call_illegal[];

/* Guest: load what is in memory, and leave it there. */
void fpu_load_xmm(const u64 ymm[16][4]);
void fpu_load_ymm(const u64 ymm[16][4]);
void fpu_load_x87(const u16 *fcw, const s64 *st0);

#endif /* __ASSEMBLER__ */

#endif /* X86_FPU_CALL_H */

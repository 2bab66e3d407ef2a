/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest that loads FPU state, XCR0 and PKRU of its own all the time. */
#ifndef X86_FPU_GUEST_H
#define X86_FPU_GUEST_H

#include "kvm_util.h"

#define MXCSR_DEFAULT	0x1f80U
#define MXCSR_ROUND(n)	((u32)(n) % 4 << 13)
#define MXCSR_DAZ	0x40U		/* a guest's alone */
#define MXCSR_FTZ	0x8000U		/* no guest's */

#define FCW_MASKED	0x7fU		/* all exceptions */
#define FCW_DOUBLE	0x200U		/* rounds to 53 bits: a guest's alone */
#define FCW_EXTENDED	0x300U		/* to 64 bits: no guest's */
#define FCW_ROUND(n)	((u32)(n) % 4 << 10)

void fpu_guest_init(u64 host_xcr0);
void fpu_guest_prepare(struct kvm_vcpu *vcpu);
void fpu_guest_step(u64 id, u64 n);
void fpu_guest_l2_step(u64 id, u64 n);

#endif /* X86_FPU_GUEST_H */

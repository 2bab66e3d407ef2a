/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SVM as an L1 hypervisor needs it: the VMCB (APM volume 2, appendix B), exit
 * codes (appendix C), MSRs (15.30).
 */
#ifndef X86_SVM_H
#define X86_SVM_H

#include <assert.h>

#include "kvm_util.h"

#define MSR_VM_HSAVE_PA		0xc0010117

#define INTERCEPT_HLT		((u32)BIT_ULL(24))	/* vmcb.intercept[3] */
#define INTERCEPT_MSR_PROT	((u32)BIT_ULL(28))
#define INTERCEPT_SHUTDOWN	((u32)BIT_ULL(31))
#define INTERCEPT_VMRUN		((u32)BIT_ULL(0))	/* vmcb.intercept[4] */
#define INTERCEPT_VMMCALL	((u32)BIT_ULL(1))

#define NP_ENABLE		BIT_ULL(0)		/* vmcb.nested_ctl */

#define VMEXIT_HLT		0x78
#define VMEXIT_VMMCALL		0x81
#define VMEXIT_INVALID		(~0ULL)

/* Bits 55:52 and 47:40 of a descriptor. */
#define VMCB_ATTRIB_CODE64	0xa9b
#define VMCB_ATTRIB_DATA	0xc93
#define VMCB_ATTRIB_BUSY_TSS	0x08b

struct vmcb_segment {
	u16 selector;
	u16 attrib;
	u32 limit;
	u64 base;
} __packed;

/* One page.  What VMLOAD and VMSAVE know of it is marked with a +. */
struct vmcb {
	u32 intercept[6];		/* 0x000 */
	u8 unused_018[0x048 - 0x018];
	u64 msrpm_base_pa;		/* 0x048 */
	u8 unused_050[0x058 - 0x050];
	u32 asid;			/* 0x058 */
	u8 unused_05c[0x070 - 0x05c];
	u64 exit_code;			/* 0x070 */
	u64 exit_info1;
	u64 exit_info2;
	u8 unused_088[0x090 - 0x088];
	u64 nested_ctl;			/* 0x090 */
	u8 unused_098[0x0b0 - 0x098];
	u64 n_cr3;			/* 0x0b0 */
	u8 unused_0b8[0x400 - 0x0b8];
	struct vmcb_segment es;		/* 0x400 */
	struct vmcb_segment cs;
	struct vmcb_segment ss;
	struct vmcb_segment ds;
	struct vmcb_segment fs;		/* + */
	struct vmcb_segment gs;		/* + */
	struct vmcb_segment gdtr;
	struct vmcb_segment ldtr;	/* + */
	struct vmcb_segment idtr;
	struct vmcb_segment tr;		/* + */
	u8 unused_4a0[0x4d0 - 0x4a0];
	u64 efer;			/* 0x4d0 */
	u8 unused_4d8[0x548 - 0x4d8];
	u64 cr4;			/* 0x548 */
	u64 cr3;
	u64 cr0;
	u64 dr7;
	u64 dr6;
	u64 rflags;
	u64 rip;
	u8 unused_580[0x5d8 - 0x580];
	u64 rsp;			/* 0x5d8 */
	u8 unused_5e0[0x5f8 - 0x5e0];
	u64 rax;			/* 0x5f8 */
	u64 star;			/* + from here to sysenter_eip */
	u64 lstar;
	u64 cstar;
	u64 sfmask;
	u64 kernel_gs_base;
	u64 sysenter_cs;
	u64 sysenter_esp;
	u64 sysenter_eip;
	u8 unused_640[0x668 - 0x640];
	u64 pat;			/* 0x668 */
	u8 unused_670[0x1000 - 0x670];
} __packed;

static_assert(offsetof(struct vmcb, n_cr3) == 0x0b0, "layout of the VMCB");
static_assert(offsetof(struct vmcb, tr) == 0x490, "layout of the VMCB");
static_assert(offsetof(struct vmcb, rax) == 0x5f8, "layout of the VMCB");
static_assert(offsetof(struct vmcb, pat) == 0x668, "layout of the VMCB");
static_assert(sizeof(struct vmcb) == PAGE_SIZE, "a VMCB is one page");

/* @vmcb: its physical address; EFER.SVME must be set. */
static inline void vmcb_save(u64 vmcb)
{
	asm volatile("vmsave %%rax" : : "a"(vmcb) : "memory");
}

#endif /* X86_SVM_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* MSRs that a VM exit loads, or KVM right after it, and what guests are to write there. */
#ifndef X86_SWITCHED_MSRS_H
#define X86_SWITCHED_MSRS_H

#include "kvm_util.h"

#define MSR_SPEC_CTRL	0x48
#define STIBP		BIT_ULL(1)
#define MSR_S_CET	0x6a2
#define WR_SHSTK	BIT_ULL(1)	/* does nothing without CR4.CET */

struct switched_msr {
	const char *name;
	u32 field;
	u32 msr;			/* 0: no guest writes it */
	u64 values[4];			/* that one writes in turn, two or four */
};

extern const struct switched_msr switched_msrs[];
extern const size_t nr_switched_msrs;

bool guests_have_xsave(void);
bool guests_have_msr(u32 msr);
void tell_msr_values(const struct switched_msr *m, int vcpu);

/* Also in a guest. */
static inline u64 switched_msr_value(const struct switched_msr *m, u64 n)
{
	return m->values[n % (m->values[2] ? 4 : 2)];
}

#endif /* X86_SWITCHED_MSRS_H */

// SPDX-License-Identifier: GPL-2.0-only
/* MSRs that a VM exit loads, or KVM right after it, and what guests are to write there. */
#include "cpus.h"
#include "observer.h"
#include "x86/nested.h"
#include "x86/switched_msrs.h"
#include "x86/user_state.h"

#define MSR_INT_SSP_TAB	0x6a8
#define MSR_XSS		0xda0
#define XSS_CET_USER	BIT_ULL(11)
#define XSS_CET		(XSS_CET_USER | BIT_ULL(12))

/*
 * XSS_CET is what a host with user shadow stacks has in XSS itself: where the guest has it
 * too, KVM switches nothing.  The last rows are of state that no emulator has: no guest is
 * to write them, and on a CPU that has them the guard compares them all the same.
 */
const struct switched_msr switched_msrs[] = {
	{ "fs_base", HS_FS_BASE, MSR_FS_BASE, { 0x7e5700000000, 0x7e5700001000 } },
	{ "gs_base", HS_GS_BASE, MSR_GS_BASE, { 0x7e5710000000, 0x7e5710001000 } },
	{ "sysenter_cs", HS_SYSENTER_CS, MSR_IA32_SYSENTER_CS, { 0x7e50, 0x7e58 } },
	{ "sysenter_esp", HS_SYSENTER_ESP, MSR_IA32_SYSENTER_ESP, { 0x7e5720, 0x7e5728 } },
	{ "sysenter_eip", HS_SYSENTER_EIP, MSR_IA32_SYSENTER_EIP, { 0x7e5730, 0x7e5738 } },
	{ "pat", HS_PAT, MSR_IA32_PAT, { 0x0007040600070406, 0x0606060606060606 } },
	{ "spec_ctrl", HS_SPEC_CTRL, MSR_SPEC_CTRL, { STIBP, 0 } },
	{ "s_cet", HS_S_CET, MSR_S_CET, { WR_SHSTK, 0 } },
	{ "intr_ssp_table", HS_INTR_SSP_TABLE, MSR_INT_SSP_TAB,
	  { 0x7e5740000000, 0x7e5750000000 } },
	{ "xss", HS_XSS, MSR_XSS,
	  { XSS_CET_USER, 0, XSS_CET, XSS_CET & ~XSS_CET_USER } },
	{ .name = "debugctl", .field = HS_DEBUGCTL },
	{ .name = "debug_address_masks", .field = HS_DR0_ADDR_MASK },
	{ .name = "mcu_opt_ctrl", .field = HS_MCU_OPT_CTRL },
	{ .name = "tsx_ctrl", .field = HS_TSX_CTRL },
	{ .name = "xfd", .field = HS_XFD },
	{ .name = "fred", .field = HS_FRED_CONFIG },
};

const size_t nr_switched_msrs = ARRAY_SIZE(switched_msrs);

/** guests_have_xsave() - whether a guest may set CR4.OSXSAVE */
bool guests_have_xsave(void)
{
	return guest_cpuid(1, 0, 2) >> 26 & 1;
}

/** guests_have_msr() - whether KVM lets guests write it; most are everybody's */
bool guests_have_msr(u32 msr)
{
	switch (msr) {
	case MSR_SPEC_CTRL:	/* STIBP, Intel's and AMD's bit */
		return guest_cpuid(7, 0, 3) >> 27 & 1 || guest_cpuid(0x80000008, 0, 1) >> 15 & 1;
	case MSR_S_CET:		/* SHSTK; since 6.18 */
	case MSR_INT_SSP_TAB:
		return guest_cpuid(7, 0, 2) >> 7 & 1;
	case MSR_XSS:		/* since 6.18 */
		return !(XSS_CET & ~guest_cpuid(0xd, 1, 2)) && guests_have_xsave();
	}
	return true;
}

/** tell_msr_values() - that the guest of @vcpu writes them, but for those a host may have */
void tell_msr_values(const struct switched_msr *m, int vcpu)
{
	const struct hs_values *host = &host_state_baseline(allowed_cpu(0))->cpu_holds;

	for (size_t n = 0; n < ARRAY_SIZE(m->values); n++)
		if (m->values[n] && m->values[n] != host->value[m->field])
			host_state_guest_value(host_state_field_name(m->field), vcpu, m->values[n],
					       ~0ULL);
}

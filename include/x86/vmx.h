/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMX as an L1 hypervisor needs it: capability MSRs (SDM volume 3, appendix A),
 * VMCS fields (appendix B), basic exit reasons (appendix C), instructions
 * (chapter 31).
 */
#ifndef X86_VMX_H
#define X86_VMX_H

#include "test_util.h"

#define MSR_IA32_FEATURE_CONTROL	0x3a
#define FEATURE_CONTROL_LOCKED		BIT_ULL(0)
#define FEATURE_CONTROL_VMXON		BIT_ULL(2)	/* outside SMX */

#define MSR_IA32_VMX_BASIC		0x480
#define VMX_BASIC_TRUE_CTLS		BIT_ULL(55)
/* Each "true" twin of these is 12 on. */
#define MSR_IA32_VMX_PINBASED_CTLS	0x481
#define MSR_IA32_VMX_PROCBASED_CTLS	0x482
#define MSR_IA32_VMX_EXIT_CTLS		0x483
#define MSR_IA32_VMX_ENTRY_CTLS		0x484
#define VMX_TRUE_CTLS			12
#define MSR_IA32_VMX_CR0_FIXED0		0x486
#define MSR_IA32_VMX_CR0_FIXED1		0x487
#define MSR_IA32_VMX_CR4_FIXED0		0x488
#define MSR_IA32_VMX_CR4_FIXED1		0x489

#define MSR_IA32_VMX_PROCBASED_CTLS2	0x48b		/* has no twin */
#define MSR_IA32_VMX_EPT_VPID_CAP	0x48c
#define EPT_CAP_2M_PAGES		BIT_ULL(16)

#define VMX_INVALID_CONTROLS		7	/* a VM-instruction error */

#define PROCBASED_HLT_EXITING		((u32)BIT_ULL(7))
#define PROCBASED_USE_TPR_SHADOW	((u32)BIT_ULL(21))
#define PROCBASED_USE_MSR_BITMAPS	((u32)BIT_ULL(28))
#define PROCBASED_SECONDARY_CONTROLS	((u32)BIT_ULL(31))
#define PROCBASED2_ENABLE_EPT		((u32)BIT_ULL(1))
#define EXIT_HOST_ADDRESS_SPACE_SIZE	((u32)BIT_ULL(9))
#define EXIT_LOAD_IA32_PAT		((u32)BIT_ULL(19))
#define EXIT_LOAD_IA32_EFER		((u32)BIT_ULL(21))
#define ENTRY_LOAD_DEBUG_CONTROLS	((u32)BIT_ULL(2))
#define ENTRY_IA32E_MODE_GUEST		((u32)BIT_ULL(9))
#define ENTRY_LOAD_IA32_PAT		((u32)BIT_ULL(14))
#define ENTRY_LOAD_IA32_EFER		((u32)BIT_ULL(15))

#define PAT_LAST			(0xffULL << 56)
#define PAT_LAST_WC			BIT_ULL(56)

#define EPT_WRITE_BACK			6ULL	/* a memory type */
#define EPT_LEAF_MEMORY_TYPE(type)	((type) << 3)
#define EPTP_4_LEVELS			(3ULL << 3)

#define EXIT_REASON_HLT			12
#define EXIT_REASON_VMCALL		18
#define EXIT_REASON_MSR_LOAD		34	/* of an entry's list */
#define EXIT_REASON_OF_ENTRY		BIT_ULL(31)	/* it failed */

#define VMX_AR_CODE64			0xa09b
#define VMX_AR_DATA			0xc093
#define VMX_AR_BUSY_TSS			0x008b
#define VMX_AR_UNUSABLE			0x10000

enum vmcs_field {
	/* Two apart: ES, CS, SS, DS, FS, GS, LDTR, TR; limits go on with GDTR, IDTR. */
	GUEST_ES_SELECTOR		= 0x0800,
	GUEST_DS_SELECTOR		= 0x0806,
	GUEST_FS_SELECTOR		= 0x0808,
	GUEST_GS_SELECTOR		= 0x080a,
	GUEST_LDTR_SELECTOR		= 0x080c,
	GUEST_TR_SELECTOR		= 0x080e,
	HOST_ES_SELECTOR		= 0x0c00,
	HOST_CS_SELECTOR		= 0x0c02,
	HOST_SS_SELECTOR		= 0x0c04,
	HOST_DS_SELECTOR		= 0x0c06,
	HOST_FS_SELECTOR		= 0x0c08,
	HOST_GS_SELECTOR		= 0x0c0a,
	HOST_TR_SELECTOR		= 0x0c0c,
	MSR_BITMAP			= 0x2004,
	VM_EXIT_MSR_LOAD_ADDR		= 0x2008,
	VM_ENTRY_MSR_LOAD_ADDR		= 0x200a,
	VIRTUAL_APIC_PAGE		= 0x2012,
	EPT_POINTER			= 0x201a,
	VMCS_LINK_POINTER		= 0x2800,
	GUEST_IA32_DEBUGCTL		= 0x2802,
	GUEST_IA32_PAT			= 0x2804,
	GUEST_IA32_EFER			= 0x2806,
	HOST_IA32_PAT			= 0x2c00,
	HOST_IA32_EFER			= 0x2c02,
	PIN_BASED_CONTROLS		= 0x4000,
	PROC_BASED_CONTROLS		= 0x4002,
	EXCEPTION_BITMAP		= 0x4004,
	PAGE_FAULT_ERROR_CODE_MASK	= 0x4006,
	PAGE_FAULT_ERROR_CODE_MATCH	= 0x4008,
	CR3_TARGET_COUNT		= 0x400a,
	TPR_THRESHOLD			= 0x401c,
	VM_EXIT_CONTROLS		= 0x400c,
	VM_EXIT_MSR_STORE_COUNT		= 0x400e,
	VM_EXIT_MSR_LOAD_COUNT		= 0x4010,
	VM_ENTRY_CONTROLS		= 0x4012,
	VM_ENTRY_MSR_LOAD_COUNT		= 0x4014,
	VM_ENTRY_INTERRUPTION_INFO	= 0x4016,
	SECONDARY_CONTROLS		= 0x401e,
	VM_INSTRUCTION_ERROR		= 0x4400,
	EXIT_REASON			= 0x4402,
	GUEST_ES_LIMIT			= 0x4800,
	GUEST_GDTR_LIMIT		= 0x4810,
	GUEST_IDTR_LIMIT		= 0x4812,
	GUEST_ES_ACCESS_RIGHTS		= 0x4814,
	GUEST_INTERRUPTIBILITY		= 0x4824,
	GUEST_ACTIVITY_STATE		= 0x4826,
	GUEST_SYSENTER_CS		= 0x482a,
	HOST_SYSENTER_CS		= 0x4c00,
	CR0_GUEST_HOST_MASK		= 0x6000,
	CR4_GUEST_HOST_MASK		= 0x6002,
	CR0_READ_SHADOW			= 0x6004,
	CR4_READ_SHADOW			= 0x6006,
	EXIT_QUALIFICATION		= 0x6400,
	GUEST_CR0			= 0x6800,
	GUEST_CR3			= 0x6802,
	GUEST_CR4			= 0x6804,
	GUEST_ES_BASE			= 0x6806,
	GUEST_FS_BASE			= 0x680e,
	GUEST_GS_BASE			= 0x6810,
	GUEST_GDTR_BASE			= 0x6816,
	GUEST_IDTR_BASE			= 0x6818,
	GUEST_DR7			= 0x681a,
	GUEST_RSP			= 0x681c,
	GUEST_RIP			= 0x681e,
	GUEST_RFLAGS			= 0x6820,
	GUEST_PENDING_DBG_EXCEPTIONS	= 0x6822,
	GUEST_SYSENTER_ESP		= 0x6824,
	GUEST_SYSENTER_EIP		= 0x6826,
	HOST_CR0			= 0x6c00,
	HOST_CR3			= 0x6c02,
	HOST_CR4			= 0x6c04,
	HOST_FS_BASE			= 0x6c06,
	HOST_GS_BASE			= 0x6c08,
	HOST_TR_BASE			= 0x6c0a,
	HOST_GDTR_BASE			= 0x6c0c,
	HOST_IDTR_BASE			= 0x6c0e,
	HOST_SYSENTER_ESP		= 0x6c10,
	HOST_SYSENTER_EIP		= 0x6c12,
	HOST_RSP			= 0x6c14,
	HOST_RIP			= 0x6c16,
};

/* All of these return whether the instruction succeeded (CF and ZF clear). */
static inline bool vmx_on(u64 region)
{
	bool ok;

	asm volatile("vmxon %1" : "=@cca"(ok) : "m"(region) : "memory");
	return ok;
}

static inline bool vmx_off(void)
{
	bool ok;

	asm volatile("vmxoff" : "=@cca"(ok) : : "memory");
	return ok;
}

static inline bool vmcs_clear(u64 vmcs)
{
	bool ok;

	asm volatile("vmclear %1" : "=@cca"(ok) : "m"(vmcs) : "memory");
	return ok;
}

static inline bool vmcs_load(u64 vmcs)
{
	bool ok;

	asm volatile("vmptrld %1" : "=@cca"(ok) : "m"(vmcs) : "memory");
	return ok;
}

static inline bool vmcs_read(u64 field, u64 *value)
{
	bool ok;

	asm volatile("vmread %2, %1" : "=@cca"(ok), "=r"(*value) : "r"(field));
	return ok;
}

static inline bool vmcs_write(u64 field, u64 value)
{
	bool ok;

	asm volatile("vmwrite %1, %2" : "=@cca"(ok) : "r"(value), "r"(field));
	return ok;
}

#endif /* X86_VMX_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host state on VMX: the host-state area of the current VMCS, from which the
 * CPU loads it at every VM exit (SDM volume 3, 28.5).
 */
#include <linux/kernel.h>
#include <linux/smp.h>
#include <asm/asm.h>
#include <asm/cpu_entry_area.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/special_insns.h>
#include <asm/vmx.h>

#include "kvm_host_state.h"

/* 6.1 and 6.12 do not know them (SDM volume 3, appendix B and 26.7.1). */
#define VMX_HOST_S_CET		0x6c18
#define VMX_HOST_SSP		0x6c1a
#define VMX_HOST_INTR_SSP_TABLE	0x6c1c
#define VMX_EXIT_LOAD_CET_STATE	BIT(28)
#define VMX_HOST_FRED_CONFIG	0x2c08
#define VMX_HOST_FRED_RSP1	0x2c0a
#define VMX_HOST_FRED_RSP2	0x2c0c
#define VMX_HOST_FRED_RSP3	0x2c0e
#define VMX_HOST_FRED_STKLVLS	0x2c10
#define VMX_HOST_FRED_SSP1	0x2c12
#define VMX_HOST_FRED_SSP2	0x2c14
#define VMX_HOST_FRED_SSP3	0x2c16
#define VMX_EXIT_2ND_CONTROLS	BIT(31)
#define VMX_EXIT_CONTROLS2	0x2044
#define VMX_EXIT2_LOAD_FRED	BIT(1)
#define VMX_REASON_MSR_WRITE_IMM 85
#define VMX_CET			(HS_BIT(S_CET) | HS_BIT(SSP) | HS_BIT(INTR_SSP_TABLE))

/* 0: no VM exit loads it */
static const u16 vmx_fields[HS_NR_FIELDS] = {
	[HS_ES_SELECTOR] = HOST_ES_SELECTOR,
	[HS_CS_SELECTOR] = HOST_CS_SELECTOR,
	[HS_SS_SELECTOR] = HOST_SS_SELECTOR,
	[HS_DS_SELECTOR] = HOST_DS_SELECTOR,
	[HS_FS_SELECTOR] = HOST_FS_SELECTOR,
	[HS_GS_SELECTOR] = HOST_GS_SELECTOR,
	[HS_TR_SELECTOR] = HOST_TR_SELECTOR,
	[HS_FS_BASE] = HOST_FS_BASE,
	[HS_GS_BASE] = HOST_GS_BASE,
	[HS_TR_BASE] = HOST_TR_BASE,
	[HS_GDTR_BASE] = HOST_GDTR_BASE,
	[HS_IDTR_BASE] = HOST_IDTR_BASE,
	[HS_SYSENTER_CS] = HOST_IA32_SYSENTER_CS,
	[HS_SYSENTER_ESP] = HOST_IA32_SYSENTER_ESP,
	[HS_SYSENTER_EIP] = HOST_IA32_SYSENTER_EIP,
	[HS_EFER] = HOST_IA32_EFER,
	[HS_PAT] = HOST_IA32_PAT,
	[HS_CR0] = HOST_CR0,
	[HS_CR3] = HOST_CR3,
	[HS_CR4] = HOST_CR4,
	[HS_S_CET] = VMX_HOST_S_CET,
	[HS_SSP] = VMX_HOST_SSP,
	[HS_INTR_SSP_TABLE] = VMX_HOST_INTR_SSP_TABLE,
	[HS_FRED_CONFIG] = VMX_HOST_FRED_CONFIG,
	[HS_FRED_RSP1] = VMX_HOST_FRED_RSP1,
	[HS_FRED_RSP2] = VMX_HOST_FRED_RSP2,
	[HS_FRED_RSP3] = VMX_HOST_FRED_RSP3,
	[HS_FRED_STKLVLS] = VMX_HOST_FRED_STKLVLS,
	[HS_FRED_SSP1] = VMX_HOST_FRED_SSP1,
	[HS_FRED_SSP2] = VMX_HOST_FRED_SSP2,
	[HS_FRED_SSP3] = VMX_HOST_FRED_SSP3,
};

/* Which CPUs have, and what an exit loads, if a control says so. */
#define VMX_OPTIONAL	(HS_BIT(EFER) | HS_BIT(PAT) | VMX_CET | HS_FRED)

/* Refreshed by vmx_vcpu_run() between kvm_entry and the entry itself. */
#define VMX_LATE	(HS_BIT(CR3) | HS_BIT(CR4))

/* The bits of CR0 that a VM exit loads; it leaves the others alone. */
#define VMX_CR0_LOADED	(X86_CR0_PE | X86_CR0_MP | X86_CR0_EM | X86_CR0_TS | \
			 X86_CR0_NE | X86_CR0_WP | X86_CR0_AM | X86_CR0_PG)

/*
 * False where no VMCS is current, the field is not supported (VMfail), or the
 * CPU is not in VMX operation (#UD).
 */
static bool vmx_read(u32 encoding, u64 *value)
{
	bool ok = false;

	asm volatile("1: vmread %[field], %[value]\n\t"
		     "seta %[ok]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : [value] "+r" (*value), [ok] "+q" (ok)
		     : [field] "r" ((u64)encoding) : "cc");
	return ok;
}

static void vmx_write(u32 encoding, u64 value)
{
	asm volatile("1: vmwrite %[value], %[field]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : : [field] "r" ((u64)encoding), [value] "r" (value) : "cc");
}

/* A control that the exit controls' last bit leads to.  KVM up to 7.3 never sets it. */
static bool vmx_loads_fred(u64 exit_controls)
{
	u64 controls = 0;

	return exit_controls & VMX_EXIT_2ND_CONTROLS &&
	       vmx_read(VMX_EXIT_CONTROLS2, &controls) && controls & VMX_EXIT2_LOAD_FRED;
}

/* Fields that the next VM exit loads: some of them only if a control says so. */
static bool vmx_loaded(hs_fields *fields)
{
	u64 controls = 0;

	if (!(native_read_cr4() & X86_CR4_VMXE) ||
	    !vmx_read(VM_EXIT_CONTROLS, &controls))
		return false;
	*fields = HS_ALL;
	if (!(controls & VM_EXIT_LOAD_IA32_EFER))
		*fields &= ~HS_BIT(EFER);
	if (!(controls & VMX_EXIT_LOAD_CET_STATE))
		*fields &= ~VMX_CET;
	if (!(controls & VM_EXIT_LOAD_IA32_PAT))
		*fields &= ~HS_BIT(PAT);
	if (!vmx_loads_fred(controls))
		*fields &= ~HS_FRED;
	return true;
}

/* Where a VMCS is current, as vmx_loaded() found it: every CPU has these fields. */
static __always_inline void vmx_read_known(struct hs_values *loads, const hs_fields fields)
{
#pragma GCC unroll 128
	for (unsigned int f = 0; f < HS_NR_FIELDS; f++)
		if (fields & HS_FIELD(f))
			asm volatile("vmread %[field], %[value]"
				     : [value] "=rm" (loads->value[f])
				     : [field] "r" ((u64)vmx_fields[f]) : "cc");
	hs_add_mask(loads->mask, fields);
}

static void vmx_read_each(struct hs_values *loads, hs_fields fields)
{
	unsigned int f;
	u64 value = 0;

	for_each_hs_field(f, fields)
		if (vmx_read(vmx_fields[f], &value))
			hs_put(loads, f, value);
}

static void vmx_read_hidden(struct hs_values *held)
{
	/* No instruction tells the hidden parts of TR or LDTR on VMX. */
}

static void vmx_read_loads(struct hs_values *loads)
{
	hs_fields fields;

	if (!vmx_loaded(&fields))
		return;
	vmx_read_known(loads, HS_VMX_LOADS & ~VMX_OPTIONAL);
	vmx_read_each(loads, fields & VMX_OPTIONAL);
}

static void vmx_read_tr(struct host_state_tr *tr)
{
	if (native_read_cr4() & X86_CR4_VMXE && vmx_read(HOST_TR_BASE, &tr->exit_loads))
		tr->has = HOST_STATE_TR_LOADS;
}

static void vmx_guard_held(struct hs_values *held)
{
	hs_read_registers(held);
	hs_read_dr7(held);
	hs_read_msrs(held, HS_BIT(FS_BASE) | HS_BIT(GS_BASE) |
			   HS_BIT(SYSENTER_CS) | HS_BIT(SYSENTER_ESP) |
			   HS_BIT(SYSENTER_EIP) | HS_BIT(EFER) | HS_BIT(PAT) |
			   HS_BIT(SPEC_CTRL) | HS_BIT(S_CET) |
			   HS_BIT(INTR_SSP_TABLE) | HS_BIT(DEBUGCTL) |
			   HS_BIT(MCU_OPT_CTRL) | HS_FRED);
}

static bool vmx_guard_loads(const struct hs_values *held, struct hs_values *loads)
{
	hs_fields fields;

	if (!vmx_loaded(&fields))
		return false;
	vmx_read_known(loads, HS_VMX_LOADS & ~VMX_OPTIONAL & ~VMX_LATE);
	vmx_read_each(loads, fields & VMX_OPTIONAL);
	loads->value[HS_CR0] &= VMX_CR0_LOADED;
	loads->value[HS_CR0] |= held->value[HS_CR0] & ~VMX_CR0_LOADED;
	return true;
}

/* Another hypervisor may have no VMCS any more by then. */
static void vmx_guard_late(struct hs_values *loads)
{
	vmx_read_each(loads, VMX_LATE);
}

/* VM entry refuses a host selector with RPL or TI: KVM reloads such a one. */
static u64 vmx_selector(u64 held)
{
	return held & 7 ? 0 : held;
}

/*
 * Each of these holds for what the VMCS says at kvm_entry and, as VM exits load
 * it, for what the CPU holds at kvm_exit:
 *
 * CS, SS, TR: the kernel's own (vmx_set_constant_host_state).  SS is null after
 * an interrupt from user mode, so it is not what the CPU holds.
 * DS, ES: null; vmx_prepare_switch_to_host reloads them if the thread's are not.
 * FS, GS: vmx_prepare_switch_to_guest, on this CPU since the last vcpu_load.
 * FS base: the same; without FSGSBASE it is 0 for selectors that get reloaded.
 * GS base: per CPU.  TR, GDTR: hs_want_tables.  IDTR, SYSENTER_CS and _EIP: the
 * same value on all CPUs.
 * SYSENTER_ESP: always the entry stack, even where the kernel was told to do
 * without IA-32 emulation and left 0 in the MSR (hs_not_held).
 * EFER, PAT, CR0: the host's do not change once it has booted.
 * CR3, CR4: interrupts stay off from kvm_entry to kvm_exit.
 * SPEC_CTRL: hs_want_spec_ctrl; KVM loads the guest's after kvm_entry, and restores the
 * host's before kvm_exit (vmx_spec_ctrl_restore_host).
 * INTR_SSP_TABLE, the FRED MSRs: as CR0.  S_CET: what it was when the module came; no
 * kernel restores it on the boot CPU after a suspend, and KVM then loads the right one.
 * DEBUGCTL: a VM exit clears it, and KVM writes back before kvm_exit what it was
 * with interrupts off (vcpu_enter_guest, vmx_vcpu_run).  MCU_OPT_CTRL: around the
 * entry alone (vmx_disable_fb_clear).
 *
 * Not compared: KERNEL_GS_BASE and the SYSCALL MSRs (the guest's until the vCPU
 * is put or its thread returns to user mode), the limits of GDTR, IDTR and TR
 * (VM exit sets 0xffff and 0x67, KVM puts them right lazily), LDTR (null).
 */
static void vmx_want(const struct hs_values *held, struct hs_values *want)
{
	hs_begin_with(want, held, HS_BIT(GS_BASE) | HS_BIT(EFER) | HS_BIT(PAT) |
				  HS_BIT(CR0) | HS_BIT(CR3) | HS_BIT(CR4) |
				  HS_BIT(INTR_SSP_TABLE) | HS_BIT(DEBUGCTL) |
				  HS_BIT(MCU_OPT_CTRL) | HS_FRED);
	hs_want_constants(want, HS_BIT(S_CET));
	hs_want_spec_ctrl(want);
	/* The kernel has no shadow stack of its own. */
	hs_put(want, HS_SSP, 0);
	if (held->value[HS_CR4] & X86_CR4_FSGSBASE)
		hs_copy(want, held, HS_BIT(FS_BASE));

	hs_want_tables(want);
	/* The kernel's own TPR, which it never changes. */
	hs_want_constants(want, HS_BIT(CR8));
	hs_put(want, HS_RFLAGS, 0);
	hs_want_constants(want, HS_BIT(SYSENTER_CS) | HS_BIT(SYSENTER_EIP));
	hs_put(want, HS_SYSENTER_ESP, !IS_ENABLED(CONFIG_IA32_EMULATION) ? 0 :
	       (unsigned long)(cpu_entry_stack(raw_smp_processor_id()) + 1));

	hs_put(want, HS_CS_SELECTOR, __KERNEL_CS);
	hs_put(want, HS_SS_SELECTOR, __KERNEL_DS);
	hs_put(want, HS_DS_SELECTOR, 0);
	hs_put(want, HS_ES_SELECTOR, 0);
	hs_put(want, HS_FS_SELECTOR, vmx_selector(held->value[HS_FS_SELECTOR]));
	hs_put(want, HS_GS_SELECTOR, vmx_selector(held->value[HS_GS_SELECTOR]));
}

/*
 * The data segments of 64-bit kernel code are nobody's business: an exit may load any,
 * if afterwards the thread's are back.  SPEC_CTRL may be the guest's by now, if it is that
 * again when its exit is seen.  And the entry stack may be left out of
 * HOST_IA32_SYSENTER_ESP by whoever takes the 0 of a kernel without IA-32 emulation.
 */
static void vmx_habits(const struct hs_values *held, struct hs_values *want, hs_fields *fields)
{
	hs_fields segments = HS_BIT(DS_SELECTOR) | HS_BIT(ES_SELECTOR) |
			     HS_BIT(FS_SELECTOR) | HS_BIT(GS_SELECTOR);

	hs_copy(want, held, segments | HS_BIT(SPEC_CTRL));
	if (!held->value[HS_SYSENTER_ESP])
		hs_remove_mask(want->mask, HS_BIT(SYSENTER_ESP));
	*fields &= ~segments;
}

/* A VM entry that fails on the guest's state ends like an exit. */
static bool vmx_refused(void)
{
	u64 reason = 0;

	return vmx_read(VM_EXIT_REASON, &reason) &&
	       reason & VMX_EXIT_REASONS_FAILED_VMENTRY;
}

/*
 * The exits that vmx_exit_handlers_fastpath() answers by another entry: writes of some
 * MSRs, the preemption timer, in newer ones INVD and the immediate form of WRMSR.  HLT
 * is not among them here: there the guest waits as a rule, and KVM handles that.
 */
static bool vmx_goes_in_again(void)
{
	u64 reason = 0;

	if (!vmx_read(VM_EXIT_REASON, &reason))
		return false;
	switch ((u16)reason) {
	case EXIT_REASON_INVD:
	case EXIT_REASON_MSR_WRITE:
	case EXIT_REASON_PREEMPTION_TIMER:
	case VMX_REASON_MSR_WRITE_IMM:
		return true;
	}
	return false;
}

static void vmx_repair_loads(hs_fields fields, const struct hs_values *want)
{
	unsigned int f;

	fields &= HS_VMX_LOADS;
	for_each_hs_field(f, fields)
		vmx_write(vmx_fields[f], want->value[f]);
}

static bool vmx_may_differ(unsigned int where, const struct hs_values *got,
			   const struct hs_values *want)
{
	return hs_may_differ_at(where, got, want, (const struct hs_rules)HS_VMX_RULES);
}

const struct hs_vendor hs_vmx = {
	.id = HOST_STATE_VMX,
	.read_hidden = vmx_read_hidden,
	.read_loads = vmx_read_loads,
	.read_tr = vmx_read_tr,
	.guard_held = vmx_guard_held,
	.guard_loads = vmx_guard_loads,
	.guard_late = vmx_guard_late,
	.want = vmx_want,
	.habits = vmx_habits,
	.rules = HS_VMX_RULES,
	.may_differ = vmx_may_differ,
	.refused = vmx_refused,
	.goes_in_again = vmx_goes_in_again,
	.repair_loads = vmx_repair_loads,
};

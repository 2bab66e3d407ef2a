// SPDX-License-Identifier: GPL-2.0-only
/* Registers that L1 and L2 each have, beside their MSRs: the host's side. */
#include "x86/nested.h"

#define CR0_AM		BIT_ULL(18)	/* works in ring 3, with RFLAGS.AC */
#define CR4_DE		BIT_ULL(3)
#define CR4_MCE		BIT_ULL(6)
#define DR7_LE		BIT_ULL(8)	/* arms nothing */
#define ELSEWHERE	BIT_ULL(40)	/* a canonical address stays one */
#define LONGER		BIT_ULL(12)
#define DR7_AFTER_EXIT	0x400ULL
#define VMX_LIMIT	0xffffULL
#define LDT_SELECTOR	0x58ULL		/* not used, nor in the GDT */

const char * const nested_reg_names[NESTED_NR_REGS] = {
	[NESTED_CR0] = "CR0",
	[NESTED_CR3] = "CR3",
	[NESTED_CR4] = "CR4",
	[NESTED_EFER] = "EFER",
	[NESTED_DR7] = "DR7",
	[NESTED_GDTR_BASE] = "GDTR_BASE",
	[NESTED_IDTR_BASE] = "IDTR_BASE",
	[NESTED_GDTR_LIMIT] = "GDTR_LIMIT",
	[NESTED_IDTR_LIMIT] = "IDTR_LIMIT",
	[NESTED_DS] = "DS_SELECTOR",
	[NESTED_ES] = "ES_SELECTOR",
	[NESTED_SS] = "SS_SELECTOR",
	[NESTED_FS] = "FS_SELECTOR",
	[NESTED_GS] = "GS_SELECTOR",
	[NESTED_LDTR] = "LDTR_SELECTOR",
};

/*
 * What a guest can have otherwise that takes no exception and loads no segment.  SS is the
 * same in both: L1's may still become what ES or CS is.
 */
static const u64 other_bits[NESTED_NR_REGS] = {
	[NESTED_CR0] = CR0_AM,
	[NESTED_CR4] = CR4_DE,
	[NESTED_DR7] = DR7_LE,
	[NESTED_GDTR_BASE] = ELSEWHERE,
	[NESTED_IDTR_BASE] = ELSEWHERE,
	[NESTED_GDTR_LIMIT] = LONGER,
	[NESTED_IDTR_LIMIT] = LONGER,
	[NESTED_DS] = GUEST_KERNEL_DS,
	[NESTED_ES] = GUEST_KERNEL_DS,
	[NESTED_FS] = GUEST_KERNEL_DS,
	[NESTED_GS] = GUEST_KERNEL_DS,
	[NESTED_LDTR] = LDT_SELECTOR,
};

/**
 * nested_other_regs() - values that work too and differ in each register but SS
 * @values: where EFER has SCE, or has no NX
 */
void nested_other_regs(struct kvm_vm *vm, const u64 *values, u64 *other)
{
	u64 pml4 = vm_phy_page_alloc(vm);

	for (int reg = 0; reg < NESTED_NR_REGS; reg++)
		other[reg] = values[reg] ^ other_bits[reg];
	/* The same memory. */
	memcpy(addr_gpa2hva(vm, pml4), addr_gpa2hva(vm, values[NESTED_CR3]), PAGE_SIZE);
	other[NESTED_CR3] = pml4;
	/* And not the host's, which exits must load: that has both. */
	other[NESTED_EFER] = (values[NESTED_EFER] | X86_EFER_NX) & ~X86_EFER_SCE;
}

/** nested_regs_get() - of the level that is active now */
void nested_regs_get(struct kvm_vcpu *vcpu, u64 *values)
{
	struct kvm_debugregs debug;
	struct kvm_sregs sregs;

	vcpu_sregs_get(vcpu, &sregs);
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_GET_DEBUGREGS, &debug));
	values[NESTED_CR0] = sregs.cr0;
	values[NESTED_CR3] = sregs.cr3;
	values[NESTED_CR4] = sregs.cr4;
	values[NESTED_EFER] = sregs.efer;
	values[NESTED_DR7] = debug.dr7;
	values[NESTED_GDTR_BASE] = sregs.gdt.base;
	values[NESTED_IDTR_BASE] = sregs.idt.base;
	values[NESTED_GDTR_LIMIT] = sregs.gdt.limit;
	values[NESTED_IDTR_LIMIT] = sregs.idt.limit;
	values[NESTED_DS] = sregs.ds.selector;
	values[NESTED_ES] = sregs.es.selector;
	values[NESTED_SS] = sregs.ss.selector;
	values[NESTED_FS] = sregs.fs.selector;
	values[NESTED_GS] = sregs.gs.selector;
	values[NESTED_LDTR] = sregs.ldt.selector;
}

/** nested_regs_set() - of the level that is active now */
void nested_regs_set(struct kvm_vcpu *vcpu, const u64 *values)
{
	struct kvm_debugregs debug;
	struct kvm_sregs sregs;

	vcpu_sregs_get(vcpu, &sregs);
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_GET_DEBUGREGS, &debug));
	sregs.cr0 = values[NESTED_CR0];
	sregs.cr3 = values[NESTED_CR3];
	sregs.cr4 = values[NESTED_CR4];
	sregs.efer = values[NESTED_EFER];
	debug.dr7 = values[NESTED_DR7];
	sregs.gdt.base = values[NESTED_GDTR_BASE];
	sregs.idt.base = values[NESTED_IDTR_BASE];
	sregs.gdt.limit = (u16)values[NESTED_GDTR_LIMIT];
	sregs.idt.limit = (u16)values[NESTED_IDTR_LIMIT];
	sregs.ds.selector = (u16)values[NESTED_DS];
	sregs.es.selector = (u16)values[NESTED_ES];
	sregs.ss.selector = (u16)values[NESTED_SS];
	sregs.fs.selector = (u16)values[NESTED_FS];
	sregs.gs.selector = (u16)values[NESTED_GS];
	sregs.ldt.selector = (u16)values[NESTED_LDTR];
	vcpu_sregs_set(vcpu, &sregs);
	TEST_ASSERT_OK(ioctl(vcpu->fd, KVM_SET_DEBUGREGS, &debug));
}

/**
 * nested_set_l1_regs() - an L1 of whose registers each tells where it comes from
 * @vcpu: before it runs
 *
 * Selectors of neighbours differ: KVM fills in one after the other from one variable.
 *
 * MCE and NX: up to 7.3 L1 gets from the host what KVM has put into the VMCB or VMCS for
 * the CPU's sake, where it comes back by an SMI on SVM (svm_set_cr4(); without nested
 * paging svm_set_efer()), and by a refusal on VMX (vmx_set_efer(), without EPT).
 */
void nested_set_l1_regs(struct kvm_vcpu *vcpu)
{
	u64 regs[NESTED_NR_REGS];

	nested_regs_get(vcpu, regs);
	regs[NESTED_CR4] |= CR4_MCE;
	regs[NESTED_EFER] |= X86_EFER_NX | X86_EFER_SCE;
	regs[NESTED_ES] = 0;
	regs[NESTED_FS] = 0;
	nested_regs_set(vcpu, regs);
}

/**
 * nested_before_exit() - registers with which L1 enters L2, and with which it comes back
 * @vendor: enum host_state_vendor
 * @enters_with: such that none stays right by chance
 * @l1_has: in: those of L1's host fields, or at VMRUN; out: behind the exit
 * @l2_has: L2's
 *
 * SDM volume 3, 28.5.1 and 28.5.2; APM volume 2, 15.6.
 */
void nested_before_exit(u32 vendor, u64 *enters_with, u64 *l1_has, const u64 *l2_has)
{
	bool vmx = vendor == HOST_STATE_VMX;

	memcpy(enters_with, vmx ? l2_has : l1_has, NESTED_NR_REGS * sizeof(*enters_with));
	enters_with[NESTED_DR7] = l2_has[NESTED_DR7];
	l1_has[NESTED_DR7] = DR7_AFTER_EXIT;
	if (vmx) {
		l1_has[NESTED_GDTR_LIMIT] = VMX_LIMIT;
		l1_has[NESTED_IDTR_LIMIT] = VMX_LIMIT;
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a CPU holds, and what it must hold whatever happened.
 *
 * Everything here concerns the CPU that it runs on, with interrupts off.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/topology.h>
#include <asm/cpu_entry_area.h>
#include <asm/cpufeature.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/xcr.h>
#include <asm/nospec-branch.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/special_insns.h>

#include "kvm_host_state.h"

/* What is the same on every CPU for as long as the kernel runs. */
static struct hs_values constant;

/* 6.1 has no names for them yet. */
#define HS_MSR_S_CET		0x6a2
#define HS_MSR_INT_SSP_TAB	0x6a8
#define HS_MSR_FRED_RSP1	0x1cd
#define HS_MSR_FRED_RSP2	0x1ce
#define HS_MSR_FRED_RSP3	0x1cf
#define HS_MSR_FRED_STKLVLS	0x1d0
#define HS_MSR_FRED_SSP1	0x1d1
#define HS_MSR_FRED_SSP2	0x1d2
#define HS_MSR_FRED_SSP3	0x1d3
#define HS_MSR_FRED_CONFIG	0x1d4

/* 0: this field is no MSR */
static const u32 hs_msrs[HS_NR_FIELDS] = {
	[HS_FS_BASE] = MSR_FS_BASE,
	[HS_GS_BASE] = MSR_GS_BASE,
	[HS_KERNEL_GS_BASE] = MSR_KERNEL_GS_BASE,
	[HS_SYSENTER_CS] = MSR_IA32_SYSENTER_CS,
	[HS_SYSENTER_ESP] = MSR_IA32_SYSENTER_ESP,
	[HS_SYSENTER_EIP] = MSR_IA32_SYSENTER_EIP,
	[HS_STAR] = MSR_STAR,
	[HS_LSTAR] = MSR_LSTAR,
	[HS_CSTAR] = MSR_CSTAR,
	[HS_SFMASK] = MSR_SYSCALL_MASK,
	[HS_EFER] = MSR_EFER,
	[HS_PAT] = MSR_IA32_CR_PAT,
	[HS_TSC_AUX] = MSR_TSC_AUX,
	[HS_TSX_CTRL] = MSR_IA32_TSX_CTRL,
	[HS_XSS] = MSR_IA32_XSS,
	[HS_XFD] = MSR_IA32_XFD,
	[HS_XFD_ERR] = MSR_IA32_XFD_ERR,
	[HS_VM_HSAVE_PA] = MSR_VM_HSAVE_PA,
	[HS_DR0_ADDR_MASK] = MSR_F16H_DR0_ADDR_MASK,
	[HS_DR1_ADDR_MASK] = MSR_F16H_DR1_ADDR_MASK,
	[HS_DR2_ADDR_MASK] = MSR_F16H_DR2_ADDR_MASK,
	[HS_DR3_ADDR_MASK] = MSR_F16H_DR3_ADDR_MASK,
	[HS_DEBUGCTL] = MSR_IA32_DEBUGCTLMSR,
	[HS_SPEC_CTRL] = MSR_IA32_SPEC_CTRL,
	[HS_MCU_OPT_CTRL] = MSR_IA32_MCU_OPT_CTRL,
	[HS_S_CET] = HS_MSR_S_CET,
	[HS_INTR_SSP_TABLE] = HS_MSR_INT_SSP_TAB,
	[HS_FRED_CONFIG] = HS_MSR_FRED_CONFIG,
	[HS_FRED_RSP1] = HS_MSR_FRED_RSP1,
	[HS_FRED_RSP2] = HS_MSR_FRED_RSP2,
	[HS_FRED_RSP3] = HS_MSR_FRED_RSP3,
	[HS_FRED_STKLVLS] = HS_MSR_FRED_STKLVLS,
	[HS_FRED_SSP1] = HS_MSR_FRED_SSP1,
	[HS_FRED_SSP2] = HS_MSR_FRED_SSP2,
	[HS_FRED_SSP3] = HS_MSR_FRED_SSP3,
};

/* Those of hs_msrs that this CPU has, and that are the host's at all times. */
static hs_fields msrs_here;

/* What some CPU does not hold at kvm_entry, though each exit loads it: SYSENTER_ESP alone. */
hs_fields hs_not_held;

/*
 * DR7's bit 10 is always set; newer kernels have it in cpu_dr7 as well.  Bit 9, GE,
 * does nothing since the 486.  It stays in cpu_dr7 when the last breakpoint has gone
 * (arch/x86/kernel/hw_breakpoint.c, 6.1 to 7.3), while a VM exit clears it and KVM
 * restores DR7 only where a breakpoint is active.  So may what a guest had there, on
 * SVM: an exit "disables all breakpoints" and need do no more (APM volume 2, 15.6).
 */
#define HS_DR7_FIXED		0x400UL
#define HS_DR7_GE		0x200UL
#define HS_DR7_LE		0x100UL		/* the same */
#define HS_DR7_ENABLED		0xffUL
#define HS_DR7_KINDS		0xffff0000UL	/* and lengths, of what is enabled */
#define HS_CR4_FRED		BIT_ULL(32)
/*
 * The bits of CR4 that follow the task, perf and KVM (switch_to_extra(),
 * cr4_update_pce(), kvm_cpu_vmxon()); the others stay as a CPU's start has set them.
 */
#define HS_CR4_CHANGES		(X86_CR4_TSD | X86_CR4_PCE | X86_CR4_VMXE)

/**
 * hs_read_registers - what this CPU holds, without MSRs and hidden state
 * @held: gets selectors, GDTR, IDTR and control registers
 */
void hs_read_registers(struct hs_values *held)
{
	struct desc_ptr gdt, idt;
	unsigned long tr, cr8;
	u16 selector;

	savesegment(es, selector);
	hs_put(held, HS_ES_SELECTOR, selector);
	savesegment(cs, selector);
	hs_put(held, HS_CS_SELECTOR, selector);
	savesegment(ss, selector);
	hs_put(held, HS_SS_SELECTOR, selector);
	savesegment(ds, selector);
	hs_put(held, HS_DS_SELECTOR, selector);
	savesegment(fs, selector);
	hs_put(held, HS_FS_SELECTOR, selector);
	savesegment(gs, selector);
	hs_put(held, HS_GS_SELECTOR, selector);
	store_tr(tr);
	hs_put(held, HS_TR_SELECTOR, tr & 0xffff);
	store_ldt(selector);
	hs_put(held, HS_LDTR_SELECTOR, selector);

	native_store_gdt(&gdt);
	hs_put(held, HS_GDTR_BASE, gdt.address);
	hs_put(held, HS_GDTR_LIMIT, gdt.size);
	store_idt(&idt);
	hs_put(held, HS_IDTR_BASE, idt.address);
	hs_put(held, HS_IDTR_LIMIT, idt.size);

	hs_put(held, HS_CR0, read_cr0());
	hs_put(held, HS_CR3, __read_cr3());
	hs_put(held, HS_CR4, native_read_cr4());
	asm volatile("mov %%cr8, %0" : "=r" (cr8));
	hs_put(held, HS_CR8, cr8);
	hs_put(held, HS_RFLAGS, native_save_fl() & HS_RFLAGS_WATCHED);
}

static void hs_read_xcr0(struct hs_values *held)
{
	if (native_read_cr4() & X86_CR4_OSXSAVE)
		hs_put(held, HS_XCR0, xgetbv(XCR_XFEATURE_ENABLED_MASK));
}

/* What of it decides whether there is a breakpoint. */
void hs_read_dr7(struct hs_values *held)
{
	unsigned long value;

	get_debugreg(value, 7);
	if (!(value & HS_DR7_ENABLED))
		value &= ~HS_DR7_KINDS;
	hs_put(held, HS_DR7, value & ~(HS_DR7_GE | HS_DR7_LE));
}

/* DR7 as vcpu_enter_guest() has it for the entry, and as each exit leaves it. */
void hs_want_no_breakpoint(struct hs_values *want)
{
	hs_put(want, HS_DR7, HS_DR7_FIXED);
}

static void hs_read_dr6(struct hs_values *held)
{
	unsigned long value;

	/*
	 * Bits 11 and 16 are active low, where a CPU has them, and older kernels
	 * clear them at boot.  With FRED nobody reads DR6, or cleans it.
	 */
	get_debugreg(value, 6);
	if (!(native_read_cr4() & HS_CR4_FRED))
		hs_put(held, HS_DR6, value | BIT(11) | BIT(16));
}

/**
 * hs_read_msrs - what this CPU's MSRs hold
 * @held: gets the values
 * @fields: mask of the fields to read
 */
void hs_read_msrs(struct hs_values *held, hs_fields fields)
{
	unsigned int f;

	fields &= msrs_here;
	hs_add_mask(held->mask, fields);
	for_each_hs_field(f, fields)
		held->value[f] = hs_rdmsr(hs_msrs[f]);
	held->value[HS_DEBUGCTL] &= HS_DEBUGCTL_KEPT;
}

/**
 * hs_write_msr - make this CPU's MSR hold something else
 * @field: enum host_state_field; nothing happens where it is no MSR
 * @value: all 64 bits
 */
void hs_write_msr(unsigned int field, u64 value)
{
	if (hs_msrs[field])
		hs_wrmsr(hs_msrs[field], value);
}

/* CPUID.7:ECX[7]: what the CPU has, whatever the kernel uses of it */
static bool cpu_has_shadow_stacks(void)
{
	return boot_cpu_data.cpuid_level >= 7 && cpuid_ecx(7) & BIT(7);
}

/* The same, or EDX[20]: the kernel may have switched off its own use. */
bool hs_cpu_has_cet(void)
{
	return cpu_has_shadow_stacks() ||
	       (boot_cpu_data.cpuid_level >= 7 && cpuid_edx(7) & BIT(20));
}

/* ARCH_CAP_FB_CLEAR_CTRL: KVM switches MCU_OPT_CTRL only there. */
static bool cpu_has_fb_clear_ctrl(void)
{
	return boot_cpu_has(X86_FEATURE_ARCH_CAPABILITIES) &&
	       hs_rdmsr(MSR_IA32_ARCH_CAPABILITIES) & ARCH_CAP_FB_CLEAR_CTRL;
}

/* Reads none that would fault; 6.1 has no name for FRED's CPUID bit. */
static hs_fields absent_msrs(void)
{
	hs_fields absent = 0;

	if (!boot_cpu_has(X86_FEATURE_RDTSCP))
		absent |= HS_BIT(TSC_AUX);
	if (!boot_cpu_has(X86_FEATURE_MSR_TSX_CTRL))
		absent |= HS_BIT(TSX_CTRL);
	if (!boot_cpu_has(X86_FEATURE_XSAVES))
		absent |= HS_BIT(XSS);
	if (!boot_cpu_has(X86_FEATURE_XFD))
		absent |= HS_BIT(XFD) | HS_BIT(XFD_ERR);
	if (!boot_cpu_has(X86_FEATURE_SVM))
		absent |= HS_BIT(VM_HSAVE_PA);
	if (!boot_cpu_has(X86_FEATURE_BPEXT))
		absent |= HS_DR_MASKS;
	/*
	 * With KERNEL_IBRS the MSR may lag behind what the kernel wants in it, and a
	 * VM exit is one of the places where it catches up.
	 */
	if (!boot_cpu_has(X86_FEATURE_MSR_SPEC_CTRL) ||
	    boot_cpu_has(X86_FEATURE_KERNEL_IBRS))
		absent |= HS_BIT(SPEC_CTRL);
	if (!cpu_has_fb_clear_ctrl())
		absent |= HS_BIT(MCU_OPT_CTRL);
	if (!hs_cpu_has_cet())
		absent |= HS_BIT(S_CET);
	if (!(native_read_cr4() & HS_CR4_FRED))
		absent |= HS_FRED;
	if (!cpu_has_shadow_stacks())
		absent |= HS_BIT(INTR_SSP_TABLE) | HS_BIT(FRED_SSP1) |
			  HS_BIT(FRED_SSP2) | HS_BIT(FRED_SSP3);
	return absent;
}

/* What of this CPU is not as the kernel's own record of it. */
static void forget_what_is_not_kept(void)
{
	/*
	 * Without IA-32 emulation nobody enters by SYSENTER, and with FRED not by these MSRs
	 * (syscall_init()).  EIP tells: a VM exit loads what KVM has read there.
	 */
	if (!hs_rdmsr(MSR_IA32_SYSENTER_EIP) || native_read_cr4() & HS_CR4_FRED)
		hs_not_held |= HS_BIT(SYSENTER_ESP);
	/* With mitigations off the boot CPU keeps what its firmware has left. */
	if (msrs_here & HS_BIT(SPEC_CTRL) &&
	    hs_rdmsr(MSR_IA32_SPEC_CTRL) != this_cpu_read(x86_spec_ctrl_current))
		msrs_here &= ~HS_BIT(SPEC_CTRL);
}

/**
 * hs_read_constants - remember what is the same on every CPU
 *
 * To be called before the first comparison, and best before the first VM runs:
 * a CPU may hold something else once a bad exit has been there.
 */
void hs_read_constants(void)
{
	unsigned int f;

	for (f = 0; f < HS_NR_FIELDS; f++)
		if (hs_msrs[f])
			msrs_here |= HS_FIELD(f);
	msrs_here &= ~absent_msrs();
	hs_read_registers(&constant);
	hs_read_msrs(&constant, HS_ALL);
	hs_read_xcr0(&constant);
	forget_what_is_not_kept();
}

static u64 lasting_cr4(u64 cr4)
{
	return cr4 & ~(u64)HS_CR4_CHANGES;
}

/**
 * hs_check_constants - forget what is not the same here
 *
 * To be called on every other CPU.  No CPU is known whose control registers differ, or
 * whose PAT; but the kernel nowhere says that they may not, and with nopat it leaves PAT
 * as the firmware did.  S_CET is lost on the boot CPU, in a suspend (vmx.c).
 */
void hs_check_constants(void)
{
	hs_fields differ = 0;

	if (read_cr0() != constant.value[HS_CR0])
		differ |= HS_BIT(CR0);
	if (lasting_cr4(native_read_cr4()) != lasting_cr4(constant.value[HS_CR4]))
		differ |= HS_BIT(CR4);
	if (hs_rdmsr(MSR_IA32_CR_PAT) != constant.value[HS_PAT])
		differ |= HS_BIT(PAT);
	if (host_state_has(constant.mask, HS_S_CET) &&
	    hs_rdmsr(HS_MSR_S_CET) != constant.value[HS_S_CET])
		differ |= HS_BIT(S_CET);
	if (differ)
		pr_notice("kvm_host_state: CR0, CR4 or S_CET of cpu %d is another than elsewhere: where that must be a constant it is not compared\n",
			  raw_smp_processor_id());
	hs_remove_mask(constant.mask, differ);
	msrs_here &= ~(differ & HS_BIT(S_CET));
	forget_what_is_not_kept();
}

/**
 * hs_read_handling - what this CPU holds and no guest's exit may bring along
 * @held: gets it
 */
void hs_read_handling(struct hs_values *held)
{
	unsigned long cr8;

	hs_read_xcr0(held);
	hs_read_msrs(held, HS_BIT(XSS) | HS_BIT(XFD_ERR));
	hs_read_dr7(held);
	asm volatile("mov %%cr8, %0" : "=r" (cr8));
	hs_put(held, HS_CR8, cr8);
}

/*
 * The running thread's.  With X86_DEBUG_FPU the kernel's own way to it is a function
 * that modules do not get.
 */
static const struct fpu *own_fpu(void)
{
#ifdef FPU_FOLLOWS_TASK_STRUCT
	return (void *)current + sizeof(*current);
#else
	return &current->thread.fpu;
#endif
}

/* XFD goes with the FPU registers: where those are somebody else's, it is too. */
static bool has_own_xfd(void)
{
	return !test_thread_flag(TIF_NEED_FPU_LOAD);
}

/**
 * hs_read_user - what this CPU holds that user mode needs, or could abuse
 * @held: gets it
 */
void hs_read_user(struct hs_values *held)
{
	hs_read_handling(held);
	hs_read_msrs(held, HS_USER_MSRS | HS_BIT(SPEC_CTRL) |
			   (has_own_xfd() ? HS_BIT(XFD) : 0));
	held->value[HS_EFER] &= ~(u64)EFER_SVME;
	hs_put(held, HS_CR0, read_cr0());
	hs_put(held, HS_CR4, native_read_cr4());
	hs_read_dr6(held);
}

/**
 * hs_want_spec_ctrl - what SPEC_CTRL must be outside of a guest
 * @want: gets the value
 *
 * The kernel's own record of what it wrote, here and for this thread: both are written
 * in one go (update_spec_ctrl() and others, 6.1 to 7.3), and KVM restores from it.  Where
 * KERNEL_IBRS has the MSR lag behind, it is not read.
 */
void hs_want_spec_ctrl(struct hs_values *want)
{
	hs_put(want, HS_SPEC_CTRL, this_cpu_read(x86_spec_ctrl_current));
}

/*
 * setup_getcpu() writes the same number into TSC_AUX and into the limit of this segment.
 * The node may become another after that (srat_detect_node()), in both it stays.
 */
static u64 cpu_and_node(void)
{
	unsigned long limit;

	asm volatile("lsl %1, %0" : "=r" (limit) : "r" ((unsigned long)__CPUNODE_SEG));
	return limit;
}

/**
 * hs_want_handling - what must be there while KVM handles an exit
 * @want: gets the values
 *
 * The rest of what user mode needs may be the guest's still.
 */
void hs_want_handling(struct hs_values *want)
{
	hs_want_constants(want, HS_BIT(XCR0) | HS_BIT(XSS) | HS_BIT(CR8));
	/* #NM clears it at once (handle_xfd_event), and so does KVM (vcpu_enter_guest). */
	hs_put(want, HS_XFD_ERR, 0);
	hs_put(want, HS_DR7, (this_cpu_read(cpu_dr7) | HS_DR7_FIXED) & ~HS_DR7_GE);
}

/**
 * hs_want_user - what must be there whenever the CPU returns to user mode
 * @want: gets the values
 *
 * DR6 is the guest's after an exit on SVM, which no kernel cleans: what #DB makes
 * of it is not.
 */
void hs_want_user(struct hs_values *want)
{
	hs_want_handling(want);
	hs_want_constants(want, (HS_USER_MSRS & ~HS_BIT(TSC_AUX)) | HS_BIT(CR0) |
				HS_BIT(CR4));
	want->value[HS_CR4] = lasting_cr4(want->value[HS_CR4]) |
			      (native_read_cr4() & HS_CR4_CHANGES);
	if (has_own_xfd())
		hs_put(want, HS_XFD, own_fpu()->fpstate->xfd);
	want->value[HS_EFER] &= ~(u64)EFER_SVME;
	hs_want_spec_ctrl(want);
	hs_put(want, HS_TSC_AUX, cpu_and_node());
	if (hs_vendor != &hs_svm)
		hs_put(want, HS_DR6, DR6_RESERVED);
}

/**
 * hs_want_constants - what @fields must be on any CPU
 * @want: gets the values
 * @fields: mask of fields that are the same on all CPUs
 */
void hs_want_constants(struct hs_values *want, hs_fields fields)
{
	hs_copy(want, &constant, fields);
}

/**
 * hs_want_tables - where this CPU's tables must be, whatever it holds
 * @want: gets TR, GDTR's base and IDTR's base
 *
 * cpu_init() points TR and GDTR at the CPU's own cpu_entry_area and never moves
 * them again; all CPUs share one IDT.
 */
void hs_want_tables(struct hs_values *want)
{
	int cpu = raw_smp_processor_id();

	hs_put(want, HS_TR_SELECTOR, GDT_ENTRY_TSS * 8);
	hs_put(want, HS_TR_BASE,
	       (unsigned long)&get_cpu_entry_area(cpu)->tss.x86_tss);
	hs_put(want, HS_GDTR_BASE, (unsigned long)get_cpu_gdt_ro(cpu));
	hs_want_constants(want, HS_BIT(IDTR_BASE));
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMCS: what the guest starts with, what makes it exit, and what the CPU loads
 * when it does (SDM volume 3, chapters 25 to 28).
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/asm.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/special_insns.h>
#include <asm/tlbflush.h>
#include <asm/vmx.h>

#include "host_state_check.h"
#include "tables.h"
#include "vm.h"

/* Bugs that can be planted: see Kbuild. */
#ifndef HV_NO_REWRITE
#define HV_NO_REWRITE	0
#endif
#ifndef HV_CPU0_TABLES
#define HV_CPU0_TABLES	0
#endif

#define GUEST_CODE	0x1000UL	/* where its one page of code is */
#define ACCESS_CODE64	0xa09b		/* present, ring 0, execute and read, L */
#define ACCESS_DATA	0xc093
#define ACCESS_TSS	0x008b
#define UNUSABLE	0x10000

static struct host_tables cpu0_tables;	/* for a bug that can be planted */

static u64 read_msr(u32 msr)
{
	u32 low, high;

	rdmsr(msr, low, high);
	return (u64)high << 32 | low;
}

static void write_msr(u32 msr, u64 value)
{
	wrmsr(msr, (u32)value, (u32)(value >> 32));
}

static void write_field(unsigned long field, unsigned long value)
{
	u8 failed;

	asm volatile("vmwrite %2, %1; setna %0"
		     : "=rm"(failed) : "r"(field), "r"(value) : "cc");
	WARN_ONCE(failed, "hypervisor_example: VMWRITE of field %#lx failed\n", field);
}

static unsigned long read_field(unsigned long field)
{
	unsigned long value = 0;

	asm volatile("vmread %1, %0" : "=r"(value) : "r"(field) : "cc");
	return value;
}

/* VMXON, VMCLEAR and VMPTRLD take the address of a physical address. */
#define vmx_instruction(name, page)						\
({										\
	u64 phys = virt_to_phys(page);						\
	u8 failed;								\
										\
	asm volatile(name " %1; setna %0" : "=rm"(failed) : "m"(phys) : "cc", "memory"); \
	failed ? -EIO : 0;							\
})

static u32 revision(void)
{
	return (u32)read_msr(MSR_IA32_VMX_BASIC) & 0x7fffffff;
}

/*
 * CR4.VMXE, on this CPU.  From 6.19 on the kernel lets KVM alone change its shadow
 * of CR4; ours is then written past it, which is well as long as nothing else
 * changes CR4 while the example is loaded.
 */
static void set_vmxe(bool on)
{
#ifdef EXPORTED_TO_KVM_ALONE
	unsigned long cr4 = native_read_cr4();

	cr4 = on ? cr4 | X86_CR4_VMXE : cr4 & ~X86_CR4_VMXE;
	asm volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
#else
	if (on)
		cr4_set_bits(X86_CR4_VMXE);
	else
		cr4_clear_bits(X86_CR4_VMXE);
#endif
}

/* On this CPU; @area: its VMXON region, a page. */
int vmx_on(void *area)
{
	u64 want = FEAT_CTL_LOCKED | FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX;
	int ret;

	if ((read_msr(MSR_IA32_FEAT_CTL) & want) != want)
		return -EOPNOTSUPP;
	/* Somebody else's: KVM turns it on for its first VM, or when it is loaded. */
	if (native_read_cr4() & X86_CR4_VMXE)
		return -EBUSY;
	if (!smp_processor_id())
		read_host_tables(&cpu0_tables);
	*(u32 *)area = revision();
	set_vmxe(true);
	ret = vmx_instruction("vmxon", area);
	if (ret)
		set_vmxe(false);
	return ret;
}

void vmx_off(void)
{
	asm volatile("vmxoff" : : : "cc", "memory");
	set_vmxe(false);
}

/* Of the controls in @msr, those of @want that the CPU has, and all it insists on. */
static u32 controls(u32 msr, u32 want)
{
	u64 can = read_msr(msr);

	return (want | (u32)can) & (u32)(can >> 32);
}

static void write_segment(unsigned long selector_field, u16 selector, u32 limit, u32 access)
{
	/* ES, CS, SS, DS, FS, GS, LDTR, TR: each 2 further on, in all four groups. */
	unsigned long i = selector_field - GUEST_ES_SELECTOR;

	write_field(selector_field, selector);
	write_field(GUEST_ES_BASE + i, 0);
	write_field(GUEST_ES_LIMIT + i, limit);
	write_field(GUEST_ES_AR_BYTES + i, access);
}

/* What the guest starts with: 64-bit mode, ring 0, its own page tables. */
static void write_guest(struct vm *vm)
{
	u64 cr0 = X86_CR0_PE | X86_CR0_NE | X86_CR0_WP | X86_CR0_PG;
	u64 cr4 = X86_CR4_PAE;

	cr0 |= read_msr(MSR_IA32_VMX_CR0_FIXED0);
	cr4 |= read_msr(MSR_IA32_VMX_CR4_FIXED0);
	write_field(GUEST_CR0, cr0 & read_msr(MSR_IA32_VMX_CR0_FIXED1));
	write_field(GUEST_CR4, cr4 & read_msr(MSR_IA32_VMX_CR4_FIXED1));
	write_field(GUEST_CR3, virt_to_phys((void *)vm->pages[0]));
	write_segment(GUEST_ES_SELECTOR, 0x10, ~0U, ACCESS_DATA);
	write_segment(GUEST_CS_SELECTOR, 0x08, ~0U, ACCESS_CODE64);
	write_segment(GUEST_SS_SELECTOR, 0x10, ~0U, ACCESS_DATA);
	write_segment(GUEST_DS_SELECTOR, 0x10, ~0U, ACCESS_DATA);
	write_segment(GUEST_FS_SELECTOR, 0, 0, UNUSABLE);
	write_segment(GUEST_GS_SELECTOR, 0, 0, UNUSABLE);
	write_segment(GUEST_LDTR_SELECTOR, 0, 0, UNUSABLE);
	write_segment(GUEST_TR_SELECTOR, 0x18, 0x67, ACCESS_TSS);
	write_field(GUEST_GDTR_BASE, 0);
	write_field(GUEST_GDTR_LIMIT, 0);
	write_field(GUEST_IDTR_BASE, 0);
	write_field(GUEST_IDTR_LIMIT, 0);
	write_field(GUEST_RIP, GUEST_CODE);
	write_field(GUEST_RSP, 0);
	write_field(GUEST_RFLAGS, X86_EFLAGS_FIXED);
	write_field(GUEST_DR7, 0x400);
	write_field(GUEST_IA32_DEBUGCTL, 0);
	write_field(GUEST_ACTIVITY_STATE, 0);
	write_field(GUEST_INTERRUPTIBILITY_INFO, 0);
	write_field(GUEST_PENDING_DBG_EXCEPTIONS, 0);
	write_field(GUEST_SYSENTER_CS, 0);
	write_field(GUEST_SYSENTER_ESP, 0);
	write_field(GUEST_SYSENTER_EIP, 0);
	write_field(VMCS_LINK_POINTER, ~0UL);
}

/* An interrupt or an NMI of the host's ends the guest's turn, an exception too. */
static void write_controls(void)
{
	write_field(PIN_BASED_VM_EXEC_CONTROL,
		    controls(MSR_IA32_VMX_PINBASED_CTLS,
			     PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING));
	write_field(CPU_BASED_VM_EXEC_CONTROL,
		    controls(MSR_IA32_VMX_PROCBASED_CTLS, CPU_BASED_HLT_EXITING));
	write_field(VM_EXIT_CONTROLS,
		    controls(MSR_IA32_VMX_EXIT_CTLS, VM_EXIT_HOST_ADDR_SPACE_SIZE));
	write_field(VM_ENTRY_CONTROLS,
		    controls(MSR_IA32_VMX_ENTRY_CTLS, VM_ENTRY_IA32E_MODE));
	write_field(EXCEPTION_BITMAP, ~0U);
	write_field(PAGE_FAULT_ERROR_CODE_MASK, 0);
	write_field(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	write_field(CR3_TARGET_COUNT, 0);
	write_field(VM_EXIT_MSR_STORE_COUNT, 0);
	write_field(VM_EXIT_MSR_LOAD_COUNT, 0);
	write_field(VM_ENTRY_MSR_LOAD_COUNT, 0);
	write_field(VM_ENTRY_INTR_INFO_FIELD, 0);
	write_field(CR0_GUEST_HOST_MASK, 0);
	write_field(CR4_GUEST_HOST_MASK, 0);
}

/* What is the same on every CPU.  VM entry refuses user mode's selectors here. */
static void write_host_constants(void)
{
	write_field(HOST_CR0, read_cr0());
	write_field(HOST_CS_SELECTOR, __KERNEL_CS);
	write_field(HOST_SS_SELECTOR, __KERNEL_DS);
	write_field(HOST_DS_SELECTOR, 0);
	write_field(HOST_ES_SELECTOR, 0);
	write_field(HOST_FS_SELECTOR, 0);
	write_field(HOST_GS_SELECTOR, 0);
	write_field(HOST_IA32_SYSENTER_CS, read_msr(MSR_IA32_SYSENTER_CS));
	write_field(HOST_IA32_SYSENTER_EIP, read_msr(MSR_IA32_SYSENTER_EIP));
	write_field(HOST_RIP, (unsigned long)vm_exit);
}

/*
 * What each CPU has its own of: TSS, GDT, entry stack.  To be written whenever the
 * virtual CPU has come to another one.
 */
static void write_host_tables(void)
{
	struct host_tables t = cpu0_tables;

	if (!HV_CPU0_TABLES)
		read_host_tables(&t);
	write_field(HOST_TR_SELECTOR, t.tr);
	write_field(HOST_TR_BASE, t.tr_base);
	write_field(HOST_GDTR_BASE, t.gdt);
	write_field(HOST_IDTR_BASE, t.idt);
	write_field(HOST_GS_BASE, read_msr(MSR_GS_BASE));
	write_field(HOST_IA32_SYSENTER_ESP, read_msr(MSR_IA32_SYSENTER_ESP));
}

/* Makes @vm's VMCS this CPU's current one.  Preemption is off. */
int vmcs_load(struct vm *vm)
{
	int ret = vmx_instruction("vmptrld", vm->vmcs);

	if (ret)
		return ret;
	vm->cpu = smp_processor_id();
	if (!vm->was_loaded || !HV_NO_REWRITE)
		write_host_tables();
	vm->was_loaded = true;
	return 0;
}

/* Before it may be loaded on another CPU: what this one still caches goes to memory. */
void vmcs_clear(struct vm *vm)
{
	vmx_instruction("vmclear", vm->vmcs);
	vm->launched = false;
	vm->cpu = -1;
}

int vmcs_setup(struct vm *vm)
{
	int ret;

	*(u32 *)vm->vmcs = revision();
	preempt_disable();
	vmcs_clear(vm);
	ret = vmcs_load(vm);
	if (!ret) {
		write_controls();
		write_guest(vm);
		write_host_constants();
		vmcs_clear(vm);
	}
	preempt_enable();
	return ret;
}

/* What a VM exit leaves in selectors and limits is not what was there. */
struct left_behind {
	struct host_tables tables;
	u16 ds, es, fs, gs, ldt;
	u64 fs_base;
};

static void before_entry(struct left_behind *l)
{
	read_host_tables(&l->tables);
	savesegment(ds, l->ds);
	savesegment(es, l->es);
	savesegment(fs, l->fs);
	savesegment(gs, l->gs);
	store_ldt(l->ldt);
	l->fs_base = read_msr(MSR_FS_BASE);
	/* The thread's and the kernel's of this moment: interrupts are off. */
	write_field(HOST_FS_BASE, l->fs_base);
	write_field(HOST_CR3, __read_cr3());
	write_field(HOST_CR4, native_read_cr4());
}

/* ioperm()'s bitmap lies beyond the limit that a VM exit gives the TSS. */
static void tss_limit_is_wrong(void)
{
#ifdef EXPORTED_TO_KVM_ALONE
	/* Put right at the next switch; this very thread had better not use it. */
	this_cpu_write(__tss_limit_invalid, true);
#else
	invalidate_tss_limit();
#endif
}

static void after_exit(const struct left_behind *l)
{
	struct desc_ptr gdt = { l->tables.gdt_size, l->tables.gdt };
	struct desc_ptr idt = { l->tables.idt_size, l->tables.idt };
	u64 gs_base = read_msr(MSR_GS_BASE);

	/* Their limits are 0xffff now, TR's is 0x67: no I/O bitmap. */
	native_load_gdt(&gdt);
	native_load_idt(&idt);
	tss_limit_is_wrong();
	if (l->ldt)
		asm volatile("lldt %w0" : : "q"((u32)l->ldt));
	if (l->ds)
		loadsegment(ds, l->ds);
	if (l->es)
		loadsegment(es, l->es);
	if (l->fs) {
		loadsegment(fs, l->fs);
		write_msr(MSR_FS_BASE, l->fs_base);
	}
	if (l->gs) {
		asm volatile("mov %w0, %%gs" : : "q"((u32)l->gs));
		write_msr(MSR_GS_BASE, gs_base);
	}
}

static int handle_exit(struct vm *vm)
{
	u32 reason = (u32)read_field(VM_EXIT_REASON) & 0xffff;
	u32 info;

	switch (reason) {
	case EXIT_REASON_VMCALL:
		vm->count.calls++;
		write_field(GUEST_RIP, read_field(GUEST_RIP) + read_field(VM_EXIT_INSTRUCTION_LEN));
		return 0;
	case EXIT_REASON_EXTERNAL_INTERRUPT:
		/* It is still pending, and taken when interrupts are on again. */
		return 0;
	case EXIT_REASON_EXCEPTION_NMI:
		info = (u32)read_field(VM_EXIT_INTR_INFO);
		if ((info & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR) {
			asm volatile("int $2");
			return 0;
		}
		break;
	}
	pr_err("hypervisor_example: exit reason %u, guest RIP %#lx\n", reason,
	       read_field(GUEST_RIP));
	return -EIO;
}

/* One VM entry, and its exit.  Preemption is off, the VMCS is current here. */
int vmcs_run_once(struct vm *vm)
{
	struct left_behind left;
	int cpu = smp_processor_id(), ret;

	local_irq_disable();
	before_entry(&left);
	/* In mode repair the host lives on; in mode report this is the last word. */
	if (host_state_check_entry(vm, vm->last_cpu))
		vm->count.wrong++;
	ret = vm_enter(&vm->regs, vm->launched);
	if (!ret) {
		after_exit(&left);
		host_state_check_exit(vm);
	}
	if (vm->last_cpu >= 0 && vm->last_cpu != cpu)
		vm->count.hops++;
	vm->last_cpu = cpu;
	if (ret) {
		pr_err("hypervisor_example: the CPU refused the entry: error %lu\n",
		       read_field(VM_INSTRUCTION_ERROR));
		ret = -EIO;
	} else {
		vm->launched = true;
		vm->count.exits++;
		vm->count.cpu = (u32)cpu;
		ret = handle_exit(vm);
	}
	local_irq_enable();
	return ret;
}

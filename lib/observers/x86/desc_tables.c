// SPDX-License-Identifier: GPL-2.0-only
/* What the host's GDTR and IDTR must hold, whenever a thread can look. */
#include "kvm_util.h"
#include "observer.h"
#include "x86/desc.h"
#include "x86/desc_tables.h"
#include "x86/processor.h"

#define GDT_LIMIT	0x7f	/* GDT_SIZE - 1, asm/segment.h */
#define IDT_LIMIT	0xfff
#define WIDE_LIMIT	0xffff

/** desc_tables_are_hidden() - whether user mode's SGDT and SIDT tell nothing */
bool desc_tables_are_hidden(void)
{
	u32 regs[4];

	cpuid(0, 0, regs);
	if (regs[0] < 7)
		return false;
	/* UMIP: the kernel makes up values (arch/x86/kernel/umip.c). */
	cpuid(7, 0, regs);
	return regs[2] >> 2 & 1;
}

/*
 * Base: each CPU's GDTR must hold the read-only alias of its own GDT, in its
 * cpu_entry_area (45fc8757d1d2, "x86: Make the GDT remapping read-only on
 * 64-bit"), and not the writable GDT.  It is the first page of three: the GDT,
 * the entry stack, the TSS (struct cpu_entry_area).
 *
 * Limits: a VM exit on VMX sets those of GDTR and IDTR to 0xffff (SDM volume 3,
 * 28.5.2).  KVM puts GDTR's right in vmx_prepare_switch_to_host(), before
 * anything else can run on the CPU: when the vCPU's thread returns to user mode
 * or is scheduled out.  So no thread ever finds it wide.  IDTR's is left wide
 * from the first exit on, which does no harm: a vector has 8 bits and leads to
 * none but the first 4096 bytes.  SVM saves and restores both limits.  A kernel
 * that takes events by FRED has no IDT: it loads a limit of 0 (idt_invalidate()).
 */
static int check(const char *observer, const struct desc_ptr *gdt, const struct desc_ptr *idt,
		 bool fred, int cpu, int from_cpu)
{
	bool wide = kvm_vendor() == HOST_STATE_VMX && idt->size == WIDE_LIMIT;
	u64 idt_limit = wide ? WIDE_LIMIT : fred ? 0 : IDT_LIMIT;

	host_state_expect(observer, "GDTR_BASE", cpu, from_cpu, gdt->address,
			  host_state_tss(cpu) - 2 * PAGE_SIZE);
	host_state_expect(observer, "GDTR_LIMIT", cpu, from_cpu, gdt->size, GDT_LIMIT);
	host_state_expect(observer, "IDTR_BASE", cpu, from_cpu, idt->address,
			  host_state_baseline(cpu)->cpu_holds.value[HS_IDTR_BASE]);
	host_state_expect(observer, "IDTR_LIMIT", cpu, from_cpu, idt->size,
			  idt_limit);
	return 4;
}

/**
 * desc_tables_check() - assert GDTR and IDTR of this CPU
 * @hs: a snapshot of it; the caller is bound to the CPU
 * @cpu: which it is
 * @from_cpu: where the vCPU was before, or -1
 *
 * As the module sees them, as user mode sees them where it does, and the GDTR
 * that the next VM exit will load where there is a VMCS.
 * Returns how many values were compared.
 */
int desc_tables_check(const struct host_state *hs, int cpu, int from_cpu)
{
	struct desc_ptr gdt = {
		.address = hs->cpu_holds.value[HS_GDTR_BASE],
		.size = (u16)hs->cpu_holds.value[HS_GDTR_LIMIT],
	};
	struct desc_ptr idt = {
		.address = hs->cpu_holds.value[HS_IDTR_BASE],
		.size = (u16)hs->cpu_holds.value[HS_IDTR_LIMIT],
	};
	bool fred = hs->cpu_holds.value[HS_CR4] & X86_CR4_FRED;
	int nr = check("snapshot", &gdt, &idt, fred, cpu, from_cpu);

	/* A new vCPU's VMCS may lack the IDTR still: that one is the guard's. */
	if (host_state_has(hs->exit_loads.mask, HS_GDTR_BASE)) {
		host_state_expect("snapshot", "HOST_GDTR_BASE", cpu, from_cpu,
				  hs->exit_loads.value[HS_GDTR_BASE],
				  host_state_tss(cpu) - 2 * PAGE_SIZE);
		nr++;
	}
	if (!desc_tables_are_hidden()) {
		gdt = get_gdt();
		idt = get_idt();
		nr += check("user mode", &gdt, &idt, fred, cpu, from_cpu);
	}
	return nr;
}

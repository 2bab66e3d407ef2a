// SPDX-License-Identifier: GPL-2.0-only
/*
 * How to put back what a CPU must hold: this one, with interrupts off.
 */
#include <linux/kernel.h>
#include <linux/smp.h>
#include <asm/cpu_entry_area.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/fpu/xcr.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/special_insns.h>

#include "kvm_host_state.h"

static void hs_load_gdt(struct desc_struct *gdt)
{
	struct desc_ptr ptr = {
		.size = GDT_SIZE - 1,
		.address = (unsigned long)gdt,
	};

	native_load_gdt(&ptr);
}

/*
 * By hand, as load_TR_desc() needs symbols that newer kernels export to KVM
 * only.  LTR wants an available TSS and marks it busy, so it has to work on the
 * writable GDT; set_tss_desc() makes the descriptor itself right too.
 */
static void hs_reload_tr(void)
{
	int cpu = raw_smp_processor_id();

	set_tss_desc((unsigned int)cpu, &get_cpu_entry_area(cpu)->tss.x86_tss);
	hs_load_gdt(get_cpu_gdt_rw((unsigned int)cpu));
	asm volatile("ltr %w0" : : "q" (GDT_ENTRY_TSS * 8));
	hs_load_gdt(get_cpu_gdt_ro(cpu));
}

/**
 * hs_repair_cpu - make the CPU hold what it should
 * @fields: mask of the fields that are wrong
 * @want: what they should be
 *
 * Code and stack selectors stay: this code could not run if they did not work.
 * So does the selector of GS, whose load would touch the per-CPU base.
 */
void hs_repair_cpu(hs_fields fields, const struct hs_values *want)
{
	struct desc_ptr idt = { .size = IDT_ENTRIES * sizeof(gate_desc) - 1 };
	unsigned int f;
	u64 base;

	/* The descriptors that the other repairs load come from the GDT. */
	if (fields & (HS_BIT(GDTR_BASE) | HS_BIT(GDTR_LIMIT)))
		hs_load_gdt(get_cpu_gdt_ro(raw_smp_processor_id()));

	for_each_hs_field(f, fields) {
		switch (f) {
		case HS_TR_SELECTOR:
		case HS_TR_BASE:
		case HS_TR_LIMIT:
			hs_reload_tr();
			break;
		case HS_LDTR_SELECTOR:
		case HS_LDTR_BASE:
			asm volatile("lldt %w0"
				     : : "q" ((u32)want->value[HS_LDTR_SELECTOR]));
			break;
		case HS_IDTR_BASE:
		case HS_IDTR_LIMIT:
			idt.address = want->value[HS_IDTR_BASE];
			native_load_idt(&idt);
			break;
		case HS_ES_SELECTOR:
			loadsegment(es, (u16)want->value[f]);
			break;
		case HS_DS_SELECTOR:
			loadsegment(ds, (u16)want->value[f]);
			break;
		case HS_FS_SELECTOR:
			base = hs_rdmsr(MSR_FS_BASE);
			loadsegment(fs, (u16)want->value[f]);
			hs_wrmsr(MSR_FS_BASE, base);
			break;
		case HS_CR0:
			write_cr0(want->value[f]);
			break;
		case HS_CR3:
			write_cr3(want->value[f]);
			break;
		case HS_CR4:
			/* native_write_cr4() is not there for modules. */
			asm volatile("mov %0, %%cr4"
				     : : "r" (want->value[f]) : "memory");
			break;
		case HS_CR8:
			asm volatile("mov %0, %%cr8" : : "r" (want->value[f]));
			break;
		case HS_RFLAGS:
			asm volatile("push %0; popf"
				     : : "r" (native_save_fl() & ~HS_RFLAGS_WATCHED)
				     : "memory", "cc");
			break;
		case HS_GIF:
			asm volatile("stgi");
			break;
		case HS_XCR0:
			xsetbv(XCR_XFEATURE_ENABLED_MASK, want->value[f]);
			break;
		case HS_PKRU:
			wrpkru((u32)want->value[f]);
			break;
		case HS_VM_HSAVE_PA:
			/* Which page it was only KVM knows. */
			break;
		case HS_DR6:
			set_debugreg((unsigned long)want->value[f], 6);
			break;
		case HS_DR7:
			set_debugreg((unsigned long)want->value[f], 7);
			break;
		case HS_DEBUGCTL:
			hs_wrmsr(MSR_IA32_DEBUGCTLMSR, want->value[f] |
				 (hs_rdmsr(MSR_IA32_DEBUGCTLMSR) & ~HS_DEBUGCTL_KEPT));
			break;
		default:
			hs_write_msr(f, want->value[f]);
		}
	}
}

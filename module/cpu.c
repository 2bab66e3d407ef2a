// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a CPU holds, what it must hold whatever happened, and how to put it back.
 *
 * Everything here concerns the CPU that it runs on, with interrupts off.
 */
#include <linux/kernel.h>
#include <linux/smp.h>
#include <asm/cpu_entry_area.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/segment.h>
#include <asm/special_insns.h>

#include "kvm_host_state.h"

/* What is the same on every CPU for as long as the kernel runs. */
static struct hs_values constant;

static const struct {
	unsigned int field;
	u32 msr;
} hs_msrs[] = {
	{ HS_FS_BASE,		MSR_FS_BASE },
	{ HS_GS_BASE,		MSR_GS_BASE },
	{ HS_KERNEL_GS_BASE,	MSR_KERNEL_GS_BASE },
	{ HS_SYSENTER_CS,	MSR_IA32_SYSENTER_CS },
	{ HS_SYSENTER_ESP,	MSR_IA32_SYSENTER_ESP },
	{ HS_SYSENTER_EIP,	MSR_IA32_SYSENTER_EIP },
	{ HS_STAR,		MSR_STAR },
	{ HS_LSTAR,		MSR_LSTAR },
	{ HS_CSTAR,		MSR_CSTAR },
	{ HS_SFMASK,		MSR_SYSCALL_MASK },
	{ HS_EFER,		MSR_EFER },
	{ HS_PAT,		MSR_IA32_CR_PAT },
};

/**
 * hs_read_registers - what this CPU holds, without MSRs and hidden state
 * @held: gets selectors, GDTR, IDTR and control registers
 */
void hs_read_registers(struct hs_values *held)
{
	struct desc_ptr gdt, idt;
	unsigned long tr;
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
}

/**
 * hs_read_msrs - what this CPU's MSRs hold
 * @held: gets the values
 * @fields: mask of the fields to read
 */
void hs_read_msrs(struct hs_values *held, hs_fields fields)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hs_msrs); i++)
		if (fields & HS_FIELD(hs_msrs[i].field))
			hs_put(held, hs_msrs[i].field, hs_rdmsr(hs_msrs[i].msr));
}

/**
 * hs_read_constants - remember what is the same on every CPU
 *
 * To be called before the first comparison, and best before the first VM runs:
 * a CPU may hold something else once a bad exit has been there.
 */
void hs_read_constants(void)
{
	hs_read_registers(&constant);
	hs_read_msrs(&constant, HS_ALL);
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

static void hs_repair_msr(unsigned int field, u64 value)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hs_msrs); i++)
		if (hs_msrs[i].field == field)
			hs_wrmsr(hs_msrs[i].msr, value);
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
		default:
			hs_repair_msr(f, want->value[f]);
		}
	}
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Host state on SVM.
 *
 * VMRUN and #VMEXIT switch CS, SS, DS, ES, GDTR, IDTR, EFER and the control
 * registers by themselves.  For the rest (FS, GS, TR, LDTR and the system call
 * MSRs, APM volume 2, 15.5.2) KVM does a VMSAVE into the CPU's host save area
 * before the first entry and a VMLOAD from it after each exit.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mem_encrypt.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/stddef.h>
#include <linux/topology.h>
#include <asm/asm.h>
#include <asm/processor.h>
#include <asm/svm.h>

#include "kvm_host_state.h"

/* Where this CPU's VMSAVE goes when we ask what the CPU holds. */
static DEFINE_PER_CPU(struct vmcb *, svm_scratch);

/* Present, a busy 64-bit TSS (APM volume 2, 4.8.3), as the VMCB has it. */
#define BUSY_TSS	0x8b

#define IN_AREA(member)	offsetof(struct vmcb_save_area, member)

/*
 * Where VMSAVE puts each (APM volume 2, table B-2).  Each can be read as eight
 * bytes, of which @bits are the value: the guard does this at every VM entry.
 */
static const struct {
	unsigned int field;
	unsigned int offset;
	u64 bits;
} svm_fields[] = {
	{ HS_FS_SELECTOR,	IN_AREA(fs.selector),	U16_MAX },
	{ HS_GS_SELECTOR,	IN_AREA(gs.selector),	U16_MAX },
	{ HS_TR_SELECTOR,	IN_AREA(tr.selector),	U16_MAX },
	{ HS_LDTR_SELECTOR,	IN_AREA(ldtr.selector),	U16_MAX },
	{ HS_FS_BASE,		IN_AREA(fs.base),	U64_MAX },
	{ HS_GS_BASE,		IN_AREA(gs.base),	U64_MAX },
	{ HS_KERNEL_GS_BASE,	IN_AREA(kernel_gs_base), U64_MAX },
	{ HS_TR_BASE,		IN_AREA(tr.base),	U64_MAX },
	{ HS_TR_LIMIT,		IN_AREA(tr.limit),	U32_MAX },
	{ HS_LDTR_BASE,		IN_AREA(ldtr.base),	U64_MAX },
	{ HS_SYSENTER_CS,	IN_AREA(sysenter_cs),	U64_MAX },
	{ HS_SYSENTER_ESP,	IN_AREA(sysenter_esp),	U64_MAX },
	{ HS_SYSENTER_EIP,	IN_AREA(sysenter_eip),	U64_MAX },
	{ HS_STAR,		IN_AREA(star),		U64_MAX },
	{ HS_LSTAR,		IN_AREA(lstar),		U64_MAX },
	{ HS_CSTAR,		IN_AREA(cstar),		U64_MAX },
	{ HS_SFMASK,		IN_AREA(sfmask),	U64_MAX },
};

static void svm_from_area(struct hs_values *v, const struct vmcb_save_area *s)
{
	unsigned int i;
	const u64 *p;
	hs_fields mask = 0;

#pragma GCC unroll 32
	for (i = 0; i < ARRAY_SIZE(svm_fields); i++) {
		p = (const void *)s + svm_fields[i].offset;
		v->value[svm_fields[i].field] = *p & svm_fields[i].bits;
		mask |= HS_FIELD(svm_fields[i].field);
	}
	hs_add_mask(v->mask, mask);
}

/* VMSAVE faults while EFER.SVME is clear, which it is until a VM exists. */
static const struct vmcb_save_area *svm_save(u64 efer)
{
	struct vmcb *page = this_cpu_read(svm_scratch);
	bool ok = false;

	if (!page || !(efer & EFER_SVME))
		return NULL;
	asm volatile("1: vmsave %%rax\n\t"
		     "movb $1, %[ok]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : [ok] "+q" (ok) : "a" (__sme_pa(page)) : "memory");
	return ok ? &page->save : NULL;
}

/* The area that KVM's VMLOAD reads; KVM tells VMRUN of the same page, @pa. */
static struct vmcb_save_area *svm_host_area(u64 pa)
{
	pa = __sme_clr(pa);
	if (!pa || !pfn_valid(PHYS_PFN(pa)))
		return NULL;
	return &((struct vmcb *)__va(pa))->save;
}

static void svm_read_hidden(struct hs_values *held)
{
	const struct vmcb_save_area *s = svm_save(hs_rdmsr(MSR_EFER));

	if (s)
		svm_from_area(held, s);
}

/* Between two runs the save area says nothing: KVM fills it before the next. */
static void svm_read_loads(struct hs_values *loads)
{
}

static void svm_read_tr(struct host_state_tr *tr)
{
	const struct vmcb_save_area *s = svm_save(hs_rdmsr(MSR_EFER));

	if (s) {
		tr->cpu_holds = s->tr.base;
		tr->has = HOST_STATE_TR_HOLDS;
	}
}

static void svm_guard_held(struct hs_values *held)
{
	const struct vmcb_save_area *s;
	u64 efer = hs_rdmsr(MSR_EFER);

	hs_read_registers(held);
	hs_read_dr7(held);
	hs_put(held, HS_EFER, efer);
	hs_put(held, HS_PAT, hs_rdmsr(MSR_IA32_CR_PAT));
	hs_read_msrs(held, HS_BIT(SPEC_CTRL) | HS_BIT(DEBUGCTL) | HS_DR_MASKS |
			   HS_BIT(VM_HSAVE_PA) | HS_FRED);
	s = svm_save(efer);
	if (s)
		svm_from_area(held, s);
}

static bool svm_guard_loads(const struct hs_values *held, struct hs_values *loads)
{
	const struct vmcb_save_area *s = svm_host_area(held->value[HS_VM_HSAVE_PA]);

	if (!s || !host_state_has(held->mask, HS_TR_BASE))
		return false;
	svm_from_area(loads, s);
	return true;
}

/*
 * KVM filled the save area on this CPU, with preemption off ever since or with
 * a vcpu_put in between that makes it fill the area anew.  So it must say what
 * the CPU holds now, and after the exit the CPU must hold the same again:
 * nothing but NMIs can run between kvm_entry and kvm_exit.
 *
 * TR, GDTR, IDTR, the SYSCALL MSRs and PAT (pat_cpu_init()) have one right value each,
 * which does not depend on what an earlier exit left behind.  The SYSENTER MSRs do not: AMD's
 * CPUs keep 32 bits of them.
 *
 * SPEC_CTRL: hs_want_spec_ctrl; KVM loads the guest's after kvm_entry, and restores the
 * host's before kvm_exit, where the CPU does not.
 *
 * DEBUGCTL: the CPU switches it with LBR virtualization; without, KVM does since
 * 6.12 (svm_vcpu_run), before kvm_exit.  The debug registers' address masks: KVM
 * has the CPU switch them for SEV-ES guests (sev_es_prepare_switch_to_guest, 6.12),
 * and lets no guest write them otherwise.
 */
static void svm_want(const struct hs_values *held, struct hs_values *want)
{
	hs_copy(want, held, HS_ALL);
	hs_want_constants(want, HS_BIT(STAR) | HS_BIT(LSTAR) | HS_BIT(CSTAR) |
				HS_BIT(SFMASK) | HS_BIT(PAT));
	hs_want_tables(want);
	hs_want_spec_ctrl(want);
	/* The kernel's own TPR, which it never changes. */
	hs_want_constants(want, HS_BIT(CR8));
	hs_put(want, HS_RFLAGS, 0);
	hs_put(want, HS_TR_LIMIT, __KERNEL_TSS_LIMIT);
	/* It is some page, of this CPU alone. */
	hs_put(want, HS_VM_HSAVE_PA, held->value[HS_VM_HSAVE_PA] ?: U64_MAX);
}

/* To which page the host's VMSAVE goes is everybody's own choice; SPEC_CTRL as on VMX. */
static void svm_habits(const struct hs_values *held, struct hs_values *want, hs_fields *fields)
{
	hs_copy(want, held, HS_BIT(SPEC_CTRL));
	*fields &= ~HS_SVM_LOADS;
}

static void svm_repair_loads(hs_fields fields, const struct hs_values *want)
{
	struct vmcb_save_area *s = svm_host_area(hs_rdmsr(MSR_VM_HSAVE_PA));
	unsigned int i;
	u64 *p;

	for (i = 0; s && i < ARRAY_SIZE(svm_fields); i++) {
		if (!(fields & HS_FIELD(svm_fields[i].field)))
			continue;
		p = (void *)s + svm_fields[i].offset;
		*p = (*p & ~svm_fields[i].bits) |
		     want->value[svm_fields[i].field];
	}
	/* In an area that was never filled TR's attributes are 0 too. */
	if (s && fields & (HS_BIT(TR_SELECTOR) | HS_BIT(TR_BASE) | HS_BIT(TR_LIMIT)))
		s->tr.attrib = BUSY_TSS;
}

static bool svm_may_differ(unsigned int where, const struct hs_values *got,
			   const struct hs_values *want)
{
	return hs_may_differ_at(where, got, want, (const struct hs_rules)HS_SVM_RULES);
}

const struct hs_vendor hs_svm = {
	.id = HOST_STATE_SVM,
	.read_hidden = svm_read_hidden,
	.read_loads = svm_read_loads,
	.read_tr = svm_read_tr,
	.guard_held = svm_guard_held,
	.guard_loads = svm_guard_loads,
	.want = svm_want,
	.habits = svm_habits,
	.rules = HS_SVM_RULES,
	.may_differ = svm_may_differ,
	.repair_loads = svm_repair_loads,
};

/* Give each CPU its page; it may come online at any time. */
int hs_svm_init(void)
{
	struct page *page;
	int cpu;

	if (hs_vendor != &hs_svm)
		return 0;
	for_each_possible_cpu(cpu) {
		page = alloc_pages_node(cpu_to_node(cpu),
					GFP_KERNEL | __GFP_ZERO, 0);
		if (!page) {
			hs_svm_exit();
			return -ENOMEM;
		}
		per_cpu(svm_scratch, cpu) = page_address(page);
	}
	return 0;
}

void hs_svm_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		free_page((unsigned long)per_cpu(svm_scratch, cpu));
}

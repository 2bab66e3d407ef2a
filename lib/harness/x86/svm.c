// SPDX-License-Identifier: GPL-2.0-only
/*
 * L1 as a hypervisor on SVM.  Everything here is guest code.  Source: APM
 * volume 2, chapter 15.
 */
#include "host_state.h"
#include "x86/nested.h"
#include "x86/svm.h"

static struct vmcb *vmcb_at(const struct nested_page *page)
{
	return (struct vmcb *)(uintptr_t)page->gva;
}

static struct vmcb_segment flat(u16 selector, u16 attrib)
{
	return (struct vmcb_segment) {
		.selector = selector, .attrib = attrib, .limit = 0xffffffff,
	};
}

static struct vmcb_segment table(struct desc_ptr ptr)
{
	return (struct vmcb_segment) { .limit = ptr.size, .base = ptr.address };
}

/** svm_init() - nested_init() on SVM: L2 is like L1, but for RIP, RSP and TR */
void svm_init(struct nested *nested, u64 rip, u64 rsp)
{
	struct vmcb *vmcb = vmcb_at(&nested->vmcx);

	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | X86_EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, nested->hsave.gpa);

	vmcb_save(nested->vmcx.gpa);
	vmcb->tr.base = nested->l2_tss;
	vmcb->intercept[3] = INTERCEPT_HLT | INTERCEPT_SHUTDOWN;
	vmcb->intercept[4] = INTERCEPT_VMRUN | INTERCEPT_VMMCALL;
	vmcb->asid = 1;
	vmcb->es = flat(GUEST_KERNEL_DS, VMCB_ATTRIB_DATA);
	vmcb->cs = flat(GUEST_KERNEL_CS, VMCB_ATTRIB_CODE64);
	vmcb->ss = flat(GUEST_KERNEL_DS, VMCB_ATTRIB_DATA);
	vmcb->ds = flat(GUEST_KERNEL_DS, VMCB_ATTRIB_DATA);
	vmcb->gdtr = table(get_gdt());
	vmcb->idtr = table(get_idt());
	vmcb->efer = rdmsr(MSR_EFER);
	vmcb->cr0 = nested_cr0();
	vmcb->cr3 = nested_cr3();
	vmcb->cr4 = nested_cr4();
	vmcb->dr6 = 0xffff0ff0;
	vmcb->dr7 = 0x400;
	vmcb->pat = 0x0007040600070406;
	vmcb->rip = rip;
	vmcb->rsp = rsp;
	vmcb->rflags = X86_RFLAGS_FIXED | X86_RFLAGS_IF;

	/*
	 * A hypervisor that builds its host state by itself, as on VMX, instead
	 * of taking what the CPU holds: a wrong get_desc64_base() shows here too.
	 */
	vmcb_save(nested->vmload.gpa);
	vmcb_at(&nested->vmload)->tr.base = get_desc64_base(get_tss_desc());
}

/** svm_set_l2_msrs() - nested_set_l2_msrs() on SVM: for the VMLOAD before VMRUN */
void svm_set_l2_msrs(struct nested *nested, const u64 *values)
{
	struct vmcb *vmcb = vmcb_at(&nested->vmcx);

	vmcb->fs.base = values[NESTED_FS_BASE];
	vmcb->gs.base = values[NESTED_GS_BASE];
	vmcb->sysenter_cs = values[NESTED_SYSENTER_CS];
	vmcb->sysenter_esp = values[NESTED_SYSENTER_ESP];
	vmcb->sysenter_eip = values[NESTED_SYSENTER_EIP];
	vmcb->kernel_gs_base = values[NESTED_KERNEL_GS_BASE];
	vmcb->star = values[NESTED_STAR];
	vmcb->lstar = values[NESTED_LSTAR];
	vmcb->cstar = values[NESTED_CSTAR];
	vmcb->sfmask = values[NESTED_SFMASK];
}

/** svm_set_l2_regs() - nested_set_l2_regs() on SVM: FS, GS and LDTR for the VMLOAD */
void svm_set_l2_regs(struct nested *nested, const u64 *values)
{
	struct vmcb *vmcb = vmcb_at(&nested->vmcx);

	vmcb->cr0 = values[NESTED_CR0];
	vmcb->cr3 = values[NESTED_CR3];
	vmcb->cr4 = values[NESTED_CR4];
	vmcb->efer = values[NESTED_EFER];
	vmcb->dr7 = values[NESTED_DR7];
	vmcb->gdtr.base = values[NESTED_GDTR_BASE];
	vmcb->idtr.base = values[NESTED_IDTR_BASE];
	vmcb->gdtr.limit = (u32)values[NESTED_GDTR_LIMIT];
	vmcb->idtr.limit = (u32)values[NESTED_IDTR_LIMIT];
	vmcb->ds.selector = (u16)values[NESTED_DS];
	vmcb->es.selector = (u16)values[NESTED_ES];
	vmcb->fs.selector = (u16)values[NESTED_FS];
	vmcb->gs.selector = (u16)values[NESTED_GS];
	vmcb->ldtr.selector = (u16)values[NESTED_LDTR];
}

/** svm_set_paging() - for nested_set_paging(); returns what a leaf has beside the address */
u64 svm_set_paging(struct nested *nested, u64 table)
{
	struct vmcb *vmcb = vmcb_at(&nested->vmcx);

	vmcb->nested_ctl |= NP_ENABLE;
	vmcb->n_cr3 = table;
	return 0;
}

/* Returns the exit code, with GIF clear. */
static u64 enter(struct nested *nested)
{
	u64 l2 = nested->vmcx.gpa, l1 = nested->vmload.gpa;

	/*
	 * #VMEXIT brings back RAX, RSP, RIP and RFLAGS, and GIF is clear then.  FS, GS,
	 * TR, LDTR and the system call MSRs are L2's until VMLOAD.
	 */
	asm volatile("push %%rbp\n\t"
		     "push %%rdx\n\t"
		     "clgi\n\t"
		     "vmload %%rax\n\t"
		     "vmrun %%rax\n\t"
		     "pushf\n\t"
		     "vmsave %%rax\n\t"
		     "pop %%rcx\n\t"
		     "pop %%rax\n\t"
		     "vmload %%rax\n\t"
		     "pop %%rbp"
		     : "+a"(l2), "+d"(l1), "=c"(nested->l1_flags)
		     : : NESTED_CLOBBERS_BUT_ARGS);
	return vmcb_at(&nested->vmcx)->exit_code;
}

/** svm_set_gif() - nested_unmask() on SVM */
void svm_set_gif(void)
{
	asm volatile("stgi" : : : "memory");
}

/** svm_run_masked() - nested_run_masked() on SVM: #VMEXIT has cleared GIF */
enum nested_exit svm_run_masked(struct nested *nested)
{
	struct vmcb *vmcb = vmcb_at(&nested->vmcx);
	u64 code = enter(nested);

	if (code == VMEXIT_VMMCALL) {
		vmcb->rip += 3;
		return NESTED_EXIT_CALL;
	}
	if (code == VMEXIT_HLT) {
		vmcb->rip += 1;
		return NESTED_EXIT_HLT;
	}
	GUEST_FAIL("exit code of L2 == VMMCALL or HLT", code, VMEXIT_VMMCALL);
	return NESTED_EXIT_OTHER;
}

/** svm_run() - nested_run() on SVM */
enum nested_exit svm_run(struct nested *nested)
{
	enum nested_exit exit = svm_run_masked(nested);

	svm_set_gif();
	return exit;
}

/**
 * svm_run_failed() - nested_run_failed() on SVM
 *
 * Its bitmap of MSRs is nowhere: KVM finds that out when it has loaded all of L2
 * (nested_svm_vmrun_msrpm(), in 7.3 nested_svm_merge_msrpm()).
 */
bool svm_run_failed(struct nested *nested)
{
	struct vmcb *vmcb = vmcb_at(&nested->vmcx);
	u64 code;

	vmcb->intercept[3] |= INTERCEPT_MSR_PROT;
	vmcb->msrpm_base_pa = NOBODYS_GPA;
	code = enter(nested);
	svm_set_gif();
	return code == VMEXIT_INVALID;
}

/** svm_quit() - nested_quit() on SVM */
void svm_quit(void)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~X86_EFER_SVME);
}

/**
 * svm_pass_msrs() - nested_pass_msrs() on SVM
 *
 * Without a bitmap none would exit to L1 either, but L0 only merges its own with one.
 */
void svm_pass_msrs(const struct nested *nested)
{
	struct vmcb *vmcb = vmcb_at(&nested->vmcx);

	vmcb->intercept[3] |= INTERCEPT_MSR_PROT;
	vmcb->msrpm_base_pa = nested->msr_bitmap.gpa;
}

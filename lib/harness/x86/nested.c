// SPDX-License-Identifier: GPL-2.0-only
/* A hypervisor in a guest: what does not depend on the vendor. */
#include "x86/nested.h"
#include "x86/vmx.h"

#define L2_STACK_PAGES	4
#define MSR_BITMAP_PAGES 2		/* on SVM; VMX takes one */
#define L1_IST		5

const u32 nested_msrs[NESTED_NR_MSRS] = {
	[NESTED_FS_BASE] = MSR_FS_BASE,
	[NESTED_GS_BASE] = MSR_GS_BASE,
	[NESTED_SYSENTER_CS] = MSR_IA32_SYSENTER_CS,
	[NESTED_SYSENTER_ESP] = MSR_IA32_SYSENTER_ESP,
	[NESTED_SYSENTER_EIP] = MSR_IA32_SYSENTER_EIP,
	[NESTED_KERNEL_GS_BASE] = MSR_KERNEL_GS_BASE,
	[NESTED_STAR] = MSR_STAR,
	[NESTED_LSTAR] = MSR_LSTAR,
	[NESTED_CSTAR] = MSR_CSTAR,
	[NESTED_SFMASK] = MSR_SYSCALL_MASK,
};

const char * const nested_msr_names[NESTED_NR_MSRS] = {
	[NESTED_FS_BASE] = "FS_BASE",
	[NESTED_GS_BASE] = "GS_BASE",
	[NESTED_SYSENTER_CS] = "SYSENTER_CS",
	[NESTED_SYSENTER_ESP] = "SYSENTER_ESP",
	[NESTED_SYSENTER_EIP] = "SYSENTER_EIP",
	[NESTED_KERNEL_GS_BASE] = "KERNEL_GS_BASE",
	[NESTED_STAR] = "STAR",
	[NESTED_LSTAR] = "LSTAR",
	[NESTED_CSTAR] = "CSTAR",
	[NESTED_SFMASK] = "SFMASK",
};

/* The guest's copies count. */
static u64 fault_stack;
static struct nested entered;		/* of l1_enter_l2() */
static void (*entered_code)(void);

static void fault_handler(struct ex_regs *regs)
{
	fault_stack = (u64)(uintptr_t)regs;
	regs->rip += 2;			/* UD2 */
}

/** nested_supported() - whether KVM lets a guest be a hypervisor */
bool nested_supported(void)
{
	if (kvm_vendor() == HOST_STATE_VMX)
		return guest_cpuid(1, 0, 2) >> 5 & 1;
	return kvm_vendor() == HOST_STATE_SVM && guest_cpuid(0x80000001, 0, 2) >> 2 & 1;
}

/** nested_require() - skip the test where it does not */
void nested_require(void)
{
	TEST_REQUIRE(nested_supported(), "KVM gives guests no %s: load its module with nested=1",
		     kvm_vendor() == HOST_STATE_VMX ? "VMX" : "SVM");
}

/** nested_refusal_why_not() - NULL where L1 can have vmx_run_refused(), else the reason */
const char *nested_refusal_why_not(void)
{
	const char *parameter = "/sys/module/kvm_intel/parameters/warn_on_missed_cc";
	FILE *file;
	int warns;

	if (kvm_vendor() != HOST_STATE_VMX)
		return "on SVM V_TPR is in the VMCB, and a refusal an exit like any other";
	if (!nested_supported())
		return "KVM's module has nested=0";
	if (!(kvm_feature_msr(MSR_IA32_VMX_PROCBASED_CTLS) >> 32 & PROCBASED_USE_TPR_SHADOW))
		return "KVM gives L1 no TPR shadow";
	file = fopen(parameter, "r");
	warns = file ? fgetc(file) : 'N';
	if (file)
		fclose(file);
	return warns == 'N' ? NULL : "KVM was told to warn of it (warn_on_missed_cc)";
}

static struct nested_page alloc_pages(struct kvm_vm *vm, size_t pages)
{
	u64 gva = vm_alloc(vm, pages);

	return (struct nested_page) { gva, addr_gva2gpa(vm, gva) };
}

/**
 * nested_alloc() - give L1 the memory that its L2 takes, and a fault handler
 * @vcpu: on which L1 will run
 * @nested: a global; filled in, and so is the guest's copy
 */
void nested_alloc(struct kvm_vcpu *vcpu, struct nested *nested)
{
	struct kvm_vm *vm = vcpu->vm;

	*nested = (struct nested) {
		.vendor = kvm_vendor(),
		.vmcx = alloc_pages(vm, 1),
		.hsave = alloc_pages(vm, 1),
		.vmload = alloc_pages(vm, 1),
		.msr_bitmap = alloc_pages(vm, MSR_BITMAP_PAGES),
		.msr_lists = alloc_pages(vm, 1),
		.paging = { alloc_pages(vm, 1), alloc_pages(vm, 1), alloc_pages(vm, 1) },
		.l2_tss = vm_alloc(vm, 1),
		.l2_stack_top = vm_alloc(vm, L2_STACK_PAGES) + L2_STACK_PAGES * PAGE_SIZE,
		.l1_ist_top = vcpu->ist[L1_IST - 1],
	};
	vm_install_exception_handler(vm, UD_VECTOR, fault_handler);
	vm_set_ist(vm, UD_VECTOR, L1_IST);
	sync_global_to_guest(vm, *nested);
}

/**
 * nested_give_l2() - nested_alloc() for guest code l1_enter_l2()
 * @vcpu: on which it will run; of a VM it is the only one that does
 * @l2_code: the function that L2 starts in; it must not return
 */
void nested_give_l2(struct kvm_vcpu *vcpu, void (*l2_code)(void))
{
	nested_alloc(vcpu, &entered);
	entered_code = l2_code;
	sync_global_to_guest(vcpu->vm, entered_code);
}

/**
 * nested_init() - become a hypervisor, with an L2 ready to run
 * @nested: the guest's copy
 * @l2_code: the function that L2 starts in; it must not return
 *
 * L1's TR must be loaded: nested_run() comes back with the base that the TSS
 * descriptor in L1's GDT has, by get_desc64_base().
 */
void nested_init(struct nested *nested, void (*l2_code)(void))
{
	/* As after a CALL. */
	u64 rsp = nested->l2_stack_top - sizeof(u64);

	if (nested->vendor == HOST_STATE_VMX)
		vmx_init(nested, (u64)(uintptr_t)l2_code, rsp);
	else
		svm_init(nested, (u64)(uintptr_t)l2_code, rsp);
}

/**
 * nested_set_l2_msrs() - give L2 values of its own
 * @nested: after nested_init(), which took what L1 has then as what L1 must get back
 * @values: by enum nested_msr
 */
void nested_set_l2_msrs(struct nested *nested, const u64 *values)
{
	if (nested->vendor == HOST_STATE_VMX)
		vmx_set_l2_msrs(nested, values);
	else
		svm_set_l2_msrs(nested, values);
}

/**
 * nested_set_l2_regs() - give L2 values of its own
 * @nested: after nested_init()
 * @values: by enum nested_reg
 */
void nested_set_l2_regs(struct nested *nested, const u64 *values)
{
	if (nested->vendor == HOST_STATE_VMX)
		vmx_set_l2_regs(values);
	else
		svm_set_l2_regs(nested, values);
}

/**
 * nested_run() - run L2 until it exits to L1
 * @nested: after nested_init()
 *
 * Returns why.  L2 goes on behind its l2_call() or l2_hlt() the next time;
 * after NESTED_EXIT_OTHER, which has failed the test, it cannot.
 */
enum nested_exit nested_run(struct nested *nested)
{
	if (nested->vendor == HOST_STATE_VMX)
		return vmx_run(nested);
	return svm_run(nested);
}

/**
 * nested_run_masked() - nested_run(), but L1 takes no interrupts yet when it returns
 * @nested: after nested_init()
 *
 * That is how an exit leaves L1: on VMX with RFLAGS.IF clear (SDM volume 3, 28.5.3), on SVM
 * with IF as it was, but GIF clear (APM volume 2, 15.17).
 */
enum nested_exit nested_run_masked(struct nested *nested)
{
	if (nested->vendor == HOST_STATE_VMX)
		return vmx_run(nested);
	return svm_run_masked(nested);
}

/** nested_unmask() - after nested_run_masked(): L1 takes interrupts, on SVM if IF is set */
void nested_unmask(const struct nested *nested)
{
	if (nested->vendor == HOST_STATE_VMX)
		asm volatile("sti" : : : "memory");
	else
		svm_set_gif();
}

/**
 * nested_run_failed() - enter L2 where that fails late: L0 has loaded L2 by then
 * @nested: after nested_init() and nested_set_l2_msrs(); good for nothing else afterwards
 *
 * Such an entry ends like an exit, to an L1 that gets its own back.  Returns whether it did,
 * for the reason that it was given.
 */
bool nested_run_failed(struct nested *nested)
{
	if (nested->vendor == HOST_STATE_VMX)
		return vmx_run_failed(nested);
	return svm_run_failed(nested);
}

/**
 * nested_quit() - be no hypervisor any more, until the next nested_init()
 *
 * L0 gives back what it had for L2; L2 is lost.
 */
void nested_quit(const struct nested *nested)
{
	if (nested->vendor == HOST_STATE_VMX)
		vmx_quit();
	else
		svm_quit();
}

/**
 * l1_fault() - take an exception in L1, on the stack that its TSS names
 * @nested: after nested_alloc()
 *
 * With a wrong hidden base in TR the CPU finds no stack.  Reading it page faults,
 * which needs none, or L1 triple faults: UCALL_UNHANDLED or KVM_EXIT_SHUTDOWN.
 */
void l1_fault(const struct nested *nested)
{
	fault_stack = 0;
	asm volatile("ud2" : : : "memory");
	GUEST_ASSERT_EQ(READ_ONCE(fault_stack), nested->l1_ist_top - sizeof(struct ex_regs));
}

/** l1_enter_l2() - guest code: an L1 that does nothing but enter its L2, once */
void l1_enter_l2(void)
{
	load_tr(GUEST_TSS);
	nested_init(&entered, entered_code);
	nested_run(&entered);
}

/** l1_enter_l2_refused() - guest code: the same, on VMX, where it cannot be entered */
void l1_enter_l2_refused(void)
{
	load_tr(GUEST_TSS);
	nested_init(&entered, entered_code);
	GUEST_ASSERT(vmx_run_refused(&entered));
	GUEST_DONE();
}

/**
 * l2_exit_for_ever() - an exit to L0, one to L1 by l2_call(), again, and by l2_hlt()
 * @nested: the guest's copy
 * @arg: of the GUEST_SYNC() that exits to L0
 */
void l2_exit_for_ever(const struct nested *nested, u64 arg)
{
	for (;;) {
		GUEST_SYNC(arg);
		l2_call(nested);
		GUEST_SYNC(arg);
		l2_hlt();
	}
}

/**
 * nested_pass_msrs() - let L2 read and write MSRs without an exit to L1
 * @nested: after nested_init()
 *
 * Which of those accesses exit to L0 is up to L0: by no means all of what L1 allows
 * is for L2 to touch.
 */
void nested_pass_msrs(struct nested *nested)
{
	if (nested->vendor == HOST_STATE_VMX)
		vmx_pass_msrs(nested);
	else
		svm_pass_msrs(nested);
}

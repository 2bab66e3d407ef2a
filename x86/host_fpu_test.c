// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user mode computes with, after VM exits: the x87 unit, XMM, YMM, MXCSR, PKRU,
 * and XCR0, which decides whether AVX works at all.
 *
 * No VM exit restores any of them.  The registers are swapped with the whole FPU
 * state of a thread when KVM_RUN begins and ends, or when the thread is
 * preempted in between: then the next one must find its own, and not what a
 * guest left in the CPU.  XCR0 and PKRU are written around each entry, where the
 * guest's differ (host_xstate_test has more of that).
 *
 * The swap is not vcpu_run()'s, so a KVM_RUN that ends before it does them both too
 * (kvm_arch_vcpu_ioctl_run()): every few runs one ends at once, or fails, or completes
 * one exit with the next.  Nor is it KVM_RUN's alone: KVM_GET_MSRS of an MSR that XSAVE
 * manages swaps as well (__msr_io(), since 6.18), and has to swap back where the next
 * MSR makes it end early.
 *
 * The guest loads other values all the time (lib/observers/x86/fpu_guest.c).  The
 * threads load others from run to run, on one CPU too, and there are threads beside
 * them that run no guest.
 */
#include <sys/syscall.h>

#include "observer.h"
#include "state_hop.h"
#include "x86/fpu_guest.h"
#include "x86/fpu_own.h"

#define LOOKS		20	/* of a thread beside, in one go */
#define ROUNDS		200	/* of a loop in user mode, for each */

#define MSR_U_CET	0x6a0	/* XSAVE manages it */
#define NO_MSR		0xdeadbeef
#define NO_REGS		BIT_ULL(31)	/* of kvm_valid_regs; 6.12 looks at no higher ones */

/* Whether the guest has the first of them or not: what comes back is the thread's own. */
static void get_msrs(struct state_thread *t, int vcpu_fd)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entries[2];
	} msrs = { .head.nmsrs = 2, .entries = { { .index = MSR_U_CET }, { .index = NO_MSR } } };

	fpu_own_call(t, "behaviour, KVM_GET_MSRS", SYS_ioctl, vcpu_fd, KVM_GET_MSRS,
		     (long)(uintptr_t)&msrs);
}

/*
 * What the VMM sets is the guest's alone, until it runs (__kvm_set_xcr(),
 * fpu_copy_uabi_to_guest_fpstate(), kvm_arch_vcpu_ioctl_set_fpu()).
 */
static void set_by_ioctl(struct state_thread *t, int vcpu_fd)
{
	struct kvm_xsave xsave;
	struct kvm_xcrs xcrs;
	struct kvm_fpu fpu;
	long ret;

	TEST_ASSERT_OK(ioctl(vcpu_fd, KVM_GET_FPU, &fpu));
	ret = fpu_own_call(t, "behaviour, KVM_SET_FPU", SYS_ioctl, vcpu_fd, KVM_SET_FPU,
			   (long)(uintptr_t)&fpu);
	TEST_ASSERT(!ret, "KVM_SET_FPU: %ld", ret);

	TEST_ASSERT_OK(ioctl(vcpu_fd, KVM_GET_XSAVE, &xsave));
	ret = fpu_own_call(t, "behaviour, KVM_SET_XSAVE", SYS_ioctl, vcpu_fd, KVM_SET_XSAVE,
			   (long)(uintptr_t)&xsave);
	TEST_ASSERT(!ret, "KVM_SET_XSAVE: %ld", ret);
	TEST_ASSERT_OK(ioctl(vcpu_fd, KVM_GET_XCRS, &xcrs));
	ret = fpu_own_call(t, "behaviour, KVM_SET_XCRS", SYS_ioctl, vcpu_fd, KVM_SET_XCRS,
			   (long)(uintptr_t)&xcrs);
	TEST_ASSERT(!ret || !xcrs.nr_xcrs, "KVM_SET_XCRS: %ld", ret);
}

/* The guest's registers are loaded by the time that KVM looks at it. */
static void run_in_vain(struct state_thread *t, int vcpu_fd)
{
	long ret;

	t->run->kvm_valid_regs |= NO_REGS;
	ret = fpu_own_call(t, "behaviour, KVM_RUN that fails", SYS_ioctl, vcpu_fd, KVM_RUN, 0);
	t->run->kvm_valid_regs &= ~NO_REGS;
	TEST_ASSERT(ret < 0, "KVM_RUN with kvm_valid_regs of nothing: %ld", ret);
}

static int look_beside(struct state_thread *t)
{
	/* Preempted at any time, and where it gives way by itself. */
	for (int i = 0; i < LOOKS; i++)
		fpu_own_call(t, "behaviour, beside a vCPU", i % 4 ? -1 : SYS_sched_yield,
			     ROUNDS, 0, 0);
	return 0;
}

static int observe(struct state_thread *t, int vcpu_fd)
{
	long ret;

	if (vcpu_fd < 0)
		return look_beside(t);
	switch (t->runs % 8) {
	case 1:
		get_msrs(t, vcpu_fd);
		break;
	case 3:
		run_in_vain(t, vcpu_fd);
		break;
	case 5:
		set_by_ioctl(t, vcpu_fd);
		break;
	case 7:
		t->run->immediate_exit = 1;
		break;
	}
	/* A guest that halts, or touches what is no memory, has not called. */
	do
		ret = fpu_own_call(t, "behaviour", SYS_ioctl, vcpu_fd, KVM_RUN, 0);
	while (!ret && (t->run->exit_reason == KVM_EXIT_HLT ||
			t->run->exit_reason == KVM_EXIT_MMIO));
	return (int)ret;
}

static const struct state_ops ops = {
	.guest_step = fpu_guest_step,
	.l2_step = fpu_guest_l2_step,
	.prepare = fpu_guest_prepare,
	.observe = observe,
};

static const struct subtest subtests[] = {
	STATE_SUBTESTS,
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	state_use(&ops);
	fpu_guest_init(fpu_own_init());
	return test_run(subtests, ARRAY_SIZE(subtests));
}

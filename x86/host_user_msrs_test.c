// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MSRs that the host's user mode uses, after VM exits: TSC_AUX, which RDTSCP
 * and RDPID read, and those of SYSCALL.
 *
 * Only user mode needs them, so KVM leaves the guest's in the CPU until a thread
 * returns there, on this CPU (kvm_on_user_return()).  TSC_AUX holds the CPU's
 * and the node's number: with another CPU's or the guest's, getcpu() in the vDSO
 * lies.  STAR, LSTAR and SFMASK lead every system call into the kernel.
 *
 * The guest writes values of its own, others from run to run; in a subtest of
 * their own the host's values of all CPUs, where KVM may see nothing to do.  The VMM
 * writes TSC_AUX as well: KVM_SET_MSRS is a way into the CPU for it, with no run that
 * would lead back out (kvm_set_user_return_msr()).
 */
#include "hop_vm.h"
#include "observer.h"
#include "state_hop.h"
#include "x86/msrs_guest.h"
#include "x86/nested.h"
#include "x86/user_state.h"

#define LOOKS		200	/* of a thread beside, in one go */
#define L2_TSC_AUX	0x7e57f12	/* that no CPU has */

static bool has_rdpid;

static void compare(struct state_thread *t, const char *who)
{
	u64 want, again, aux, pid;

	do {
		want = right_tsc_aux();
		aux = rdtscp_aux();
		pid = has_rdpid ? read_pid() : aux;
		again = right_tsc_aux();
	} while (want != again);
	t->values += 2;
	host_state_expect(who, "TSC_AUX", cpu_of_aux(want), t->from, aux, want);
	host_state_expect(who, "TSC_AUX", cpu_of_aux(want), t->from, pid, want);
}

/* Every third time: the other runs begin with what the guest has left. */
static int observe(struct state_thread *t, int vcpu_fd)
{
	if (vcpu_fd >= 0 && t->runs % 3 == 0) {
		vcpu_set_msr(vcpu_fd, MSR_TSC_AUX, msrs_guest_tsc_aux((u64)t->index, t->runs));
		compare(t, "behaviour, after KVM_SET_MSRS");
	}
	return state_observe(t, vcpu_fd, LOOKS, compare);
}

static const struct state_ops ops = {
	.guest_step = msrs_guest_step,
	.prepare = msrs_guest_prepare,
	.observe = observe,
};

static void guest_has_the_hosts(void)
{
	msrs_guest_use_hosts(true);
	state_between_runs(&ops, hop_vm_vcpus(), 0);
	msrs_guest_use_hosts(false);
}

static void write_tsc_aux(u64 id, u64 n)
{
	(void)id;
	(void)n;
	wrmsr(MSR_TSC_AUX, L2_TSC_AUX);
}

/*
 * KVM restores what it knows to differ: had L2 written past it, that would show where
 * L1's is the host's.  L1 lets L2 write all MSRs, and still those alone may reach the
 * CPU that a VM exit restores (nested_svm_merge_msrpm(), nested_vmx_prepare_msr_bitmap()).
 */
static void l1_has_the_hosts(void)
{
	struct state_ops l2_ops = ops;

	l2_ops.l2_step = write_tsc_aux;
	host_state_guest_value("TSC_AUX", 0, L2_TSC_AUX, ~0ULL);
	msrs_guest_use_hosts(true);
	state_with_l2(&l2_ops);
	msrs_guest_use_hosts(false);
}

static const struct subtest subtests[] = {
	STATE_SUBTESTS,
	{ "guest_has_the_hosts", guest_has_the_hosts },
	{ "l1_has_the_hosts", l1_has_the_hosts },
};

int main(int argc, char *argv[])
{
	test_init(argc, argv, TEST_KVM);
	state_use(&ops);
	TEST_REQUIRE(cpu_has_rdtscp(), "this CPU has no RDTSCP: nothing reads TSC_AUX");
	TEST_REQUIRE(guest_cpuid(0x80000001, 0, 3) >> 27 & 1 || guest_cpuid(7, 0, 2) >> 22 & 1,
		     "KVM gives guests neither RDTSCP nor RDPID");
	has_rdpid = cpu_has_rdpid();
	return test_run(subtests, ARRAY_SIZE(subtests));
}
